"""The fields of a modal: what stands in them, and what Slack's client says before it bothers the app."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from demo.workspace.elements import HOLDS, MANY, chosen, interactive
from demo.workspace.model import JSON, View

State = dict[str, dict[str, JSON]]
Value = str | Sequence[str]

REQUIRED = "Please complete this required field."
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class NoSuchField(LookupError):
    """A modal has no such field, or the field takes no such value; the text says which, for a person to read."""


@dataclass(frozen=True, slots=True)
class Field:
    """An element that holds something.

    Attributes:
        label: What stands above it; empty for an element that is in no `input` block.
        needed: It must not be left empty.
        dispatches: The app is told of every change.
    """

    block_id: str
    element: JSON
    label: str = ""
    needed: bool = False
    dispatches: bool = False

    @property
    def action_id(self) -> str:
        """The element's id within its block."""
        return str(self.element["action_id"])

    def holding(self, value: Value) -> JSON:
        """What the state says when `value` was entered: a text, or the values of options, or ids, or a date.

        Raises:
            NoSuchField: There is no such option.
        """
        try:
            action = chosen([{**self.element, "block_id": self.block_id}], value)
        except ValueError:
            action = None
        if action is None:
            raise NoSuchField(f"“{self.label or self.action_id}” has no such option: {value!r}.")
        key = HOLDS[self.element["type"]]
        return {"type": self.element["type"], key: action[key]}


def fields(blocks: Sequence[JSON]) -> Iterator[Field]:
    """Every field, in reading order."""
    asked = {block["block_id"]: block for block in blocks if block["type"] == "input"}
    for block_id, element in interactive(blocks):
        if element["type"] not in HOLDS:
            continue
        if block_id not in asked:
            yield Field(block_id, element, dispatches=True)
            continue
        block = asked[block_id]
        label, needed = str(block["label"]["text"]), not block.get("optional")
        yield Field(block_id, element, label, needed=needed, dispatches=bool(block.get("dispatch_action")))


def field_called(blocks: Sequence[JSON], name: str) -> Field:
    """The field with this label, action id or block id.

    Raises:
        NoSuchField: None is called so, or more than one.
    """
    known = tuple(fields(blocks))
    for names in ([f.label for f in known], [f.action_id for f in known], [f.block_id for f in known]):
        if names.count(name) == 1:
            return known[names.index(name)]
    labels = ", ".join(f"“{f.label or f.action_id}”" for f in known)
    raise NoSuchField(f"The modal has no one field called “{name}”. It has {labels or 'none'}.")


def state_of(blocks: Sequence[JSON], before: Mapping[str, Mapping[str, JSON]]) -> State:
    """What stands in the fields.

    What stood there before stays where block, action and type are the same; other fields hold their initial value.
    """
    state: State = {}
    for one in fields(blocks):
        kept = before.get(one.block_id, {}).get(one.action_id)
        same = kept is not None and kept["type"] == one.element["type"]
        state.setdefault(one.block_id, {})[one.action_id] = kept if kept is not None and same else _initial(one)
    return state


def as_filled(element: JSON, held: JSON) -> JSON:
    """An element that begins with what stands in it now."""
    key = HOLDS[element["type"]]
    initial = "initial_" + key.removeprefix("selected_")
    begun = {name: value for name, value in element.items() if name != initial}
    return begun if held[key] in (None, "", []) else {**begun, initial: held[key]}


def faults(view: View) -> dict[str, str]:
    """What keeps the modal from being sent, by block id."""
    found = {}
    for one in fields(view.blocks):
        if one.label:
            fault = _fault(one, view.state[one.block_id][one.action_id][HOLDS[one.element["type"]]])
            if fault:
                found[one.block_id] = fault
    return found


def _initial(one: Field) -> JSON:
    kind = one.element["type"]
    key = HOLDS[kind]
    initial = one.element.get("initial_" + key.removeprefix("selected_"))
    return {"type": kind, key: initial if initial is not None else [] if kind in MANY else None}


def _fault(one: Field, value: object) -> str:
    if value in (None, "", []):
        return REQUIRED if one.needed else ""
    check = _CHECKS.get(one.element["type"])
    return check(one.element, str(value)) if check else ""


def _email_fault(element: JSON, value: str) -> str:
    del element
    return "" if _EMAIL.fullmatch(value) else "Please enter a valid email address."


def _url_fault(element: JSON, value: str) -> str:
    del element
    return "" if re.match(r"[a-z][a-z0-9+.-]*://[^\s/]", value, re.IGNORECASE) else "Please enter a valid URL."


def _length_fault(element: JSON, value: str) -> str:
    length = len(value)
    least, most = element.get("min_length"), element.get("max_length", 3000)
    if least is not None and length < least:
        return f"Please enter at least {least} characters."
    return f"Please enter no more than {most} characters." if length > most else ""


def _number_fault(element: JSON, value: str) -> str:
    whole = not element.get("is_decimal_allowed")
    try:
        number = int(value) if whole else float(value)
    except ValueError:
        return "Please enter a whole number." if whole else "Please enter a number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        return f"Please enter a number of {least} or more."
    return f"Please enter a number of {most} or less." if most is not None and number > float(most) else ""


_CHECKS: Final[dict[str, Callable[[JSON, str], str]]] = {
    "email_text_input": _email_fault,
    "number_input": _number_fault,
    "plain_text_input": _length_fault,
    "url_text_input": _url_fault,
}
