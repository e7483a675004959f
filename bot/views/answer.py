"""The form in which a person answers what a paused run asks."""

from dataclasses import dataclass
from typing import Literal

from bot.views.actions import RUN_ANSWER
from bot.views.limits import SECTION
from bot.views.text import clip, plain
from bot.views.view import Block

VALUE = "value"  #: `action_id` of every field
BLOCK = "in:"  #: how the `block_id` of a field begins; its name follows
LONGEST_LABEL, LONGEST_HINT, LONGEST_OPTION, MOST_OPTIONS = 200, 300, 75, 100

Kind = Literal["text", "lines", "choice"]


@dataclass(frozen=True, slots=True)
class Option:
    """One of several values: what is shown, and what comes back, at most 150 characters."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """One value that is asked for.

    Attributes:
        name: Its name; at most 200 characters.
        kind: How it is entered.
        needed: Whether it must be given.
        hint: What it must be, in words.
        initial: What stands there at first; for a choice the value of an option.
        options: What there is to choose from.
    """

    name: str
    kind: Kind = "text"
    needed: bool = True
    hint: str = ""
    initial: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Attributes:
        run: The run's name.
        text: What the run says it wants.
        fields: What is asked for.
        about: Comes back as the modal's `private_metadata`.
    """

    run: str
    text: str
    fields: tuple[Field, ...]
    about: str


def answer(form: Form) -> Block:
    """The modal."""
    said = f"\n>{plain(form.text, 1_500)}" if form.text else ""
    words = f"*{plain(form.run, 100)}* waits for this, and goes on with it.{said}"
    return {
        "type": "modal",
        "callback_id": RUN_ANSWER,
        "private_metadata": form.about,
        "title": _plain("Answer the run"),
        "submit": _plain("Go on"),
        "close": _plain("Cancel"),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": clip(words, SECTION), "verbatim": True}},
            *(_input(field) for field in form.fields),
        ],
    }


def _input(field: Field) -> Block:
    block: Block = {
        "type": "input",
        "block_id": f"{BLOCK}{field.name}",
        "label": _plain(clip(field.name, LONGEST_LABEL)),
        "element": _select(field) if field.kind == "choice" else _typed(field),
        "optional": not field.needed,
    }
    if field.hint:
        block["hint"] = _plain(clip(field.hint, LONGEST_HINT))
    return block


def _typed(field: Field) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": VALUE, "multiline": field.kind == "lines"}
    if field.initial:
        element["initial_value"] = clip(field.initial, 3_000)
    return element


def _select(field: Field) -> Block:
    options = [{"text": _plain(clip(one.label, LONGEST_OPTION)), "value": one.value} for one in field.options]
    element: Block = {"type": "static_select", "action_id": VALUE, "options": options[:MOST_OPTIONS]}
    chosen = next((option for option in element["options"] if option["value"] == field.initial), None)
    return element | ({"initial_option": chosen} if chosen else {})


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
