"""Which way a metric is better, as far as its name says it. Pure."""

import math
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum


class Direction(StrEnum):
    """Which values of a metric are better."""

    HIGHER = "higher"
    LOWER = "lower"


#: Words in names of metrics of which more is better, those that people look at first before the others.
HIGHER = ("auc", "auroc", "accuracy", "acc", "f1", "r2", "precision", "recall", "map", "ndcg", "bleu", "rouge", "iou")
#: The same for metrics of which less is better.
LOWER = (
    *("rmse", "mae", "mse", "mape", "loss", "logloss", "error", "errors", "brier", "perplexity", "wer", "cer"),
    *("latency", "seconds", "duration"),
)
#: A metric of what the model was trained on says the least about how good it is.
TRAINED_ON = frozenset({"train", "training"})


def direction(name: str) -> Direction | None:
    """Which way a metric is better; None when its name does not say it, or says both."""
    words = _words(name)
    higher, lower = words & set(HIGHER), words & set(LOWER)
    if bool(higher) == bool(lower):
        return None
    return Direction.HIGHER if higher else Direction.LOWER


def first(names: Iterable[str]) -> str:
    """The metric that decides where nobody named one: the first of those people look at; empty without any."""
    known = [name for name in names if direction(name)]
    return min(known, key=_rank, default="")


def better(name: str, one: float, other: float) -> bool:
    """Whether the first value is better than the second; never where the metric's direction is not known."""
    way = direction(name)
    return (one > other) if way is Direction.HIGHER else (one < other) if way is Direction.LOWER else False


def number(values: Mapping[str, float], name: str) -> float | None:
    """A metric's value; None when it is missing, infinite or not a number."""
    value = values.get(name)
    return value if value is not None and math.isfinite(value) else None


def _rank(name: str) -> tuple[bool, int, str]:
    words = _words(name)
    order = (*HIGHER, *LOWER)
    return bool(words & TRAINED_ON), min(order.index(word) for word in words if word in order), name


def _words(name: str) -> set[str]:
    return set(re.split(r"[\W_]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()))
