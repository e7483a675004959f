"""A modal's limits: the largest that passes, and one more that does not."""

from typing import Any

import pytest

from demo.workspace.model import JSON
from demo.workspace.view_rules import problems, too_large

from .samples import modal, plain, question


def text_field(**more: Any) -> JSON:
    return question("b", "Label", {"type": "plain_text_input", "action_id": "a", **more})


def number_field(**more: Any) -> JSON:
    return question("b", "Label", {"type": "number_input", "action_id": "a", **more})


def without(name: str) -> JSON:
    return {key: value for key, value in modal().items() if key != name}


DIVIDER = {"type": "divider"}
MENU = {"type": "static_select", "action_id": "a", "options": [{"text": plain("A"), "value": "a"}]}

FITS: list[tuple[str, JSON, JSON, str]] = [
    ("title", modal(title=plain("x" * 24)), modal(title=plain("x" * 25)), "/view/title/text"),
    ("title needed", modal(), without("title"), "/view"),
    ("title type", modal(), modal(title={"type": "mrkdwn", "text": "x"}), "/view/title/type"),
    ("submit", modal(submit=plain("x" * 24)), modal(submit=plain("x" * 25)), "/view/submit/text"),
    ("submit needed with input", modal(), without("submit"), "/view"),
    ("close", modal(close=plain("x" * 24)), modal(close=plain("x" * 25)), "/view/close/text"),
    ("type", modal(), modal(type="home"), "/view/type"),
    ("type needed", modal(), without("type"), "/view"),
    ("blocks needed", modal(), without("blocks"), "/view"),
    ("metadata", modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001), "/view/private_metadata"),
    ("callback id", modal(callback_id="x" * 255), modal(callback_id="x" * 256), "/view/callback_id"),
    ("external id", modal(external_id="x" * 255), modal(external_id="x" * 256), "/view/external_id"),
    ("notify", modal(notify_on_close=True), modal(notify_on_close="yes"), "/view/notify_on_close"),
    ("unknown property", modal(), modal(hash="1.2"), "/view"),
    ("blocks", modal(*[DIVIDER] * 100), modal(*[DIVIDER] * 101), "/view/blocks"),
    ("block ids", modal(text_field(), DIVIDER), modal(text_field(), text_field()), "/view/blocks/1/block_id"),
    (
        "action ids",
        modal({"type": "actions", "elements": [MENU, {**MENU, "action_id": "b"}]}),
        modal({"type": "actions", "elements": [MENU, MENU]}),
        "/view/blocks/0/elements/1/action_id",
    ),
    (
        "alert",
        modal({"type": "alert", "text": plain("x" * 200), "level": "warning"}),
        modal({"type": "alert", "text": plain("x" * 201)}),
        "/view/blocks/0/text/text",
    ),
    (
        "alert level",
        modal({"type": "alert", "text": plain("x"), "level": "error"}),
        modal({"type": "alert", "text": plain("x"), "level": "loud"}),
        "/view/blocks/0/level",
    ),
    ("messages only", modal(DIVIDER), modal({"type": "markdown", "text": "x"}), "/view/blocks/0/type"),
    (
        "thumbs",
        modal(DIVIDER),
        modal({"type": "context_actions", "elements": [{"type": "icon_button"}]}),
        "/view/blocks/0/type",
    ),
    (
        "label",
        modal(question("b", "x" * 2000)),
        modal(question("b", "x" * 2001)),
        "/view/blocks/0/label/text",
    ),
    (
        "hint",
        modal(question("b", "x", hint=plain("x" * 2000))),
        modal(question("b", "x", hint=plain("x" * 2001))),
        "/view/blocks/0/hint/text",
    ),
    (
        "no button in an input",
        modal(question("b", "x", MENU)),
        modal(question("b", "x", {"type": "button", "action_id": "a", "text": plain("x")})),
        "/view/blocks/0/element/type",
    ),
    (
        "no text field in actions",
        modal({"type": "actions", "elements": [MENU]}),
        modal({"type": "actions", "elements": [{"type": "plain_text_input", "action_id": "a"}]}),
        "/view/blocks/0/elements/0/type",
    ),
    (
        "placeholder",
        modal(text_field(placeholder=plain("x" * 150))),
        modal(text_field(placeholder=plain("x" * 151))),
        "/view/blocks/0/element/placeholder/text",
    ),
    (
        "most",
        modal(text_field(max_length=3000)),
        modal(text_field(max_length=3001)),
        "/view/blocks/0/element/max_length",
    ),
    (
        "most is least one",
        modal(text_field(max_length=1)),
        modal(text_field(max_length=0)),
        "/view/blocks/0/element/max_length",
    ),
    (
        "least",
        modal(text_field(min_length=0)),
        modal(text_field(min_length=-1)),
        "/view/blocks/0/element/min_length",
    ),
    (
        "least above most",
        modal(text_field(min_length=5, max_length=5)),
        modal(text_field(min_length=6, max_length=5)),
        "/view/blocks/0/element",
    ),
    (
        "multiline",
        modal(text_field(multiline=True)),
        modal(text_field(multiline="yes")),
        "/view/blocks/0/element/multiline",
    ),
    (
        "initial",
        modal(text_field(initial_value="x" * 3000)),
        modal(text_field(initial_value="x" * 3001)),
        "/view/blocks/0/element/initial_value",
    ),
    (
        "dispatch",
        modal(text_field(dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]})),
        modal(text_field(dispatch_action_config={"trigger_actions_on": ["on_blur"]})),
        "/view/blocks/0/element/dispatch_action_config/trigger_actions_on/0",
    ),
    ("decimals", modal(number_field(is_decimal_allowed=False)), modal(number_field()), "/view/blocks/0/element"),
    (
        "focus",
        modal(text_field(focus_on_load=True)),
        modal(text_field(focus_on_load=True), question("c", "x", {**MENU, "focus_on_load": True})),
        "/view/blocks/1/element/focus_on_load",
    ),
]


@pytest.mark.parametrize(("fits", "too_much", "pointer"), [row[1:] for row in FITS], ids=[row[0] for row in FITS])
def test_the_largest_passes_and_one_more_is_refused_at_its_place(fits: JSON, too_much: JSON, pointer: str) -> None:
    assert problems(fits) == []
    found = problems(too_much)
    assert found
    assert found[0].startswith("[ERROR] ")
    assert found[0].endswith(f"[json-pointer:{pointer}]")


def test_a_modal_that_asks_nothing_needs_no_button() -> None:
    assert problems({"type": "modal", "title": plain("Look"), "blocks": [DIVIDER]}) == []


@pytest.mark.parametrize(
    "garbage", ["text", 3, [], None, {"type": "modal", "title": [], "blocks": {}}, {"blocks": [1]}]
)
def test_what_is_no_view_is_refused_and_never_crashes(garbage: Any) -> None:
    assert problems(garbage)


def test_a_view_of_250_kb_passes_and_one_byte_more_does_not() -> None:
    empty = modal(private_metadata="")
    room = 250_000 - len(str(empty).encode())
    fits = next(
        size for size in range(room + 2000, room - 2000, -1) if not too_large({**empty, "private_metadata": "x" * size})
    )
    assert too_large({**empty, "private_metadata": "x" * (fits + 1)})
