"""Annotations and defaults, read from the syntax tree as the types and values that they would be.

Only names on the lists below, and classes of the file that are made of them, become types; whatever else is `Opaque`.
Nothing is evaluated: a name is looked up, never called, and a value is a literal or it is not read at all.
"""

import ast
import collections.abc
import datetime as dt
import decimal
import math
import pathlib
import types
import typing
import uuid
from typing import Any

import annotated_types
import pydantic
from pydantic.fields import FieldInfo

from tools.pipelines.classes import Opaque, class_from, field_from
from tools.pipelines.scope import Scope
from tools.pipelines.text import encodable

_DEEPEST = 12
_LONGEST_STRING_ANNOTATION = 1000

_BUILTINS = (int, float, str, bool, bytes, list, dict, set, frozenset, tuple)
_TYPING = (
    *("Any", "List", "Dict", "Set", "FrozenSet", "Tuple"),
    *("Sequence", "Mapping", "MutableMapping", "MutableSequence", "Iterable", "Collection", "Deque"),
)
_ABC = ("Sequence", "Mapping", "MutableMapping", "MutableSequence", "Iterable", "Collection")
_PYDANTIC = (
    *("SecretStr", "PositiveInt", "NegativeInt", "NonNegativeInt", "NonPositiveInt", "HttpUrl", "AnyUrl"),
    *("PositiveFloat", "NegativeFloat", "NonNegativeFloat", "NonPositiveFloat", "FiniteFloat"),
    *("StrictInt", "StrictFloat", "StrictStr", "StrictBool", "FilePath", "DirectoryPath", "NewPath"),
)
TYPES: dict[str, Any] = {
    "builtins.object": Any,
    **{f"builtins.{known.__name__}": known for known in _BUILTINS},
    **{f"typing.{name}": getattr(typing, name) for name in _TYPING},
    **{f"collections.abc.{name}": getattr(collections.abc, name) for name in _ABC},
    **{f"pydantic.{name}": getattr(pydantic, name) for name in _PYDANTIC},
    **{f"datetime.{name}": getattr(dt, name) for name in ("date", "datetime", "time", "timedelta")},
    "decimal.Decimal": decimal.Decimal,
    "uuid.UUID": uuid.UUID,
    "pathlib.Path": pathlib.Path,
    "pathlib.PurePath": pathlib.PurePath,
    "pathlib.PurePosixPath": pathlib.PurePosixPath,
}
_CONSTRAINTS = {
    f"annotated_types.{name}": getattr(annotated_types, name)
    for name in ("Ge", "Gt", "Le", "Lt", "MinLen", "MaxLen", "MultipleOf")
}


class Annotations:
    """Reads the annotations and defaults of one file."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._classes: dict[str, type] = {}
        self._underway: set[str] = set()

    def dotted(self, node: ast.expr) -> str:
        """The full name of what an expression names; empty when it is not an imported or built-in one."""
        return self._scope.dotted(node)

    def type_of(self, node: ast.expr, depth: int = 0) -> Any:
        """The type that an annotation stands for.

        Raises:
            Opaque: It cannot be told without running the file.
        """
        if depth > _DEEPEST:
            raise Opaque
        match node:
            case ast.Constant(value=None):
                return type(None)
            case ast.Constant(value=str(text)):
                return self.type_of(_expression(text), depth + 1)
            case ast.Name() | ast.Attribute():
                return self._named(node, depth)
            case ast.BinOp(op=ast.BitOr()):
                return _made(typing.Union, (self.type_of(node.left, depth + 1), self.type_of(node.right, depth + 1)))
            case ast.Subscript():
                return self._subscripted(node, depth)
        raise Opaque

    def value_of(self, node: ast.expr, depth: int = 0) -> Any:
        """The value that a default stands for: a literal, a constant or an enum's member of the file, or a path.

        Raises:
            Opaque: It cannot be told without running the file.
        """
        if depth > _DEEPEST:
            raise Opaque
        match node:
            case ast.Constant(value=value):
                return _storable(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -_storable(number)
            case ast.Name(id=name) if name in self._scope.assigned:
                return self.value_of(self._scope.assigned[name], depth + 1)
            case ast.Attribute(value=ast.Name(id=name), attr=member) if name in self._scope.classes:
                return _member(self._own_class(name), member)
            case ast.Call():
                return self._called(node)
        return self._collection(node, depth)

    def _collection(self, node: ast.expr, depth: int) -> Any:
        match node:
            case ast.List(elts=items):
                return self._values(items, depth)
            case ast.Tuple(elts=items):
                return tuple(self._values(items, depth))
            case ast.Set(elts=items):
                return set(_hashable(self._values(items, depth)))
            case ast.Dict(keys=keys, values=values):
                named = [key for key in keys if key is not None]
                if len(named) == len(keys):  # no {**other}
                    pairs = zip(_hashable(self._values(named, depth)), self._values(values, depth), strict=True)
                    return dict(pairs)
        raise Opaque

    def _values(self, nodes: list[ast.expr], depth: int) -> list[Any]:
        return [self.value_of(node, depth + 1) for node in nodes]

    def _named(self, node: ast.expr, depth: int) -> Any:
        dotted = self._scope.dotted(node)
        if dotted in TYPES:
            return TYPES[dotted]
        if isinstance(node, ast.Name) and node.id in self._scope.classes and not dotted:
            return self._own_class(node.id)
        if isinstance(node, ast.Name) and node.id in self._scope.assigned and not dotted:
            return self.type_of(self._scope.assigned[node.id], depth + 1)
        raise Opaque

    def _own_class(self, name: str) -> type:
        if name not in self._classes:
            if name in self._underway:  # a class that holds itself
                raise Opaque
            self._underway.add(name)
            try:
                self._classes[name] = class_from(self._scope.classes[name], self)
            finally:
                self._underway.discard(name)
        return self._classes[name]

    def _subscripted(self, node: ast.Subscript, depth: int) -> Any:
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        dotted = self._scope.dotted(node.value)
        if not arguments:  # tuple[()]
            raise Opaque
        if dotted == "typing.Literal":
            return _made(typing.Literal, tuple(self.value_of(argument, depth + 1) for argument in arguments))
        if dotted == "typing.Annotated":
            extra = [found for found in map(self._metadata, arguments[1:]) if found is not None]
            inner = self.type_of(arguments[0], depth + 1)
            return _made(typing.Annotated, (inner, *extra)) if extra else inner
        inner_types = tuple(self._argument(argument, depth + 1) for argument in arguments)
        if dotted == "typing.Optional" and len(inner_types) == 1:
            return _made(typing.Union, (*inner_types, None))
        if dotted == "typing.Union":
            return _made(typing.Union, inner_types)
        if dotted in TYPES:
            return _made(TYPES[dotted], inner_types)
        raise Opaque

    def _argument(self, node: ast.expr, depth: int) -> Any:
        if isinstance(node, ast.Constant) and node.value is ...:
            return ...
        return self.type_of(node, depth)

    def _metadata(self, node: ast.expr) -> Any:
        """What `Annotated` adds to a type, where it bears on the schema."""
        if not isinstance(node, ast.Call):
            return None
        dotted = self._scope.dotted(node.func)
        if dotted == "pydantic.Field":
            return field_from(node, self)
        if dotted in _CONSTRAINTS and len(node.args) == 1 and not node.keywords:
            return _CONSTRAINTS[dotted](self.value_of(node.args[0]))
        return None

    def _called(self, node: ast.Call) -> Any:
        dotted = self._scope.dotted(node.func)
        if dotted == "pydantic.Field":
            return field_from(node, self)
        if dotted.startswith("pathlib.") and dotted in TYPES and len(node.args) == 1 and not node.keywords:
            value = self.value_of(node.args[0])
            if isinstance(value, str):
                return TYPES[dotted](value)
        if dotted in ("builtins.list", "builtins.dict", "builtins.set", "builtins.tuple") and not (
            node.args or node.keywords
        ):
            return TYPES[dotted]()
        raise Opaque


def is_field(value: Any) -> bool:
    """Whether a default is pydantic's `Field(…)`."""
    return isinstance(value, FieldInfo)


def _expression(text: str) -> ast.expr:
    if len(text) > _LONGEST_STRING_ANNOTATION:
        raise Opaque
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Opaque from None


def _made(origin: Any, arguments: tuple[Any, ...]) -> Any:
    try:
        return origin[arguments if len(arguments) != 1 else arguments[0]]
    except TypeError:
        raise Opaque from None


def _hashable(values: list[Any]) -> list[Any]:
    try:
        set(values)
    except TypeError:  # a list as a key
        raise Opaque from None
    return values


def _storable(value: Any) -> Any:
    """A literal, if JSON can carry it."""
    if isinstance(value, complex | types.EllipsisType) or (isinstance(value, float) and not math.isfinite(value)):
        raise Opaque
    if isinstance(value, str) and encodable(value) != value:
        raise Opaque
    return value


def _member(owner: type, name: str) -> Any:
    members = getattr(owner, "__members__", {})
    if name not in members:
        raise Opaque
    return members[name]
