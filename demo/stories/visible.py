"""What a person sees of a message or modal, as plain text: the words of its blocks, and the labels of its buttons."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from demo.workspace.elements import interactive
from demo.workspace.model import JSON, Message, View

#: What Slack shows as something else than it is written.
_LINK = re.compile(r"<(?:https?|mailto)[^|>]*\|([^>]*)>")
_MENTION = re.compile(r"<(?:@|!subteam\^)(\w+)(?:\|[^<>]*)?>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_HIDDEN = frozenset({"type", "block_id", "action_id", "value", "url", "style", "image_url", "confirm", "emoji"})


def words(message: Message) -> str:
    """The text of a message as it stands on the page, one line a part; its fallback text when it has no blocks.

    A picture is what it says to those who do not see it.
    """
    pictures = (file.alt_text for file in message.files if file.alt_text)
    return "\n".join([_words(message.blocks) if message.blocks else _read(message.text), *pictures]).strip()


def modal_words(view: View) -> str:
    """The text of a modal, its heading first, one line a part."""
    return f"{view.title}\n{_words(view.blocks)}"


def buttons(message: Message) -> dict[str, tuple[str, str]]:
    """The buttons under a message: label to (action id, value)."""
    return {
        element["text"]["text"]: (element["action_id"], element.get("value", ""))
        for _, element in interactive(message.blocks)
        if element["type"] == "button"
    }


def _words(blocks: Sequence[JSON]) -> str:
    return "\n".join(_read(part) for block in blocks if block["type"] != "actions" for part in _texts(block))


def _texts(part: Any) -> Iterator[str]:
    match part:
        case {"text": str(text)}:
            yield text
        case dict():
            for key, value in part.items():
                if key not in _HIDDEN:
                    yield from _texts(value)
        case list():
            for value in part:
                yield from _texts(value)
        case _:
            return


def _read(text: str) -> str:
    text = _MENTION.sub(r"@\1", _LINK.sub(r"\1", text))
    for written, shown in _ENTITIES.items():
        text = text.replace(written, shown)
    return text.strip()
