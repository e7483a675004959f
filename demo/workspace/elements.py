"""The interactive elements of a message or modal: finding one, and the action Slack sends when it is used."""

from collections.abc import Iterator, Sequence
from typing import Any

JSON = dict[str, Any]
Pressed = JSON | None

#: where the value of an element goes in the action and in the state
HOLDS = {
    "channels_select": "selected_channel",
    "checkboxes": "selected_options",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "datetimepicker": "selected_date_time",
    "email_text_input": "value",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "multi_static_select": "selected_options",
    "multi_users_select": "selected_users",
    "number_input": "value",
    "plain_text_input": "value",
    "radio_buttons": "selected_option",
    "static_select": "selected_option",
    "timepicker": "selected_time",
    "url_text_input": "value",
    "users_select": "selected_user",
}
MANY = frozenset(kind for kind, key in HOLDS.items() if key.endswith("s"))
_OPTIONS = {"selected_option", "selected_options"}


def interactive(blocks: Sequence[JSON]) -> Iterator[tuple[str, JSON]]:
    """Every element with an `action_id`, with the id of its block, in reading order."""
    for block in blocks:
        elements = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
        for element in elements:
            if isinstance(element, dict) and "action_id" in element:
                yield block.get("block_id", ""), element
        for child in block.get("child_blocks", ()):
            yield from interactive([child])


def find_element(blocks: Sequence[JSON], action_id: str, block_id: str | None = None) -> list[JSON]:
    """The elements of that action id, each with its `block_id`; more than one when buttons share an id."""
    return [
        {**element, "block_id": block}
        for block, element in interactive(blocks)
        if element["action_id"] == action_id and block_id in {None, block}
    ]


def pressed(elements: Sequence[JSON], value: str | None = None) -> Pressed:
    """The action of pressing a button; None when no button fits."""
    for element in elements:
        if element["type"] == "button" and value in {None, element.get("value")}:
            return _action(element) | {"text": element["text"]} | _present(element, "value", "style")
        if element["type"] == "feedback_buttons" and value is not None:
            return _action(element) | {"value": value}
    return None


def chosen(elements: Sequence[JSON], value: str | Sequence[str]) -> Pressed:
    """The action of choosing options, people, channels or a date, or of writing a text; None when nothing fits.

    No value at all (an empty text or list) takes back what was chosen.
    """
    for element in elements:
        key = "selected_option" if element["type"] == "overflow" else HOLDS.get(element["type"], "")
        wanted: list[Any] = [value] if isinstance(value, str) and value else list(value)
        if key in _OPTIONS:
            options = [o for o in _options(element) if o["value"] in wanted]
            if len(options) != len(wanted):
                continue
            wanted = options
        elif key == "selected_date_time":
            wanted = [int(seconds) for seconds in wanted]
        if element["type"] in MANY:
            return _action(element) | {key: wanted}
        if key:
            return _action(element) | {key: wanted[0] if wanted else None} | _present(element, "placeholder")
    return None


def _options(element: JSON) -> list[JSON]:
    groups = element.get("option_groups", ())
    return [*element.get("options", ()), *(option for group in groups for option in group["options"])]


def _action(element: JSON) -> JSON:
    return {key: element[key] for key in ("type", "action_id", "block_id")}


def _present(element: JSON, *keys: str) -> JSON:
    return {key: element[key] for key in keys if key in element}
