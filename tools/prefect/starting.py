"""Tools that start runs."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, field_validator

from tools import names
from tools.errors import BadArguments
from tools.pipelines.store import SourceStore
from tools.prefect import once, wording
from tools.prefect.client import TAG, RunQuery, RunRequest
from tools.prefect.once import Moment
from tools.prefect.parameters import fitted
from tools.prefect.resolving import Place, find_pipeline, find_run
from tools.prefect.results import FlowRun, Pipeline, PipelineDetail, Started
from tools.prefect.runs import WHICH_RUN
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Done,
    Effect,
    Evidence,
    Fact,
    JSONDict,
    NotDone,
    Origin,
    Plan,
    Probed,
    ToolResult,
    tool,
)

#: How the tags begin by which runs are found again.
KEPT = ("thread:", "actor:", "proposal:", "digest:", "retry-of:", "trainmaster")
SOON = timedelta(seconds=30)


class RunPipeline(Arguments):
    """What to run."""

    pipeline: str = Field(
        min_length=1, max_length=200, description="The pipeline's name, or enough of it to know which is meant."
    )
    parameters: JSONDict = Field(
        default_factory=dict,
        description="Values by parameter name; what is left out takes its default. Never invent a parameter.",
    )
    at: str = Field(
        default="",
        max_length=100,
        description="When it is to begin, as the person said it: `tonight at 22:00`, `tomorrow at 6`, `in 2 hours`, "
        "read in their own time zone; empty for now. For what recurs use set_schedule.",
    )
    tagged: tuple[Annotated[str, Field(min_length=1, max_length=60)], ...] = Field(
        default=(), max_length=10, description="Tags to put on the run, beside mine."
    )

    @field_validator("tagged", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        """`a, b` as it comes from a command."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class RetryRun(Arguments):
    """Which run to repeat."""

    run: str = Field(default="last", max_length=200, description=WHICH_RUN)


def plan_run(args: RunPipeline, backends: Backends, call: Call) -> Plan:
    """Which pipeline would run, with which values."""
    found = find_pipeline(backends.prefect, args.pipeline)
    detail = backends.prefect.pipeline_detail(found.pipeline.id, last_runs=0)
    parameters = fitted(detail.parameter_schema, args.parameters, pipeline=found.pipeline.name)
    with_values = f" with {wording.values(parameters)}" if parameters else " with its defaults"
    at, tags = _moment(args, call), _own_tags(args)
    later = {"at": at.exact} if at else {}
    tagged = {"tagged": list(tags)} if tags else {}
    when = f", {at.words}," if at else ""
    return Plan(
        arguments={"pipeline": detail.pipeline.exact, "parameters": parameters, **later, **tagged},
        summary=f"Run {found.pipeline.name}{with_values}{when} on the pool {found.pipeline.work_pool}.",
        resources=(f"prefect:pipeline:{found.pipeline.name}",),
        evidence=_evidence(found.pipeline, found.note),
        preconditions={"version": found.pipeline.version},
        facts={"code": _code(found.pipeline, backends)},
        rollback="The run can be cancelled while it lasts.",
    )


def probe_run(_: RunPipeline, backends: Backends, call: Call) -> Probed:
    """Whether a run was started with this key."""
    run = backends.prefect.run_by_key(call.key)
    return Done(_started(run, call, note="")) if run else NotDone()


@tool(
    permission="prefect:run:start",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=RunPipeline,
    result=Started,
    command=Command(
        "run", "PIPELINE [name=value …]", 'Start a run, now or `at="tonight at 22:00"`; parameters are `name=value`.'
    ),
    plan=plan_run,
    probe=probe_run,
)
def run_pipeline(args: RunPipeline, backends: Backends, call: Call) -> ToolResult:
    """Start a run of a pipeline, now or at a given time. Parameters are checked first; one that does not fit ends it.

    Returns at once: the run goes on in Prefect and its progress is followed in the thread.
    """
    found = find_pipeline(backends.prefect, args.pipeline)
    detail = backends.prefect.pipeline_detail(found.pipeline.id, last_runs=0)
    parameters = fitted(detail.parameter_schema, args.parameters, pipeline=found.pipeline.name)
    moment = _moment(args, call)
    request = _request(detail, parameters, call, sources=backends.sources, at=moment, tags=_own_tags(args))
    return _started(backends.prefect.start(request), call, note=found.note)


def plan_retry(args: RetryRun, backends: Backends, call: Call) -> Plan:
    """Which run would be repeated, with which values."""
    found = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    detail = _pipeline_of(found.run, backends)
    note = _changed_since(found.run, detail)
    return Plan(
        arguments={"run": found.run.id},
        summary=f"Run {found.run.pipeline} again as in {found.run.name}: {wording.values(found.run.parameters)}.",
        resources=(f"prefect:pipeline:{found.run.pipeline}",),
        evidence=_evidence(detail.pipeline, wording.joined(found.note, note)),
        preconditions={"version": detail.pipeline.version},
        facts={"code": _code(detail.pipeline, backends)},
        rollback="The run can be cancelled while it lasts.",
    )


def probe_retry(args: RetryRun, backends: Backends, call: Call) -> Probed:
    """Whether a run was started with this key."""
    run = backends.prefect.run_by_key(call.key)
    return Done(_started(run, call, note="", retry_of=run.tagged("retry-of:") or args.run)) if run else NotDone()


@tool(
    permission="prefect:run:start",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=RetryRun,
    result=Started,
    command=Command("retry", "[RUN…]", "Start a run again with the same parameters."),
    plan=plan_retry,
    probe=probe_retry,
)
def retry_run(args: RetryRun, backends: Backends, call: Call) -> ToolResult:
    """Start a new run with the pipeline and the parameters of an earlier one; the earlier one stays as it is.

    It runs the pipeline as it is registered now, and says so when that has changed since.
    """
    found = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    detail = _pipeline_of(found.run, backends)
    parameters = fitted(detail.parameter_schema, found.run.parameters, pipeline=found.run.pipeline)
    request = _request(detail, parameters, call, sources=backends.sources, retry_of=found.run.id)
    note = wording.joined(found.note, _changed_since(found.run, detail))
    return _started(backends.prefect.start(request), call, note=note, retry_of=found.run.id)


def _moment(args: RunPipeline, call: Call) -> Moment | None:
    said = args.at.strip()
    return once.understood(said, now=call.now, zone=call.timezone) if said and said.lower() != "now" else None


def _own_tags(args: RunPipeline) -> tuple[str, ...]:
    """The tags that the person wants; those by which runs are found again are not theirs to write."""
    for tag in args.tagged:
        if tag.strip().lower() == TAG or tag.strip().lower().startswith(KEPT):
            raise BadArguments(f"The tag “{names.shown(tag)}” is one by which I find runs again. Take another one.")
    return tuple(tag.strip() for tag in args.tagged)


def _evidence(pipeline: Pipeline, understood: str) -> Evidence:
    source = f"SHA-256 {pipeline.digest[:12]}" if pipeline.digest else "not registered by me"
    facts = [Fact(label="Pipeline", value=pipeline.name, url=pipeline.url), Fact(label="Source", value=source)]
    if understood:
        facts.append(Fact(label="Understood", value=understood))
    return Evidence(facts=tuple(facts))


def _code(pipeline: Pipeline, backends: Backends) -> str:
    """`new` when no run of this very source was ever started, else `known`."""
    if not pipeline.digest:
        return "known"
    tag = f"digest:{pipeline.digest[:12]}"
    return "known" if backends.prefect.runs(RunQuery(tags=(tag,), limit=1)).runs else "new"


def _pipeline_of(run: FlowRun, backends: Backends) -> PipelineDetail:
    if not run.deployment_id:
        raise BadArguments(f"{run.name} cannot be repeated: it did not come from a registered pipeline.")
    try:
        return backends.prefect.pipeline_detail(run.deployment_id, last_runs=0)
    except BadArguments as error:
        raise BadArguments(
            f"{run.name} cannot be repeated: its pipeline {run.pipeline} has been removed. Register it again."
        ) from error


def _changed_since(run: FlowRun, detail: PipelineDetail) -> str:
    before, now = run.tagged("digest:"), detail.pipeline.digest[:12]
    if not before or not now or before == now:
        return ""
    return f"{run.pipeline} has changed since {run.name}: that ran source `{before}`, this runs `{now}`."


def _request(
    detail: PipelineDetail,
    parameters: JSONDict,
    call: Call,
    *,
    sources: SourceStore,
    retry_of: str = "",
    at: Moment | None = None,
    tags: tuple[str, ...] = (),
) -> RunRequest:
    own = [TAG, *_origin_tags(call.origin)]
    if detail.pipeline.digest:
        own.append(f"digest:{detail.pipeline.digest[:12]}")
    if retry_of:
        own.append(f"retry-of:{retry_of}")
    digest, delay = detail.pipeline.digest, at.at - call.now if at else timedelta()
    environment = {
        "TRAINMASTER_THREAD": call.origin.thread,
        "TRAINMASTER_ACTOR": call.origin.actor,
        "TRAINMASTER_SOURCE_URL": sources.signed(digest, delay=delay) if digest else "",
    }
    return RunRequest(
        pipeline_id=detail.pipeline.id,
        key=call.key,
        parameters=parameters,
        tags=(*own, *tags),
        at=at.at if at else None,
        environment={name: value for name, value in environment.items() if value},
    )


def _origin_tags(origin: Origin) -> list[str]:
    tags = {"thread": origin.thread, "actor": origin.actor, "proposal": origin.proposal}
    return [f"{name}:{value}" for name, value in tags.items() if value]


def _started(run: FlowRun, call: Call, *, note: str, retry_of: str = "") -> ToolResult:
    with_values = f" with {wording.values(run.parameters)}" if run.parameters else " with its defaults"
    again = " again" if retry_of else ""
    link = f"[{run.name}]({run.url})" if run.url else run.name
    due = run.expected_start
    if due and due > call.now + SOON and not run.start:
        when = f"begins {wording.ago(due, now=call.now)}, {wording.moment(due, call.timezone)}"
        text = f"Planned **{run.pipeline}**{again}{with_values}: run **{link}** (`{run.id[:8]}`) {when}."
    else:
        text = f"Started **{run.pipeline}**{again}{with_values}: run **{link}** (`{run.id[:8]}`), {wording.state(run)}."
    return ToolResult(wording.joined(note, text), Started(run=run, retry_of=retry_of, note=note))
