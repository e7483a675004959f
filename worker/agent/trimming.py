"""Texts made to fit: long lines become shorter before any is left out, and what was left out is said."""

import re
from bisect import bisect_right

SHORTEST_LINE = 160  #: a line that is cut tells at least as much
SHORTEST = 200  #: there is room for the notice, and for something beside it
_FENCE = "```"


def trimmed(text: str, limit: int) -> str:
    """A text whose long lines are cut until it fits; where that is not enough, as many lines as fit, and how many more.

    What comes last, a link or a metric, is not lost to one long value before it. A single line is cut behind a word;
    one without a gap is left out. A code block that would stay open is closed.

    Args:
        text: Markdown, as tools write it: a line is a fact.
        limit: Characters, the notice included; at least 200.
    """
    if len(text) <= limit:
        return text
    lines = text.split("\n")
    if len(lines) > 1:
        lines = _shortened(lines, limit)
        if len(shorter := "\n".join(lines)) <= limit:
            return shorter
    room = limit - len(_notice(len(lines), len(text))) - len(_FENCE) - 2
    kept: list[str] = []
    for line in lines:
        if len(line) + 1 > room:
            break
        kept.append(line)
        room -= len(line) + 1
    if not kept:
        kept = [begun] if (begun := _begun(lines[0], room)) else []
    shown = "\n".join(kept)
    close = f"\n{_FENCE}" if shown.count(_FENCE) % 2 else ""
    missing = len(lines) - len(kept) + (bool(kept) and kept[0] != lines[0])
    return f"{shown}{close}\n{_notice(missing, len(text) - len(shown))}".lstrip("\n")


def _shortened(lines: list[str], limit: int) -> list[str]:
    """The lines, none longer than the longest that lets all of them fit; or than a quarter where nothing does."""
    most = max(map(len, lines))
    fits = range(SHORTEST_LINE, most + 1)
    longest = bisect_right(fits, limit, key=lambda length: sum(min(len(line), length) + 1 for line in lines) - 1) - 1
    length = fits[longest] if longest >= 0 else max(limit // 4, SHORTEST_LINE)
    return [line if len(line) <= length else _cut(line, length) for line in lines]


def _cut(line: str, length: int) -> str:
    """At most so many characters of a line, up to a gap between two words where there is one; the rest is counted."""
    room = length - len(f" … {len(line):,} characters left out")
    begun = _begun(line, room)
    if len(begun) < room // 2:
        begun = line[:room]
    return f"{begun} … {len(line) - len(begun):,} characters left out"


def short(text: str, limit: int) -> str:
    """A text on one line, up to its last whole word; that it is cut is said by an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{_begun(line, limit - 2) or line[: limit - 2]} …"


def _begun(line: str, room: int) -> str:
    """The beginning of a line, up to a gap between two words; nothing when there is none."""
    gaps = [found.start() for found in re.finditer(r"\s", line[: room + 1])]
    return line[: gaps[-1]].rstrip(" ,;·") if gaps else ""


def _notice(lines: int, characters: int) -> str:
    return f"… left out: {lines:,} more {'line' if lines == 1 else 'lines'}, {characters:,} characters."
