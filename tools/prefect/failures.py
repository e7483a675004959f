"""Why a run did not end well, read from what Prefect keeps of it."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from tools.prefect import tracebacks
from tools.prefect.results import NOT_WELL, Failure, FlowRun, TaskRun

#: How Prefect words a state that an exception caused.
ENCOUNTERED = re.compile(r"encountered an exception:?\s+(?P<exception>.+)", re.DOTALL)
MISSING = re.compile(r"ModuleNotFoundError: No module named '(?P<module>[^']{1,200})'")
LONGEST = 300  # characters; one line on a card


def failure_of(run: FlowRun, tasks: Iterable[TaskRun], error_lines: Iterable[str] = ()) -> Failure | None:
    """Why the run did not end well.

    Args:
        run: The run; its own state decides whether there is a failure at all.
        tasks: Its tasks.
        error_lines: Messages that it logged as errors, oldest first; asked when no state names an exception.

    Returns:
        The first task that failed and the exception; None for a run that did not fail.
    """
    if run.state_type not in NOT_WELL:
        return None
    broken = sorted(
        (task for task in tasks if task.state_type in NOT_WELL),
        key=lambda task: (task.end is None, task.end.timestamp() if task.end else 0.0),
    )
    first = broken[0] if broken else None
    cause = (
        (_in_state(first.message) if first else None)
        or _in_state(run.message)
        or _in_log(error_lines)
        or _Cause(run.message or run.state_name)
    )
    missing = MISSING.search(cause.exception)
    return Failure(
        task=first.task if first else "",
        exception=_one_line(tracebacks.without_machine_paths(cause.exception)),
        missing_module=missing["module"] if missing else "",
        loading=cause.loading,
    )


def told_exceptions(message: str) -> tuple[str, ...]:
    """The exceptions of a traceback in a log message, each on one line, causes first; none without a traceback."""
    told = tracebacks.exceptions(message)
    plain = dict.fromkeys(_one_line(tracebacks.without_machine_paths(tracebacks.unwrapped(each))) for each in told)
    return tuple(plain)


class _Cause(NamedTuple):
    """An exception, and whether it kept the file from being loaded."""

    exception: str
    loading: bool = False


def _in_state(message: str) -> _Cause | None:
    if cause := _in_traceback(message):
        return cause
    if tracebacks.loading(message):
        return _Cause(tracebacks.unwrapped(message), loading=True)
    found = ENCOUNTERED.search(message)
    return _Cause(found["exception"]) if found else None


def _in_log(messages: Iterable[str]) -> _Cause | None:
    """The exception of the newest traceback; the last line of the newest error when none has one."""
    newest = list(messages)[::-1]
    for message in newest:
        if cause := _in_traceback(message):
            return cause
    lines = (line.strip() for message in newest for line in reversed(message.splitlines()))
    last = next(filter(None, lines), "")
    return _Cause(last) if last else None


def _in_traceback(message: str) -> _Cause | None:
    told = tracebacks.exceptions(message)
    if not told:
        return None
    if not tracebacks.loading(told[-1]):
        return _Cause(told[-1])
    # what Prefect wrapped was told before, in words that say more than its `repr` does
    return _Cause(told[-2] if len(told) > 1 else tracebacks.unwrapped(told[-1]), loading=True)


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
