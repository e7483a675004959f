"""How much may go on at once, in words."""

import pytest

from tests.fakes.offline_thread import Thread

TOOL = "set_concurrency_limit"


@pytest.fixture
def thread() -> Thread:
    """A thread where there are two pipelines."""
    made = Thread()
    for name in ("churn-prediction", "daily-ingest"):
        made.prefect.add_pipeline(name)
    return made


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("set the limit of the work pool to 3", {"of": "pool", "limit": "3"}),
        ("change the work pool's limit from 2 to 4", {"of": "pool", "limit": "4"}),
        ("raise the concurrency limit of the pool local to 2", {"of": "pool", "name": "local", "limit": "2"}),
        ("raise the limit of the queue to 4", {"of": "queue", "name": "default", "limit": "4"}),
        (
            "lower the limit of the queue default in the pool local to 1",
            {"of": "queue", "name": "default", "pool": "local", "limit": "1"},
        ),
        ("please set the limit of churn-prediction to 2", {"of": "pipeline", "name": "churn-prediction", "limit": "2"}),
        ("limit daily-ingest to one run", {"of": "pipeline", "name": "daily-ingest", "limit": "1"}),
        ("limit the tag gpu to two", {"of": "tag", "name": "gpu", "limit": "2"}),
        ("remove the concurrency limit of the tag gpu", {"of": "tag", "name": "gpu", "limit": "none"}),
        ("remove the limit of the work pool", {"of": "pool", "limit": "none"}),
    ],
)
def test_a_limit_is_changed_as_it_was_said(thread: Thread, text: str, arguments: dict[str, str]) -> None:
    thread.says(text)
    assert thread.called[-1] == (TOOL, arguments)


@pytest.mark.parametrize("text", ["raise the limit of the work pool", "raise the limit of churn-prediction by 2"])
def test_a_limit_without_its_number_is_asked_for(thread: Thread, text: str) -> None:
    assert "How many may go on at once?" in thread.says(text)
    assert TOOL not in thread.names


@pytest.mark.parametrize(
    "text",
    [
        "what is the limit of the work pool?",
        "should we raise the limit of the work pool to 3?",
        "don't raise the limit of the pool to 3",
        "show the last runs, limit 5",
        "run churn-prediction with limit 5",
    ],
)
def test_talk_of_a_limit_changes_none(thread: Thread, text: str) -> None:
    thread.says(text)
    assert TOOL not in thread.names
