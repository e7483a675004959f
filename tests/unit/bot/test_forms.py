"""Forms of what runs ask for: from a JSON Schema to fields, and from what was entered to values."""

from typing import Any

import pytest

from bot.forms import MOST_FIELDS, entered, fields_of
from bot.views.answer import BLOCK, VALUE, Form, answer

JSON = dict[str, Any]
#: As Prefect stores the schema of a `RunInput`.
SCHEMA: JSON = {
    "title": "Approval",
    "type": "object",
    "$defs": {"Side": {"enum": ["left", "right"], "type": "string"}},
    "properties": {
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "description": "Anything else"},
        "rows": {"type": "integer", "minimum": 1, "description": "How many."},
        "rate": {"type": "number", "default": 0.5},
        "dry": {"type": "boolean", "default": True},
        "side": {"allOf": [{"$ref": "#/$defs/Side"}]},
        "columns": {"type": "array", "items": {"type": "string"}, "default": ["a"]},
    },
    "required": ["rows", "side"],
}


def typed(**texts: str) -> JSON:
    """What Slack sends for typed fields."""
    return {f"{BLOCK}{name}": {VALUE: {"type": "plain_text_input", "value": text}} for name, text in texts.items()}


def chosen(**values: str) -> JSON:
    """What Slack sends for menus."""
    return {
        f"{BLOCK}{name}": {VALUE: {"type": "static_select", "selected_option": {"value": value}}}
        for name, value in values.items()
    }


def test_what_is_needed_comes_first_and_each_field_says_what_it_takes() -> None:
    fields = {field.name: field for field in fields_of(SCHEMA)}
    assert list(fields) == ["rows", "side", "note", "rate", "dry", "columns"]
    assert [name for name, field in fields.items() if field.needed] == ["rows", "side"]
    assert fields["rows"].hint == "How many. It is a whole number"
    assert [option.value for option in fields["side"].options] == ['"left"', '"right"']
    assert (fields["dry"].initial, fields["rate"].initial, fields["columns"].initial) == ("true", "0.5", '["a"]')
    assert (fields["note"].kind, fields["columns"].kind) == ("text", "lines")


def test_the_form_keeps_within_what_slack_takes() -> None:
    view = answer(Form(run="brave-otter", text="How <!channel> many?", fields=fields_of(SCHEMA), about="{}"))
    assert "<!channel>" not in view["blocks"][0]["text"]["text"]
    assert [block["block_id"] for block in view["blocks"][1:]] == [f"{BLOCK}{f.name}" for f in fields_of(SCHEMA)]
    assert len(view["title"]["text"]) <= 24
    assert view["blocks"][5]["element"]["initial_option"]["value"] == "true"


def test_what_was_entered_becomes_values_of_the_right_type() -> None:
    state = typed(rows="5", note="12", rate="0.25", columns='["b"]') | chosen(side='"left"', dry="false")
    assert entered(state, SCHEMA) == (
        {"rows": 5, "note": "12", "rate": 0.25, "columns": ["b"], "side": "left", "dry": False},
        {},
    )


def test_what_is_left_empty_is_not_given() -> None:
    state = typed(rows="5", note="", rate=" ") | chosen(side='"right"')
    assert entered(state, SCHEMA) == ({"rows": 5, "side": "right"}, {})


@pytest.mark.parametrize(
    ("state", "problems"),
    [
        (typed(rows="many") | chosen(side='"left"'), {"in:rows": "This must be a whole number."}),
        (typed(rows="0") | chosen(side='"left"'), {"in:rows": "0 is less than the minimum of 1."}),
        (chosen(side='"left"'), {"in:rows": "This is needed."}),
        ({}, {"in:rows": "This is needed.", "in:side": "This is needed."}),
        (typed(rows="5") | chosen(side='"up"'), {"in:side": "'up' is not one of ['left', 'right']."}),
        (
            typed(rows="5", columns='["a", {"__prefect_kind": "jinja"}]') | chosen(side='"left"'),
            {"in:columns": "Give the value itself."},
        ),
    ],
)
def test_each_field_says_what_is_wrong_with_it(state: JSON, problems: dict[str, str]) -> None:
    assert entered(state, SCHEMA)[1] == problems


def test_nothing_that_prefect_would_fill_in_is_taken() -> None:
    schema = {"properties": {"extra": {"type": "object"}}}
    assert entered(typed(extra='{"__prefect_kind": "jinja"}'), schema)[1] == {"in:extra": "Give the value itself."}


def test_fields_that_were_not_asked_for_are_not_taken() -> None:
    assert entered(typed(rows="5", admin="true") | chosen(side='"left"'), SCHEMA)[0] == {"rows": 5, "side": "left"}


def test_what_needs_more_than_a_form_holds_is_none() -> None:
    many = {f"f{number}": {"type": "integer"} for number in range(MOST_FIELDS + 1)}
    assert fields_of({"properties": many, "required": list(many)}) == ()
    assert len(fields_of({"properties": many})) == MOST_FIELDS
    assert fields_of({}) == ()
