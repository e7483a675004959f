"""The few kinds of block that our messages are made of; each keeps itself within Slack's limits."""

from typing import Literal

from bot.views.limits import (
    BUTTON,
    CONFIRM,
    CONTEXT_ELEMENTS,
    FALLBACK,
    IDENTIFIER,
    SECTION,
    TOTAL,
    VALUE,
    size,
    weight,
)
from bot.views.text import FENCE, clean, clip
from bot.views.view import Block, View

Style = Literal["primary", "danger"]


def section(mrkdwn: str) -> Block:
    """A paragraph of escaped text."""
    return {"type": "section", "text": _mrkdwn(mrkdwn), "expand": True}


def context(*mrkdwn: str) -> Block:
    """Small grey print: escaped texts, side by side."""
    return {"type": "context", "elements": [_mrkdwn(text) for text in mrkdwn[:CONTEXT_ELEMENTS]]}


def actions(*elements: Block) -> Block:
    """Buttons and menus, side by side."""
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action: str, value: str, *, style: Style | None = None, confirm: Block | None = None) -> Block:
    """A button; the longest value is 2,000 characters, and a longer one is our own mistake.

    Raises:
        ValueError: The value is empty or too long to come back whole.
    """
    if not 0 < len(value) <= VALUE or len(action) > IDENTIFIER:
        raise ValueError("a button's value must have 1 to 2,000 characters")
    element: Block = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": clip(label, BUTTON)},
        "value": value,
    }
    if style:
        element["style"] = style
    if confirm:
        element["confirm"] = confirm
    return element


def confirm(title: str, text: str, *, yes: str, no: str) -> Block:
    """A question asked before a button ends something; texts of ours with names already clipped."""
    words = {"title": title, "text": text, "confirm": yes, "deny": no}
    drawn = {name: {"type": "plain_text", "text": clip(clean(word), CONFIRM[name])} for name, word in words.items()}
    return {**drawn, "style": "danger"}


def message(text: str, *blocks: Block) -> View:
    """A view; `text` is escaped, and is what a notification shows."""
    return View(text=fallback(text), blocks=_within(list(blocks)))


def _within(blocks: list[Block]) -> list[Block]:
    """The blocks with their longest paragraphs cut, and so marked, until Slack takes all of them at once."""
    plain = [block["text"] for block in blocks if block["type"] == "section" and FENCE not in block["text"]["text"]]
    while plain and (over := sum(map(weight, blocks)) - TOTAL) > 0:
        longest = max(plain, key=lambda text: size(text["text"]))
        room = size(longest["text"]) - min(over, SECTION // 10)
        if room < SECTION // 10:
            break
        longest["text"] = clip(longest["text"], room)
    return blocks


def fallback(text: str) -> str:
    """`text` as Slack takes it beside blocks: never empty, cut at 4,000 characters, no fence left open."""
    if not text.strip():
        return "(no text)"
    return _closed(text, FALLBACK)


def _mrkdwn(text: str) -> Block:
    shown = text if text.strip() else "(empty)"
    # verbatim: Slack makes no links and mentions of its own out of plain words
    return {"type": "mrkdwn", "text": _closed(shown, SECTION), "verbatim": True}


def _closed(text: str, limit: int) -> str:
    """At most `limit` characters of escaped text; a fence that was cut open is closed again."""
    shown = clip(text, limit)
    if shown.count(FENCE) % 2 == 0:
        return shown
    shown = clip(text, limit - len(FENCE) - 1)
    return f"{shown}\n{FENCE}" if shown.count(FENCE) % 2 else shown
