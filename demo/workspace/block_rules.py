"""Checks that Block Kit rules are made of. Each yields `(pointer, complaint)`; a pointer is a JSON pointer."""

from collections.abc import Iterator
from typing import Any

from demo.workspace.model import JSON

Problem = tuple[str, str]
Problems = Iterator[Problem]


def of_type(value: Any, kind: type, at: str) -> Problems:
    """`value` must be a JSON value of this kind."""
    if not isinstance(value, kind):
        names = {str: "string", dict: "object", list: "array", int: "number"}
        yield at, f"must be of type {names.get(kind, kind.__name__)}"


def string(holder: JSON, name: str, at: str, *, most: int, least: int = 0, needed: bool = False) -> Problems:
    """A text member and its length in characters."""
    value = holder.get(name)
    if value is None:
        if needed:
            yield at, f"missing required field: {name}"
    elif not isinstance(value, str):
        yield f"{at}/{name}", "must be of type string"
    elif len(value) > most:
        yield f"{at}/{name}", f"must be less than {most + 1} characters"
    elif len(value) < least:
        yield f"{at}/{name}", f"must be more than {least - 1} characters"


def number(holder: JSON, name: str, at: str, *, least: int, most: int | None = None) -> Problems:
    """A whole number, if it is there at all."""
    value = holder.get(name)
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        yield f"{at}/{name}", "must be of type number"
    elif value < least:
        yield f"{at}/{name}", f"must be greater than or equal to {least}"
    elif most is not None and value > most:
        yield f"{at}/{name}", f"must be less than or equal to {most}"


def boolean(holder: JSON, name: str, at: str) -> Problems:
    """Yes or no, if it is there at all."""
    if holder.get(name) is not None and not isinstance(holder[name], bool):
        yield f"{at}/{name}", "must be of type boolean"


def array(holder: JSON, name: str, at: str, *, most: int, least: int = 1, needed: bool = True) -> Problems:
    """A list member and how many items it has."""
    value = holder.get(name)
    if value is None:
        if needed:
            yield at, f"missing required field: {name}"
    elif not isinstance(value, list):
        yield f"{at}/{name}", "must be of type array"
    elif len(value) > most:
        yield f"{at}/{name}", f"no more than {most} items allowed"
    elif len(value) < least:
        yield f"{at}/{name}", f"no less than {least} items required"


def objects(holder: JSON, name: str, at: str) -> Iterator[tuple[JSON, str]]:
    """The objects of a list member, each with its pointer; whatever is no object is left to `array_of_objects`."""
    value = holder.get(name)
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield item, f"{at}/{name}/{index}"


def all_objects(holder: JSON, name: str, at: str) -> Problems:
    """Every item of a list member must be an object."""
    value = holder.get(name)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from of_type(item, dict, f"{at}/{name}/{index}")


def text_object(holder: JSON, name: str, at: str, *, most: int, plain: bool = False, needed: bool = True) -> Problems:
    """A composition object `{"type": "plain_text" | "mrkdwn", "text": …}`."""
    value = holder.get(name)
    if value is None:
        if needed:
            yield at, f"missing required field: {name}"
        return
    at = f"{at}/{name}"
    if not isinstance(value, dict):
        yield at, "must be of type object"
        return
    allowed = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if value.get("type") not in allowed:
        yield f"{at}/type", f"must be {' or '.join(sorted(allowed))}"
    if value.get("type") == "mrkdwn" and "emoji" in value:
        yield f"{at}/emoji", "is only allowed with plain_text"
    yield from string(value, "text", at, most=most, least=1, needed=True)


def one_of(holder: JSON, name: str, at: str, allowed: set[str]) -> Problems:
    """A text member that may only be one of these, if it is there at all."""
    if name in holder and holder[name] not in allowed:
        yield f"{at}/{name}", f"must be one of: {', '.join(sorted(allowed))}"
