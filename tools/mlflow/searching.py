"""The tool that searches MLflow's runs, and how runs are put into words."""

import re
from datetime import datetime

from pydantic import Field

from tools import names
from tools.mlflow import narrowing, quality
from tools.mlflow.client import RunSearch
from tools.mlflow.experiments import find_experiment
from tools.mlflow.quality import Direction
from tools.mlflow.results import PIPELINE_TAG, RunSearchPage, RunSummary
from tools.prefect import wording
from tools.prefect.resolving import find_pipeline
from tools.prefect.spans import begun
from tools.spec import Arguments, Backends, Call, Command, Effect, ToolResult, tool

METRICS_SHOWN = 8
MOST_LOOKED_AT = 200
#: `accuracy`, `accuracy desc`, `metrics.accuracy ASC`
ORDER = re.compile(r"(?:(metrics|params|attributes|tags)\.)?`?([\w .:/-]+?)`?(?:\s+(asc|desc))?", re.IGNORECASE)


class SearchRuns(Arguments):
    """Which MLflow runs."""

    experiment: str = Field(default="", max_length=200, description="Only runs of this experiment; empty for all.")
    pipeline: str = Field(
        default="", max_length=200, description="Only runs that this registered pipeline made; empty for all."
    )
    metric: str = Field(
        default="", max_length=300, description="Conditions on metrics, such as `accuracy > 0.8` or `a > 1, b < 2`."
    )
    parameter: str = Field(
        default="", max_length=300, description="Conditions on parameters, such as `max_depth = 5` or `model != svm`."
    )
    tag: str = Field(default="", max_length=300, description="Conditions on tags, such as `team = fraud`.")
    text: str = Field(
        default="",
        max_length=100,
        description="Only runs that hold this in their name, parameters, tags, or names of metrics and data.",
    )
    since: str = Field(
        default="",
        max_length=60,
        description="Only runs that began since then: `6 hours`, `3 days`, `today`, `this week`, a day such as "
        "`2026-01-31`.",
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
        description="A metric to sort by, best first: `accuracy` (highest first), `loss` (lowest first), or with the "
        "direction that is wanted, such as `score asc`. Empty sorts by start, newest first.",
    )
    limit: int = Field(default=10, ge=1, le=50, description="At most this many.")


@tool(
    permission="mlflow:run:read",
    effect=Effect.READ,
    timeout=25,
    arguments=SearchRuns,
    result=RunSearchPage,
    command=Command("search", "[EXPERIMENT]", 'Search MLflow runs; `metric="auc > 0.8"`, `since=today`, `text=…`.'),
)
def search_runs(args: SearchRuns, backends: Backends, call: Call) -> ToolResult:
    """Search MLflow's runs by experiment, pipeline, metrics, parameters, tags, text and time, newest or best first.

    A text is looked for in the newest 200 runs that fit the rest; the answer says when there are more. For the runs of
    Prefect use list_runs; for all metrics of one run use run_metrics.
    """
    home = find_experiment(backends.mlflow, args.experiment) if args.experiment else None
    made_by = find_pipeline(backends.prefect, args.pipeline) if args.pipeline else None
    conditions = _conditions(args, call)
    if made_by:
        conditions.append(f"tags.`{PIPELINE_TAG}` = '{made_by.pipeline.name.replace(chr(39), '')}'")
    search = RunSearch(
        experiment_ids=(home.experiment.id,) if home else (),
        where=" and ".join(conditions),
        order_by=order(args.order_by),
        limit=MOST_LOOKED_AT if args.text.strip() else args.limit,
    )
    note = wording.joined(home.note if home else "", made_by.note if made_by else "")
    page, beyond = _holding(backends.mlflow.runs(search), args)
    note = wording.joined(note, beyond)
    page = page.model_copy(update={"note": note})
    where = f" of {home.experiment.name}" if home else ""
    if not page.runs:
        return ToolResult(wording.joined(note, f"No MLflow run{where} fits."), page)
    what = f"The first {len(page.runs)} MLflow runs{where}, there are more" if page.more else _all(page, where)
    lines = "\n".join(f"- {line(run, now=call.now, first=sorted_metric(args.order_by))}" for run in page.runs)
    return ToolResult(wording.joined(note, f"{what}:", lines), page)


def _conditions(args: SearchRuns, call: Call) -> list[str]:
    """All that MLflow is to filter by."""
    return [
        *narrowing.of_metrics(args.metric),
        *narrowing.of_texts(args.parameter, kind="param"),
        *narrowing.of_texts(args.tag, kind="tag"),
        *narrowing.begun(begun(args.since, now=call.now, zone=call.timezone)),
        *([args.where.strip()] if args.where.strip() else []),
    ]


def _holding(page: RunSearchPage, args: SearchRuns) -> tuple[RunSearchPage, str]:
    """The runs that hold the text, and what was not looked at."""
    if not args.text.strip():
        return page, ""
    found = narrowing.holding(page.runs, args.text)
    beyond = f"I looked for “{names.shown(args.text)}” in the first {len(page.runs)} runs; there are more."
    shown = RunSearchPage(runs=found[: args.limit], more=page.more or len(found) > args.limit)
    return shown, beyond if page.more else ""


def _all(page: RunSearchPage, where: str) -> str:
    return f"{len(page.runs)} MLflow run{'s' if len(page.runs) != 1 else ''}{where}"


def order(text: str) -> str:
    """MLflow's own order for a metric's name with or without direction.

    Without one the best comes first, as far as the metric's name says which that is; else the highest.
    """
    found = ORDER.fullmatch(text.strip())
    if not found:
        return text.strip()
    kind, name, direction = found.groups()
    kind = (kind or "metrics").lower()
    best_first = "asc" if kind == "metrics" and quality.direction(name) is Direction.LOWER else "desc"
    return f"{kind}.`{name}` {(direction or best_first).upper()}"


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
