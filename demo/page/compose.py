"""What a person is typing: commands told from messages, names completed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_QUERY: Final = re.compile(r"(?:^|(?<=\s))@([\w.-]*)$")
_COMMAND: Final = re.compile(r"/[a-z0-9_-]{1,32}(?:\s.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of the list above the composer.

    Attributes:
        label: What the line shows first, e.g. `@trainmaster` or `/mlops`.
        note: A few words about it.
        completed: What stands before the caret once it is chosen.
    """

    label: str
    note: str
    completed: str


def is_command(text: str) -> bool:
    """Whether what a person sends is `/name` or `/name …`, and not a message (a path such as `/home/x` is none)."""
    return _COMMAND.fullmatch(text.strip()) is not None


def suggestions(
    before: str, *, people: Iterable[tuple[str, str]], commands: Iterable[tuple[str, str]]
) -> list[Suggestion]:
    """What the word before the caret may become: a person after `@`, a command after a leading `/`.

    A word that is complete already suggests nothing, so that Enter sends it.

    Args:
        before: The text up to the caret.
        people: Name and role of everybody who can be mentioned, in the order wanted.
        commands: Each command with its slash, and what it is for.
    """
    if before.startswith("/") and not re.search(r"\s", before):
        return [Suggestion(c, note, f"{c} ") for c, note in commands if c.startswith(before) and c != before]
    query = _QUERY.search(before)
    if query is None:
        return []
    wanted, kept = query[1].lower(), before[: query.start(1)]
    return [
        Suggestion(f"@{name}", note, f"{kept}{name} ")
        for name, note in people
        if name.lower().startswith(wanted) and name.lower() != wanted
    ]
