"""The limits of Block Kit's interactive elements and composition objects."""

from collections.abc import Callable

from demo.workspace.block_rules import Problems, all_objects, array, objects, one_of, string, text_object
from demo.workspace.model import JSON

STYLES = {"primary", "danger"}


def confirm(holder: JSON, at: str) -> Problems:
    """A confirmation dialog, where there is one."""
    dialog = holder.get("confirm")
    if dialog is None:
        return
    at = f"{at}/confirm"
    if not isinstance(dialog, dict):
        yield at, "must be of type object"
        return
    yield from text_object(dialog, "title", at, most=100, plain=True)
    yield from text_object(dialog, "text", at, most=300)
    yield from text_object(dialog, "confirm", at, most=30, plain=True)
    yield from text_object(dialog, "deny", at, most=30, plain=True)
    yield from one_of(dialog, "style", at, STYLES)


def button(element: JSON, at: str) -> Problems:
    """A button."""
    yield from text_object(element, "text", at, most=75, plain=True)
    yield from string(element, "value", at, most=2000)
    yield from string(element, "url", at, most=3000)
    yield from string(element, "accessibility_label", at, most=75)
    yield from string(element, "agent_prompt", at, most=4000)
    yield from one_of(element, "style", at, STYLES)
    yield from confirm(element, at)


def option(item: JSON, at: str) -> Problems:
    """An option of a menu, of radio buttons or of check boxes."""
    yield from text_object(item, "text", at, most=75)
    yield from string(item, "value", at, most=150, needed=True)
    yield from text_object(item, "description", at, most=75, needed=False)


def _options(element: JSON, at: str, *, most: int, least: int = 1) -> Problems:
    yield from array(element, "options", at, most=most, least=least)
    yield from all_objects(element, "options", at)
    for item, pointer in objects(element, "options", at):
        yield from option(item, pointer)


def select(element: JSON, at: str) -> Problems:
    """A menu with its own options, or groups of them."""
    yield from text_object(element, "placeholder", at, most=150, plain=True, needed=False)
    yield from confirm(element, at)
    if "option_groups" not in element:
        yield from _options(element, at, most=100)
        return
    if "options" in element:
        yield at, "only one of options and option_groups is allowed"
    yield from array(element, "option_groups", at, most=100)
    for group, pointer in objects(element, "option_groups", at):
        yield from text_object(group, "label", pointer, most=75, plain=True)
        yield from _options(group, pointer, most=100)


def picker(element: JSON, at: str) -> Problems:
    """A menu whose options are the workspace's own (people, channels), or a date or time."""
    yield from text_object(element, "placeholder", at, most=150, plain=True, needed=False)
    yield from confirm(element, at)


def overflow(element: JSON, at: str) -> Problems:
    """An overflow menu."""
    yield from _options(element, at, most=5)
    yield from confirm(element, at)


def choices(element: JSON, at: str) -> Problems:
    """Radio buttons or check boxes."""
    yield from _options(element, at, most=10)
    yield from confirm(element, at)


def image(element: JSON, at: str) -> Problems:
    """An image, as a block or inside one."""
    if "slack_file" not in element:
        yield from string(element, "image_url", at, most=3000, least=1, needed=True)
    yield from string(element, "alt_text", at, most=2000, needed=True)


def feedback_buttons(element: JSON, at: str) -> Problems:
    """A pair of thumbs."""
    for name in ("positive_button", "negative_button"):
        pointer = f"{at}/{name}"
        half = element.get(name)
        if not isinstance(half, dict):
            yield at, f"missing required field: {name}"
            continue
        yield from text_object(half, "text", pointer, most=75, plain=True)
        yield from string(half, "value", pointer, most=2000, needed=True)


def icon_button(element: JSON, at: str) -> Problems:
    """A small button with an icon."""
    yield from string(element, "icon", at, most=75, needed=True)
    yield from text_object(element, "text", at, most=75, plain=True)
    yield from string(element, "value", at, most=2000)


ELEMENTS: dict[str, Callable[[JSON, str], Problems]] = {
    "button": button,
    "checkboxes": choices,
    "channels_select": picker,
    "conversations_select": picker,
    "datepicker": picker,
    "multi_static_select": select,
    "overflow": overflow,
    "radio_buttons": choices,
    "static_select": select,
    "timepicker": picker,
    "users_select": picker,
}
"""What may stand in an `actions` block or beside a section."""


def element(item: JSON, at: str, allowed: dict[str, Callable[[JSON, str], Problems]]) -> Problems:
    """One interactive element of a kind that is allowed where it stands."""
    rule = allowed.get(str(item.get("type")))
    if rule is None:
        yield f"{at}/type", f"unsupported type: {item.get('type')}"
        return
    yield from string(item, "action_id", at, most=255, least=1)
    yield from rule(item, at)
