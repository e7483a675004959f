"""Why a run did not end well, read from what Prefect keeps of it."""

import re
from collections.abc import Iterable

from tools.prefect.results import Failure, FlowRun, StateType, TaskRun

#: How Prefect words a state that an exception caused.
ENCOUNTERED = re.compile(r"encountered an exception:?\s+(?P<exception>.+)", re.DOTALL)
LONGEST = 300  # characters; one line on a card
NOT_WELL = frozenset({StateType.FAILED, StateType.CRASHED})


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
    exception = (
        (first and _exception_in_state(first.message))
        or _exception_in_state(run.message)
        or _exception_in_log(error_lines)
        or _one_line(run.message)
        or run.state_name
    )
    return Failure(task=first.task if first else "", exception=exception)


def _exception_in_state(message: str) -> str:
    found = ENCOUNTERED.search(message)
    return _one_line(found["exception"]) if found else ""


def _exception_in_log(messages: Iterable[str]) -> str:
    """The last line of the newest traceback; of the newest error when none has one."""
    newest = list(messages)[::-1]
    with_traceback = [message for message in newest if "Traceback (most recent call last)" in message]
    for message in [*with_traceback, *newest]:
        lines = [line.strip() for line in message.splitlines() if line.strip()]
        if lines:
            return _one_line(lines[-1])
    return ""


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
