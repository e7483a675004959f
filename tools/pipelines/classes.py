"""Classes of a file that a parameter may be typed with: pydantic models, enums and dataclasses.

They are built anew from their fields as the syntax tree shows them; methods and validators, which would be the file's
own code, are left out. None of them bears on the JSON Schema.
"""

import ast
import dataclasses
import enum
import warnings
from collections.abc import Iterator
from typing import Any, Protocol

import pydantic
from pydantic.fields import FieldInfo
from pydantic_core import SchemaError

from tools.pipelines.text import encodable

_FIELD_OPTIONS = frozenset(
    {
        *("default", "title", "description", "examples", "alias", "deprecated"),
        *("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern"),
    }
)
_MODEL_OPTIONS = frozenset({"extra", "title", "frozen", "populate_by_name", "use_enum_values", "protected_namespaces"})
_FACTORIES: dict[str, type] = {f"builtins.{known.__name__}": known for known in (list, dict, set, tuple)}
_ENUMS: dict[str, type[enum.Enum]] = {
    "enum.Enum": enum.Enum,
    "enum.IntEnum": enum.IntEnum,
    "enum.StrEnum": enum.StrEnum,
}
_MIXINS: dict[str, type] = {"builtins.str": str, "builtins.int": int, "builtins.float": float}
REFUSALS = (
    *(TypeError, ValueError, NameError, AttributeError, AssertionError),
    *(pydantic.errors.PydanticUserError, SchemaError),
)
"""What pydantic raises about a type or field that it cannot take."""


class Opaque(Exception):
    """A type or value that cannot be told without running the file."""


class Annotations(Protocol):
    """How the fields of a class are read."""

    def dotted(self, node: ast.expr) -> str: ...  # noqa: D102 - see the class that implements it
    def type_of(self, node: ast.expr, depth: int = 0) -> Any: ...  # noqa: D102 - as above
    def value_of(self, node: ast.expr, depth: int = 0) -> Any: ...  # noqa: D102 - as above


def class_from(node: ast.ClassDef, annotations: Annotations) -> type:
    """The class that a definition stands for, without its methods.

    Raises:
        Opaque: It is neither a pydantic model, an enum nor a dataclass, or one of its fields cannot be told.
    """
    bases = [annotations.dotted(base) for base in node.bases]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about field names, which are not ours to choose
            if node.keywords:
                raise Opaque
            if bases and bases[-1] in _ENUMS:
                return _enum(node, bases, annotations)
            if any(_is_dataclass(decorator, annotations) for decorator in node.decorator_list):
                return _dataclass(node, annotations)
            return _model(node, annotations)
    except REFUSALS:
        raise Opaque from None


def field_from(node: ast.Call, annotations: Annotations) -> FieldInfo:
    """The pydantic field that `Field(…)` stands for.

    Raises:
        Opaque: One of its options cannot be told, or pydantic refuses it.
    """
    options: dict[str, Any] = {}
    if len(node.args) > 1:
        raise Opaque
    for argument in node.args:
        if not (isinstance(argument, ast.Constant) and argument.value is ...):
            options["default"] = annotations.value_of(argument)
    for keyword in node.keywords:
        if keyword.arg == "default_factory":
            options["default"] = _factory(keyword.value, annotations)()
        elif keyword.arg == "default" and isinstance(keyword.value, ast.Constant) and keyword.value.value is ...:
            continue
        elif keyword.arg in _FIELD_OPTIONS:
            options[keyword.arg] = annotations.value_of(keyword.value)
        else:
            raise Opaque
    try:
        field = pydantic.Field(**options)
    except REFUSALS:
        raise Opaque from None
    if not isinstance(field, FieldInfo):  # pydantic's signature says the field's type; it is a FieldInfo
        raise Opaque
    return field


def _model(node: ast.ClassDef, annotations: Annotations) -> type:
    if len(node.bases) != 1:
        raise Opaque
    if annotations.dotted(node.bases[0]) == "pydantic.BaseModel":
        base: Any = pydantic.BaseModel
    else:
        base = annotations.type_of(node.bases[0])
        if not (isinstance(base, type) and issubclass(base, pydantic.BaseModel)):
            raise Opaque
    if config := _model_config(node, annotations):
        base = type(base)(base.__name__, (base,), {"model_config": config, "__module__": __name__})
    fields: dict[str, Any] = {}
    for name, annotation, value in _fields(node, annotations):
        default = annotations.value_of(value) if value is not None else ...
        fields[name] = (annotations.type_of(annotation), default)
    model: type = pydantic.create_model(node.name, __base__=base, __doc__=_docstring(node), **fields)
    return model


def _model_config(node: ast.ClassDef, annotations: Annotations) -> dict[str, Any]:
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Call(args=[], keywords=keywords)):
                if any(keyword.arg not in _MODEL_OPTIONS for keyword in keywords):
                    raise Opaque
                return {keyword.arg or "": annotations.value_of(keyword.value) for keyword in keywords}
            case ast.Assign(targets=[ast.Name(id="model_config")]) | ast.ClassDef(name="Config"):
                raise Opaque
            case _:
                continue
    return {}


def _dataclass(node: ast.ClassDef, annotations: Annotations) -> type:
    if node.bases:
        raise Opaque
    fields: list[Any] = []
    for name, annotation, value in _fields(node, annotations):
        kind = annotations.type_of(annotation)
        if value is None:
            fields.append((name, kind))
        elif isinstance(value, ast.Call) and annotations.dotted(value.func) == "dataclasses.field":
            fields.append((name, kind, _dataclass_field(value, annotations)))
        else:
            fields.append((name, kind, dataclasses.field(default=annotations.value_of(value))))
    made = dataclasses.make_dataclass(node.name, fields)
    made.__doc__ = _docstring(node) or made.__doc__
    return made


def _dataclass_field(node: ast.Call, annotations: Annotations) -> Any:
    options: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg == "default":
            options["default"] = annotations.value_of(keyword.value)
        elif keyword.arg == "default_factory":
            options["default_factory"] = _factory(keyword.value, annotations)
        elif keyword.arg not in ("repr", "compare", "hash"):
            raise Opaque
    return dataclasses.field(**options)


def _enum(node: ast.ClassDef, bases: list[str], annotations: Annotations) -> type:
    if bases[:-1] and not (len(bases) == len(("mixin", "enum")) and bases[0] in _MIXINS):
        raise Opaque
    members = []
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func)) if (
                annotations.dotted(func) == "enum.auto"
            ):
                members.append((name, enum.auto()))
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                members.append((name, annotations.value_of(value)))
            case _:
                continue
    mixin = {"type": _MIXINS[bases[0]]} if bases[:-1] else {}
    made: Any = _ENUMS[bases[-1]]
    found: type = made(node.name, members, module=__name__, **mixin)
    found.__doc__ = _docstring(node)
    return found


def _docstring(node: ast.ClassDef) -> str | None:
    found = ast.get_docstring(node)
    return found and encodable(found)


def _fields(node: ast.ClassDef, annotations: Annotations) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                inner = annotation.value if isinstance(annotation, ast.Subscript) else annotation
                if not name.startswith("_") and annotations.dotted(inner) != "typing.ClassVar":
                    yield name, annotation, value
            case _:
                continue


def _factory(node: ast.expr, annotations: Annotations) -> type:
    dotted = annotations.dotted(node)
    if dotted not in _FACTORIES:
        raise Opaque
    return _FACTORIES[dotted]


def _is_dataclass(decorator: ast.expr, annotations: Annotations) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return annotations.dotted(called) == "dataclasses.dataclass"
