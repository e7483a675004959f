"""The private offer to look at a pipeline file that somebody shared without turning to us, and what becomes of it."""

from dataclasses import dataclass

from bot.views import actions
from bot.views.blocks import actions as row
from bot.views.blocks import button, context, message, section
from bot.views.text import codes
from bot.views.view import View

MOST_NAMED = 3
WHAT_FOLLOWS = (
    "I would read {it}, never run {it}, and show in a thread under your message what can be registered; only your "
    "press there registers anything. Only you see this, and I have opened nothing yet."
)
GONE = (
    "What you shared is no longer there: the message or its file was deleted. "
    "Share the file again, and mention me with it."
)


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer.

    Attributes:
        message: The `ts` of the message with the files.
        user: The id of who shared them, who alone may take it up.
        names: The files' names.
    """

    message: str
    user: str
    names: tuple[str, ...]


def offer(made: Offer) -> View:
    """What was seen, what would be done, and the two buttons."""
    it = "it" if len(made.names) == 1 else "them"
    words = f"👀 I saw {codes(made.names, limit=MOST_NAMED)}. Shall I look at {it}?"
    value = f"{made.message}:{made.user}"
    buttons = row(
        button("Look at it" if len(made.names) == 1 else "Look at them", actions.OFFER_LOOK, value, style="primary"),
        button("Not now", actions.OFFER_LEAVE, value),
    )
    return message(words, section(words), buttons, context(WHAT_FOLLOWS.format(it=it)))


def offer_of(value: str) -> tuple[str, str]:
    """The message with the files and who shared them, from the value of a button.

    Raises:
        ValueError: The value is not one that an offer gave out.
    """
    ts, _, user = value.partition(":")
    if not ts or not user:
        raise ValueError("not an offer")
    return ts, user


def taken_up(names: tuple[str, ...]) -> View:
    """That the files are looked at, and where the answer comes."""
    words = f"👀 I look at {codes(names, limit=MOST_NAMED)}: the answer comes in the thread under your message."
    return message(words, context(words))


def gone() -> View:
    """That there is nothing to look at any more."""
    return message(GONE, context(GONE))
