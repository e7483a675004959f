"""The tool that searches MLflow's runs, and how runs are put into words."""

import re
from datetime import datetime

from pydantic import Field

from tools.mlflow.client import RunSearch
from tools.mlflow.experiments import find_experiment
from tools.mlflow.results import PIPELINE_TAG, RunSearchPage, RunSummary
from tools.prefect import wording
from tools.prefect.resolving import find_pipeline
from tools.spec import Arguments, Backends, Call, Command, Effect, ToolResult, tool

METRICS_SHOWN = 8
#: `accuracy`, `accuracy desc`, `metrics.accuracy ASC`
ORDER = re.compile(r"(?:(metrics|params|attributes|tags)\.)?`?([\w .:/-]+?)`?(?:\s+(asc|desc))?", re.IGNORECASE)


class SearchRuns(Arguments):
    """Which MLflow runs."""

    experiment: str = Field(default="", max_length=200, description="Only runs of this experiment; empty for all.")
    pipeline: str = Field(
        default="", max_length=200, description="Only runs that this registered pipeline made; empty for all."
    )
    where: str = Field(
        default="",
        max_length=1000,
        description="MLflow's own filter, comparisons joined by `and`: "
        '`metrics.accuracy > 0.8 and params.max_depth = "5"`, `attributes.status = "FAILED"`.',
    )
    order_by: str = Field(
        default="",
        max_length=200,
        description="A metric to sort by, best first: `accuracy` (highest first) or `loss asc` (lowest first). "
        "Empty sorts by start, newest first.",
    )
    limit: int = Field(default=10, ge=1, le=50, description="At most this many.")


@tool(
    permission="mlflow:run:read",
    effect=Effect.READ,
    timeout=25,
    arguments=SearchRuns,
    result=RunSearchPage,
    command=Command("search", "[EXPERIMENT]", "Search MLflow runs; `order_by=accuracy` and `pipeline=NAME` narrow it."),
)
def search_runs(args: SearchRuns, backends: Backends, call: Call) -> ToolResult:
    """Search MLflow's runs by experiment, pipeline, metrics and parameters, newest or best first.

    For the runs of Prefect use list_runs; for all metrics of one run use run_metrics.
    """
    home = find_experiment(backends.mlflow, args.experiment) if args.experiment else None
    made_by = find_pipeline(backends.prefect, args.pipeline) if args.pipeline else None
    conditions = [args.where.strip()] if args.where.strip() else []
    if made_by:
        conditions.append(f"tags.`{PIPELINE_TAG}` = '{made_by.pipeline.name.replace(chr(39), '')}'")
    search = RunSearch(
        experiment_ids=(home.experiment.id,) if home else (),
        where=" and ".join(conditions),
        order_by=order(args.order_by),
        limit=args.limit,
    )
    note = wording.joined(home.note if home else "", made_by.note if made_by else "")
    page = backends.mlflow.runs(search).model_copy(update={"note": note})
    where = f" of {home.experiment.name}" if home else ""
    if not page.runs:
        return ToolResult(wording.joined(note, f"No MLflow run{where} fits."), page)
    what = f"The first {len(page.runs)} MLflow runs{where}, there are more" if page.more else _all(page, where)
    lines = "\n".join(f"- {line(run, now=call.now, first=sorted_metric(args.order_by))}" for run in page.runs)
    return ToolResult(wording.joined(note, f"{what}:", lines), page)


def _all(page: RunSearchPage, where: str) -> str:
    return f"{len(page.runs)} MLflow run{'s' if len(page.runs) != 1 else ''}{where}"


def order(text: str) -> str:
    """MLflow's own order for a metric's name with or without direction; highest first unless told otherwise."""
    found = ORDER.fullmatch(text.strip())
    if not found:
        return text.strip()
    kind, name, direction = found.groups()
    return f"{(kind or 'metrics').lower()}.`{name}` {(direction or 'desc').upper()}"


def sorted_metric(text: str) -> str:
    """The metric that an order names; empty when it names none."""
    found = ORDER.fullmatch(text.strip()) if text.strip() else None
    return found[2] if found and (found[1] or "metrics").lower() == "metrics" else ""


def line(run: RunSummary, *, now: datetime, first: str = "") -> str:
    """One MLflow run on one line, with its metrics; `first` is shown before the others."""
    named = sorted(run.metrics, key=lambda name: (name != first, name))
    shown = ", ".join(f"{name} {figure(run.metrics[name])}" for name in named[:METRICS_SHOWN])
    more = f" and {len(named) - METRICS_SHOWN} more metrics" if len(named) > METRICS_SHOWN else ""
    when = wording.ago(run.start, now=now)
    metrics = f": {shown}{more}" if shown else ", no metrics"
    title = f"[{run.name}]({run.url})" if run.url else run.name
    return f"**{title}** (`{run.id[:8]}`, {run.experiment}), {run.status.lower()}, {when}{metrics}"


def figure(value: float) -> str:
    """A metric's value with six significant digits."""
    return f"{value:.6g}"
