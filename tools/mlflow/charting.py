"""The tool that draws how a metric went."""

from pydantic import Field

from tools import names
from tools.charts.history import Line, history
from tools.errors import BadArguments
from tools.mlflow import comparing
from tools.mlflow.charted import Chart, charted, names_of, source_of
from tools.mlflow.choosing import MOST, ChooseRuns, Names, chosen, metrics_meant
from tools.mlflow.client import MlflowBackend
from tools.mlflow.metrics import find_tracked
from tools.mlflow.results import MetricSeries, RunSummary
from tools.prefect import wording
from tools.spec import Backends, Call, Command, Effect, ToolResult, tool

MOST_METRICS = 4
LOOKED_AT = 12  #: metrics of a run of which it is looked at whether they were logged more than once


class ChartMetric(ChooseRuns):
    """Which metric, of which runs."""

    metrics: Names = Field(
        default=(),
        max_length=MOST_METRICS,
        description="The metric's name, or a part of it such as `loss`; up to 4 of one run. Left out, one that was "
        "logged more than once.",
    )
    last: int = Field(default=1, ge=1, le=MOST, description="How many of the last runs, when none is named.")


@tool(
    permission="mlflow:run:read",
    effect=Effect.READ,
    timeout=60,
    arguments=ChartMetric,
    result=Chart,
    command=Command("chart", "[METRICS] [RUNS…]", "Draw how a metric went by step: of the last run unless named."),
)
def chart_metric(args: ChartMetric, backends: Backends, call: Call) -> ToolResult:
    """Draw how a metric went by step, of one run or of up to 10, and put the picture into the thread.

    Several metrics, such as the training and the test loss, can be drawn of one run. For the last values of several
    runs side by side use chart_comparison. Tell what the chart shows in words, too: the answer has the figures.
    """
    if args.runs or args.pipeline or args.experiment or args.last > 1:
        runs, note = chosen(args, backends, call, fewest=1)
    else:
        found = find_tracked("last", backends, call)
        runs, note = (found.run,), found.note
    metrics, understood = _metrics(args, backends.mlflow, runs)
    if len(runs) > 1:
        histories = (backends.mlflow.metric_history(run.id, metrics[0].name) for run in runs)
        lines = tuple(Line(name, series) for name, series in zip(names_of(runs), histories, strict=True))
    else:
        lines = tuple(Line(runs[0].name if len(metrics) == 1 else series.name, series) for series in metrics)
    picture = history(lines, source=source_of(runs))
    note = wording.joined(note, understood, _better_as_bars(lines) if len(runs) > 1 else "")
    return charted(picture, f"{metrics[0].name} by step", note=note, runs=runs)


def _better_as_bars(lines: tuple[Line, ...]) -> str:
    """That there is no course in any of the lines, and what shows such values; empty where there is one."""
    if any(line.series.count > 1 for line in lines):
        return ""
    metric = lines[0].series.name
    bars = f"`/mlops chart bars metrics={metric}`"
    return f"None of them logged {metric} more than once; {bars} puts such values side by side."


def _metrics(
    args: ChartMetric, mlflow: MlflowBackend, runs: tuple[RunSummary, ...]
) -> tuple[tuple[MetricSeries, ...], str]:
    """The metrics to draw, as they went in the first run, and what was understood."""
    known = comparing.in_order({name for run in runs for name in run.metrics})
    if not known:
        what = "It has" if len(runs) == 1 else "They have"
        raise BadArguments(f"{what} no metrics ({wording.listed([run.name for run in runs])}).")
    if not args.metrics:
        return _logged_again(mlflow, runs, known)
    meant = list(
        dict.fromkeys(name for text in args.metrics for name in metrics_meant(text, known, several=len(runs) == 1))
    )
    if len(runs) > 1 and len(meant) > 1:
        raise BadArguments(f"Of several runs I draw one metric: {names.either(meant)}. Which one do you mean?")
    exact = set(meant) <= set(args.metrics)
    note = "" if exact else f"I took “{names.shown(', '.join(args.metrics))}” for {wording.listed(meant)}."
    shown = meant[:MOST_METRICS]
    left_out = f"Left out: {wording.listed(meant[MOST_METRICS:])}." if len(meant) > MOST_METRICS else ""
    series = tuple(mlflow.metric_history(runs[0].id, name) for name in shown)
    return series, wording.joined(note, left_out)


def _logged_again(
    mlflow: MlflowBackend, runs: tuple[RunSummary, ...], known: list[str]
) -> tuple[tuple[MetricSeries, ...], str]:
    """The first metric that was logged more than once."""
    for name in known[:LOOKED_AT]:
        series = mlflow.metric_history(runs[0].id, name)
        if series.count > 1:
            others = [other for other in known if other != name]
            note = f"Nobody named a metric, so this is {name}; others: {wording.listed(others)}." if others else ""
            return (series,), note
    looked_at = f" (I looked at {LOOKED_AT} of {len(known)})" if len(known) > LOOKED_AT else ""
    raise BadArguments(
        f"No metric of {runs[0].name} was logged more than once{looked_at}, so there is no course to draw. "
        f"Name one of {names.either(known)}, or compare last values: `/mlops chart bars`."
    )
