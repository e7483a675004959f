from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.tools_prefect.test_tracebacks import NOT_LOADED
from tools.prefect.failures import failure_of
from tools.prefect.results import FlowRun, StateType, TaskRun

MISSING = "ModuleNotFoundError: No module named 'xgboost.sklearn'"
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def run(state: StateType, message: str = "") -> FlowRun:
    return FlowRun(id="1", name="otter", pipeline="churn", state_type=state, state_name="x", message=message)


def task(name: str, state: StateType, *, message: str = "", end: int | None = 0) -> TaskRun:
    ended = None if end is None else NOON + timedelta(seconds=end)
    return TaskRun(id=name, name=f"{name}-0", task=name, state_type=state, state_name="x", message=message, end=ended)


@pytest.mark.parametrize("state", [StateType.COMPLETED, StateType.RUNNING, StateType.CANCELLED])
def test_a_run_that_did_not_fail_has_no_failure(state: StateType) -> None:
    assert failure_of(run(state), [task("a", StateType.FAILED)], ["Boom"]) is None


def test_the_task_that_failed_first_is_named() -> None:
    tasks = [
        task("late", StateType.FAILED, message="Task run encountered an exception KeyError: 'b'", end=9),
        task("early", StateType.FAILED, message="Task run encountered an exception KeyError: 'a'", end=3),
        task("never", StateType.CRASHED, end=None),
    ]
    found = failure_of(run(StateType.FAILED), tasks)
    assert found is not None
    assert (found.task, found.exception) == ("early", "KeyError: 'a'")


def test_an_exception_outside_of_any_task_names_none() -> None:
    found = failure_of(run(StateType.FAILED, "Flow run encountered an exception: ValueError: bad"), [])
    assert found is not None
    assert (found.task, found.exception) == ("", "ValueError: bad")


def test_the_newest_traceback_goes_before_a_newer_error_line() -> None:
    errors = [
        "Traceback (most recent call last):\n  …\nImportError: old",
        "x\nTraceback (most recent call last):\n  …\nImportError: new\n\n",
        "Process exited",
    ]
    found = failure_of(run(StateType.CRASHED, "exit 1"), [], errors)
    assert found is not None
    assert found.exception == "ImportError: new"


def test_without_any_exception_the_states_own_words_remain() -> None:
    found = failure_of(run(StateType.CRASHED, "Worker is gone"), [])
    assert found is not None
    assert found.exception == "Worker is gone"


def test_a_long_exception_is_cut_to_one_line() -> None:
    message = "Flow run encountered an exception: ValueError: " + "x\n" * 500
    found = failure_of(run(StateType.FAILED, message), [])
    assert found is not None
    assert len(found.exception) == 300
    assert found.exception.endswith("…")
    assert "\n" not in found.exception


def test_a_file_that_could_not_be_loaded_is_told_with_the_exception_itself() -> None:
    found = failure_of(run(StateType.CRASHED, "Process exited with status code: 1."), [], [NOT_LOADED])
    assert found is not None
    assert found.exception == "FileNotFoundError: [Errno 2] No such file or directory: '/data/none.csv'"
    assert (found.loading, found.missing_module) == (True, "")


@pytest.mark.parametrize(
    ("message", "errors"),
    [
        ("Script at 'a.py' encountered an exception: ModuleNotFoundError(\"No module named 'xgboost.sklearn'\")", []),
        (
            "Process exited with status code: 1.",
            [NOT_LOADED.replace("FileNotFoundError: [Errno 2] No such file or directory: '/data/none.csv'", MISSING)],
        ),
    ],
)
def test_a_module_that_the_file_misses_is_named(message: str, errors: list[str]) -> None:
    found = failure_of(run(StateType.CRASHED, message), [], errors)
    assert found is not None
    assert (found.exception, found.missing_module, found.loading) == (MISSING, "xgboost.sklearn", True)


def test_a_module_that_a_task_misses_is_named_though_the_file_was_loaded() -> None:
    broken = task("train", StateType.FAILED, message=f"Task run encountered an exception {MISSING}")
    found = failure_of(run(StateType.FAILED), [broken])
    assert found is not None
    assert (found.task, found.missing_module, found.loading) == ("train", "xgboost.sklearn", False)


def test_an_exception_names_no_folder_of_the_machine() -> None:
    message = "Flow run encountered an exception: ImportError: no x in /usr/lib/python3.11/json/decoder.py"
    found = failure_of(run(StateType.FAILED, message), [])
    assert found is not None
    assert found.exception == "ImportError: no x in decoder.py"
