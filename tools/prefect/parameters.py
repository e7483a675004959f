"""Whether values fit a pipeline's parameters, told before anything starts. Pure."""

import json
import math
from collections.abc import Iterator

import jsonschema

from tools import names
from tools.errors import BadArguments
from tools.prefect import wording
from tools.spec import JSONDict

#: Prefect fills such values in from variables and templates of its own; a person in a chat may not ask for it.
FILLED_IN_BY_PREFECT = "__prefect_kind"
TOLD = 3  # problems in one message

WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}


def fitted(schema: JSONDict, given: JSONDict, *, pipeline: str) -> JSONDict:
    """The values as the pipeline takes them: text becomes a number, a list, … where text does not fit.

    Args:
        schema: JSON Schema of the parameters.
        given: Values by name.
        pipeline: What to call the pipeline in a message.

    Raises:
        BadArguments: A name is not known, a value does not fit, or one is missing; the message says what would fit.
    """
    properties: JSONDict = schema.get("properties", {})
    unknown = [name for name in given if name not in properties]
    if unknown:
        raise BadArguments(_unknown(unknown[0], properties, pipeline=pipeline))
    if FILLED_IN_BY_PREFECT in json.dumps(given, default=str):
        raise BadArguments(f"A parameter may not hold {FILLED_IN_BY_PREFECT}; give the value itself.")
    values = {name: _converted(value, properties[name], schema) for name, value in given.items()}
    problems = [*_problems(schema, values), *_endless(values)]
    if problems:
        more = f" There are {len(problems) - TOLD} more problems." if len(problems) > TOLD else ""
        raise BadArguments(f"{pipeline} cannot run with this: {'; '.join(problems[:TOLD])}.{more}")
    return values


def _unknown(name: str, properties: JSONDict, *, pipeline: str) -> str:
    near = names.nearest(name, list(properties))
    meant = f" Did you mean {names.either(near)}?" if near else ""
    takes = ", ".join(f"{known} ({kind(properties[known])})" for known in properties) or "no parameters"
    return f"{pipeline} has no parameter “{name}”.{meant} It takes: {takes}."


def _converted(value: object, wanted: JSONDict, schema: JSONDict) -> object:
    """Commands give everything as text; it is read as JSON only where text itself would be refused."""
    if not isinstance(value, str) or _fits(value, wanted, schema):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        read = {"True": True, "False": False, "None": None}.get(value, value)
    return read if _fits(read, wanted, schema) else value


def _fits(value: object, wanted: JSONDict, schema: JSONDict) -> bool:
    definitions = {name: schema[name] for name in ("definitions", "$defs") if name in schema}
    return jsonschema.Draft202012Validator({**wanted, **definitions}).is_valid(value)


def _problems(schema: JSONDict, values: JSONDict) -> Iterator[str]:
    found = jsonschema.Draft202012Validator(schema).iter_errors(values)
    for error in sorted(found, key=lambda error: [str(part) for part in error.absolute_path]):
        yield _problem(error)


def _endless(value: object, where: tuple[str, ...] = ()) -> Iterator[str]:
    """What JSON cannot carry: it would become nothing on its way, and the run would use its default."""
    match value:
        case float() if not math.isfinite(value):
            yield f"{'.'.join(where)} must be a finite number, not {_shown(value)}"
        case dict():
            for name, part in value.items():
                yield from _endless(part, (*where, str(name)))
        case list() | tuple():
            for place, part in enumerate(value):
                yield from _endless(part, (*where, str(place)))


def _problem(error: jsonschema.ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "required" and isinstance(error.instance, dict):
        required = error.validator_value if isinstance(error.validator_value, list) else []
        missing = [name for name in required if name not in error.instance]
        kinds = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        needed = [f"{name} ({kind(kinds.get(name, {}))})" for name in missing]
        return f"{where + ' ' if where else ''}needs {', '.join(needed)}"
    if error.validator in {"type", "anyOf", "oneOf", "enum", "const"} and isinstance(error.schema, dict):
        return f"{where} must be {kind(error.schema)}, not {_shown(error.instance)}"
    return f"{where}: {wording.shortened(error.message, 200)}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"the text “{wording.shortened(value, 60)}”"
    return wording.shortened(json.dumps(value, default=str), 60)


def kind(wanted: JSONDict) -> str:
    """What a value must be, in words, such as `a whole number` or `one of "gini", "entropy"`."""
    if "const" in wanted:
        return json.dumps(wanted["const"])
    if "enum" in wanted:
        return "one of " + ", ".join(json.dumps(value) for value in wanted["enum"])
    for several in ("anyOf", "oneOf"):
        if several in wanted:
            return " or ".join(dict.fromkeys(kind(each) for each in wanted[several]))
    named = wanted.get("$ref") or next((part.get("$ref") for part in wanted.get("allOf", [])), None)
    if named:
        return str(named).rpartition("/")[2]
    types = wanted.get("type", [])
    words = [WORDS.get(each, str(each)) for each in ([types] if isinstance(types, str) else types)]
    return " or ".join(words) or "anything"
