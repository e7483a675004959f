"""What is different between two versions of a pipeline: its source and its parameters."""

import difflib
import json
from collections.abc import Iterator, Sequence

from tools.credentials import hidden
from tools.pipelines.text import lines_of
from tools.spec import JSONDict, Result

_LONGEST_LINE = 200
_MOST_COMPARED = 2000
"""Lines of one version that are compared line by line; beyond, the comparison could take minutes."""


class SourceDiff(Result):
    """What changed from one source to another.

    Attributes:
        added: Lines that are new.
        removed: Lines that are gone. A changed line counts as one removed and one added.
        text: The beginning of a unified diff, with credentials hidden and lines cut at 200 characters.
        left_out: Lines of the diff that `text` does not show.
    """

    added: int
    removed: int
    text: str
    left_out: int


class ParameterChange(Result):
    """A parameter that is in both versions and not the same.

    Attributes:
        name: The parameter.
        before: What it was, such as `integer, default 5`.
        after: What it is.
    """

    name: str
    before: str
    after: str


class ParameterChanges(Result):
    """What changed from one version's parameters to another's.

    Attributes:
        added: Names that are new.
        removed: Names that are gone.
        changed: Those with another type, default or need.
        newly_required: Names that a run must now give and did not have to; calls made for the old version fail.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[ParameterChange, ...] = ()
    newly_required: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.removed or self.changed)


def source_diff(old: bytes, new: bytes, *, context: int = 2, max_lines: int = 60) -> SourceDiff:
    """The difference of two sources, counted in full and shown in part.

    Args:
        old: The source before.
        new: The source after.
        context: Unchanged lines shown around each change.
        max_lines: The most lines of the diff to show.
    """
    before, after = _Lines(old), _Lines(new)
    changes = _opcodes(before.lines, after.lines)
    added = sum(end - start for tag, _, _, start, end in changes if tag != "equal")
    removed = sum(end - start for tag, start, end, _, _ in changes if tag != "equal")
    shown = list(_unified(before, after, changes, context))
    return SourceDiff(
        added=added,
        removed=removed,
        text="\n".join(shown[:max_lines]),
        left_out=max(0, len(shown) - max_lines),
    )


def changed_parameters(old: JSONDict, new: JSONDict) -> ParameterChanges:
    """The difference of two parameter schemas as Prefect keeps them.

    Args:
        old: The schema before.
        new: The schema after.
    """
    before, after = old.get("properties", {}), new.get("properties", {})
    required = set(new.get("required", ())) - set(old.get("required", ()))
    changed = tuple(
        ParameterChange(name=name, before=in_words(old, name), after=in_words(new, name))
        for name in after
        if name in before and _meaning(old, name) != _meaning(new, name)
    )
    return ParameterChanges(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=changed,
        newly_required=tuple(name for name in after if name in required),
    )


def in_words(schema: JSONDict, name: str) -> str:
    """One parameter of a schema in a few words, such as `integer, default 5` or `text or nothing, required`.

    Raises:
        KeyError: The schema has no parameter of this name.
    """
    described = schema["properties"][name]
    words = [_kind(described)]
    if name in schema.get("required", ()):
        words.append("required")
    if "default" in described:
        words.append(f"default {json.dumps(described['default'])[:_LONGEST_LINE]}")
    return ", ".join(words)


class _Lines:
    """A source's lines, as they are for comparing and as they may be shown."""

    def __init__(self, source: bytes) -> None:
        text = source.decode("utf-8-sig", errors="replace")
        self.lines = lines_of(text)
        if self.lines and not self.lines[-1]:
            self.lines.pop()
        self.shown = [
            line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…" for line in lines_of(hidden(text))
        ]


Opcode = tuple[str, int, int, int, int]


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """What difflib says of the part in the middle that differs; all of it replaced when it is very long."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old_end, new_end = len(old) - tail, len(new) - tail
    middle: list[Opcode]
    if max(old_end, new_end) - head > _MOST_COMPARED:
        middle = [("replace", head, old_end, head, new_end)]
    else:
        matcher = difflib.SequenceMatcher(None, old[head:old_end], new[head:new_end])
        middle = [(tag, head + i1, head + i2, head + j1, head + j2) for tag, i1, i2, j1, j2 in matcher.get_opcodes()]
    whole: list[Opcode] = [("equal", 0, head, 0, head), *middle, ("equal", old_end, len(old), new_end, len(new))]
    return [opcode for opcode in whole if opcode[1] != opcode[2] or opcode[3] != opcode[4]]


def _unified(before: _Lines, after: _Lines, changes: list[Opcode], context: int) -> Iterator[str]:
    for place, (tag, i1, i2, j1, j2) in enumerate(changes):
        if tag == "equal":
            yield from _around(before.shown[i1:i2], context, is_first=place == 0, is_last=place == len(changes) - 1)
            continue
        yield from (f"-{line}" for line in before.shown[i1:i2])
        yield from (f"+{line}" for line in after.shown[j1:j2])


def _around(lines: list[str], context: int, *, is_first: bool, is_last: bool) -> Iterator[str]:
    """What to show of a stretch of unchanged lines: its end, its beginning, or both with a mark between."""
    if is_first and is_last:
        return
    head = [] if is_first else lines[:context]
    tail = [] if is_last else lines[len(head) :][-context:]
    yield from (f" {line}" for line in head)
    if not is_last and len(lines) > len(head) + len(tail):
        yield "…"
    yield from (f" {line}" for line in tail)


def _meaning(schema: JSONDict, name: str) -> tuple[JSONDict, JSONDict, bool]:
    """What bears on a parameter's values: its description and place do not."""
    described = {
        key: value for key, value in schema["properties"][name].items() if key not in ("description", "position")
    }
    named = schema.get("definitions", {}) if "#/definitions/" in json.dumps(described) else {}
    return described, named, name in schema.get("required", ())


_WORDS = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "yes or no",
    "array": "list",
    "object": "object",
    "null": "nothing",
}


def _kind(described: JSONDict) -> str:
    if "enum" in described:
        return "one of " + ", ".join(json.dumps(choice) for choice in described["enum"])[:_LONGEST_LINE]
    if "$ref" in described:
        return str(described["$ref"]).rpartition("/")[2]
    for joined in ("anyOf", "allOf"):
        if joined in described:
            return " or ".join(_kind(one) for one in described[joined])
    if described.get("type") == "array" and described.get("items"):
        return f"list of {_kind(described['items'])}"
    return _WORDS.get(str(described.get("type", "")), "anything")
