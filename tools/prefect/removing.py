"""The tool that removes a pipeline."""

from collections.abc import Iterator

from pydantic import Field

from tools.prefect import wording
from tools.prefect.client import PrefectBackend, RunQuery
from tools.prefect.resolving import find_pipeline, people_pipelines
from tools.prefect.results import LIVE_STATES, Pipeline
from tools.prefect.schedules import WHICH_PIPELINE
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Done,
    Effect,
    Evidence,
    Fact,
    NotDone,
    Plan,
    Probed,
    Result,
    ToolResult,
    tool,
)


class RemovePipeline(Arguments):
    """Which pipeline to remove."""

    pipeline: str = Field(min_length=1, max_length=200, description=WHICH_PIPELINE)


class Removed(Result):
    """A pipeline that is gone.

    Attributes:
        name: The flow's name.
        runs: How many runs it had; they stay in Prefect, except those that had not begun.
        schedules: How many schedules went with it.
        note: What was understood, such as which pipeline a name was taken for.
    """

    name: str
    runs: int = 0
    schedules: int = 0
    note: str = ""


def plan_removal(args: RemovePipeline, backends: Backends, call: Call) -> Plan:
    """Which pipeline would be gone, with how many runs and schedules."""
    prefect = backends.prefect
    pipeline = find_pipeline(prefect, args.pipeline).pipeline
    schedules = prefect.pipeline_detail(pipeline.id, last_runs=0).schedules
    runs, live = _runs(prefect, pipeline, call), _live(prefect, pipeline, call)
    source = f"SHA-256 {pipeline.digest[:12]}" if pipeline.digest else "not registered by me"
    facts = (
        Fact(label="Pipeline", value=pipeline.name, url=pipeline.url),
        Fact(label="Source", value=source),
        Fact(label="Runs", value=f"{runs}, of which {live} have not ended"),
        Fact(label="Schedules", value=str(len(schedules))),
    )
    return Plan(
        arguments={"pipeline": pipeline.exact},
        summary=f"Remove the pipeline {pipeline.name}, which has {_counted(runs, 'run')} and "
        f"{_counted(len(schedules), 'schedule')}.",
        resources=(f"prefect:pipeline:{pipeline.name}",),
        evidence=Evidence(facts=facts, warnings=tuple(_warnings(live, len(schedules)))),
        preconditions={"version": pipeline.version, "schedules": str(len(schedules))},
        rollback=f"Register the source `{pipeline.digest[:12]}` again; its schedules must be set anew."
        if pipeline.digest
        else "",
    )


def _warnings(live: int, schedules: int) -> Iterator[str]:
    if live:
        have = f"{_counted(live, 'run')} of it {'has' if live == 1 else 'have'}"
        yield f"{have} not ended: those that have begun go on, those that wait are removed."
    if schedules:
        yield f"{_counted(schedules, 'schedule')} of it {'goes' if schedules == 1 else 'go'} too."


def probe_removal(args: RemovePipeline, backends: Backends, _: Call) -> Probed:
    """Whether the pipeline is gone; only a name as a plan gives it can tell that from one that never was."""
    flow, separator, _deployment = args.pipeline.rpartition("/")
    known = {each.exact for each in people_pipelines(backends.prefect)}
    if not separator or args.pipeline in known:
        return NotDone()
    return Done(_told(Removed(name=flow)))


@tool(
    permission="prefect:pipeline:delete",
    effect=Effect.DESTROY,
    timeout=30,
    arguments=RemovePipeline,
    result=Removed,
    command=Command("pipeline remove", "PIPELINE", "Remove a pipeline with its schedules; its past runs stay."),
    plan=plan_removal,
    probe=probe_removal,
)
def remove_pipeline(args: RemovePipeline, backends: Backends, call: Call) -> ToolResult:
    """Remove a pipeline with its schedules. Its past runs and its kept source stay; runs that wait are removed.

    Name the pipeline exactly, and show the person first what it has. To stop its schedule, use `pause_schedule`.
    """
    prefect = backends.prefect
    found = find_pipeline(prefect, args.pipeline)
    schedules = prefect.pipeline_detail(found.pipeline.id, last_runs=0).schedules
    runs = _runs(prefect, found.pipeline, call)
    prefect.remove_pipeline(found.pipeline.id)
    removed = Removed(name=found.pipeline.name, runs=runs, schedules=len(schedules), note=found.note)
    return _told(removed)


def _told(removed: Removed) -> ToolResult:
    with_it = f" with {_counted(removed.schedules, 'schedule')}" if removed.schedules else ""
    stay = f" Its past runs ({removed.runs}) can still be read." if removed.runs else ""
    text = f"The pipeline **{removed.name}** is removed{with_it}.{stay}"
    return ToolResult(wording.joined(removed.note, text), removed)


def _runs(prefect: PrefectBackend, pipeline: Pipeline, call: Call) -> int:
    page = prefect.runs(RunQuery(pipeline_id=pipeline.id, due_before=call.now, limit=1))
    return len(page.runs) + page.left_out


def _live(prefect: PrefectBackend, pipeline: Pipeline, call: Call) -> int:
    page = prefect.runs(RunQuery(pipeline_id=pipeline.id, states=LIVE_STATES, due_before=call.now, limit=1))
    return len(page.runs) + page.left_out


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
