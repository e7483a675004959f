"""The end of a log in the room that there is: every line is seen, and every cut is marked."""

from bot.views.limits import size
from bot.views.text import clean, escape

_SMALLEST = 40  # characters; a line is cut no shorter than its mark needs


def tail(lines: tuple[str, ...], room: int) -> str:
    """The lines, unescaped; short ones whole, the others cut in their middle so that all fit.

    Args:
        lines: Messages of a log, oldest first; one may have several lines.
        room: Characters, as Slack counts them once the text is escaped.
    """
    costs = [_cost(line) for line in lines]
    shares = dict.fromkeys(range(len(lines)), 0)
    left = room
    for waiting, at in enumerate(sorted(shares, key=costs.__getitem__)):
        shares[at] = min(costs[at], left // (len(lines) - waiting))
        left -= shares[at]
    return "\n".join(_cut(line, shares[at]) for at, line in enumerate(lines))


def _cost(line: str) -> int:
    return size(escape(clean(line))) + 1


def _cut(line: str, share: int) -> str:
    """The line with its middle left out; what it ends with tells more than what it begins with."""
    room = share
    shown = line
    while _cost(shown) > share and room >= _SMALLEST:
        mark = f" … {len(line) - room:,} characters left out … "
        kept = max(room - len(mark), 0)
        shown = f"{line[: kept // 3]}{mark}{line[len(line) - (kept - kept // 3) :]}"
        room = room * 3 // 4  # what is escaped takes up to five times its length
    return shown
