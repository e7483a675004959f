"""The tool that tells the metrics of one MLflow run, found by its own name or through the Prefect run that made it."""

import re
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from tools import names
from tools.errors import BadArguments
from tools.mlflow.client import MlflowBackend, RunSearch
from tools.mlflow.results import MetricSeries, ModelVersion, RunMetrics, RunSummary
from tools.mlflow.searching import figure
from tools.prefect import wording
from tools.prefect.resolving import Place, find_run
from tools.spec import Arguments, Backends, Call, Command, Effect, ToolResult, tool

SERIES = 10
METRICS_SHOWN = 60
ID = re.compile(r"[0-9a-f]{32}")
PART_OF_ID = re.compile(r"[0-9a-f]{6,31}")
LOOKED_AT = 200


class WhichMetrics(Arguments):
    """The run whose metrics to read."""

    run: str = Field(
        default="last",
        max_length=200,
        description="An MLflow run's id or name, or a Prefect run whose MLflow run is meant: its name, its id, "
        "`last`, or `last PIPELINE`.",
    )


@dataclass(frozen=True, slots=True)
class FoundTracked:
    """An MLflow run, and what was understood."""

    run: RunSummary
    note: str = ""


@tool(
    permission="mlflow:run:read",
    effect=Effect.READ,
    timeout=30,
    arguments=WhichMetrics,
    result=RunMetrics,
    command=Command("metrics", "[RUN…]", "Show a run's metrics, parameters and the models it registered."),
)
def run_metrics(args: WhichMetrics, backends: Backends, call: Call) -> ToolResult:
    """Tell the metrics of one run as MLflow has them, with parameters, how they went by step, and models registered.

    Takes an MLflow run, or a Prefect run and finds what it tracked.
    """
    found = find_tracked(args.run, backends, call)
    mlflow, run = backends.mlflow, found.run
    histories = [mlflow.metric_history(run.id, name) for name in list(run.metrics)[:METRICS_SHOWN]]
    by_step = [series for series in histories if series.count > 1]
    metrics = RunMetrics(
        run=run,
        series=tuple(by_step[:SERIES]),
        series_left_out=len(by_step[SERIES:]),
        versions=mlflow.versions_of_run(run.id),
        note=found.note,
    )
    return ToolResult(_told(metrics, now=call.now), metrics)


def find_tracked(text: str, backends: Backends, call: Call) -> FoundTracked:
    """The MLflow run that is meant by its id, a part of it, its name, or a Prefect run that tracked it.

    Raises:
        BadArguments: There is no such run, or several could be meant.
    """
    text = text.strip().strip("`*")
    if ID.fullmatch(text):
        return FoundTracked(backends.mlflow.run(text))
    own = _by_part_of_id_or_name(backends.mlflow, text)
    if own:
        return own
    made_by = find_run(backends.prefect, text, Place(now=call.now, thread=call.origin.thread))
    tracked = backends.mlflow.runs_of_flow_run(made_by.run.id)
    if not tracked:
        raise BadArguments(wording.joined(made_by.note, _tracked_nothing(made_by.run.name, made_by.run.finished)))
    chosen = max(tracked, key=lambda run: len(run.metrics))
    others = [run.name for run in tracked if run.id != chosen.id]
    more = f"It tracked {len(tracked)} MLflow runs; this is {chosen.name}, others: {names.either(others)}."
    return FoundTracked(chosen, wording.joined(made_by.note, more if others else ""))


def _tracked_nothing(name: str, finished: bool) -> str:  # noqa: FBT001 - a fact about the run, not a switch
    if not finished:
        return f"{name} has tracked nothing in MLflow yet; it has not ended."
    return f"{name} tracked nothing in MLflow, so there are no metrics."


def _by_part_of_id_or_name(mlflow: MlflowBackend, text: str) -> FoundTracked | None:
    if PART_OF_ID.fullmatch(text):
        recent = mlflow.runs(RunSearch(limit=LOOKED_AT)).runs
        found = [run for run in recent if run.id.startswith(text)]
        if len(found) > 1:
            several = names.either([f"{run.name} ({run.id[:12]})" for run in found])
            raise BadArguments(f"Several MLflow runs begin with {text}: {several}. Which one do you mean?")
        if found:
            return FoundTracked(found[0])
    if not text or "'" in text:
        return None
    called = mlflow.runs(RunSearch(where=f"attributes.run_name = '{text}'", limit=1)).runs
    return FoundTracked(called[0]) if called else None


def _told(metrics: RunMetrics, *, now: datetime) -> str:
    run = metrics.run
    title = f"[{run.name}]({run.url})" if run.url else run.name
    heading = f"MLflow run **{title}** of {run.experiment}, {run.status.lower()}, {wording.ago(run.start, now=now)}."
    return wording.joined(
        metrics.note,
        heading,
        _metrics(run),
        _series(metrics.series, metrics.series_left_out),
        f"Parameters: {wording.values(run.params)}" if run.params else "",
        _versions(metrics.versions),
    )


def _metrics(run: RunSummary) -> str:
    if not run.metrics:
        return "It has no metrics."
    lines = [f"- {name}: **{figure(value)}**" for name, value in list(run.metrics.items())[:METRICS_SHOWN]]
    left_out = len(run.metrics) - METRICS_SHOWN
    return "\n".join(["Metrics (last values):", *lines, *([f"- and {left_out} more"] if left_out > 0 else [])])


def _series(series: tuple[MetricSeries, ...], left_out: int) -> str:
    if not series:
        return ""
    lines = [_course(each) for each in series]
    return "\n".join(["By step:", *lines, *([f"- and {left_out} more"] if left_out else [])])


def _course(series: MetricSeries) -> str:
    values = [point.value for point in series.points]
    return (
        f"- {series.name}: {series.count} values, first {figure(values[0])}, last {figure(values[-1])}, "
        f"lowest {figure(min(values))}, highest {figure(max(values))}"
    )


def _versions(versions: tuple[ModelVersion, ...]) -> str:
    if not versions:
        return ""
    named = [
        f"[{made.name} v{made.version}]({made.url}){' (' + ', '.join(made.aliases) + ')' if made.aliases else ''}"
        for made in versions
    ]
    return f"Registered: {wording.listed(named)}"
