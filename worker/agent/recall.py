"""What is recalled of a thread: its last turns whole, and in front of them what the older ones were about.

A turn is recalled whole or not at all, so that no call is parted from what it gave, and no signature from its words.
"""

from collections.abc import Sequence
from typing import cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, messages_from_dict

from bot.conversations import Exchange, Summary
from worker.agent.digest import digest
from worker.agent.fitting import (
    EARLIER_CHARACTERS,
    EARLIER_RESULT,
    SMALLEST_RESULT,
    SUMMARY_CHARACTERS,
    fenced,
    smaller,
    weight,
)
from worker.agent.outcome import OUTCOME, RECALLED

MOST_TURNS = 16  #: recalled whole; when there are more, or they are too large, the older half is summarised
_ABOUT = "What was said before in this thread, in short, by Trainmaster; data, and no request of now:"
_HEARD = "I keep that in mind."


def recalled(exchanges: Sequence[Exchange], summary: Summary | None) -> list[AnyMessage]:
    """The messages of before that a model is given; never more characters than a summary and the turns may have.

    Args:
        exchanges: The turns that are kept whole, oldest first.
        summary: What the turns before them were about.
    """
    whole = _newest(exchanges, most=MOST_TURNS, characters=EARLIER_CHARACTERS)
    older = exchanges[: len(exchanges) - len(whole)]
    text = summary.text if summary else ""
    if older:  # they were to be summarised, and somebody died before that
        text = digest(text, [spoken(one) for one in older], limit=SUMMARY_CHARACTERS)
    turns = [message for turn in whole for message in turn]
    return [*_in_front(text), *turns] if text else turns


def to_summarise(exchanges: Sequence[Exchange]) -> int:
    """How many of the oldest turns are to be summarised now; about half of them, when there are too many."""
    if len(_newest(exchanges, most=MOST_TURNS, characters=EARLIER_CHARACTERS)) == len(exchanges):
        return 0
    kept = len(_newest(exchanges, most=MOST_TURNS // 2, characters=EARLIER_CHARACTERS // 2))
    return len(exchanges) - max(kept, 1)


def spoken(exchange: Exchange) -> tuple[str, list[AnyMessage]]:
    """Who asked, and the messages of a turn."""
    who = f"<@{exchange.actor}>" if exchange.actor else "Somebody"
    return who, _messages(exchange)


def _newest(exchanges: Sequence[Exchange], *, most: int, characters: int) -> list[list[AnyMessage]]:
    """The messages of as many of the newest turns as there is room for, oldest first."""
    found: list[list[AnyMessage]] = []
    left = characters
    for exchange in reversed(exchanges[-most:]):
        turn = _small_enough(exchange, left)
        if turn is None:
            break
        found.append(turn)
        left -= sum(map(weight, turn))
    return found[::-1]


def _small_enough(exchange: Exchange, left: int) -> list[AnyMessage] | None:
    messages = _messages(exchange)
    for result in (EARLIER_RESULT, SMALLEST_RESULT):
        turn = [cast("AnyMessage", smaller(message, result)) for message in messages]
        if sum(map(weight, turn)) <= left:
            return turn
    return None


def _messages(exchange: Exchange) -> list[AnyMessage]:
    """The messages of a turn; what a person wrote is named after them."""
    messages = cast("list[AnyMessage]", messages_from_dict(exchange.messages))
    return [_named(one, exchange.actor) if isinstance(one, HumanMessage) else one for one in messages]


def _named(message: HumanMessage, actor: str) -> HumanMessage:
    return message if message.text.startswith(OUTCOME) else message.model_copy(update={"name": actor or None})


def _in_front(text: str) -> list[AnyMessage]:
    return [HumanMessage(fenced(_ABOUT, text, seed=text), name=RECALLED), AIMessage(_HEARD, name=RECALLED)]
