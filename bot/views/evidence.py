"""What a person should see before deciding, drawn; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from bot.views.blocks import context, section
from bot.views.limits import SECTION
from bot.views.text import FENCE, bounded, clean, clip, escape, fenced, figure, link, plain
from bot.views.view import Block

_METRICS = 15
_DIFFERENCES = 12
_FACTS = 12
_SENTENCES = 8
_WIDTH = 24  #: of a column
_TABLE = SECTION // 2
_SIGNIFICANT = 2  #: digits of a change below 1; one more column of them would break the lines on a phone


@dataclass(frozen=True, slots=True)
class Fact:
    """Something worth knowing: `label` in bold, `value` beside it, linked when it has a `url`."""

    label: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric before and after; None where there is none."""

    name: str
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that differs; empty where one side has none."""

    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it, in the order in which it is shown; what is cut says so.

    Attributes:
        warnings: What speaks against it, a sentence each; first, so that nobody approves before reading them.
        unread: What could not be read, a sentence each.
        facts: What it is about.
        metrics: How good it is.
        differences: What else is not the same.
        diff: What changed in the code.
        diff_note: What the diff leaves out, or why there is none.
    """

    warnings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    metrics: tuple[Metric, ...] = ()
    differences: tuple[Difference, ...] = ()
    diff: str = ""
    diff_note: str = ""


def shown(found: Evidence) -> list[Block]:
    """Everything that speaks for and against it."""
    blocks = [*_sentences("⚠️", found.warnings), *_sentences("❔", found.unread), *facts(found.facts)]
    if found.metrics:
        rows = [(one.name, _value(one.before), _value(one.after), _change(one)) for one in found.metrics]
        blocks.append(_table("Metrics", ("metric", "now", "after", "change"), rows, most=_METRICS, kind="metrics"))
    if found.differences:
        changes = [(one.name, one.before or "-", one.after or "-") for one in found.differences]
        blocks.append(_table("What differs", ("name", "now", "after"), changes, most=_DIFFERENCES, kind="differences"))
    if found.diff:
        blocks.append(section("*Code*\n" + fenced(found.diff, SECTION - 100)))
    if found.diff_note:
        blocks.append(context(plain(found.diff_note)))
    return blocks


def facts(known: Sequence[Fact]) -> list[Block]:
    """Facts, a line each."""
    lines = [
        f"*{plain(one.label, 60)}:* {link(one.url, one.value, 200) if one.url else plain(one.value, 300)}"
        for one in known
    ]
    return [section(bounded(lines, SECTION, most=_FACTS, kind="facts"))] if lines else []


def _sentences(sign: str, sentences: Sequence[str]) -> list[Block]:
    lines = [f"{sign} {plain(sentence, 300)}" for sentence in sentences]
    return [section(bounded(lines, SECTION, most=_SENTENCES, kind="remarks"))] if lines else []


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, most: int, kind: str) -> Block:
    """Rows in columns of one width, as code: Slack's tables are not to be had beside buttons in one message."""
    cells = [heads, *(tuple(_cell(cell) for cell in row) for row in rows)]
    widths = [max(len(row[place]) for row in cells[: most + 1]) for place in range(len(heads))]
    lines = [escape("  ".join(map(str.ljust, row, widths)).rstrip()) for row in cells]
    return section(f"*{title}*\n{FENCE}\n{bounded(lines, _TABLE, most=most + 1, kind=kind)}\n{FENCE}")


def _cell(text: str) -> str:
    return clip(" ".join(clean(text[: 4 * _WIDTH]).split()), _WIDTH)


def _value(value: float | None) -> str:
    return "-" if value is None else figure(value)


def _change(metric: Metric) -> str:
    if metric.before is None or metric.after is None or not isfinite(metric.after - metric.before):
        return ""
    difference = metric.after - metric.before
    digits = _SIGNIFICANT if abs(difference) < 1 else 2 * _SIGNIFICANT
    return f"{difference:+.{digits}g}" if difference else "same"
