"""The limits of Block Kit's interactive elements and composition objects."""

from collections.abc import Callable

from demo.workspace.block_rules import (
    Problems,
    all_objects,
    array,
    boolean,
    number,
    objects,
    one_of,
    string,
    text_object,
)
from demo.workspace.model import JSON

STYLES = {"primary", "danger"}
LONGEST_INPUT = 3000  #: characters that a text field takes
DISPATCHES = {"on_enter_pressed", "on_character_entered"}


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
    yield from picker(element, at)
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
    yield from number(element, "max_selected_items", at, least=1)
    yield from boolean(element, "focus_on_load", at)
    yield from confirm(element, at)


def text_input(element: JSON, at: str) -> Problems:
    """A field for text, an address or a number."""
    yield from text_object(element, "placeholder", at, most=150, plain=True, needed=False)
    yield from boolean(element, "focus_on_load", at)
    config = element.get("dispatch_action_config")
    if isinstance(config, dict):
        at_config = f"{at}/dispatch_action_config"
        yield from array(config, "trigger_actions_on", at_config, most=2)
        for index, item in enumerate(config.get("trigger_actions_on") or ()):
            yield from one_of({str(index): item}, str(index), f"{at_config}/trigger_actions_on", DISPATCHES)
    elif config is not None:
        yield f"{at}/dispatch_action_config", "must be of type object"


def plain_text_input(element: JSON, at: str) -> Problems:
    """A field for a line of text, or several."""
    yield from text_input(element, at)
    yield from string(element, "initial_value", at, most=LONGEST_INPUT)
    yield from boolean(element, "multiline", at)
    yield from number(element, "min_length", at, least=0, most=LONGEST_INPUT)
    yield from number(element, "max_length", at, least=1, most=LONGEST_INPUT)
    least, most = element.get("min_length"), element.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield at, "min_length must be less than or equal to max_length"


def number_input(element: JSON, at: str) -> Problems:
    """A field for a number."""
    yield from text_input(element, at)
    if not isinstance(element.get("is_decimal_allowed"), bool):
        yield at, "missing required field: is_decimal_allowed"
    for name in ("initial_value", "min_value", "max_value"):
        yield from string(element, name, at, most=255)


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
    "datetimepicker": picker,
    "multi_channels_select": picker,
    "multi_conversations_select": picker,
    "multi_static_select": select,
    "multi_users_select": picker,
    "overflow": overflow,
    "radio_buttons": choices,
    "static_select": select,
    "timepicker": picker,
    "users_select": picker,
}
"""What may stand in an `actions` block or beside a section."""

INPUTS: dict[str, Callable[[JSON, str], Problems]] = {
    **{kind: rule for kind, rule in ELEMENTS.items() if kind not in {"button", "overflow"}},
    "email_text_input": text_input,
    "number_input": number_input,
    "plain_text_input": plain_text_input,
    "url_text_input": text_input,
}
"""What may stand in an `input` block."""


def element(item: JSON, at: str, allowed: dict[str, Callable[[JSON, str], Problems]]) -> Problems:
    """One interactive element of a kind that is allowed where it stands."""
    rule = allowed.get(str(item.get("type")))
    if rule is None:
        yield f"{at}/type", f"unsupported type: {item.get('type')}"
        return
    yield from string(item, "action_id", at, most=255, least=1)
    yield from rule(item, at)
