"""One message that says what is being done, edited in place, and at the end what it took."""

from dataclasses import dataclass
from typing import Literal

from bot.views import actions
from bot.views.blocks import actions as row
from bot.views.blocks import button, context, message
from bot.views.text import count, duration, plain
from bot.views.view import View

State = Literal["working", "stopping", "done", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a turn is.

    Attributes:
        step: What is being done now, such as "reading the runs of churn-prediction".
        tools: Tool calls made so far.
        seconds: Since the question.
        state: Whether it goes on, and how it ended.
        turn: The value of the `Stop` button; empty for no button.
    """

    step: str
    tools: int
    seconds: float
    state: State = "working"
    turn: str = ""


def progress(so_far: Progress) -> View:
    """The current step and a running tally; "Done in 12 s · 3 tools" at the end."""
    took = duration(so_far.seconds)
    used = f" · {count(so_far.tools, 'tool')}" if so_far.tools else ""
    match so_far.state:
        case "working":
            words = f"⏳ {plain(so_far.step, 200) or 'thinking'} …{f' {took}{used}' if so_far.tools else ''}"
        case "stopping":
            words = f"■ Stopping after *{plain(so_far.step, 200)}*, which changes something and is seen through …"
        case "done":
            words = f"✓ Done in {took}{used}"
        case "failed":
            words = f"✗ Gave up after {took}{used}"
        case "stopped":
            words = f"■ Stopped after {took}{used}"
    stop = [row(button("Stop", actions.TURN_STOP, so_far.turn))] if so_far.turn and so_far.state == "working" else []
    return message(words, context(words), *stop)
