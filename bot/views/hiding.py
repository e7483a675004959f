"""A view without what must not be read: every text in it that people see, passed through one function."""

from collections.abc import Callable
from typing import Any

from bot.views.limits import SECTION
from bot.views.view import View

Hide = Callable[[str], str]  #: a text -> the same without its secrets

#: What no person reads, and Slack or we must find again as it was.
_OPAQUE = frozenset({"action_id", "block_id", "callback_id", "private_metadata", "style", "type", "value"})
NOWHERE = "https://hidden.invalid/"  #: where a link leads whose address was a secret


def unseen(view: View, hide: Hide) -> View:
    """The view without what `hide` takes out."""
    return View(text=hide(view.text), blocks=[without(block, hide) for block in view.blocks])


def without(value: Any, hide: Hide, name: str = "") -> Any:
    """A part of a view, or a modal, without what `hide` takes out; `name` is what it is called where it stands."""
    match value:
        case dict():
            return {key: without(inner, hide, key) for key, inner in value.items()}
        case list():
            return [without(inner, hide, name) for inner in value]
        case str() if name == "url" or name.endswith("_url"):
            return value if hide(value) == value else NOWHERE
        case str() if name not in _OPAQUE:
            hidden = hide(value)
            return hidden if len(hidden) <= max(len(value), SECTION - 100) else hidden[: len(value)]
    return value
