"""Tools that switch schedules off and on, and that remove them."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import Field

from tools.errors import BadArguments
from tools.prefect import timetable, wording
from tools.prefect.resolving import FoundPipeline, find_pipeline
from tools.prefect.results import Schedule
from tools.prefect.schedules import WHICH_PIPELINE
from tools.prefect.timetable import PipelineTimetable, coming
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


class WhichSchedule(Arguments):
    """Whose schedules, and which of them."""

    pipeline: str = Field(min_length=1, max_length=200, description=WHICH_PIPELINE)
    schedule: str = Field(
        default="",
        max_length=36,
        description="Only this one: the beginning of its id as `list_schedules` shows it; empty for all of them.",
    )


@dataclass(frozen=True, slots=True)
class Meant:
    """A pipeline and those of its schedules that are meant."""

    found: FoundPipeline
    schedules: tuple[Schedule, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(each.id for each in self.schedules)

    @property
    def rules(self) -> str:
        """Their rules in words."""
        return "; ".join(f"{timetable.in_words(each)} ({each.timezone})" for each in self.schedules)


def _meant(args: WhichSchedule, backends: Backends) -> Meant:
    found = find_pipeline(backends.prefect, args.pipeline)
    known = backends.prefect.pipeline_detail(found.pipeline.id, last_runs=0).schedules
    part = args.schedule.strip().strip("`").lower()
    fitting = tuple(each for each in known if each.id.startswith(part))
    if part and len(fitting) != 1:
        names = ", ".join(f"`{each.id[:8]}` {timetable.in_words(each)}" for each in known) or "none"
        raise BadArguments(
            f"{found.pipeline.name} has {'no schedule' if not fitting else 'several schedules'} whose id begins with "
            f"“{part}”. It has: {names}."
        )
    return Meant(found, fitting)


def _needed(args: WhichSchedule, backends: Backends) -> Meant:
    meant = _meant(args, backends)
    if not meant.schedules:
        raise BadArguments(f"{meant.found.pipeline.name} has no schedule: it runs when asked.")
    return meant


def _plan(meant: Meant, args: WhichSchedule, *, verb: str, rollback: str, warnings: tuple[str, ...] = ()) -> Plan:
    pipeline = meant.found.pipeline
    facts = [Fact(label="Pipeline", value=pipeline.name, url=pipeline.url)]
    facts += [
        Fact(label="Schedule", value=f"{timetable.in_words(each)} ({each.timezone}), {_is(each)}")
        for each in meant.schedules
    ]
    several = f"{len(meant.schedules)} schedules" if len(meant.schedules) > 1 else "schedule"
    return Plan(
        arguments={"pipeline": pipeline.exact, "schedule": args.schedule},
        summary=f"{verb} the {several} of {pipeline.name}: {meant.rules}.",
        resources=(f"prefect:pipeline:{pipeline.name}",),
        evidence=Evidence(facts=tuple(facts), warnings=warnings),
        preconditions={
            "schedules": "; ".join(sorted(f"{each.id} {each.when} {_is(each)}" for each in meant.schedules))
        },
        rollback=rollback,
    )


def _is(schedule: Schedule) -> str:
    return "on" if schedule.active else "paused"


def plan_pause(args: WhichSchedule, backends: Backends, _: Call) -> Plan:
    """Which schedules would stop starting runs."""
    return _plan(_needed(args, backends), args, verb="Pause", rollback="Resume the schedule.")


def probe_pause(args: WhichSchedule, backends: Backends, call: Call) -> Probed:
    """Whether all of them are off."""
    meant = _meant(args, backends)
    return NotDone() if any(each.active for each in meant.schedules) else Done(_told(meant, "is paused", call))


@tool(
    permission="prefect:schedule:pause",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=WhichSchedule,
    result=PipelineTimetable,
    command=Command("schedule pause", "PIPELINE", "Let a pipeline's schedule start no runs until it is resumed."),
    plan=plan_pause,
    probe=probe_pause,
)
def pause_schedule(args: WhichSchedule, backends: Backends, call: Call) -> ToolResult:
    """Pause a pipeline's schedules: they stay and start no runs until they are resumed. Runs that have begun go on."""
    meant = _needed(args, backends)
    before = meant.schedules
    backends.prefect.switch_schedules(meant.found.pipeline.id, meant.ids, active=False)
    return _told(_meant(args, backends), _verb(before, active=False), call)


def plan_resume(args: WhichSchedule, backends: Backends, _: Call) -> Plan:
    """Which schedules would start runs again."""
    meant = _needed(args, backends)
    warnings = (
        (f"{meant.found.pipeline.name} is paused as a whole in Prefect; that ends, too.",)
        if meant.found.pipeline.paused
        else ()
    )
    return _plan(meant, args, verb="Resume", rollback="Pause the schedule.", warnings=warnings)


def probe_resume(args: WhichSchedule, backends: Backends, call: Call) -> Probed:
    """Whether all of them are on, and the pipeline is not paused as a whole."""
    meant = _meant(args, backends)
    off = not meant.schedules or meant.found.pipeline.paused or not all(each.active for each in meant.schedules)
    return NotDone() if off else Done(_told(meant, "is on", call))


@tool(
    permission="prefect:schedule:resume",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=WhichSchedule,
    result=PipelineTimetable,
    command=Command("schedule resume", "PIPELINE", "Let a paused schedule start runs again."),
    plan=plan_resume,
    probe=probe_resume,
)
def resume_schedule(args: WhichSchedule, backends: Backends, call: Call) -> ToolResult:
    """Resume a pipeline's schedules, so that they start runs again from their next time on; missed ones stay missed.

    A pipeline that people paused as a whole in Prefect goes on, too.
    """
    meant = _needed(args, backends)
    was_paused = meant.found.pipeline.paused
    backends.prefect.switch_schedules(meant.found.pipeline.id, meant.ids, active=True)
    backends.prefect.unpause(meant.found.pipeline.id)
    verb = "is on again" if was_paused else _verb(meant.schedules, active=True)
    return _told(_meant(args, backends), verb, call)


def plan_remove(args: WhichSchedule, backends: Backends, _: Call) -> Plan:
    """Which schedules would be gone."""
    meant = _needed(args, backends)
    return _plan(meant, args, verb="Remove", rollback=f"Set it again: {meant.rules}.")


def probe_remove(args: WhichSchedule, backends: Backends, _: Call) -> Probed:
    """Whether none of them is left."""
    found = find_pipeline(backends.prefect, args.pipeline)
    known = backends.prefect.pipeline_detail(found.pipeline.id, last_runs=0).schedules
    part = args.schedule.strip().strip("`").lower()
    if any(each.id.startswith(part) for each in known):
        return NotDone()
    return Done(_removed(Meant(found, ())))


@tool(
    permission="prefect:schedule:delete",
    effect=Effect.DESTROY,
    timeout=30,
    arguments=WhichSchedule,
    result=PipelineTimetable,
    command=Command("schedule remove", "PIPELINE", "Remove a pipeline's schedule; it then runs only when asked."),
    plan=plan_remove,
    probe=probe_remove,
)
def remove_schedule(args: WhichSchedule, backends: Backends, _: Call) -> ToolResult:
    """Remove a pipeline's schedules, so that it runs only when asked. To stop it for a while, use `pause_schedule`."""
    meant = _needed(args, backends)
    backends.prefect.remove_schedules(meant.found.pipeline.id, meant.ids)
    return _removed(meant)


def _removed(meant: Meant) -> ToolResult:
    pipeline, count = meant.found.pipeline, len(meant.schedules)
    gone = f"The schedule of **{pipeline.name}** is" if count <= 1 else f"{count} schedules of **{pipeline.name}** are"
    what = f" ({meant.rules})" if meant.schedules else ""
    table = PipelineTimetable(pipeline=pipeline, schedules=(), note=meant.found.note)
    return ToolResult(wording.joined(meant.found.note, f"{gone} removed{what}."), table)


def _verb(before: Iterable[Schedule], *, active: bool) -> str:
    """What became of schedules that were like this and are now on or off."""
    if all(each.active is active for each in before):
        return f"was {'on' if active else 'paused'} before; nothing was changed"
    return "is on again" if active else "is paused"


def _told(meant: Meant, state: str, call: Call) -> ToolResult:
    pipeline = meant.found.pipeline
    each = tuple(coming(schedule, now=call.now) for schedule in meant.schedules)
    lines = [f"- {timetable.line(one, paused=pipeline.paused)}" for one in each]
    text = f"The schedule of **{pipeline.name}** {state}."
    if len(each) > 1:
        plural = state.replace("is ", "are ").replace("was ", "were ")
        text = f"The {len(each)} schedules of **{pipeline.name}** {plural}."
    table = PipelineTimetable(pipeline=pipeline, schedules=each, note=meant.found.note)
    return ToolResult(wording.joined(meant.found.note, text, "\n".join(lines)), table)
