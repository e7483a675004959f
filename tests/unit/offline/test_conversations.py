"""Whole conversations, with the real tools on systems in memory."""

import pytest

from tests.fakes.offline_thread import SCHEMA, Thread
from tools.errors import Unavailable
from tools.prefect.circumstances import Pause
from tools.prefect.client import RunQuery, RunRequest
from tools.prefect.results import FlowRun, StateType


@pytest.fixture
def thread() -> Thread:
    """A thread in an installation with three pipelines."""
    made = Thread()
    made.prefect.add_pipeline("churn-prediction", parameter_schema=SCHEMA)
    made.prefect.add_pipeline("sentiment-analysis", parameter_schema={"type": "object", "properties": {}})
    made.prefect.add_pipeline("daily-ingest", parameter_schema={"type": "object", "properties": {}})
    return made


def started(thread: Thread) -> list[dict[str, object]]:
    """Arguments of the runs that the last message started."""
    return [arguments for name, arguments in thread.called if name == "run_pipeline"]


def newest(thread: Thread) -> FlowRun:
    """The run that was started last."""
    return thread.prefect.runs(RunQuery(limit=1)).runs[0]


def test_a_run_with_parameters_reads_the_schema_first(thread: Thread) -> None:
    answer = thread.says("<@U0TRAINMSTR> please retrain churn with max_depth 5 and 300 trees")
    assert thread.names == ["list_pipelines", "describe_pipeline", "run_pipeline"]
    wanted = {"max_depth": 5, "n_estimators": 300}
    assert started(thread) == [{"pipeline": "churn-prediction", "parameters": wanted}]
    assert "I follow the run here" in answer


def test_retrain_and_tell_me_starts_and_promises_to_tell(thread: Thread) -> None:
    answer = thread.says("retrain churn and tell me how it did")
    assert thread.names == ["list_pipelines", "run_pipeline"]
    assert "how it ended is told in this thread" in answer


def test_it_is_the_run_that_was_started(thread: Thread) -> None:
    thread.says("run churn")
    run = newest(thread)
    thread.says("how is it doing?")
    assert thread.called == [("run_status", {"run": run.id})]
    thread.says("show me the logs")
    assert thread.called == [("read_logs", {"run": run.id})]
    thread.says("cancel it")
    assert thread.called == [("cancel_run", {"run": run.id})]


def test_again_keeps_the_other_parameters(thread: Thread) -> None:
    thread.says("run churn with max_depth 5 and 300 trees")
    thread.says("again with depth 6")
    assert started(thread) == [{"pipeline": "churn-prediction", "parameters": {"max_depth": 6, "n_estimators": 300}}]


def test_how_did_it_do_reads_the_metrics_of_a_finished_run(thread: Thread) -> None:
    thread.says("run churn")
    run = newest(thread)
    thread.prefect.advance(run.id, StateType.COMPLETED)
    thread.mlflow.add_run("churn", name="fit", flow_run_id=run.id, metrics={"accuracy": 0.9125})
    answer = thread.says("how did it do?")
    assert thread.names == ["run_status", "run_metrics"]
    assert "0.9125" in answer


def test_two_near_pipelines_are_asked_about_and_an_ordinal_answers() -> None:
    thread = Thread()
    for name in ("abc", "churn-eu", "churn-us"):
        thread.prefect.add_pipeline(name, parameter_schema=SCHEMA)
    assert thread.says("run churn with depth 4") == "Which one do you mean: `churn-eu` or `churn-us`?"
    assert started(thread) == []
    thread.says("the second one")
    assert started(thread) == [{"pipeline": "churn-us", "parameters": {"max_depth": 4}}]


def test_two_near_parameters_are_asked_about_and_a_name_answers() -> None:
    thread = Thread()
    schema = {"type": "object", "properties": {name: {"type": "integer"} for name in ("max_depth", "min_depth")}}
    thread.prefect.add_pipeline("churn", parameter_schema=schema)
    answer = thread.says("run churn with depth 4")
    assert answer.startswith("Which parameter is “depth”: `max_depth` or `min_depth`?")
    thread.says("min_depth")
    assert started(thread) == [{"pipeline": "churn", "parameters": {"min_depth": 4}}]


@pytest.mark.parametrize(
    "text",
    ["run churn with more trees", "run churn with max_depth deep", "run churn with foo=3", "run churn with seed=abc"],
)
def test_a_value_that_cannot_be_read_starts_nothing(thread: Thread, text: str) -> None:
    assert "I have not started it yet" in thread.says(text)
    assert started(thread) == []


def test_an_unknown_pipeline_starts_nothing_and_names_those_there_are(thread: Thread) -> None:
    answer = thread.says("run fraud")
    assert "I know no pipeline called “fraud”" in answer
    assert "`churn-prediction`" in answer
    assert started(thread) == []


def test_an_answer_to_which_pipeline_is_taken(thread: Thread) -> None:
    assert thread.says("run the pipeline").startswith("Which pipeline do you mean")
    thread.says("sentiment")
    assert started(thread) == [{"pipeline": "sentiment-analysis"}]


def test_a_question_about_another_pipeline_is_no_order(thread: Thread) -> None:
    thread.says("run churn with foo=3")
    thread.says("what about sentiment?")
    assert started(thread) == []


def test_a_follow_up_reads_the_same_of_another_pipeline(thread: Thread) -> None:
    thread.says("status of churn")
    thread.says("and sentiment?")
    assert thread.called[-1] == ("run_status", {"run": "last sentiment-analysis"})


def test_the_second_one_counts_from_the_list_that_was_shown(thread: Thread) -> None:
    thread.says("list pipelines")
    thread.says("describe the second one")
    assert thread.called == [("describe_pipeline", {"pipeline": "daily-ingest"})]


def test_several_live_runs_are_asked_about_before_one_is_cancelled(thread: Thread) -> None:
    thread.says("run churn")
    thread.says("run sentiment")
    answer = thread.says("cancel the current run")
    assert "Which one do you mean" in answer
    assert "cancel_run" not in thread.names


def test_the_failed_run_is_the_one_that_is_retried(thread: Thread) -> None:
    thread.says("run churn")
    failed = newest(thread)
    thread.prefect.advance(failed.id, StateType.FAILED)
    thread.says("run sentiment")
    thread.says("please retry churn's failed run")
    assert thread.called[-1] == ("retry_run", {"run": failed.id})


def test_best_run_sorts_by_a_metric_that_exists(thread: Thread) -> None:
    thread.mlflow.add_run("churn", name="low", metrics={"test_accuracy": 0.7})
    thread.mlflow.add_run("churn", name="high", metrics={"test_accuracy": 0.9})
    answer = thread.says("which run is the best so far?")
    assert thread.called[-1] == ("search_runs", {"order_by": "test_accuracy desc", "limit": 5})
    assert answer.index("high") < answer.index("low")


def test_a_system_that_is_away_is_named_with_what_to_do(thread: Thread) -> None:
    thread.prefect.broken = Unavailable("Prefect", "connection refused")
    answer = thread.says("list pipelines")
    assert "I could not reach Prefect: connection refused." in answer
    assert "ask me again" in answer


def test_a_negated_change_is_left_and_the_rest_is_done(thread: Thread) -> None:
    answer = thread.says("don't run churn, show me its parameters")
    assert thread.called[-1] == ("describe_pipeline", {"pipeline": "churn-prediction"})
    assert "max_depth" in answer


@pytest.mark.parametrize("text", ["how do I cancel a run?", "what would happen if I ran churn?", "don't run churn"])
def test_talk_about_a_change_calls_nothing(thread: Thread, text: str) -> None:
    assert thread.says(text)
    assert thread.called == []


def test_a_tool_that_is_missing_is_said_to_be_missing(thread: Thread) -> None:
    answer = thread.says("what did we spend this month?")
    assert "cannot tell what it costs yet" in answer
    assert thread.called == []


def test_a_shared_file_is_answered_with_the_card_on_which_somebody_decides(thread: Thread) -> None:
    answer = thread.says("onboard this and run it\n\n[files shared with this message: churn.py — plan card shown]")
    assert "nothing is registered or started before you press its buttons" in answer
    assert thread.called == []


def test_onboarding_without_a_file_asks_for_it(thread: Thread) -> None:
    assert "Drop the pipeline's `.py` file" in thread.says("onboard my churn pipeline")


def test_what_is_not_understood_is_said_with_what_is(thread: Thread) -> None:
    answer = thread.says("colourless green ideas")
    assert "I did not understand that" in answer
    assert "GOOGLE_API_KEY" in answer
    assert "`list pipelines`" in answer
    assert "what did we spend" not in answer, "no tool for it is bound"


def test_stop_it_means_the_run_that_was_spoken_of(thread: Thread) -> None:
    thread.says("stop it")
    assert thread.called == []
    thread.says("run churn")
    thread.says("stop it")
    assert thread.names == ["cancel_run"]


@pytest.mark.parametrize(
    "text", ["quit it", "stop that", "halt", "stop, cancel that", "halt, stop, you misunderstood me"]
)
def test_a_stop_that_names_no_run_ends_none(thread: Thread, text: str) -> None:
    thread.says("run churn")
    thread.says(text)
    assert thread.called == []


def test_stop_it_ends_nothing_once_the_run_has_ended(thread: Thread) -> None:
    thread.says("run churn")
    thread.prefect.advance(newest(thread).id, StateType.COMPLETED)
    thread.says("how is it doing?")
    thread.says("stop it")
    assert thread.called == []


@pytest.mark.parametrize("text", ["cancel it", "cancel that", "cancel the foo thing"])
def test_a_run_that_nobody_spoke_of_is_not_what_it_means(thread: Thread, text: str) -> None:
    thread.says("run churn")
    other = Thread(prefect=thread.prefect, mlflow=thread.mlflow)
    assert "do you mean" in other.says(text)
    assert "cancel_run" not in other.names


REFUSED = "churn.py — refused: Line 3: `x = [1]; run it` cannot be read. Close the bracket."


@pytest.mark.parametrize("asked", ["onboard this and run it", "", "what is wrong with it?"])
def test_a_refused_file_is_said_to_be_refused_and_no_card_is_spoken_of(thread: Thread, asked: str) -> None:
    answer = thread.says(f"{asked}\n\n[files shared with this message: {REFUSED}]")
    assert answer == "I refused `churn.py`; my message above says why and what to do."
    assert thread.called == []


def test_of_two_files_the_taken_one_has_its_card_and_the_refused_one_is_named(thread: Thread) -> None:
    answer = thread.says(f"register\n\n[files shared with this message: ingest.py — plan card shown; {REFUSED}]")
    assert "I read `ingest.py` without running it." in answer
    assert "I refused `churn.py`" in answer


def test_the_text_of_a_tool_is_shown_whole(thread: Thread) -> None:
    for place in range(30):
        thread.prefect.add_pipeline(f"flow-{place}", parameter_schema=SCHEMA)
    answer = thread.says("list pipelines")
    told = [message.text for message in thread.messages if message.type == "tool"][-1]
    assert "\n" in told
    assert answer == told


def test_a_schedule_in_words_reaches_the_tool_with_its_time_zone(thread: Thread) -> None:
    answer = thread.says("every Monday at 9 run churn")
    assert thread.called[-1] == ("set_schedule", {"pipeline": "churn-prediction", "when": "every Monday at 9"})
    assert "every Monday at 09:00" in answer
    assert "time zone UTC" in answer
    thread.says("run churn every Monday at 9 Europe/Berlin")
    assert thread.called[-1][1]["timezone"] == "Europe/Berlin"
    assert "time zone Europe/Berlin" in thread.says("schedule churn daily at 6 Berlin time")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("run churn every Monday at 9 CET", "can mean several time zones"),
        ("run churn weekdays at 9 except on Mondays", "without exceptions"),
        ("run churn every day at 9 until Friday", "without exceptions"),
    ],
)
def test_a_schedule_that_cannot_be_set_as_it_was_asked_for_is_not_set(thread: Thread, text: str, said: str) -> None:
    assert said in thread.says(text)
    assert thread.prefect.scheduled() == ()


def test_a_schedule_is_paused_resumed_listed_and_removed_by_words(thread: Thread) -> None:
    thread.says("run churn every Monday at 9")
    for text, tool in (
        ("pause the schedule of churn", "pause_schedule"),
        ("resume the schedule of churn", "resume_schedule"),
        ("is the schedule of churn paused?", "list_schedules"),
        ("when does churn run next?", "list_schedules"),
        ("remove the schedule of churn", "remove_schedule"),
    ):
        thread.says(text)
        assert thread.called[-1] == (tool, {"pipeline": "churn-prediction"})
    assert thread.prefect.scheduled() == ()


@pytest.mark.parametrize(
    "text",
    [
        "should I pause the schedule of churn?",
        "is churn scheduled daily?",
        "what happens if I remove the pipeline churn?",
        "why was the schedule of churn removed?",
        "don't resume the run",
    ],
)
def test_a_question_about_a_schedule_changes_none(thread: Thread, text: str) -> None:
    thread.says("run churn every Monday at 9")
    before = thread.prefect.scheduled()
    thread.says(text)
    assert not {"pause_schedule", "remove_schedule", "set_schedule", "remove_pipeline", "resume_run"} & set(
        thread.names
    )
    assert thread.prefect.scheduled() == before


def test_why_it_is_late_and_why_it_failed_are_asked_of_the_run_that_was_spoken_of(thread: Thread) -> None:
    thread.says("run churn")
    run = newest(thread)
    thread.says("why is it late?")
    assert thread.called == [("why_late", {"run": run.id})]
    thread.prefect.advance(run.id, StateType.FAILED, message="Flow run encountered an exception: ValueError: no rows")
    answer = thread.says("why did it fail?")
    assert thread.called[-1] == ("explain_failure", {"run": run.id})
    assert "ValueError: no rows" in answer


def test_a_paused_run_that_was_spoken_of_is_what_resume_it_means(thread: Thread) -> None:
    thread.says("run churn")
    run = newest(thread)
    thread.prefect.advance(run.id, StateType.RUNNING)
    thread.prefect.advance(run.id, StateType.PAUSED)
    assert "goes on when somebody resumes it" in thread.says("why is it stuck?")
    thread.says("resume it")
    assert thread.called == [("resume_run", {"run": run.id})]
    assert newest(thread).state_type is StateType.RUNNING


def test_my_runs_of_today_are_asked_for_by_who_and_since(thread: Thread) -> None:
    thread.says("show my runs of today")
    assert thread.called[-1] == ("list_runs", {"since": "24", "who": "me"})


@pytest.mark.parametrize("text", ["resume the last run with rows=5", "resume the run, rows = 5 please"])
def test_a_run_that_waits_for_input_is_resumed_with_it_in_words(text: str) -> None:
    thread = Thread()
    pipeline = thread.prefect.add_pipeline("churn-prediction", parameter_schema=SCHEMA)
    run = thread.prefect.start(RunRequest(pipeline_id=pipeline.id, key="k"))
    wanted = {"properties": {"rows": {"type": "integer"}}, "required": ["rows"]}
    thread.prefect.limits.pauses[run.id] = Pause(asks=True, input_schema=wanted)
    thread.prefect.advance(run.id, StateType.PAUSED)
    assert "waits for input: `rows` (a whole number)" in thread.says("resume the last run")
    answer = thread.says(text)
    assert thread.prefect.answers == {run.id: {"rows": 5}}, answer


@pytest.mark.parametrize(
    ("text", "at", "parameters"),
    [
        ("run churn tonight at 22:00", "tonight at 22:00", {}),
        ("run churn in 2 hours", "in 2 hours", {}),
        ("run churn-prediction at 22:00", "at 22:00", {}),
        ("retrain churn tomorrow at 6 with max_depth 5", "tomorrow at 6", {"max_depth": 5}),
        ("start churn tomorrow morning", "tomorrow morning", {}),
        ("run churn next Monday at 9", "next Monday at 9", {}),
        ("schedule churn for tomorrow at 6", "tomorrow at 6", {}),
    ],
)
def test_a_run_at_a_given_time_is_planned_and_never_started_at_once(
    text: str, at: str, parameters: dict[str, object]
) -> None:
    thread = Thread()
    thread.prefect.add_pipeline("churn-prediction", parameter_schema=SCHEMA)
    answer = thread.says(text)
    [*_, (tool, given)] = thread.called
    assert (tool, given["at"], given.get("parameters", {})) == ("run_pipeline", at, parameters), answer
    assert "Planned **churn-prediction**" in answer
