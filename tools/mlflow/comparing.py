"""What is different between two MLflow runs, and which of them is better. Pure."""

from collections.abc import Iterable

from tools.mlflow import quality
from tools.mlflow.quality import Direction
from tools.mlflow.results import RunSummary
from tools.mlflow.searching import figure
from tools.prefect import wording
from tools.spec import Difference, MetricChange

LONGEST = 120  # characters of a value


def metric_changes(before: RunSummary | None, after: RunSummary | None) -> tuple[MetricChange, ...]:
    """Every metric of either run; those that people look at first come first."""
    old, new = before.metrics if before else {}, after.metrics if after else {}
    return tuple(
        MetricChange(name=name, before=quality.number(old, name), after=quality.number(new, name))
        for name in in_order({*old, *new})
    )


def in_order(names: Iterable[str]) -> list[str]:
    """Names of metrics, the one that decides first."""
    known = sorted(names)
    decides = quality.first(known)
    return sorted(known, key=lambda name: (name != decides, quality.direction(name) is None))


def differences(before: RunSummary | None, after: RunSummary | None) -> tuple[Difference, ...]:
    """Parameters that differ."""
    old, new = before.params if before else {}, after.params if after else {}
    return tuple(
        Difference(
            name=name,
            before=wording.shortened(old.get(name, ""), LONGEST),
            after=wording.shortened(new.get(name, ""), LONGEST),
        )
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def gets_worse(change: MetricChange) -> str:
    """A sentence for a metric that is worse afterwards; empty for others."""
    if change.before is None or change.after is None or verdict(change) >= 0:
        return ""
    verb = "falls" if quality.direction(change.name) is Direction.HIGHER else "rises"
    return f"{change.name} {verb} from {figure(change.before)} to {figure(change.after)}."


def not_a_number(run: RunSummary | None) -> list[str]:
    """Names of metrics whose value is infinite or not a number."""
    return [name for name in run.metrics if quality.number(run.metrics, name) is None] if run else []


def decided(changes: tuple[MetricChange, ...]) -> MetricChange | None:
    """The metric that decides which side is better; None when no metric with a known direction is on both sides."""
    both = {change.name: change for change in changes if change.before is not None and change.after is not None}
    return both.get(quality.first(both))


def verdict(change: MetricChange) -> int:
    """1 when a metric is better afterwards, -1 when it is worse, 0 when it is neither or nobody can tell."""
    if change.before is None or change.after is None:
        return 0
    up = quality.better(change.name, change.after, change.before)
    return 1 if up else -1 if quality.better(change.name, change.before, change.after) else 0


def change_in_words(change: MetricChange) -> str:
    """A metric on both sides, such as `auc: 0.91 → 0.89 (-0.02, worse)`."""
    before, after = (figure(value) if value is not None else "none" for value in (change.before, change.after))
    if change.before is None or change.after is None:
        return f"{change.name}: {before} → {after}"
    said = {1: ", better", -1: ", worse"}.get(verdict(change), "")
    delta = change.after - change.before
    return f"{change.name}: {before} → {after} ({f'{delta:+.4g}' if delta else 'the same'}{said})"


def data_of(run: RunSummary | None) -> str:
    """The data that a run used, in words; empty when it logged none."""
    if run is None:
        return ""
    named = [f"{each.name} ({each.digest}{', ' + each.context if each.context else ''})" for each in run.datasets]
    tags = [f"{name}={wording.shortened(value)}" for name, value in run.tags.items() if _is_about_data(name)]
    return wording.listed([wording.shortened(each, LONGEST) for each in (*named, *tags)])


def _is_about_data(tag: str) -> bool:
    return not tag.startswith("trainmaster.") and any(word in tag.lower() for word in ("data", "dvc"))
