"""A turn that waits for the one before it."""

from dataclasses import dataclass

from bot.views.blocks import context, message
from bot.views.text import count, plain
from bot.views.view import View


@dataclass(frozen=True, slots=True)
class Queued:
    """How many turns of the thread come first, and the beginning of the one being worked on."""

    ahead: int
    working_on: str = ""


def queued(waiting: Queued) -> View:
    """That the message was taken, and what it waits for."""
    behind = f"behind “{plain(waiting.working_on, 80)}”" if waiting.working_on.strip() else "in this thread"
    words = f"🕓 Queued {behind}: {count(waiting.ahead, 'message')} before yours. I answer in order."
    return message(words, context(words))
