"""What a checkpoint is made of, as JSON and back.

Why not LangGraph's own serializer: it writes msgpack with extension types that name a Python class to be imported on
reading. Whoever can write to Redis could then choose what we import. Here the reader knows a short list of kinds, and
what cannot be written is refused when it is written, not found broken after a crash.
"""

import base64
import json
import math
from collections.abc import Callable
from typing import Any

from langchain_core.messages import BaseMessage, message_to_dict, messages_from_dict
from langgraph.types import Send

KIND = "~"  #: marks an object that stands for something JSON has no word for
_ERROR_LENGTH = 500

JSONValue = Any


class Unrepresentable(TypeError):
    """The value cannot be kept in a checkpoint; the message names its type and where it was."""


def dumps(value: Any) -> str:
    """`value` as JSON text, ASCII alone: a half character in a message must not stop it from being kept.

    Raises:
        Unrepresentable: Somewhere in it is something that is neither JSON, nor a tuple, set, bytes, message or `Send`.
    """
    return json.dumps(_encoded(value, "value"), allow_nan=False, separators=(",", ":"))


def loads(text: str) -> Any:
    """What `dumps` was given.

    Raises:
        ValueError: The text was not made by `dumps`.
    """
    return _decoded(json.loads(text))


class JsonSerde:
    """The same behind LangGraph's `SerializerProtocol`."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The kind of text, always `json`, and the text."""
        return "json", dumps(obj).encode("ascii")

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """What `dumps_typed` was given.

        Raises:
            ValueError: The text is of another kind.
        """
        kind, text = data
        if kind != "json":
            raise ValueError(f"a checkpoint value of the kind {kind!r} is not ours")
        return loads(text.decode("ascii"))


def _encoded(value: Any, where: str) -> JSONValue:  # noqa: PLR0911  # a table, one line for each kind
    match value:
        case None | bool():
            return value
        case str():
            return str.__str__(value)
        case int():
            return int(value)
        case float() if math.isfinite(value):
            return float(value)
        case list():
            return [_encoded(item, f"{where}[{place}]") for place, item in enumerate(value)]
        case dict() if KIND not in value and all(type(name) is str for name in value):
            return {name: _encoded(item, f"{where}.{name}") for name, item in value.items()}
    kind, plain = _taken_apart(value, where)
    return {KIND: kind, "is": _encoded(plain, where)}


def _taken_apart(value: Any, where: str) -> tuple[str, Any]:  # noqa: PLR0911  # a table again
    """The kind of a value that JSON has no word for, and what it is made of."""
    match value:
        case BaseMessage():
            return "message", message_to_dict(value)
        case Send():
            return "send", [value.node, value.arg]
        case BaseException():
            return "error", f"{type(value).__name__}: {value}"[:_ERROR_LENGTH]
        case bytes():
            return "bytes", base64.b64encode(value).decode("ascii")
        case float():
            return "float", str(value)
        case dict():
            return "dict", [[name, item] for name, item in value.items()]
    if type(value) in {tuple, set, frozenset}:  # exactly: a named tuple would come back without its names
        return type(value).__name__, [*value]
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    raise Unrepresentable(f"{where} is a {kind}, which a checkpoint cannot hold; keep it as plain data instead")


def _decoded(value: JSONValue) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if KIND not in value:
        return {name: _decoded(item) for name, item in value.items()}
    make = _KINDS.get(value[KIND])
    if make is None:
        raise ValueError(f"a checkpoint holds the kind {value[KIND]!r}, which nobody here writes")
    return make(_decoded(value["is"]))


_KINDS: dict[str, Callable[[Any], Any]] = {
    "message": lambda data: messages_from_dict([data])[0],
    "send": lambda data: Send(*data),
    "error": str,  # for whoever looks at the checkpoint; never raised again
    "bytes": base64.b64decode,
    "float": float,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
}
