"""Runs, or versions of a model, side by side: a bar for each, and a panel for each metric."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.charts import sheet, units
from tools.charts.sheet import LARGEST, SMALL, Picture, written
from tools.errors import BadArguments
from tools.mlflow import quality
from tools.mlflow.searching import figure
from tools.prefect import wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST, MOST = 2, 10
MOST_PANELS = 4
ROW, AROUND, HEAD = 0.26, 0.62, 0.55  #: of a bar, of what is around a panel's bars, and of the title, in inches
HIGHEST = 5.2  #: in inches: Slack shrinks what is much higher than wide
BEST, OTHER = "#0072B2", "#A9CBE6"
NAME = 20  #: letters of a name beside its bar
_ROOM = 0.34  #: of the longest bar, for the figure behind it


@dataclass(frozen=True, slots=True)
class Panel:
    """One metric over all that is compared: a value for each, in their order; None where there is none."""

    metric: str
    values: tuple[float | None, ...]

    @property
    def best(self) -> int:
        """The place of the best value; -1 when several are, or the name does not say which way is better."""
        known = {place: value for place, value in enumerate(self.values) if _has_a_place(value)}
        best = [
            place
            for place, value in known.items()
            if value is not None
            and not any(other is not None and quality.better(self.metric, other, value) for other in known.values())
        ]
        decides = quality.direction(self.metric) is not None and len(known) > 1 and len(best) == 1
        return best[0] if decides else -1

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(_has_a_place(value) for value in self.values)


def panels_for(count: int) -> int:
    """How many metrics can be shown of so many runs on one sheet that Slack does not shrink."""
    return max(1, min(MOST_PANELS, int((HIGHEST - HEAD) / (AROUND + ROW * count))))


def bars(names: tuple[str, ...], panels: tuple[Panel, ...], *, source: str) -> Picture:
    """Some metrics of 2 to `MOST` runs or versions. Every bar begins at zero, and says its value.

    Args:
        names: What they are called, in the order in which they are read.
        panels: The metrics; at most `panels_for` so many.
        source: Where the figures are from.

    Raises:
        BadArguments: There is nothing to draw, or too much for one chart.
    """
    if not FEWEST <= len(names) <= MOST:
        raise BadArguments(f"A chart compares {FEWEST} to {MOST}; these are {len(names)}.")
    if len(panels) > panels_for(len(names)):
        most = panels_for(len(names))
        raise BadArguments(f"A chart of {len(names)} shows at most {most} metric{'s' if most > 1 else ''}; name fewer.")
    if all(panel.empty for panel in panels):
        raise BadArguments(f"None of them has a value of {wording.listed([p.metric for p in panels])} that I can draw.")
    shown = [wording.shortened(units.with_unit(panel.metric)) for panel in panels]
    title = f"{wording.listed(shown)} compared"

    def draw(on: "Figure") -> None:
        for axes, panel in zip(on.subplots(len(panels), 1, squeeze=False)[:, 0], panels, strict=True):
            _draw(axes, names, panel)
        sheet.headed(on, title if len(panels) == 1 else f"{len(panels)} metrics compared", source)

    return Picture(
        png=sheet.drawn(HEAD + len(panels) * (AROUND + ROW * len(names)), draw),
        title=f"{title}, {source}",
        takeaway=" ".join(_takeaway(names, panel) for panel in panels),
        alt=sheet.listed([_told(names, panel) for panel in panels], title=f"Bar chart of {title}, {source}"),
    )


def _takeaway(names: tuple[str, ...], panel: Panel) -> str:
    if panel.best < 0:
        known = {value for value in panel.values if _has_a_place(value)}
        if quality.direction(panel.metric) is None:
            return f"Which way {wording.shortened(panel.metric)} is better its name does not say."
        alike = "are alike" if len(known) == 1 else "cannot be told apart at the top"
        return f"By {wording.shortened(panel.metric)} they {alike}."
    best = panel.values[panel.best]
    others = [value for place, value in enumerate(panel.values) if place != panel.best and _has_a_place(value)]
    nearest = min(others, key=lambda value: abs((value or 0.0) - (best or 0.0)))
    ahead = f"{abs((best or 0.0) - (nearest or 0.0)):.4g}"
    name = wording.shortened(names[panel.best], sheet.LONGEST_NAME)
    return f"By {wording.shortened(panel.metric)} {name} is best with {figure(best or 0.0)}, {ahead} ahead of the next."


def _told(names: tuple[str, ...], panel: Panel) -> str:
    each = [
        f"{wording.shortened(name, sheet.LONGEST_NAME)} {_figure(value)}{', the best' if place == panel.best else ''}"
        for place, (name, value) in enumerate(zip(names, panel.values, strict=True))
    ]
    return f"{wording.shortened(panel.metric)}: {'; '.join(each)}"


def _figure(value: float | None) -> str:
    if value is None:
        return "missing"
    if math.isnan(value):
        return "not a number"
    return figure(value) if _has_a_place(value) else "too large to draw"


def _has_a_place(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and abs(value) < LARGEST


def _draw(axes: "Axes", names: tuple[str, ...], panel: Panel) -> None:
    values = [value if value is not None and _has_a_place(value) else 0.0 for value in panel.values]
    colours = [BEST if panel.best in {place, -1} else OTHER for place in range(len(names))]
    axes.barh(range(len(names)), values, color=colours, height=0.72)
    longest = max(map(abs, values)) or 1.0
    for place, (value, said) in enumerate(zip(values, panel.values, strict=True)):
        words = f"{_figure(said)}{' (best)' if place == panel.best else ''}"
        axes.text(max(value, 0.0) + longest * 0.015, place, words, va="center", fontsize=SMALL)
    low = min(0.0, *values)
    axes.set_xlim(low - (longest * 0.05 if low else 0.0), max(0.0, *values) + longest * _ROOM)
    sheet.tidy(axes)
    axes.set_yticks(range(len(names)), [written(name, NAME) for name in names], parse_math=False)
    axes.invert_yaxis()
    axes.axvline(0.0, color="#000000", linewidth=0.8)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda value, _: figure(value))
    axes.set_xlabel(written(units.with_unit(panel.metric)), fontsize=SMALL, parse_math=False)
    axes.grid(visible=True, axis="x", color=sheet.GRID, linewidth=0.8)
