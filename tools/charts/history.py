"""How a metric went, of one run or of several."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.charts import sheet, units
from tools.charts.sheet import COLOURS, LABEL, LARGEST, SMALL, Picture, written
from tools.errors import BadArguments
from tools.mlflow import quality
from tools.mlflow.quality import Direction
from tools.mlflow.results import MetricSeries, Point
from tools.mlflow.searching import figure
from tools.prefect import wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 10
HEIGHT, ROW = 3.2, 0.17  #: of a sheet with one row of names, and of each further row, in inches
_STROKES = ("-", "--")
_MARKS = "osD^v"
_DENSE = 30  #: points from which dots would merge


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: what it is called, and how its metric went."""

    name: str
    series: MetricSeries

    @property
    def drawable(self) -> tuple[Point, ...]:
        """The points that have a place on a scale."""
        return tuple(point for point in self.series.points if _has_a_place(point.value))


def history(lines: tuple[Line, ...], *, source: str) -> Picture:
    """One metric of up to `MOST_LINES` runs by step, or several of one run, each a line that is called after it.

    What is no number, or too large to draw, leaves a gap.

    Args:
        lines: The lines, at least one.
        source: Where the figures are from.

    Raises:
        BadArguments: There is nothing to draw, or too much for one chart.
    """
    if len(lines) > MOST_LINES:
        raise BadArguments(f"That is {len(lines)} lines; a chart shows at most {MOST_LINES}. Name fewer of them.")
    metrics = list(dict.fromkeys(line.series.name for line in lines))
    if not any(line.drawable for line in lines):
        raise BadArguments(f"There is no value of {wording.shortened(wording.listed(metrics))} that can be drawn.")
    stepless = all(len({point.step for point in line.series.points}) <= 1 for line in lines) and any(
        len(line.series.points) > 1 for line in lines
    )
    by = "in the order logged" if stepless else "by step"
    title = f"{wording.shortened(wording.listed([units.with_unit(metric) for metric in metrics]), 120)} {by}"
    names = (len(lines) + 1) // 2

    def draw(on: "Figure") -> None:
        axes = on.add_subplot()
        for place, line in enumerate(lines):
            _draw(axes, line, place, stepless=stepless)
        _label(axes, value=_value(metrics), by="value number" if stepless else "step")
        sheet.headed(on, title, source)
        _name(on, axes, lines)

    return Picture(
        png=sheet.drawn(HEIGHT + ROW * names, draw),
        title=f"{title}, {source}",
        takeaway=_takeaway(lines, metrics),
        alt=sheet.listed([course(line) for line in lines], title=f"Line chart of {title}, {source}"),
    )


def course(line: Line) -> str:
    """How a run's metric went: its first and last value, the lowest and highest, and what is left out."""
    name, points, kept = wording.shortened(line.name, sheet.LONGEST_NAME), line.series.points, line.drawable
    if not kept:
        return f"{name}: no value that can be drawn"
    first, last = kept[0], kept[-1]
    values = [point.value for point in kept]
    said = f"{name}: {figure(first.value)} (step {first.step}), its only value"
    if len(kept) > 1:
        ends = f"first {figure(first.value)} (step {first.step}), last {figure(last.value)} (step {last.step})"
        if first.step == last.step:
            ends = f"first {figure(first.value)}, last {figure(last.value)}, all at step {first.step}"
        said = f"{name}: {ends}, lowest {figure(min(values))}, highest {figure(max(values))}"
    left_out = len(points) - len(kept)
    gaps = f"; left out {left_out} of {len(points)} points that are NaN, infinite or too large" if left_out else ""
    thinned = f"; {len(points)} of {line.series.count} values looked at" if len(points) < line.series.count else ""
    return f"{said}{gaps}{thinned}"


def _takeaway(lines: tuple[Line, ...], metrics: list[str]) -> str:
    seen = [line for line in lines if line.drawable]
    missing = [wording.shortened(line.name, sheet.LONGEST_NAME) for line in lines if not line.drawable]
    without = f" {wording.listed(missing)} {'has' if len(missing) == 1 else 'have'} no value." if missing else ""
    if len(seen) == 1 or len(metrics) > 1:
        return " ".join(_of_one(line) for line in seen) + without
    return _of_several(seen, metrics[0]) + without


def _of_one(line: Line) -> str:
    first, last = line.drawable[0], line.drawable[-1]
    name = wording.shortened(line.name, sheet.LONGEST_NAME)
    if len(line.drawable) == 1:
        return f"{name} has one value only: {figure(last.value)} at step {last.step}."
    went = f"{name} went from {figure(first.value)} (step {first.step}) to {figure(last.value)} (step {last.step})."
    if first.step == last.step:
        went = f"{name} went from {figure(first.value)} to {figure(last.value)}, all at step {first.step}."
    best = _best(line)
    if best is None:
        return went
    if best.value == last.value:
        return f"{went} That is its best value."
    return f"{went} Its best value was {figure(best.value)} at step {best.step}; the last one is worse."


def _of_several(lines: list[Line], metric: str) -> str:
    last = [(wording.shortened(line.name, sheet.LONGEST_NAME), line.drawable[-1]) for line in lines]
    way = quality.direction(metric)
    if way is None:
        ends = [f"{name} at {figure(point.value)} (step {point.step})" for name, point in last]
        return f"In the end: {wording.listed(ends)}. The name does not say which way is better."
    ranked = sorted(last, key=lambda each: each[1].value, reverse=way is Direction.HIGHER)
    (winner, best), (second, next_best) = ranked[0], ranked[1]
    if best.value == next_best.value:
        return f"In the end {winner} and {second} are alike at {figure(best.value)}; none is better."
    return f"In the end {winner} is best with {figure(best.value)}, before {second} with {figure(next_best.value)}."


def _best(line: Line) -> Point | None:
    way = quality.direction(line.series.name)
    if way is None:
        return None
    return (max if way is Direction.HIGHER else min)(line.drawable, key=lambda point: point.value)


def _has_a_place(value: float) -> bool:
    return math.isfinite(value) and abs(value) < LARGEST


def _draw(axes: "Axes", line: Line, place: int, *, stepless: bool) -> None:
    points = line.series.points
    axes.plot(
        [number if stepless else point.step for number, point in enumerate(points, start=1)],
        [point.value if _has_a_place(point.value) else math.nan for point in points],
        color=COLOURS[place % len(COLOURS)],
        linestyle=_STROKES[place // len(COLOURS) % len(_STROKES)],
        marker=_MARKS[place % len(_MARKS)],
        markersize=5 if len(points) <= _DENSE else 2.5,
        linewidth=1.8,
    )


def _value(metrics: list[str]) -> str:
    """What the figures are: the metric, or the unit that several share."""
    if len(metrics) == 1:
        return units.with_unit(metrics[0])
    shared = {units.unit(metric) for metric in metrics}
    return (shared.pop() if len(shared) == 1 else "") or "value"


def _label(axes: "Axes", *, value: str, by: str) -> None:
    sheet.tidy(axes)
    axes.yaxis.get_offset_text().set_fontsize(SMALL)
    axes.set_xlabel(by, fontsize=LABEL)
    axes.set_ylabel(written(value, 30), fontsize=LABEL, parse_math=False)
    axes.locator_params(axis="x", integer=True, nbins=7)
    low, high = axes.get_xlim()
    if high - low < 1:  # one step alone
        axes.set_xlim(round(low) - 1, round(low) + 1)
    axes.grid(visible=True, color=sheet.GRID, linewidth=0.8)


def _name(on: "Figure", axes: "Axes", lines: tuple[Line, ...]) -> None:
    # Matplotlib leaves out labels that begin with an underscore: the names are put in afterwards.
    legend = on.legend(
        axes.get_lines(),
        [str(place) for place in range(len(lines))],
        loc="outside lower left",
        ncols=1 if len(lines) == 1 else 2,
        fontsize=SMALL,
        frameon=False,
        handlelength=3,
    )
    for text, line in zip(legend.get_texts(), lines, strict=True):
        text.set_parse_math(False)
        empty = "" if line.drawable else " (no value)"
        text.set_text(written(line.name, 45 if len(lines) == 1 else 22 - len(empty)) + empty)
