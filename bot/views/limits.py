"""Slack's limits on a message, and what in a view breaks them.

The numbers are those of docs.slack.dev/reference/block-kit and of `chat.update`, in characters. Slack does not say
how it counts a character outside the basic plane, so it is counted as two here, as in UTF-16.
"""

from collections.abc import Iterator
from typing import Any

from bot.views.view import Block, View

FALLBACK = 4_000  #: `chat.update` refuses a longer `text` (`msg_too_long`); `chat.postMessage` recommends it
BLOCKS = 50  #: blocks of a message
MESSAGE = 11_000  #: what we put into the blocks of one message; Slack refuses at about 13,000 in all
SECTION = 3_000  #: a section's or a context element's text
TOTAL = MESSAGE + SECTION // 3  #: with what stands around it
HEADER = 150
CONTEXT_ELEMENTS = 10
ACTIONS = 25  #: elements of one actions block
BUTTON = 75  #: a button's label
VALUE = 2_000  #: a button's value
IDENTIFIER = 255  #: `action_id`, `block_id`
OPTIONS = 100  #: options of a menu
OPTION = 75  #: an option's text
OPTION_VALUE = 150
PLACEHOLDER = 150
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
LINK = 1_000  #: ours: a longer address is shown, not linked


def size(text: str) -> int:
    """How long Slack may take `text` to be."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def within_limits(view: View) -> bool:
    """Whether Slack would take the view."""
    return not violations(view)


def violations(view: View) -> list[str]:
    """What Slack would refuse in the view, one line each; empty when it would take it."""
    found = [*_length("text", view.text, FALLBACK)]
    if len(view.blocks) > BLOCKS:
        found.append(f"{len(view.blocks)} blocks, {BLOCKS} allowed")
    if (total := sum(weight(block) for block in view.blocks)) > TOTAL:
        found.append(f"{total} characters in all, {MESSAGE} planned for")
    for place, block in enumerate(view.blocks):
        found += [f"block {place}: {problem}" for problem in _block(block)]
    return found


def weight(block: Block) -> int:
    """How much of `TOTAL` a block takes."""
    texts = [block.get("text"), *block.get("elements", ())]
    return sum(size(text["text"]) for text in texts if text and isinstance(text.get("text"), str))


def _block(block: Block) -> Iterator[str]:
    match block["type"]:
        case "section":
            yield from _text("text", block["text"], SECTION)
        case "header":
            yield from _text("text", block["text"], HEADER)
        case "context":
            yield from _count("elements", block["elements"], CONTEXT_ELEMENTS)
            for element in block["elements"]:
                yield from _text("element", element, SECTION)
        case "actions":
            yield from _count("elements", block["elements"], ACTIONS)
            names = [element["action_id"] for element in block["elements"]]
            if len(set(names)) != len(names):
                yield "an action_id occurs twice"
            for element in block["elements"]:
                yield from _element(element)
        case "divider":
            pass
        case other:
            yield f"unknown type {other}"


def _element(element: dict[str, Any]) -> Iterator[str]:
    yield from _length("action_id", element["action_id"], IDENTIFIER)
    if element["type"] == "button":
        yield from _text("label", element["text"], BUTTON)
        yield from _length("value", element["value"], VALUE)
    else:
        yield from _text("placeholder", element["placeholder"], PLACEHOLDER)
        yield from _count("options", element["options"], OPTIONS)
        for option in element["options"]:
            yield from _text("option", option["text"], OPTION)
            yield from _length("option value", option["value"], OPTION_VALUE)
    for name, text in element.get("confirm", {}).items():
        if name in CONFIRM:
            yield from _text(f"confirm {name}", text, CONFIRM[name])


def _text(name: str, value: dict[str, Any], limit: int) -> Iterator[str]:
    if value["type"] not in {"mrkdwn", "plain_text"}:
        yield f"{name}: not a text"
    yield from _length(name, value["text"], limit)


def _length(name: str, text: str, limit: int) -> Iterator[str]:
    if not text.strip():
        yield f"{name} is empty"
    if size(text) > limit:
        yield f"{name} has {size(text)} characters, {limit} allowed"


def _count(name: str, values: list[Any], limit: int) -> Iterator[str]:
    if not 1 <= len(values) <= limit:
        yield f"{len(values)} {name}, 1 to {limit} allowed"
