"""What repeats an earlier wish, changed in one thing; none of it starts what nobody asked for."""

import pytest

from tests.fakes.offline_thread import SCHEMA, Thread
from tools.prefect.client import RunQuery

CHANGING = {"run_pipeline", "retry_run", "set_schedule", "pause_schedule", "cancel_run"}


@pytest.fixture
def thread() -> Thread:
    """A thread in an installation with three pipelines."""
    made = Thread()
    for name in ("churn-prediction", "sentiment-analysis"):
        made.prefect.add_pipeline(name, parameter_schema=SCHEMA)
    made.prefect.add_pipeline("daily-ingest", parameter_schema={"type": "object", "properties": {}})
    return made


def last(thread: Thread, *said: str) -> tuple[str, dict[str, object]]:
    """The last call after these messages, of those that the last message led to; empty for none."""
    for text in said:
        thread.says(text)
    return thread.called[-1] if thread.called else ("", {})


SAME = ("same for sentiment", "the same for sentiment please", "Now do the same for sentiment", "same with sentiment!")


@pytest.mark.parametrize("same", SAME)
@pytest.mark.parametrize(
    ("asked", "called"),
    [
        ("describe churn", ("describe_pipeline", {"pipeline": "sentiment-analysis"})),
        ("how did churn do?", ("run_status", {"run": "last sentiment-analysis"})),
        ("pause the schedule of churn", ("pause_schedule", {"pipeline": "sentiment-analysis"})),
        (
            "run churn with depth 5",
            ("run_pipeline", {"pipeline": "sentiment-analysis", "parameters": {"max_depth": 5}}),
        ),
        ("run churn tomorrow at 9", ("run_pipeline", {"pipeline": "sentiment-analysis", "at": "tomorrow at 9"})),
        (
            "run churn every Monday at 9",
            ("set_schedule", {"pipeline": "sentiment-analysis", "when": "every Monday at 9"}),
        ),
    ],
)
def test_the_same_for_something_else_is_what_was_asked_before(
    thread: Thread, asked: str, same: str, called: tuple[str, dict[str, object]]
) -> None:
    assert last(thread, asked, same) == called


def test_the_same_may_go_on_to_a_third_and_with_other_values(thread: Thread) -> None:
    called = last(thread, "run churn with depth 5", "same for sentiment with 500 trees")
    wanted = {"max_depth": 5, "n_estimators": 500}
    assert called == ("run_pipeline", {"pipeline": "sentiment-analysis", "parameters": wanted})
    assert last(thread, "describe churn", "same for sentiment", "and the same for daily ingest") == (
        "describe_pipeline",
        {"pipeline": "daily-ingest"},
    )


@pytest.mark.parametrize("before", [[], ["hello"], ["should I run churn?"]])
@pytest.mark.parametrize("text", [*SAME, "again", "same again", "now with 500 trees"])
def test_where_nothing_was_asked_for_nothing_is_done(thread: Thread, before: list[str], text: str) -> None:
    assert last(thread, *before, text) == ("", {})


@pytest.mark.parametrize(
    "text",
    [
        "same for sentiment?",
        "is it the same for sentiment?",
        "I get the same for sentiment",
        "don't do the same for sentiment",
        "same for sentiment if it fails",
        "with 500 trees it would be better",
        "the second one failed, I think",
    ],
)
def test_talk_about_the_same_starts_nothing(thread: Thread, text: str) -> None:
    last(thread, "run churn with depth 5", text)
    assert CHANGING.isdisjoint(thread.names)


@pytest.mark.parametrize("text", ["again", "same again", "do it again", "once more"])
def test_again_repeats_what_was_asked_and_starts_no_run_that_nobody_spoke_of(thread: Thread, text: str) -> None:
    assert last(thread, "describe churn", text) == ("describe_pipeline", {"pipeline": "churn-prediction"})


@pytest.mark.parametrize(
    "text", ["again with 500 trees", "now with 500 trees", "with 500 trees", "and this time with 500 trees"]
)
def test_other_values_after_a_run_are_another_run_with_the_rest_as_before(thread: Thread, text: str) -> None:
    wanted = {"max_depth": 5, "n_estimators": 500}
    assert last(thread, "run churn with depth 5", text) == (
        "run_pipeline",
        {"pipeline": "churn-prediction", "parameters": wanted},
    )


def test_other_values_after_a_question_about_the_run_are_another_run(thread: Thread) -> None:
    called = last(thread, "run churn with depth 5", "how is it doing?", "now with 500 trees")
    assert called[1]["parameters"] == {"max_depth": 5, "n_estimators": 500}


@pytest.mark.parametrize("text", ["the second one", "show me the second one", "what about the second one?"])
def test_the_second_one_is_told_of_as_the_list_has_it(thread: Thread, text: str) -> None:
    thread.says("run churn")
    first = thread.prefect.runs(RunQuery(limit=1)).runs[0]
    assert last(thread, "run sentiment", "list runs", text) == ("run_status", {"run": first.id})
    assert last(thread, "list pipelines", text) == ("describe_pipeline", {"pipeline": "daily-ingest"})


def test_the_second_one_after_one_that_was_asked_about_is_asked_about_alike(thread: Thread) -> None:
    thread.says("run churn")
    first = thread.prefect.runs(RunQuery(limit=1)).runs[0]
    called = last(thread, "run sentiment", "list runs", "show the logs of the first one", "and the second one?")
    assert called == ("read_logs", {"run": first.id})


def test_an_answer_to_which_pipeline_keeps_the_moment(thread: Thread) -> None:
    called = last(thread, "run the pipeline with depth 5 tomorrow at 9", "churn")
    wanted = {"pipeline": "churn-prediction", "parameters": {"max_depth": 5}, "at": "tomorrow at 9"}
    assert called == ("run_pipeline", wanted)


def test_a_file_that_waits_is_what_it_means_until_a_pipeline_is_spoken_of(thread: Thread) -> None:
    thread.says("[files shared with this message: adding.py — plan card shown, with `adding`, not registered yet]")
    assert "`adding.py` is not registered yet" in thread.says("run it with 500 trees")
    thread.says("how did churn do?")
    thread.says("run churn")
    assert last(thread, "run it again with 500 trees")[0] == "run_pipeline"


def test_a_file_that_is_registered_already_is_what_it_means(thread: Thread) -> None:
    thread.says("how did sentiment do?")
    found = "churn.py — plan card shown, with `churn-prediction` (max_depth), registered already"
    thread.says(f"[files shared with this message: {found}]")
    assert last(thread, "run it with depth 5") == (
        "run_pipeline",
        {"pipeline": "churn-prediction", "parameters": {"max_depth": 5}},
    )
