"""The tool that lets a paused run go on."""

from tools.errors import Refused
from tools.prefect import wording
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
    NotDone,
    Plan,
    Probed,
    Result,
    ToolResult,
    tool,
)


class ResumeRun(CancelRun):
    """The run to resume."""


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
    facts = (
        Fact(label="Run", value=f"{run.name} of {run.pipeline}", url=run.url),
        Fact(label="State", value=wording.state(run)),
    )
    return Plan(
        arguments={"run": run.id},
        summary=f"Let the run {run.name} of {run.pipeline} go on, which is {run.state_name}.",
        resources=(f"prefect:run:{run.id}",),
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
    command=Command("resume", "RUN…", "Let a paused run go on."),
    plan=plan_resume_run,
    probe=probe_resume_run,
)
def resume_run(args: ResumeRun, backends: Backends, call: Call) -> ToolResult:
    """Let a paused or suspended run go on. A run that waits for input is not resumed: it needs its values first.

    To let a pipeline's schedule start runs again, use `resume_schedule`.
    """
    found = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    if found.run.state_type is not StateType.PAUSED:
        return _told(found, found.run, was_paused=False)
    pause = backends.prefect.circumstances(found.run.id).pause
    if pause and pause.asks:
        names = ", ".join(f"`{name}`" for name in pause.input_schema.get("properties", {}))
        where = f" Give it in Prefect: {found.run.url}" if found.run.url else ""
        raise Refused(f"{found.run.name} waits for input{f' ({names})' if names else ''}, so I left it paused.{where}")
    return _told(found, backends.prefect.resume(found.run.id), was_paused=True)


def _told(found: FoundRun, run: FlowRun, *, was_paused: bool) -> ToolResult:
    name = f"**{run.name}** of {run.pipeline}"
    if not was_paused:
        text = f"{name} was not paused: it is {wording.state(run)}. Nothing was changed."
    elif run.finished:
        text = f"{name} does not go on: it is {wording.state(run)} now."
    else:
        text = f"{name} goes on: it is {wording.state(run)} now."
    return ToolResult(wording.joined(found.note, text), Resumed(run=run, was_paused=was_paused, note=found.note))
