"""`docs/benchmarks.md`: the kept results, drawn. Nothing is measured here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from tests.benchmarks import loads
from tests.benchmarks.figures import RATIO, Figure
from tests.benchmarks.measure import Measure
from tests.benchmarks.results import Result

REPEATS = 5
BUSY = 0.25  #: a machine of which others use more than this measures them, too

_INTRODUCTION = """\
# Benchmarks

Written by `make bench`; `make bench ONLY=NAME` measures one part again and leaves the others as they are.

Each measure is repeated; a figure is the median of its repeats, with the least and the largest in brackets. Ratios
compare what we built with the barest thing that could do the same, measured alternately in one go on one machine, so
they say more about another machine than the absolute figures below them do. A goal is met when the median is within it.
"""


def render(
    measures: Sequence[Measure], kept: Mapping[str, Result], *, under_load: Sequence[loads.Load] = (), code: str
) -> str:
    """The page.

    Args:
        measures: All there are, in the order in which they are shown.
        kept: The kept results, by measure.
        under_load: The kept results of loads.
        code: The digest of the product's source as it is now.
    """
    known = [kept[measure.name] for measure in measures if measure.name in kept]
    parts = [
        _INTRODUCTION,
        "## Ratios\n",
        _summary(measures, kept, wanted=lambda figure: figure.is_ratio),
        "## Goals\n",
        _summary(measures, kept, wanted=lambda figure: figure.goal is not None),
        "## The machine\n",
        _machine(known),
        *(_section(measure, kept.get(measure.name), code=code) for measure in measures),
        loads.render(under_load, code=code),
    ]
    return "\n".join(parts).rstrip() + "\n"


def number(value: float) -> str:
    """A number with three digits that say something: 0.0123, 1.23, 12.3, 123, 1,230."""
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return text if "e" not in text else f"{value:.6f}"


def quantity(value: float, unit: str) -> str:
    """A number with its unit: `12.3 ms`, `41/s`."""
    return f"{number(value)}{unit}" if unit in {RATIO, "/s"} else f"{number(value)} {unit}"


def _summary(measures: Sequence[Measure], kept: Mapping[str, Result], *, wanted: Callable[[Figure], bool]) -> str:
    rows = [
        (f"[{measure.title}](#{measure.anchor})", *_cells(figure))
        for measure in measures
        if measure.name in kept
        for figure in kept[measure.name].figures
        if wanted(figure)
    ]
    if not rows:
        return "Nothing was measured yet.\n"
    return _table(("measure", "figure", "median", "spread", "goal", "met"), rows)


def _cells(figure: Figure) -> tuple[str, ...]:
    least, most = figure.spread
    return (
        figure.name,
        f"**{quantity(figure.median, figure.unit)}**",
        f"{number(least)} to {number(most)}" if len(figure.values) > 1 else "",
        f"≤ {quantity(figure.goal, figure.unit)}" if figure.goal is not None else "",
        "" if figure.met is None else "yes" if figure.met else "**no**",
    )


def _section(measure: Measure, result: Result | None, *, code: str) -> str:
    lines = [f"## {measure.title}\n", measure.about.strip() + "\n"]
    if result is None:
        return "\n".join([*lines, f"*Not measured yet: `make bench ONLY={measure.name}`.*\n"])
    table = _table(("figure", "median", "spread", "goal", "met"), [_cells(figure) for figure in result.figures])
    notes = "".join(f"- *{figure.name}*: {figure.means}\n" for figure in result.figures if figure.means)
    return "\n".join([*lines, table, notes, _provenance(result, code=code) + "\n"])


def _provenance(result: Result, *, code: str) -> str:
    times = "once" if result.repeats == 1 else f"{result.repeats} times"
    said = [f"Taken {_day(result.taken)}, {times}."]
    if result.quick:
        said.append("**With few repetitions, to see that it works: not to be relied on.**")
    if result.repeats < REPEATS:
        said.append(f"**Fewer than the usual {REPEATS} repeats.**")
    if result.busy > BUSY:
        said.append(f"**The machine was busy with other work ({result.busy:.0%}).**")
    if result.code != code:
        said.append("**Stale: the product's source has changed since.**")
    return " ".join(said)


def _machine(known: Iterable[Result]) -> str:
    machines: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for result in known:
        machines.setdefault(tuple(result.facts.items()), []).append(result.measure)
    if not machines:
        return "Nothing was measured yet.\n"
    if len(machines) == 1:
        return _table(("", ""), next(iter(machines)))
    return "\n".join(f"Of {', '.join(names)}:\n\n{_table(('', ''), facts)}" for facts, names in machines.items())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    drawn = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in drawn)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
