"""What a person should see before deciding, drawn; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.views.blocks import context, section
from bot.views.limits import SECTION
from bot.views.text import bounded, fenced, figure, link, plain
from bot.views.view import Block

_METRICS = 15
_DIFFERENCES = 12
_FACTS = 12
_SENTENCES = 8
_WIDTH = 24  #: of a column of names
_SIGNIFICANT = 4


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
    """All of it, in the order in which it is shown; what may be cut says so."""

    facts: tuple[Fact, ...] = ()
    metrics: tuple[Metric, ...] = ()
    differences: tuple[Difference, ...] = ()
    diff: str = ""
    diff_note: str = ""
    warnings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def shown(found: Evidence) -> list[Block]:
    """Everything that speaks for and against it."""
    blocks = facts(found.facts)
    if found.metrics:
        rows = [(one.name, _value(one.before), _value(one.after), _delta(one)) for one in found.metrics]
        blocks.append(section(_table("Metrics", ("metric", "now", "then", "change"), rows, most=_METRICS)))
    if found.differences:
        changes = [(one.name, one.before or "-", one.after or "-") for one in found.differences]
        blocks.append(section(_table("What differs", ("name", "now", "then"), changes, most=_DIFFERENCES)))
    if found.diff:
        blocks.append(section("*Code*\n" + fenced(found.diff, SECTION - 100)))
    if found.diff_note:
        blocks.append(context(plain(found.diff_note, 300)))
    blocks += _sentences("⚠️", found.warnings)
    blocks += _sentences("❔", found.unread)
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


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, most: int) -> str:
    """Rows in columns of one width, as code: Slack's tables are not to be had beside buttons in one message."""
    kept = [
        heads,
        *(tuple(cell if len(cell) <= _WIDTH else cell[: _WIDTH - 1] + "…" for cell in row) for row in rows[:most]),
    ]
    widths = [max(len(row[place]) for row in kept) for place in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in kept]
    if left_out := len(rows) - most:
        lines += [f"… and {left_out} more"] * (left_out > 0)
    return f"*{title}*\n{fenced(chr(10).join(lines), SECTION - 200)}"


def _value(value: float | None) -> str:
    return "-" if value is None else figure(value)


def _delta(metric: Metric) -> str:
    if metric.before is None or metric.after is None:
        return ""
    return f"{metric.after - metric.before:+.{_SIGNIFICANT}g}"
