"""The tools that draw runs, or versions of a model, side by side."""

from pydantic import ConfigDict, Field

from tools.charts.bars import FEWEST, MOST, Panel, bars, panels_for
from tools.errors import BadArguments
from tools.mlflow import comparing, evidence, finding
from tools.mlflow.charted import Chart, charted, names_of, source_of
from tools.mlflow.choosing import ChooseRuns, Names, chosen, metrics_meant
from tools.mlflow.results import ModelVersion, RunSummary
from tools.prefect import wording
from tools.spec import Arguments, Backends, Call, Command, Effect, ToolResult, tool

WHICH_METRICS = "The metrics' names, or parts of them; left out, the one that decides which is better."


class ChartComparison(ChooseRuns):
    """Which metrics, of which runs."""

    metrics: Names = Field(default=(), max_length=MOST, description=WHICH_METRICS)
    last: int = Field(default=2, ge=FEWEST, le=MOST, description="How many of the last runs, when none is named.")


class ChartVersions(Arguments):
    """Which metrics, of which versions."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    versions: Names = Field(
        default=(),
        max_length=MOST,
        description="2 to 10 versions, each a number, `latest` or an alias. Left out, the newest ones.",
    )
    metrics: Names = Field(default=(), max_length=MOST, description=WHICH_METRICS)
    last: int = Field(default=5, ge=FEWEST, le=MOST, description="How many of the newest, when none is named.")


@tool(
    permission="mlflow:run:read",
    effect=Effect.READ,
    timeout=60,
    arguments=ChartComparison,
    result=Chart,
    command=Command(
        "chart bars", "[RUNS…]", "Draw 2 to 10 runs side by side, by metrics=NAME; the last two unless named."
    ),
)
def chart_comparison(args: ChartComparison, backends: Backends, call: Call) -> ToolResult:
    """Draw a bar chart that puts the last values of 2 to 10 runs side by side, and put the picture into the thread.

    One metric or a few. For how a metric went by step use chart_metric, for versions of a model chart_versions. Tell
    what the chart shows in words, too: the answer has the figures.
    """
    runs, note = chosen(args, backends, call, fewest=FEWEST)
    return _compared(names_of(runs), runs, args.metrics, source=source_of(runs), note=note, runs_shown=runs)


@tool(
    permission="mlflow:model:read",
    effect=Effect.READ,
    timeout=60,
    arguments=ChartVersions,
    result=Chart,
    command=Command("chart versions", "MODEL [VERSIONS…]", "Draw versions of a model side by side by metrics=NAME."),
)
def chart_versions(args: ChartVersions, backends: Backends, _: Call) -> ToolResult:
    """Draw a bar chart that puts versions of a model side by side by the metrics of the runs that made them.

    The newest five unless they are named; the picture goes into the thread. Tell what it shows in words, too: the
    answer has the figures.
    """
    found = finding.find_model(backends.mlflow, args.model)
    if args.versions:
        each = [finding.find_version(backends.mlflow, found.model, text) for text in args.versions]
        versions = list({one.version.version: one.version for one in each}.values())
        notes = [one.note for one in each]
    else:
        versions = list(backends.mlflow.model_versions(found.model.name, limit=args.last).versions)
        notes = []
    if len(versions) < FEWEST:
        raise BadArguments(f"{found.model.name} has only one version to draw; a comparison takes at least two.")
    versions.sort(key=lambda version: int(version.version))
    sides = [evidence.side(backends.mlflow, version) for version in versions]
    note = wording.joined(found.note, *dict.fromkeys(notes), *(side.unread for side in sides))
    return _compared(
        tuple(_name(version) for version in versions),
        tuple(side.run for side in sides),
        args.metrics,
        source=f"from MLflow, versions of {wording.shortened(found.model.name, 40)}",
        note=note,
    )


def _name(version: ModelVersion) -> str:
    return f"v{version.version}{f' ({version.aliases[0]})' if version.aliases else ''}"


def _compared(
    shown: tuple[str, ...],
    runs: tuple[RunSummary | None, ...],
    metrics: tuple[str, ...],
    *,
    source: str,
    note: str,
    runs_shown: tuple[RunSummary, ...] = (),
) -> ToolResult:
    known = comparing.in_order({name for run in runs if run for name in run.metrics})
    if not known:
        raise BadArguments(wording.joined("None of them has metrics, so there is nothing to draw.", note))
    meant = list(dict.fromkeys(name for text in metrics for name in metrics_meant(text, known))) or known[:1]
    most = panels_for(len(shown))
    drawn, left_out = meant[:most], meant[most:]
    panels = tuple(Panel(name, tuple(run.metrics.get(name) if run else None for run in runs)) for name in drawn)
    others = [name for name in known if name not in drawn] if not metrics else []
    note = wording.joined(
        note,
        f"Nobody named a metric, so this is {drawn[0]}; others: {wording.listed(others)}." if others else "",
        f"{len(shown)} bars leave room for {_counted(most)}; left out: {wording.listed(left_out)}." if left_out else "",
    )
    picture = bars(shown, panels, source=source)
    return charted(picture, f"{drawn[0]} compared", note=note, runs=runs_shown)


def _counted(metrics: int) -> str:
    return f"{metrics} metric{'s' if metrics > 1 else ''}"
