"""Tools that read pipelines."""

import json
from datetime import datetime

from pydantic import Field

from tools import names
from tools.pipelines import docstrings
from tools.prefect import wording
from tools.prefect.client import PrefectBackend, RunQuery
from tools.prefect.parameters import kind
from tools.prefect.resolving import find_pipeline, label, people_pipelines
from tools.prefect.results import FlowRun, Pipeline, PipelineDetail, PipelinePage, Schedule
from tools.prefect.timetable import in_words
from tools.spec import Arguments, Backends, Call, Command, Effect, JSONDict, ToolResult, tool

LAST_RUNS = 5


class ListPipelines(Arguments):
    """Which pipelines to list."""

    search: str = Field(default="", max_length=100, description="Only pipelines whose name or description holds this.")
    limit: int = Field(default=20, ge=1, le=50, description="At most this many.")


class DescribePipeline(Arguments):
    """Which pipeline to describe."""

    pipeline: str = Field(
        min_length=1, max_length=200, description="The pipeline's name, or enough of it to know which is meant."
    )


@tool(
    permission="prefect:pipeline:read",
    effect=Effect.READ,
    timeout=30,
    arguments=ListPipelines,
    result=PipelinePage,
    command=Command("pipelines", "[SEARCH]", "List the pipelines and how each did last."),
    remembered=True,
)
def list_pipelines(args: ListPipelines, backends: Backends, call: Call) -> ToolResult:
    """List the registered pipelines, each with its last run.

    Use it to find out which pipelines exist before naming one. Says how many were left out.
    """
    known = people_pipelines(backends.prefect)
    wanted = args.search.strip().lower()
    found = [each for each in known if wanted in f"{each.name} {names.plain(each.name)} {each.description}".lower()]
    shown = found[: args.limit]
    last = {each.id: run for each in shown if (run := _last_run(backends.prefect, each, now=call.now))}
    page = PipelinePage(pipelines=tuple(shown), left_out=len(found) - len(shown), last_runs=last)
    if not found:
        return ToolResult(_none(args.search, total=len(known)), page)
    lines = [_line(each, last.get(each.id), known, now=call.now) for each in shown]
    heading = f"{len(found)} pipeline{'s' if len(found) != 1 else ''}"
    if page.left_out:
        heading += f", showing {len(shown)} of them by name"
    return ToolResult(wording.joined(f"{heading}:", "\n".join(lines)), page)


def _last_run(prefect: PrefectBackend, pipeline: Pipeline, *, now: datetime) -> FlowRun | None:
    runs = prefect.runs(RunQuery(pipeline_id=pipeline.id, due_before=now, limit=1)).runs
    return runs[0] if runs else None


def _none(search: str, *, total: int) -> str:
    if search and total:
        return f"None of the {total} pipelines has “{search}” in its name or description."
    return "No pipeline is registered yet. Share a `.py` file with a Prefect flow and I will read it."


def _line(pipeline: Pipeline, last: FlowRun | None, known: tuple[Pipeline, ...], *, now: datetime) -> str:
    when = wording.ago(last.end or last.start or last.expected_start, now=now) if last else ""
    did = f"last run {wording.state(last)}, {when}" if last else "never run"
    summary = docstrings.summary(pipeline.description, 100)
    about = f" {wording.shortened(summary, 100)}" if summary else ""
    return f"- **{label(pipeline, known)}**: {did}.{about}"


@tool(
    permission="prefect:pipeline:read",
    effect=Effect.READ,
    timeout=20,
    arguments=DescribePipeline,
    result=PipelineDetail,
    command=Command("pipeline", "PIPELINE", "Show a pipeline's parameters, schedule and last runs."),
)
def describe_pipeline(args: DescribePipeline, backends: Backends, call: Call) -> ToolResult:
    """Describe one pipeline: parameters with types and defaults, schedules, version, and its last five runs.

    Use it before running a pipeline whose parameters you do not know.
    """
    found = find_pipeline(backends.prefect, args.pipeline)
    detail = backends.prefect.pipeline_detail(found.pipeline.id, last_runs=LAST_RUNS)
    detail = detail.model_copy(update={"note": found.note})
    text = wording.joined(
        found.note,
        _heading(detail.pipeline, now=call.now),
        _parameters(detail.parameter_schema),
        _schedules(detail.schedules, paused=detail.pipeline.paused),
        _runs(detail.last_runs, now=call.now),
    )
    return ToolResult(text, detail)


def _heading(pipeline: Pipeline, *, now: datetime) -> str:
    summary = docstrings.summary(pipeline.description, 300)
    about = f": {wording.shortened(summary, 300)}" if summary else ""
    version = f"source `{pipeline.digest[:12]}`" if pipeline.digest else f"version {pipeline.version or 'none'}"
    where = f"runs `{pipeline.entrypoint}` on the pool {pipeline.work_pool or '(none)'}"
    changed = f"registered {wording.ago(pipeline.updated, now=now)}"
    return f"**[{pipeline.name}]({pipeline.url})**{about}\n{version}, {changed}, {where}."


def _parameters(schema: JSONDict) -> str:
    properties: JSONDict = schema.get("properties", {})
    if not properties:
        return "It takes no parameters."
    required = set(schema.get("required", []))
    ordered = sorted(properties.items(), key=lambda item: item[1].get("position", 0))
    lines = [_parameter(name, wanted, required=name in required) for name, wanted in ordered]
    return "Parameters:\n" + "\n".join(lines)


def _parameter(name: str, wanted: JSONDict, *, required: bool) -> str:
    default = "must be given" if required else "may be left out"
    if "default" in wanted:
        default = f"default `{wording.shortened(json.dumps(wanted['default'], default=str))}`"
    about = f" ({wording.shortened(wanted['description'], 120)})" if wanted.get("description") else ""
    return f"- `{name}`: {kind(wanted)}, {default}{about}"


def _schedules(schedules: tuple[Schedule, ...], *, paused: bool) -> str:
    if not schedules:
        return "It has no schedule: it runs when asked."
    lines = [f"- {in_words(each)} ({each.timezone}){'' if each.active else ', switched off'}" for each in schedules]
    return "\n".join([f"Schedules{', all paused' if paused else ''}:", *lines])


def _runs(runs: tuple[FlowRun, ...], *, now: datetime) -> str:
    if not runs:
        return "It has not run yet."
    return "Last runs:\n" + "\n".join(f"- {wording.run_line(run, now=now)}" for run in runs)
