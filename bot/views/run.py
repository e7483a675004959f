"""The run card: one message, edited in place, that follows a run task by task."""

from dataclasses import dataclass
from typing import Literal

from bot.views import actions
from bot.views.blocks import actions as row
from bot.views.blocks import button, confirm, context, message, section
from bot.views.limits import SECTION
from bot.views.states import is_final, key, mark, word
from bot.views.text import bounded, code, count, duration, link, person, plain
from bot.views.view import Block, View

_TASKS = 30
_PARAMETERS = 12


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a run; `seconds` is None when it has not begun."""

    name: str
    state: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run card.

    Attributes:
        reference: The run's id; comes back as the value of its buttons.
        pipeline: The pipeline's name.
        name: The run's name.
        url: The run's page in Prefect; empty when there is none.
        state: Prefect's name of its state, such as `Running`, `Late`, `Completed`.
        seconds: Since it began, or how long it took.
        parameters: Name and value, as text.
        tasks: In the order in which they began.
        started_by: The id of the person who asked for it; empty when nobody here did.
        note: One sentence more, such as why it is late.
        waits: What it waits for from a person: `input`, or `leave` to go on; empty when it waits for nobody.
    """

    reference: str
    pipeline: str
    name: str
    url: str
    state: str
    seconds: float | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    tasks: tuple[Task, ...] = ()
    started_by: str = ""
    note: str = ""
    waits: Literal["", "input", "leave"] = ""


def run(card: Run) -> View:
    """The card, for whatever state the run is in."""
    headline = f"{mark(card.state)} *{plain(card.pipeline, 100)}* · {link(card.url, card.name)} — {word(card.state)}"
    if card.seconds is not None:
        headline += f", {'took' if is_final(card.state) else 'for'} {duration(card.seconds)}"
    blocks = [section(headline)]
    if card.note:
        blocks.append(section(plain(card.note, 500)))
    if card.parameters:
        blocks.append(context(_parameters(card.parameters)))
    if card.tasks:
        blocks.append(section(_tasks(card.tasks)))
    elif not is_final(card.state):
        blocks.append(context("No task has begun yet."))
    blocks.append(_buttons(card))
    if card.started_by:
        blocks.append(context(f"Started for {person(card.started_by)}"))
    return message(headline, *blocks)


def _parameters(parameters: tuple[tuple[str, str], ...]) -> str:
    lines = [f"{plain(name, 60)} = {code(value, 60)}" for name, value in parameters]
    return "with " + bounded(lines, SECTION // 2, most=_PARAMETERS, kind="parameters").replace("\n", " · ")


def _tasks(tasks: tuple[Task, ...]) -> str:
    done = sum(is_final(task.state) for task in tasks)
    lines = [_task(task) for task in _worth_most(tasks)]
    # `bounded` counts what it was given; the rest was left out by choice, and is counted here
    shown = bounded(lines, SECTION - 200, most=_TASKS, kind="tasks")
    if beyond := len(tasks) - len(lines):
        shown += f"\n… and {count(beyond, 'more task')} that ended well"
    return f"*Tasks* — {done} of {len(tasks)} ended\n{shown}"


def _worth_most(tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """All tasks when they fit; else finished good news is dropped first, in place."""
    surplus = len(tasks) - _TASKS
    kept: list[Task] = []
    for task in tasks:
        if surplus > 0 and key(task.state) in {"completed", "cached"}:
            surplus -= 1
        else:
            kept.append(task)
    return tuple(kept)


def _task(task: Task) -> str:
    took = f" · {duration(task.seconds)}" if task.seconds is not None else ""
    state = "" if key(task.state) == "completed" else f" — {word(task.state)}"
    return f"{mark(task.state)} {code(task.name, 60)}{state}{took}"


def _buttons(card: Run) -> Block:
    logs = button("Logs", actions.RUN_LOGS, card.reference)
    if is_final(card.state):
        return row(logs, button("Retry", actions.RUN_RETRY, card.reference))
    asked = confirm(
        "Cancel this run?",
        f"{card.name} of {card.pipeline} stops where it is. What it has already written stays.",
        yes="Cancel the run",
        no="Let it run",
    )
    if key(card.state) == "cancelling":
        return row(logs)
    cancel = button("Cancel", actions.RUN_CANCEL, card.reference, style="danger", confirm=asked)
    if card.waits == "input":
        return row(button("Answer", actions.RUN_ANSWER, card.reference, style="primary"), cancel, logs)
    if card.waits == "leave":
        return row(button("Resume", actions.RUN_RESUME, card.reference, style="primary"), cancel, logs)
    return row(cancel, logs)
