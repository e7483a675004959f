"""The tool that finds the best run by a metric, and names the runs that it could not rank."""

from datetime import datetime

from pydantic import ConfigDict, Field

from tools import names
from tools.errors import BadArguments
from tools.mlflow import quality
from tools.mlflow.client import RunSearch
from tools.mlflow.experiments import find_experiment
from tools.mlflow.quality import Direction
from tools.mlflow.results import PIPELINE_TAG, RunSummary
from tools.mlflow.searching import line
from tools.prefect import wording
from tools.prefect.resolving import find_pipeline
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

LOOKED_AT = 200


class BestRun(Arguments):
    """Where to look, and by what."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    metric: str = Field(
        default="",
        max_length=250,
        description="The metric's name, or enough of it. Left out, the first that people look at, such as auc.",
    )
    experiment: str = Field(default="", max_length=200, description="Only runs of this experiment; empty for all.")
    pipeline: str = Field(
        default="", max_length=200, description="Only runs that this registered pipeline made; empty for all."
    )
    direction: Direction | None = Field(
        default=None,
        description="Which values are better; may be left out where the metric's name says it, as with auc or loss.",
    )
    limit: int = Field(default=5, ge=1, le=20, description="At most this many, the best first.")


class Ranking(Result):
    """Runs by a metric.

    Attributes:
        metric: The metric.
        direction: Which values are better.
        runs: The best runs, the best first.
        missing: Names of runs among the newest 200 that do not have the metric.
        not_a_number: Names of those whose value is infinite or not a number.
        note: What was understood.
    """

    metric: str
    direction: Direction
    runs: tuple[RunSummary, ...]
    missing: tuple[str, ...] = ()
    not_a_number: tuple[str, ...] = ()
    note: str = ""


@tool(
    permission="mlflow:run:read",
    effect=Effect.READ,
    timeout=30,
    arguments=BestRun,
    result=Ranking,
    command=Command("best", "[METRIC] [EXPERIMENT]", "Find the best runs by a metric; `direction=lower` where needed."),
)
def best_run(args: BestRun, backends: Backends, call: Call) -> ToolResult:
    """Find the best runs by a metric, over all experiments or in one; names the runs that lack it or have no number.

    Which way is better is known for usual metrics (auc, accuracy, f1, r2: higher; loss, error, rmse, mae: lower) and
    must be given for others.
    """
    home = find_experiment(backends.mlflow, args.experiment) if args.experiment else None
    made_by = find_pipeline(backends.prefect, args.pipeline) if args.pipeline else None
    place = RunSearch(
        experiment_ids=(home.experiment.id,) if home else (),
        where=f"tags.`{PIPELINE_TAG}` = '{made_by.pipeline.name.replace(chr(39), '')}'" if made_by else "",
        limit=LOOKED_AT,
    )
    newest = backends.mlflow.runs(place).runs
    metric, note = _metric(args.metric, newest)
    direction = args.direction or quality.direction(metric)
    if direction is None:
        raise BadArguments(f"Is a higher or a lower {metric} better? Say `direction=higher` or `direction=lower`.")
    by = RunSearch(
        experiment_ids=place.experiment_ids,
        where=place.where,
        order_by=f"metrics.`{metric}` {'DESC' if direction is Direction.HIGHER else 'ASC'}",
        limit=LOOKED_AT,
    )
    ranked = [run for run in backends.mlflow.runs(by).runs if quality.number(run.metrics, metric) is not None]
    ranking = Ranking(
        metric=metric,
        direction=direction,
        runs=tuple(ranked[: args.limit]),
        missing=tuple(run.name for run in newest if metric not in run.metrics),
        not_a_number=tuple(
            run.name for run in newest if metric in run.metrics and quality.number(run.metrics, metric) is None
        ),
        note=wording.joined(home.note if home else "", made_by.note if made_by else "", note),
    )
    return ToolResult(_told(ranking, now=call.now), ranking)


def _metric(wanted: str, runs: tuple[RunSummary, ...]) -> tuple[str, str]:
    """The metric that is meant, and what was understood."""
    if not runs:
        raise BadArguments("There are no MLflow runs here yet.")
    known = sorted({name for run in runs for name in run.metrics})
    if not known:
        raise BadArguments(f"None of the newest {len(runs)} MLflow runs here has metrics.")
    if not wanted:
        usual = quality.first(known)
        if not usual:
            raise BadArguments(f"By which metric? There are {wording.listed(known)}.")
        return usual, f"No metric was named; I took {usual}."
    if wanted in known:
        return wanted, ""
    found = names.match(wanted.removeprefix("metrics."), known, noun="metric")
    return found.name, "" if found.exact else f"I took “{names.shown(wanted)}” for the metric **{found.name}**."


def _told(ranking: Ranking, *, now: datetime) -> str:
    if not ranking.runs:
        heading = f"No run has a {ranking.metric} that is a number."
    else:
        heading = f"By {ranking.metric}, {ranking.direction.value} is better; the best first:"
    lines = "\n".join(f"- {line(run, now=now, first=ranking.metric)}" for run in ranking.runs)
    return wording.joined(
        ranking.note,
        heading,
        lines,
        _left_out(ranking.missing, f"without {ranking.metric}"),
        _left_out(ranking.not_a_number, f"whose {ranking.metric} is not a number"),
    )


def _left_out(runs: tuple[str, ...], why: str) -> str:
    if not runs:
        return ""
    plural = "s" if len(runs) > 1 else ""
    return (
        f"Left out, of the newest {LOOKED_AT} at most: {len(runs)} run{plural} {why} ({wording.listed(list(runs), 5)})."
    )
