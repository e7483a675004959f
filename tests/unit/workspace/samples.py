"""What the tests of this folder share."""

from typing import Any, Protocol

from demo.workspace.model import JSON

BOT_TOKEN, APP_TOKEN = "xoxb-1", "xapp-1"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0

    def __call__(self) -> float:
        return self.time

    def passes(self, seconds: float) -> None:
        self.time += seconds


class CallApi(Protocol):
    """Calls a method as the bot and gives the JSON of the answer."""

    def __call__(self, method: str, /, **args: Any) -> JSON: ...


BUTTONS = [
    {
        "type": "actions",
        "block_id": "b",
        "elements": [
            {"type": "button", "action_id": "go", "value": "1", "text": {"type": "plain_text", "text": "Go"}},
            {
                "type": "static_select",
                "action_id": "pick",
                "options": [{"text": {"type": "plain_text", "text": "A"}, "value": "a"}],
            },
        ],
    }
]


def plain(text: str) -> JSON:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def question(block_id: str, label: str, element: JSON | None = None, **more: Any) -> JSON:
    """An `input` block, by default with a text field whose action id is the block's."""
    asked = element or {"type": "plain_text_input", "action_id": block_id}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": asked, **more}


def modal(*blocks: JSON, **more: Any) -> JSON:
    """A modal that asks for a reason, or shows these blocks."""
    return {
        "type": "modal",
        "callback_id": "reject",
        "title": plain("Reject"),
        "submit": plain("Reject"),
        "blocks": list(blocks) or [question("reason", "Reason")],
        **more,
    }
