"""The parameters of a flow, and their JSON Schema as Prefect itself would make it."""

import ast
import inspect
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic.errors import PydanticInvalidForJsonSchema

from tools.credentials import hidden
from tools.pipelines.annotations import Annotations, is_field
from tools.pipelines.classes import REFUSALS, Opaque
from tools.pipelines.models import Parameter
from tools.pipelines.scope import Function
from tools.pipelines.source_text import SourceText
from tools.pipelines.text import encodable
from tools.pipelines.unreadable import Unreadable
from tools.spec import JSONDict

_LONGEST_SHOWN = 200
_LONGEST_DOCSTRING = 20_000
_LARGEST_SCHEMA = 200_000
_MOST_PARAMETERS = 100
Kind = inspect._ParameterKind  # noqa: SLF001 - the public name of this enum is that of its members only
_VARIADIC: dict[Kind, str] = {
    inspect.Parameter.VAR_POSITIONAL: "Takes any number of values as a list.",
    inspect.Parameter.VAR_KEYWORD: "Takes any further named values as one object.",
}
_UNTOLD = "Its type {} cannot be told without running the file, so any value is let through."
_COMPUTED = "Its default is computed when the file is loaded, so it is not known here."


@dataclass(frozen=True, slots=True)
class _Read:
    """One parameter, for a person and for Prefect's schema; `unread_default` is a default that we must not claim."""

    shown: Parameter
    signed: inspect.Parameter
    unread_default: bool


def read_parameters(
    function: Function, annotations: Annotations, text: SourceText
) -> tuple[tuple[Parameter, ...], JSONDict]:
    """A flow's parameters in order, and their JSON Schema.

    Raises:
        Unreadable: The schema would be too large to keep.
    """
    arguments = list(_arguments(function))
    _refuse_unusable(function, [argument.arg for argument, _, _ in arguments])
    read = [_read(argument, default, kind, annotations, text) for argument, default, kind in arguments]
    docstring = encodable((ast.get_docstring(function) or "")[:_LONGEST_DOCSTRING])
    schema = _schema([one.signed for one in read], hidden(docstring))
    for one in read:
        if one.unread_default:
            schema.get("properties", {}).get(one.shown.name, {}).pop("default", None)
    if len(json.dumps(schema)) > _LARGEST_SCHEMA:
        raise Unreadable(
            f"The parameters of {function.name[:60]} are too large to show or to keep: their defaults or choices hold "
            f"more than {_LARGEST_SCHEMA:,} characters.",
            "Load long values inside a task instead of writing them into the signature.",
            line=function.lineno,
        )
    return tuple(one.shown for one in read), schema


def _refuse_unusable(function: Function, names: list[str]) -> None:
    if len(names) > _MOST_PARAMETERS:
        raise Unreadable(
            f"{function.name[:60]} has {len(names)} parameters; {_MOST_PARAMETERS} is the most I take.",
            "Put values that belong together into one pydantic model.",
            line=function.lineno,
        )
    if len(set(names)) != len(names):  # the parser leaves this to the compiler
        raise Unreadable(
            f"Two parameters of {function.name[:60]} have the same name.", "Rename one.", line=function.lineno
        )


def _arguments(function: Function) -> Iterator[tuple[ast.arg, ast.expr | None, Kind]]:
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    defaults.extend(args.defaults)
    for place, (argument, default) in enumerate(zip(positional, defaults, strict=True)):
        only = place < len(args.posonlyargs)
        yield (
            argument,
            default,
            inspect.Parameter.POSITIONAL_ONLY if only else inspect.Parameter.POSITIONAL_OR_KEYWORD,
        )
    if args.vararg:
        yield args.vararg, None, inspect.Parameter.VAR_POSITIONAL
    for argument, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield argument, default, inspect.Parameter.KEYWORD_ONLY
    if args.kwarg:
        yield args.kwarg, None, inspect.Parameter.VAR_KEYWORD


def _read(argument: ast.arg, default: ast.expr | None, kind: Kind, annotations: Annotations, text: SourceText) -> _Read:
    annotation, type_note = _annotation(argument, annotations, text)
    value, default_note = _default(default, annotations, text)
    signed = inspect.Parameter(argument.arg, kind, annotation=annotation)
    if default is not None:
        signed = signed.replace(default=value)
    if not type_note and not _fits(signed):
        signed, type_note = signed.replace(annotation=Any), _UNTOLD.format(_shown(argument.annotation, text))
    if not default_note and not _fits(signed):
        signed, default_note = signed.replace(default=None), _COMPUTED
    shown = Parameter(
        name=argument.arg,
        type=_shown(argument.annotation, text),
        required=default is None or (is_field(value) and value.is_required()),
        default=_shown(default, text),
        opaque=bool(type_note or default_note),
        note=" ".join(note for note in (_VARIADIC.get(kind, ""), type_note, default_note) if note),
    )
    return _Read(shown=shown, signed=signed, unread_default=bool(default_note))


def _fits(parameter: inspect.Parameter) -> bool:
    """Whether pydantic can make a schema of it; Prefect itself catches only some of what it raises."""
    try:
        _schema([parameter], "")
    except (*REFUSALS, PydanticInvalidForJsonSchema):
        return False
    return True


def _annotation(argument: ast.arg, annotations: Annotations, text: SourceText) -> tuple[Any, str]:
    if argument.annotation is None:
        return inspect.Parameter.empty, ""
    try:
        return annotations.type_of(argument.annotation), ""
    except Opaque:
        return Any, _UNTOLD.format(_shown(argument.annotation, text))


def _default(default: ast.expr | None, annotations: Annotations, text: SourceText) -> tuple[Any, str]:
    if default is None:
        return inspect.Parameter.empty, ""
    written = text.of(default)
    if hidden(written) != written:
        return None, "Its default looks like a credential, so it is left out here."
    try:
        return annotations.value_of(default), ""
    except Opaque:
        return None, _COMPUTED


def _shown(node: ast.expr | None, text: SourceText) -> str:
    if node is None:
        return ""
    written = " ".join(hidden(text.of(node)).split())
    return written if len(written) <= _LONGEST_SHOWN else written[: _LONGEST_SHOWN - 1] + "…"


def _schema(parameters: list[inspect.Parameter], docstring: str) -> JSONDict:
    # Prefect takes a second to import; the worker has it loaded, and whoever only wants the models need not wait.
    from prefect.utilities.callables import generate_parameter_schema, parameter_docstrings  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's, about defaults that JSON cannot carry
        schema = generate_parameter_schema(inspect.Signature(parameters), parameter_docstrings(docstring))
    return schema.model_dump(mode="json", exclude_unset=True)
