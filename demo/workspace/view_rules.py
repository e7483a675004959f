"""Which views Slack takes. Limits: `docs.slack.dev/reference/views/modal-views`."""

import json
from typing import Any

from demo.workspace.block_rules import Problems, array, boolean, one_of, string, text_object
from demo.workspace.blocks import MOST_IN_MODAL, modal_problems
from demo.workspace.model import JSON

LARGEST_VIEW = 250_000  #: bytes of JSON
LONGEST_TITLE = 24  #: characters, also on a button
LONGEST_METADATA = 3000
LONGEST_ID = 255

_TEXTS = {"private_metadata": LONGEST_METADATA, "callback_id": LONGEST_ID, "external_id": LONGEST_ID}
_FLAGS = ("clear_on_close", "notify_on_close")
_KNOWN = {"type", "title", "submit", "close", "blocks", *_TEXTS, *_FLAGS}


def too_large(view: Any) -> bool:
    """Whether a view has more bytes than Slack takes."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode()) > LARGEST_VIEW


def problems(view: Any) -> list[str]:
    """What Slack would refuse in a modal, in its words; empty when it is fine."""
    if not isinstance(view, dict):
        return ["[ERROR] must be of type object [json-pointer:/view]"]
    return [f"[ERROR] {complaint} [json-pointer:{pointer}]" for pointer, complaint in _modal(view)]


def _modal(view: JSON) -> Problems:
    at = "/view"
    if "type" in view:
        yield from one_of(view, "type", at, {"modal"})
    else:
        yield at, "missing required field: type"
    yield from text_object(view, "title", at, most=LONGEST_TITLE, plain=True)
    for name in ("submit", "close"):
        yield from text_object(view, name, at, most=LONGEST_TITLE, plain=True, needed=False)
    for name, most in _TEXTS.items():
        yield from string(view, name, at, most=most)
    for name in _FLAGS:
        yield from boolean(view, name, at)
    for name in sorted(view.keys() - _KNOWN):
        yield at, f"invalid additional property: {name}"
    yield from _blocks(view, at)


def _blocks(view: JSON, at: str) -> Problems:
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        yield from array(view, "blocks", at, most=MOST_IN_MODAL)
        return
    yield from modal_problems(blocks, f"{at}/blocks")
    asks = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if asks and not view.get("submit"):
        yield at, "missing required field: submit"
