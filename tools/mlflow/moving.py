"""Moving an alias to a version, once, and finding out afterwards whether it was moved.

MLflow has no compare-and-set. What stands in for it: the alias is read right before it is moved and right after, and
the version that it goes to carries the call's key before and a mark behind. What remains is a window of one request:
whoever moves the same alias in MLflow itself between our look and our move is overwritten, and is not noticed.
"""

import contextlib
from collections.abc import Iterator
from enum import StrEnum

from tools.errors import ToolError, Unavailable
from tools.mlflow import records
from tools.mlflow.client import MlflowBackend
from tools.mlflow.results import ModelVersion
from tools.prefect import wording
from tools.spec import Call, Done, NotDone, Probed, Result, ToolResult, Unknown


class Outcome(StrEnum):
    """What became of an alias."""

    MOVED = "moved"
    UNCHANGED = "unchanged"  #: it was there before


class AliasMoved(Result):
    """An alias after it was moved.

    Attributes:
        model: The registered model.
        alias: The alias.
        version: The version it was moved to.
        before: The version it pointed to before; empty for none.
        now: The version it points to now; another one when somebody else has moved it since, empty when it is gone.
        outcome: What was done.
        url: The version's page in MLflow.
        note: What was understood.
    """

    model: str
    alias: str
    version: str
    before: str = ""
    now: str = ""
    outcome: Outcome
    url: str = ""
    note: str = ""


def move(
    mlflow: MlflowBackend, call: Call, *, target: ModelVersion, alias: str, previous: str | None = None, note: str = ""
) -> ToolResult:
    """Let an alias point to a version, and say where it pointed before.

    Args:
        mlflow: MLflow.
        call: The call; its origin is written on the version.
        target: The version.
        alias: The alias, as MLflow has it or is to have it.
        previous: The version that a roll-back is to go to; None means the one that the alias points to now.
        note: What was understood.

    Raises:
        ToolError: It was not moved, unless it is an `Unavailable` with `maybe_done`.
    """
    before = points_to(mlflow, target.name, alias)
    if before == target.version:
        record = records.moved_to(target, alias)
        left, outcome = (record.left, Outcome.MOVED) if record.key == call.key else (before, Outcome.UNCHANGED)
        return told(target, alias, before=left, now=before, outcome=outcome, note=note)
    with failing(maybe_done=False):
        back = before if previous is None else previous
        records.begin_move(mlflow, target, alias, call, left=before, previous=back)
    mlflow.set_alias(target.name, alias, target.version)
    with contextlib.suppress(ToolError):  # it is moved; the mark only helps to find that out later
        records.end_move(mlflow, target, alias, call)
    with failing(maybe_done=True):
        now = points_to(mlflow, target.name, alias)
    return told(target, alias, before=before, now=now, outcome=Outcome.MOVED, note=note)


def probe_move(mlflow: MlflowBackend, call: Call, *, target: ModelVersion, alias: str) -> Probed:
    """Whether the alias was moved to a version by the call with this key.

    | the version's tags                | the alias        | so                                                   |
    |-----------------------------------|------------------|------------------------------------------------------|
    | another key, or none              | anywhere         | not done; where it is there already nothing changes  |
    | our key and the mark behind it    | anywhere         | done; said when it has been moved since              |
    | our key                           | on the version   | done                                                 |
    | our key                           | where it was     | not done                                             |
    | our key                           | on a third one   | unknown: we may have come first, or the other did    |
    """
    record = records.moved_to(target, alias)
    if record.key != call.key:
        return NotDone()
    now = points_to(mlflow, target.name, alias)
    if record.complete or now == target.version:
        return Done(told(target, alias, before=record.left, now=now, outcome=Outcome.MOVED))
    if now == record.left:
        return NotDone()
    where = f"points to v{now} now" if now else "is gone"
    return Unknown(
        f"the alias {alias} of {target.name}, which {where}: it was to be moved from "
        f"{spoken(record.left)} to v{target.version}, and somebody else has moved it meanwhile"
    )


def points_to(mlflow: MlflowBackend, model: str, alias: str) -> str:
    """The version that an alias points to now; empty for none."""
    return mlflow.model(model).aliases.get(alias, "")


@contextlib.contextmanager
def failing(*, maybe_done: bool) -> Iterator[None]:
    """Say of a failure inside whether the change as a whole may have been made, whatever the one request was."""
    try:
        yield
    except Unavailable as error:
        error.maybe_done = maybe_done
        raise
    except ToolError as error:
        if not maybe_done:
            raise
        raise Unavailable("MLflow", str(error).rstrip("."), maybe_done=True) from error


def spoken(version: str) -> str:
    """A version as people say it; `no version` for none."""
    return f"v{version}" if version else "no version"


def told(target: ModelVersion, alias: str, *, before: str, now: str, outcome: Outcome, note: str = "") -> ToolResult:
    """What became of an alias."""
    link = f"[v{target.version}]({target.url})" if target.url else f"v{target.version}"
    of = f"**{alias}** of {target.name}"
    if outcome is Outcome.UNCHANGED:
        text = f"{of} points to {link} already; nothing was changed."
    elif now == target.version:
        text = f"{of} points to {link} now; before, it pointed to {spoken(before)}."
    else:
        since = f"somebody has moved it to v{now} since" if now else "somebody has taken it away since"
        text = f"{of} was moved from {spoken(before)} to {link}, and {since}."
    moved = AliasMoved(
        model=target.name,
        alias=alias,
        version=target.version,
        before=before,
        now=now,
        outcome=outcome,
        url=target.url,
        note=note,
    )
    return ToolResult(wording.joined(note, text), moved)
