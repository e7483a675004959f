"""On which line of a TOML text each key stands: the parser of the standard library does not tell."""

import re
from collections.abc import Iterator, Sequence

Key = tuple[str | int, ...]  #: such as `("rules", 1, "quorum")`

_STRING = r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
_OPAQUE = re.compile(rf"{_STRING}|#[^\n]*", re.DOTALL)
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]\n]+?)\s*\]")
_VALUE = re.compile(r"\s*([^=\[\]{}\n]+?)\s*=")
_NAME = re.compile(r"\"[^\"]*\"|'[^']*'|[\w-]+")


class Lines:
    """The lines of the keys and tables of one text, which is known to be TOML."""

    def __init__(self, text: str) -> None:
        self._line: dict[Key, int] = {}
        self._entries: dict[Key, int] = {}  # how many tables an array of tables has so far
        table: Key = ()
        for place, masked in _statements(text):
            line = text.count("\n", 0, place + len(masked) - len(masked.lstrip())) + 1
            if header := _HEADER.match(masked):
                names = _names(text[place + header.start(2) : place + header.end(2)])
                table = self._opened(names, entry=header[1] == "[[")
                self._note(table, line)
            elif key := _VALUE.match(masked):
                self._note((*table, *_names(text[place + key.start(1) : place + key.end(1)])), line)

    def of(self, path: Sequence[str | int]) -> int:
        """The line of a key; of what it stands in, when the key itself is not there; 1 when nothing of it is."""
        found = (self._line.get(tuple(path[:length])) for length in range(len(path), 0, -1))
        return next((line for line in found if line is not None), 1)

    def _note(self, path: Key, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._line.setdefault(path[:length], line)

    def _opened(self, names: list[str], *, entry: bool) -> Key:
        path: Key = ()
        for name in names[:-1]:
            path = (*path, name)
            path = (*path, self._entries[path] - 1) if path in self._entries else path
        path = (*path, names[-1])
        if not entry:
            return path
        self._entries[path] = self._entries.get(path, 0) + 1
        return (*path, self._entries[path] - 1)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Where each header and each `key = value` begins, and its text, with strings and comments made unreadable."""
    masked = _OPAQUE.sub(lambda found: (" " if found[0][0] == "#" else "s") * len(found[0]), text)
    begun, depth, place = 0, 0, 0
    for line in masked.splitlines(keepends=True):
        place += len(line)
        depth += sum(line.count(bracket) for bracket in "[{") - sum(line.count(bracket) for bracket in "]}")
        if depth == 0:
            yield begun, masked[begun:place]
            begun = place


def _names(dotted: str) -> list[str]:
    return [name.strip("\"'") for name in _NAME.findall(dotted)]
