"""The tool that lets a paused run go on."""

from pydantic import Field

from tools.errors import BadArguments
from tools.prefect import wording
from tools.prefect.client import PrefectBackend
from tools.prefect.parameters import fitted, kind
from tools.prefect.resolving import FoundRun, Place, find_run
from tools.prefect.results import FlowRun, StateType
from tools.prefect.runs import CancelRun
from tools.spec import (
    Backends,
    Call,
    Command,
    Done,
    Effect,
    Evidence,
    Fact,
    JSONDict,
    NotDone,
    Plan,
    Probed,
    Result,
    ToolResult,
    tool,
)


class ResumeRun(CancelRun):
    """The run to resume."""

    parameters: JSONDict | None = Field(
        default=None,
        description="The values that a run waits for, by name, as the person gave them; left out for a run that asks "
        "for nothing. Never invent a value.",
    )


class Resumed(Result):
    """A run after it was let go on.

    Attributes:
        run: The run as it now is.
        was_paused: Whether it was paused before; else nothing was done.
        note: What was understood, such as which run `last` was taken for.
    """

    run: FlowRun
    was_paused: bool
    note: str = ""


def plan_resume_run(args: ResumeRun, backends: Backends, call: Call) -> Plan:
    """Which run would go on, and since when it is paused."""
    run = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread)).run
    values = _values(args, backends.prefect, run) if run.state_type is StateType.PAUSED else {}
    facts = (
        Fact(label="Run", value=f"{run.name} of {run.pipeline}", url=run.url),
        Fact(label="State", value=wording.state(run)),
        *([Fact(label="Input", value=wording.values(values))] if values else []),
    )
    with_values = f" with {wording.values(values)}" if values else ""
    return Plan(
        arguments={"run": run.id, **({"parameters": values} if values else {})},
        summary=f"Let the run {run.name} of {run.pipeline} go on{with_values}, which is {run.state_name}.",
        resources=(f"prefect:run:{run.id}",),
        called=run.name,
        evidence=Evidence(facts=facts),
        preconditions={"state": run.state_type.value},
        facts={"owner": "self" if call.origin.actor == run.tagged("actor:") else "other"},
        rollback="The run can be cancelled while it lasts.",
    )


def probe_resume_run(args: ResumeRun, backends: Backends, call: Call) -> Probed:
    """Whether the run is no longer paused."""
    found = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    if found.run.state_type is StateType.PAUSED:
        return NotDone()
    return Done(_told(found, found.run, was_paused=True))


@tool(
    permission="prefect:run:resume",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=ResumeRun,
    result=Resumed,
    command=Command("resume", "RUN… [name=value …]", "Let a paused run go on, with the values that it waits for."),
    plan=plan_resume_run,
    probe=probe_resume_run,
)
def resume_run(args: ResumeRun, backends: Backends, call: Call) -> ToolResult:
    """Let a paused or suspended run go on, with the values that it waits for, which are checked first.

    `why_late` says which values a run waits for, and what for: ask the person for them.
    To let a pipeline's schedule start runs again, use `resume_schedule`.
    """
    found = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    if found.run.state_type is not StateType.PAUSED:
        return _told(found, found.run, was_paused=False)
    values = _values(args, backends.prefect, found.run)
    return _told(found, backends.prefect.resume(found.run.id, values), was_paused=True)


def _values(args: ResumeRun, prefect: PrefectBackend, run: FlowRun) -> JSONDict:
    """The input as the run takes it.

    Raises:
        BadArguments: A value is missing, does not fit, or is not asked for.
    """
    pause = prefect.circumstances(run.id).pause
    if pause is None or not pause.asks:
        if args.parameters:
            raise BadArguments(f"{run.name} asks for no input; resume it without any.")
        return {}
    if args.parameters is None:
        wanted = pause.input_schema.get("properties", {})
        names = wording.listed([f"`{name}` ({kind(schema)})" for name, schema in wanted.items()])
        raise BadArguments(
            f"{run.name} waits for input: {names}. I left it paused. Press *Answer* on its card, or give the values as "
            f"`/mlops resume {run.name} name=value`."
        )
    return fitted(pause.input_schema, args.parameters, pipeline=run.name)


def _told(found: FoundRun, run: FlowRun, *, was_paused: bool) -> ToolResult:
    name = f"**{run.name}** of {run.pipeline}"
    if not was_paused:
        text = f"{name} was not paused: it is {wording.state(run)}. Nothing was changed."
    elif run.finished:
        text = f"{name} does not go on: it is {wording.state(run)} now."
    else:
        text = f"{name} goes on: it is {wording.state(run)} now."
    return ToolResult(wording.joined(found.note, text), Resumed(run=run, was_paused=was_paused, note=found.note))
