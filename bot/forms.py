"""From a JSON Schema to the fields of a form, and from what was entered back to values that fit it; pure."""

import json
from typing import Any

import jsonschema

from bot.views.answer import BLOCK, MOST_OPTIONS, VALUE, Field, Option

MOST_FIELDS = 30
LONGEST_NAME = 200
LONGEST_VALUE = 150  #: of an option, as Slack takes it
#: What Prefect would fill in from variables and templates of its own; a person in a chat may not ask for it.
FILLED_IN_BY_PREFECT = "__prefect_kind"
KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "array": "a list, as JSON",
    "object": "an object, as JSON",
}

JSON = dict[str, Any]


def fields_of(schema: JSON) -> tuple[Field, ...]:
    """The fields of a form, those that are needed first; none when it cannot be one."""
    properties: JSON = schema.get("properties") or {}
    needed = [name for name in schema.get("required", ()) if name in properties]
    ordered = [*needed, *(name for name in properties if name not in needed)]
    if len(needed) > MOST_FIELDS or any(len(name) > LONGEST_NAME for name in ordered):
        return ()
    return tuple(_field(name, properties[name], schema, needed=name in needed) for name in ordered[:MOST_FIELDS])


def entered(state: JSON, schema: JSON) -> tuple[JSON, dict[str, str]]:
    """The values of a form that was filled in, and what is wrong with each field, by its `block_id`.

    Args:
        state: `view.state.values` as Slack sends it.
        schema: What was asked for.
    """
    properties: JSON = schema.get("properties") or {}
    values: JSON = {}
    for block, elements in state.items():
        name = block.removeprefix(BLOCK)
        text = _text(elements.get(VALUE) or {})
        if block.startswith(BLOCK) and name in properties and text != "":
            values[name] = _read(text, _resolved(properties[name], schema))
    problems: dict[str, str] = {}
    for error in jsonschema.Draft202012Validator(schema).iter_errors(values):
        for name in _concerned(error, values) or [next(iter(properties), "")]:
            problems.setdefault(f"{BLOCK}{name}", _problem(error))
    problems |= {f"{BLOCK}{name}": "Give the value itself." for name, value in values.items() if _filled_in(value)}
    return values, problems


def _field(name: str, wanted: JSON, schema: JSON, *, needed: bool) -> Field:
    found = _resolved(wanted, schema)
    default = wanted.get("default")
    hint = str(wanted.get("description") or "")
    kind = found.get("type")
    choices = [True, False] if kind == "boolean" else list(found.get("enum", ()))
    values = [json.dumps(choice) for choice in choices]
    if choices and len(choices) <= MOST_OPTIONS and all(len(value) <= LONGEST_VALUE for value in values):
        options = tuple(Option(_shown(choice), value) for choice, value in zip(choices, values, strict=True))
        initial = json.dumps(default) if default is not None else ""
        return Field(name=name, kind="choice", needed=needed, hint=hint, initial=initial, options=options)
    said = KINDS.get(str(kind), "")
    whole = ". ".join(part for part in (hint.rstrip("."), f"It is {said}" if said else "") if part)
    initial = "" if default is None else _shown(default)
    lines = kind in {"array", "object"}
    return Field(name=name, kind="lines" if lines else "text", needed=needed, hint=whole, initial=initial)


def _resolved(wanted: JSON, schema: JSON) -> JSON:
    """What a value must be, behind references and `or nothing`."""
    several = [each for each in wanted.get("anyOf", ()) if each.get("type") != "null"]
    if len(several) == 1:
        return _resolved(several[0], schema)
    inside = wanted.get("allOf", ())
    reference = str(wanted.get("$ref") or (inside[0].get("$ref", "") if len(inside) == 1 else ""))
    place, _, name = reference.removeprefix("#/").partition("/")
    return dict(schema.get(place, {}).get(name, wanted)) if name else wanted


def _text(element: JSON) -> str:
    option: JSON = element.get("selected_option") or {}
    return str(option.get("value") or element.get("value") or "").strip()


def _read(text: str, wanted: JSON) -> Any:
    if wanted.get("type") == "string" and "enum" not in wanted:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _concerned(error: jsonschema.ValidationError, values: JSON) -> list[str]:
    """The fields that an error is about."""
    if error.absolute_path:
        return [str(error.absolute_path[0])]
    if error.validator == "required" and isinstance(error.validator_value, list):
        return [name for name in error.validator_value if name not in values]
    return []


def _problem(error: jsonschema.ValidationError) -> str:
    if error.validator == "required":
        return "This is needed."
    if error.validator == "type":
        return f"This must be {KINDS.get(str(error.validator_value), str(error.validator_value))}."
    return f"{error.message[:140]}."


def _filled_in(value: object) -> bool:
    return FILLED_IN_BY_PREFECT in json.dumps(value, default=str)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
