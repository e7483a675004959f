"""What a measure gives: one value from each repeat, summed up by their median and their spread."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

RATIO = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured, several times.

    Attributes:
        name: What, in a few words.
        unit: `ms`, `s`, `MB`, `/s`, or `RATIO`.
        values: One from each repeat, in order.
        means: What the number is and how it is taken, in a sentence.
        goal: At most this is promised; None where nothing is.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    means: str = ""
    goal: float | None = None

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the largest value."""
        return min(self.values), max(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median keeps what is promised; None where nothing is."""
        return None if self.goal is None else self.median <= self.goal

    @property
    def is_ratio(self) -> bool:
        """Whether it compares two things that were measured in one go."""
        return self.unit == RATIO


@dataclass(slots=True)
class Readings:
    """Collects the values of figures, repeat by repeat, and keeps the figures in the order in which they came."""

    _figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, name: str, unit: str, value: float, *, means: str = "", goal: float | None = None) -> None:
        """Note what one repeat gave for a figure; what else is said about it is taken from the last time."""
        before = self._figures[name].values if name in self._figures else ()
        self._figures[name] = Figure(name, unit, (*before, value), means, goal)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures."""
        return tuple(self._figures.values())


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of all values do not exceed (nearest rank).

    Raises:
        ValueError: There are no values, or `percent` is not in (0, 100].
    """
    if not values or not 0 < percent <= 100:
        raise ValueError("a percentile needs values, and a percent above 0 and up to 100")
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def median(values: Sequence[float]) -> float:
    """The value in the middle.

    Raises:
        statistics.StatisticsError: There are no values.
    """
    return statistics.median(values)
