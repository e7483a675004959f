"""What conversations brought to light: another run, parameter, version or model than the one that was meant."""

import pytest

from tests.fakes.offline_thread import SCHEMA, Thread
from tests.fakes.prefect import FakePrefect
from tools.prefect.client import RunRequest
from tools.prefect.results import FlowRun, StateType
from worker.agent.offline.dialogue import JSON


def ran(prefect: FakePrefect, pipeline: str, state: StateType) -> FlowRun:
    found = next(one for one in prefect.pipelines() if one.name == pipeline)
    run = prefect.start(RunRequest(pipeline_id=found.id, key=pipeline))
    prefect.advance(run.id, StateType.RUNNING)
    return prefect.advance(run.id, state, message="ValueError: no rows")


@pytest.fixture
def thread() -> Thread:
    """Two pipelines, each of which has run, and a model with three versions."""
    made = Thread()
    for name in ("churn-prediction", "churn-report", "daily-ingest"):
        made.prefect.add_pipeline(name, parameter_schema=SCHEMA)
    ran(made.prefect, "churn-prediction", StateType.COMPLETED)
    for auc in (0.7, 0.8, 0.9):
        run = made.mlflow.add_run("churn", metrics={"roc_auc": auc})
        made.mlflow.add_version("churn", run_id=run.id)
    made.mlflow.move_by_hand("churn", "champion", "3")
    return made


def test_it_is_the_run_that_was_explained_and_no_other_that_a_list_named_with_it(thread: Thread) -> None:
    failed = ran(thread.prefect, "daily-ingest", StateType.FAILED)
    thread.says("what's wrong with daily-ingest?")
    thread.says("ok they fixed the firewall. try it again")
    assert thread.called[-1] == ("retry_run", {"run": failed.id})


def test_an_identifier_that_no_parameter_has_sets_none_that_shares_a_word_with_it() -> None:
    thread = Thread()
    properties = {"test_size": {"type": "number"}, "n_estimators": {"type": "integer"}, "seed": {"type": "integer"}}
    thread.prefect.add_pipeline("churn", parameter_schema={"type": "object", "properties": properties})
    answer = thread.says("run churn with batch_size=64")
    assert "run_pipeline" not in thread.names
    assert "no parameter “batch_size”" in answer
    thread.says("run churn with n_estimator=64 random_state=3")
    assert thread.called[-1][1]["parameters"] == {"n_estimators": 64, "seed": 3}


@pytest.mark.parametrize("text", ["roll back churn, v3 is broken", "roll churn back from v3"])
def test_a_version_that_is_complained_of_is_not_where_a_roll_back_goes(thread: Thread, text: str) -> None:
    thread.says(text)
    assert thread.called[-1][0] == "roll_back_model"
    assert "version" not in thread.called[-1][1]


def test_two_versions_that_are_compared_are_a_models(thread: Thread) -> None:
    thread.says("compare churn v1 with v3")
    assert thread.called[-1] == ("compare_versions", {"model": "churn", "a": "1", "b": "3"})


def test_runs_that_are_named_are_the_ones_that_are_compared(thread: Thread) -> None:
    thread.mlflow.add_run("risk", name="risk-a")
    thread.mlflow.add_run("risk", name="risk-b")
    thread.says("compare the runs risk-a and risk-b")
    assert thread.called[-1] == ("compare_runs", {"runs": ["risk-a", "risk-b"]})


def test_a_metric_that_nobody_logged_is_not_replaced_by_another_one(thread: Thread) -> None:
    answer = thread.says("which run has the best brier_score?")
    assert "no metric “brier_score”" in answer
    assert "roc_auc" in answer


def test_a_time_that_is_told_after_the_question_is_for_the_pipeline_that_was_asked_about(thread: Thread) -> None:
    assert thread.says("schedule churn-report").endswith("?")
    thread.says("every day at 7:30")
    assert thread.called[-1] == ("set_schedule", {"pipeline": "churn-report", "when": "every day at 7:30"})


def test_what_the_first_half_of_a_message_names_the_second_means(thread: Thread) -> None:
    thread.says("show me the last runs of churn-prediction and start it with max_depth=4")
    assert thread.called[-1] == ("run_pipeline", {"pipeline": "churn-prediction", "parameters": {"max_depth": 4}})


def test_an_apology_takes_nothing_from_the_order_behind_it(thread: Thread) -> None:
    thread.says("sorry, run churn-report")
    assert thread.names[-1] == "run_pipeline"


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("send 10% of staging's traffic to churn v1 and 90% to churn v2", "churn v1: 10, churn v2: 90"),
        ("send all traffic of staging to churn v1", "churn v1: 100"),
        ("give churn v2 half of the traffic on staging: churn v1: 50, churn v2: 50", "churn v1: 50, churn v2: 50"),
    ],
)
def test_shares_of_traffic_are_read_with_whom_they_are_for(thread: Thread, text: str, split: str) -> None:
    thread.says(text)
    assert thread.called[-1] == ("set_traffic", {"endpoint": "staging", "split": split})


@pytest.mark.parametrize("text", ["search runs where max_depth = 5", "find the runs with params.max_depth=5"])
def test_a_condition_on_a_parameter_is_kept_to(thread: Thread, text: str) -> None:
    for depth in ("3", "5"):
        thread.mlflow.add_run("risk", name=f"depth-{depth}", metrics={"roc_auc": 0.7}, params={"max_depth": depth})
    answer = thread.says(text)
    assert thread.called[-1] == ("search_runs", {"parameter": "max_depth = 5"})
    assert "depth-5" in answer
    assert "depth-3" not in answer


@pytest.mark.parametrize("word", ["demnad-forecast", "demnd"])
def test_for_what_a_misspelt_name_was_taken_is_said_where_something_was_done_by_it(word: str) -> None:
    thread = Thread()
    thread.prefect.add_pipeline("demand-forecast", parameter_schema=SCHEMA)
    thread.prefect.add_pipeline("daily-ingest", parameter_schema=SCHEMA)
    told = f"I took “{word}” for `demand-forecast`."
    assert thread.says(f"run {word} with max_depth 4").startswith(told)
    assert told not in thread.says("run it again with max_depth 5")
    assert "I took" not in thread.says("run demand-forecast")
    assert "I took" not in thread.says("run the forecast pipeline")
    assert "I took" not in thread.says(f"is {word} there?")


def test_a_misspelt_name_is_told_also_where_the_message_asks_for_something_else_after_it() -> None:
    thread = Thread()
    thread.prefect.add_pipeline("demand-forecast", parameter_schema=SCHEMA)
    thread.prefect.add_pipeline("daily-ingest", parameter_schema=SCHEMA)
    assert thread.says("run demnad-forecast, then pause daily-ingest").startswith("I took “demnad-forecast” for")


def runs_of(thread: Thread) -> list[JSON]:
    return [arguments for name, arguments in thread.called if name == "run_pipeline"]


@pytest.mark.parametrize(
    "text",
    [
        "run churn-report and daily-ingest with max_depth 3",
        "please start churn-report with max_depth=3, then run daily-ingest with max_depth 3!",
        "run churn-report with max_depth 3 and daily-ingest with max_depth = 3 now",
    ],
)
def test_pipelines_that_are_named_side_by_side_are_each_run(thread: Thread, text: str) -> None:
    thread.says(text)
    assert runs_of(thread) == [
        {"pipeline": name, "parameters": {"max_depth": 3}} for name in ("churn-report", "daily-ingest")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "run churn-report, daily-ingest already ran",
        "run churn-report and daily-ingest will pick it up",
        "churn-report and daily-ingest run every night",
        "run churn-report/daily-ingest",
        "run churn-report daily-ingest",
        "run churn-report instead of daily-ingest",
        "run churn-report and daily-ingest?",
        "run churn-report now and run daily-ingest in 2 hours",
        "run churn-report and daily-ingest. Actually don't run daily-ingest",
        "run churn-report and run daily-ingest. No, do not run anything",
        "run churn-report. no wait, don't run churn",
        "run churn-rpeort and run daily-ingest",
        "run churn-rpeort and daily-ingest",
    ],
)
def test_nothing_is_run_where_more_is_said_or_a_name_is_written_otherwise(thread: Thread, text: str) -> None:
    thread.says(text)
    assert runs_of(thread) == []
    assert "set_schedule" not in thread.names


def test_a_long_row_of_names_that_comes_to_nothing_is_soon_told(thread: Thread) -> None:
    names = ", ".join(["churn-report", "daily-ingest"] * 20)
    assert thread.says(f"run {names} churn").startswith("Which one do you mean")


def test_a_name_that_is_joined_to_the_one_that_was_understood_is_asked_about(thread: Thread) -> None:
    answer = thread.says("run churn-rpeort and daily-ingest")
    assert answer == "Which one do you mean: `daily-ingest` or `churn-report`?"


def test_the_first_of_several_that_cannot_be_run_leaves_the_others_and_says_so(thread: Thread) -> None:
    answer = thread.says("run churn-report with bogus 5 and daily-ingest")
    assert answer.startswith("I have not gone on to the rest of your message.")
    assert answer.endswith("I have not started it yet.")
    thread.says("again")
    assert runs_of(thread) == []


def test_what_is_said_again_of_the_same_pipeline_runs_it_once(thread: Thread) -> None:
    thread.says("run churn-report and then run it with max_depth 4")
    assert runs_of(thread) == [{"pipeline": "churn-report", "parameters": {"max_depth": 4}}]


def test_the_name_of_a_pipeline_does_not_say_how_often(thread: Thread) -> None:
    thread.says("run daily-ingest in 2 hours")
    assert thread.called[-1] == ("run_pipeline", {"pipeline": "daily-ingest", "at": "in 2 hours"})


def test_what_comes_to_nothing_ends_a_message_that_goes_on_to_change_something(thread: Thread) -> None:
    answer = thread.says("how did churn-report do? then promote churn v2 to champion")
    assert "promote_model" not in thread.names
    assert answer == "I have not gone on to the rest of your message.\n\nchurn-report has not run yet."
