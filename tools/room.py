"""Lists that fit into what a model is given of a tool's text: whole lines, as many as there is room for."""

from collections.abc import Iterable

#: Characters for a list; what stands before and after it has the rest of the 8,000 that reach a model.
ROOM = 6_000


def fitting(lines: Iterable[str], *, room: int = ROOM) -> list[str]:
    """The first of the lines that fit; whoever shows them says how many there are besides."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept
