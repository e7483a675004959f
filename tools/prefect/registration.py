"""The tool that makes a kept source a pipeline."""

from pydantic import Field

from tools import names
from tools.errors import BadArguments, ToolError
from tools.pipelines import reading
from tools.pipelines.diff import source_diff
from tools.pipelines.models import FlowFound, PipelineReading
from tools.prefect import wording
from tools.prefect.client import Registration
from tools.prefect.results import Outcome, Pipeline, Registered
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
    ToolResult,
    tool,
)


class RegisterPipeline(Arguments):
    """What to register."""

    digest: str = Field(
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 of the shared file, 64 hexadecimal digits, as its plan card says.",
    )
    flow: str = Field(
        default="", max_length=200, description="Which flow of the file; may be left out when there is one."
    )


def plan_registration(args: RegisterPipeline, backends: Backends, _: Call) -> Plan:
    """Which pipeline would be made or changed, from which source."""
    found, flow = _read(args, backends)
    known = backends.prefect.registered(flow.name)
    before = known.digest if known else ""
    verb = "Register" if not known else "Update" if before != args.digest else "Leave"
    return Plan(
        arguments={"digest": args.digest, "flow": flow.name},
        summary=f"{verb} the pipeline {flow.name} from {found.filename} (`{args.digest[:12]}`) "
        f"on the pool {backends.prefect.work_pool}.",
        resources=(f"prefect:pipeline:{flow.name}",),
        evidence=_evidence(found, flow, before=before, backends=backends),
        preconditions={"digest": before},
        facts={"code": "known" if before == args.digest else "changed" if known else "new"},
        rollback=f"Register the source `{before[:12]}` again." if before else "Remove the deployment in Prefect.",
    )


def probe_registration(args: RegisterPipeline, backends: Backends, _: Call) -> Probed:
    """Whether the pipeline has this digest as its version."""
    flow = _read(args, backends)[1]
    known = backends.prefect.registered(flow.name)
    if known is None or known.digest != args.digest:
        return NotDone()
    return Done(_told(Registered(pipeline=known, outcome=Outcome.UNCHANGED, previous_digest=known.digest)))


@tool(
    permission="prefect:pipeline:register",
    effect=Effect.CHANGE,
    timeout=40,
    arguments=RegisterPipeline,
    result=Registered,
    command=Command("register", "DIGEST [FLOW]", "Register a shared pipeline file by its digest."),
    plan=plan_registration,
    probe=probe_registration,
)
def register_pipeline(args: RegisterPipeline, backends: Backends, call: Call) -> ToolResult:
    """Register a pipeline file that was shared before, so that it can be run; the file is read and never executed.

    The same file again changes nothing; a changed one updates the pipeline and keeps its schedules.
    """
    found, flow = _read(args, backends)
    registered = backends.prefect.register(
        Registration(
            flow=flow.name,
            function=flow.function,
            filename=found.filename,
            digest=args.digest,
            uri=backends.sources.uri(args.digest),
            parameter_schema=flow.parameter_schema,
            description=flow.description,
            tags=(f"registered-by:{call.origin.actor}",) if call.origin.actor else (),
        )
    )
    return _told(registered)


def _evidence(found: PipelineReading, flow: FlowFound, *, before: str, backends: Backends) -> Evidence:
    """What is to be registered, and how it differs from what is registered now."""
    facts = [
        Fact(label="File", value=f"{found.filename}, {found.size:,} bytes, SHA-256 {found.digest[:12]}"),
        Fact(label="Flow", value=f"{flow.name}, line {flow.line}; parameters: {_parameters(flow)}"),
    ]
    warnings = tuple(f"Line {finding.line}: {finding.reason}" for finding in found.findings)
    if not before or before == found.digest:
        return Evidence(facts=tuple(facts), warnings=warnings)
    facts.append(Fact(label="Registered now", value=f"SHA-256 {before[:12]}"))
    try:
        changed = source_diff(backends.sources.get(before).source, backends.sources.get(found.digest).source)
    except ToolError as error:
        return Evidence(facts=tuple(facts), warnings=warnings, unread=(f"I could not compare the sources: {error}",))
    note = f"{changed.left_out} more lines are left out." if changed.left_out else ""
    return Evidence(facts=tuple(facts), warnings=warnings, diff=changed.text, diff_note=note)


def _parameters(flow: FlowFound) -> str:
    return ", ".join(one.name for one in flow.parameters) or "none"


def _read(args: RegisterPipeline, backends: Backends) -> tuple[PipelineReading, FlowFound]:
    """The kept source, read again: what is registered is what the bytes say, whatever the caller believes."""
    source = backends.sources.get(args.digest)
    found = reading.read(source.source, source.filename, max_bytes=len(source.source))  # its size was admitted before
    return found, _flow(found, args.flow)


def _flow(found: PipelineReading, wanted: str) -> FlowFound:
    known = [flow.name for flow in found.flows]
    if wanted:
        named = {flow.name: flow for flow in found.flows}
        return named[names.match(wanted, known, noun="flow").name]
    if len(found.flows) > 1:
        raise BadArguments(f"{found.filename} has several flows: {names.either(known)}. Which one do you mean?")
    return found.flows[0]


def _told(registered: Registered) -> ToolResult:
    pipeline, before = registered.pipeline, registered.previous_digest
    name = f"**{pipeline.name}**"
    match registered.outcome:
        case Outcome.CREATED:
            text = f"Registered {name} from source `{pipeline.digest[:12]}`; {_where(pipeline)}."
        case Outcome.UPDATED if before == pipeline.digest:
            text = f"{name} has the same source as before (`{pipeline.digest[:12]}`); its settings were renewed."
        case Outcome.UPDATED:
            text = (
                f"Updated {name} from source `{before[:12] or 'unknown'}` to `{pipeline.digest[:12]}`; "
                f"{_where(pipeline)}."
            )
        case Outcome.UNCHANGED:
            text = f"{name} is already registered with exactly this source (`{pipeline.digest[:12]}`)."
    link = f"[Open it in Prefect]({pipeline.url})" if pipeline.url else ""
    return ToolResult(wording.joined(text, link), registered)


def _where(pipeline: Pipeline) -> str:
    return f"its runs go to the pool {pipeline.work_pool}"
