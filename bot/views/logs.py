"""Lines of a run's log."""

from dataclasses import dataclass

from bot.views.blocks import context, message, section
from bot.views.limits import size
from bot.views.markdown import CodeBlock
from bot.views.split import sections
from bot.views.text import clean, count, escape, link
from bot.views.view import View

_ROOM = 8_000  # characters of log in one message: enough for a screen or three
_LINE = 1_600  # a traceback in short, with what stands before it


@dataclass(frozen=True, slots=True)
class Logs:
    """Lines of a run's log, oldest first; `left_out` counts the lines before them."""

    name: str
    url: str
    lines: tuple[str, ...]
    left_out: int = 0


def logs(shown: Logs) -> View:
    """The last lines that fit into one message, and how many came before."""
    headline = f"*Log of {link(shown.url, shown.name)}*"
    if not shown.lines:
        empty = f"{headline} holds no lines yet."
        return message(empty, section(empty))
    tail: list[str] = []
    used = 0
    for line in reversed(shown.lines):
        safe = escape(clean(_cut(line.rstrip("\n").replace("\n", "\n    "))))
        if tail and used + size(safe) + 1 > _ROOM:
            break
        tail.append(safe)
        used += size(safe) + 1
    tail.reverse()
    before = shown.left_out + len(shown.lines) - len(tail)
    blocks = [section(text) for text in sections([CodeBlock("\n".join(tail) or " ")])]
    note = f"{count(before, 'earlier line')} left out; the run's page has them all." if before else "The whole log."
    return message(f"{headline} ({count(len(tail), 'line')})", section(headline), *blocks, context(note))


def _cut(line: str) -> str:
    half = _LINE // 2
    left_out = len(line) - 2 * half
    return f"{line[:half]} … {left_out:,} characters left out … {line[-half:]}" if left_out > 0 else line
