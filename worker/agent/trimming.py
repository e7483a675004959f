"""Texts made to fit: whole lines are kept, and what was left out is said."""

import re

SHORTEST = 200  #: there is room for the notice, and for something beside it
_FENCE = "```"


def trimmed(text: str, limit: int) -> str:
    """As many whole lines of a text as fit, and how many more there were.

    A first line that does not fit by itself is cut behind a word; one without a gap is left out. A code block that
    would stay open is closed.

    Args:
        text: Markdown, as tools write it: a line is a fact.
        limit: Characters, the notice included; at least 200.
    """
    if len(text) <= limit:
        return text
    lines = text.split("\n")
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
