"""The interactive elements of a message: finding one, and the action Slack sends when it is used."""

from collections.abc import Iterator, Sequence
from typing import Any

JSON = dict[str, Any]
Pressed = JSON | None

#: where the value of an element that is no list of options goes in the action
_PLAIN = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
_MANY = {"checkboxes", "multi_static_select"}


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
    """The action of choosing an option, a user, a channel or a date; None when nothing fits."""
    for element in elements:
        if element["type"] in _PLAIN:
            return _action(element) | {_PLAIN[element["type"]]: value}
        wanted = [value] if isinstance(value, str) else list(value)
        options = [o for o in _options(element) if o["value"] in wanted]
        if len(options) != len(wanted):
            continue
        if element["type"] in _MANY:
            return _action(element) | {"selected_options": options}
        return _action(element) | {"selected_option": options[0]} | _present(element, "placeholder")
    return None


def _options(element: JSON) -> list[JSON]:
    groups = element.get("option_groups", ())
    return [*element.get("options", ()), *(option for group in groups for option in group["options"])]


def _action(element: JSON) -> JSON:
    return {key: element[key] for key in ("type", "action_id", "block_id")}


def _present(element: JSON, *keys: str) -> JSON:
    return {key: element[key] for key in keys if key in element}
