"""What a model has to measure before it may follow the one in force."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.globs import matches

NEARLY = 1e-9  #: 0.82 - 0.81 is a little less than 0.01 to a computer, and not to a person


@dataclass(frozen=True, slots=True)
class Gate:
    """A threshold for one metric.

    Attributes:
        model: Glob over the names of registered models.
        metric: The metric's name.
        direction: Which way is better.
        minimum: No version may measure less; None for no such bound.
        maximum: No version may measure more; None likewise.
        minimum_delta: By how much it has to be better than the version in force; None when it need not be.
    """

    model: str
    metric: str
    direction: Literal["higher", "lower"]
    minimum: float | None = None
    maximum: float | None = None
    minimum_delta: float | None = None

    def concerns(self, model: str) -> bool:
        """Whether it is for this model."""
        return matches(model, self.model)

    def failing(self, *, before: Mapping[str, float] | None, after: Mapping[str, float]) -> tuple[str, ...]:
        """What a version fails, a sentence each; what was not measured, or is no number, fails.

        Args:
            before: The metrics of the version in force; None when there is none, so that nothing is compared.
            after: The metrics of the version that is to follow it.
        """
        value = _number(after.get(self.metric))
        if value is None:
            return (f"`{self.metric}` {_absence(after, self.metric)}, and {self._wanted(compared=True)} is asked for.",)
        said = f"`{self.metric}` is {value:g}"
        found = []
        if self.minimum is not None and value < self.minimum:
            found.append(f"{said}: at least {self.minimum:g} is asked for.")
        if self.maximum is not None and value > self.maximum:
            found.append(f"{said}: at most {self.maximum:g} is asked for.")
        if before is not None and self.minimum_delta is not None:
            found += self._no_better(said, before, value)
        return tuple(found)

    def asked(self, *, compared: bool) -> str:
        """What is asked for, such as "roc_auc at least 0.8"; comparisons only where a version is in force."""
        wanted = self._wanted(compared=compared)
        return f"{self.metric} {wanted}" if wanted else ""

    def _no_better(self, said: str, before: Mapping[str, float], value: float) -> tuple[str, ...]:
        wanted = self.minimum_delta or 0.0
        old = _number(before.get(self.metric))
        if old is None:
            absent = _absence(before, self.metric)
            return (f"{said}, but of the version in force it {absent}: it has to be better by {wanted:g}.",)
        gained = value - old if self.direction == "higher" else old - value
        if gained >= wanted - NEARLY * max(abs(value), abs(old)):
            return ()
        by = f"it has to be {self.direction} by at least {wanted:g}" if wanted else "it may not get worse"
        return (f"{said}, before it was {old:g}: {by}.",)

    def _wanted(self, *, compared: bool) -> str:
        wanted = [
            f"{word} {bound:g}"
            for word, bound in (("at least", self.minimum), ("at most", self.maximum))
            if bound is not None
        ]
        if compared and self.minimum_delta is not None:
            by = (
                f"{self.direction} by at least {self.minimum_delta:g}" if self.minimum_delta else "no worse than before"
            )
            wanted.append(by)
        return " and ".join(wanted)


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _absence(metrics: Mapping[str, float], name: str) -> str:
    if name in metrics:
        return f"is no number ({metrics[name]:g})"
    return "was not measured" if metrics else "is not known"
