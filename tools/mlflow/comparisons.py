"""The tool that puts runs side by side."""

import math
from contextlib import suppress
from datetime import datetime

from pydantic import Field

from tools.errors import ToolError
from tools.mlflow import comparing, finding, quality
from tools.mlflow.choosing import MOST, ChooseRuns, chosen
from tools.mlflow.client import MlflowBackend
from tools.mlflow.results import ModelVersion, RunSummary
from tools.mlflow.searching import figure
from tools.prefect import wording
from tools.spec import Backends, Call, Command, Effect, Result, ToolResult, tool

FEWEST = 2
ROWS_SHOWN = 15
WIDTH = 160  # characters that the values of a row share
MISSING = "missing"


class CompareRuns(ChooseRuns):
    """Which runs."""

    last: int = Field(default=2, ge=FEWEST, le=MOST, description="How many of the last runs, when none is named.")


class Row(Result):
    """A parameter or a metric over all runs.

    Attributes:
        name: Its name.
        values: A value for each run, in the runs' order: as text, `missing`, or `not a number`.
        best: The place of the best value, counted from 0; -1 when the name does not say which is, or several are.
    """

    name: str
    values: tuple[str, ...]
    best: int = -1


class RunComparison(Result):
    """Runs side by side, oldest first.

    Attributes:
        runs: The runs.
        parameters: The parameters that are not the same in all of them.
        metrics: Their metrics, the one that decides first.
        decided_by: The metric that decides which run is best; empty when none does.
        best: The id of the best run by it; empty when none is.
        promotable: The version that the best run registered, where another of the runs made the champion.
        note: What was understood.
    """

    runs: tuple[RunSummary, ...]
    parameters: tuple[Row, ...] = ()
    metrics: tuple[Row, ...] = ()
    decided_by: str = ""
    best: str = ""
    promotable: ModelVersion | None = None
    note: str = ""


@tool(
    permission="mlflow:run:read",
    effect=Effect.READ,
    timeout=40,
    arguments=CompareRuns,
    result=RunComparison,
    command=Command("compare runs", "[RUNS…]", "Put 2 to 10 runs side by side: the last two unless named."),
)
def compare_runs(args: CompareRuns, backends: Backends, call: Call) -> ToolResult:
    """Compare 2 to 10 runs: which parameters differ, how their metrics differ, and which run is best by which metric.

    Without names it compares the last two that this thread asked for, else the last two of all, or of a pipeline or
    an experiment. For versions of a model use compare_versions.
    """
    runs, note = chosen(args, backends, call, fewest=FEWEST)
    compared = side_by_side(runs, note=note)
    compared = compared.model_copy(update={"promotable": _promotable(compared, backends.mlflow)})
    return ToolResult(_told(compared, now=call.now), compared)


def side_by_side(runs: tuple[RunSummary, ...], *, note: str = "") -> RunComparison:
    """Runs compared, in the order they are given."""
    params = sorted({name for run in runs for name in run.params})
    rows = [Row(name=name, values=tuple(run.params.get(name, MISSING) for run in runs)) for name in params]
    metrics = [_metric(name, runs) for name in comparing.in_order({name for run in runs for name in run.metrics})]
    decides = next((row for row in metrics if row.best >= 0), None)
    return RunComparison(
        runs=runs,
        parameters=tuple(row for row in rows if len(set(row.values)) > 1),
        metrics=tuple(metrics),
        decided_by=decides.name if decides else "",
        best=runs[decides.best].id if decides else "",
        note=note,
    )


def _promotable(compared: RunComparison, mlflow: MlflowBackend) -> ModelVersion | None:
    """The newest version of the best run, where another of the runs made the champion; None also when nobody can tell.

    It is an offer beside the answer, so what cannot be read keeps nothing back.
    """
    if not compared.best:
        return None
    with suppress(ToolError):
        made = mlflow.versions_of_run(compared.best)
        version = max(made, key=lambda each: int(each.version), default=None)
        champion = mlflow.version_by_alias(version.name, finding.CHAMPION) if version else None
        others = {run.id for run in compared.runs} - {compared.best}
        return version if champion and champion.run_id in others else None
    return None


def _metric(name: str, runs: tuple[RunSummary, ...]) -> Row:
    known = {at: value for at, run in enumerate(runs) if (value := quality.number(run.metrics, name)) is not None}
    best = [
        at for at, value in known.items() if not any(quality.better(name, other, value) for other in known.values())
    ]
    decides = quality.direction(name) is not None and len(known) > 1 and len(best) == 1
    return Row(name=name, values=tuple(_figure(run, name) for run in runs), best=best[0] if decides else -1)


def _figure(run: RunSummary, name: str) -> str:
    value = run.metrics.get(name)
    if value is None:
        return MISSING
    return "not a number" if math.isnan(value) else figure(value)


def _told(compared: RunComparison, *, now: datetime) -> str:
    return wording.joined(
        compared.note,
        "\n".join(_heading(at, run, now=now) for at, run in enumerate(compared.runs, start=1)),
        _verdict(compared),
        _rows("Metrics", compared.metrics) or "None of them has metrics.",
        _rows("Parameters that differ", compared.parameters) or "Their parameters are the same.",
    )


def _heading(at: int, run: RunSummary, *, now: datetime) -> str:
    title = f"[{run.name}]({run.url})" if run.url else run.name
    return (
        f"{at}. **{title}** (`{run.id[:8]}`, {run.experiment}), {run.status.lower()}, {wording.ago(run.start, now=now)}"
    )


def _verdict(compared: RunComparison) -> str:
    best = next((run for run in compared.runs if run.id == compared.best), None)
    if best is None:
        return "Which one is best I cannot tell: no metric that they share says by its name which way is better."
    return f"By {compared.decided_by} **{best.name}** is the best one."


def _rows(heading: str, rows: tuple[Row, ...]) -> str:
    if not rows:
        return ""
    lines = [f"- {row.name}: {' | '.join(_marked(row))}" for row in rows[:ROWS_SHOWN]]
    left_out = len(rows) - ROWS_SHOWN
    return "\n".join([f"{heading}, in that order:", *lines, *([f"- and {left_out} more"] if left_out > 0 else [])])


def _marked(row: Row) -> list[str]:
    longest = WIDTH // len(row.values)
    shown = [wording.shortened(value, longest) for value in row.values]
    return [f"**{value}**" if at == row.best else value for at, value in enumerate(shown)]
