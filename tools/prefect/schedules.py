"""Tools that read schedules and set them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from tools.pipelines.pool_probe import PROBE_FLOW
from tools.prefect import timetable, timezones, wording
from tools.prefect.clock import DAY_NAMES
from tools.prefect.recurrence import Rule, understood
from tools.prefect.resolving import FoundPipeline, find_pipeline
from tools.prefect.results import Pipeline, Schedule
from tools.prefect.scheduling import OURS, ScheduleRequest, slug_of
from tools.prefect.timetable import PipelineTimetable, coming
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Difference,
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

WHICH_PIPELINE = "The pipeline's name, or enough of it to know which is meant."
MOST_LISTED = 20


class ListSchedules(Arguments):
    """Whose schedules to list."""

    pipeline: str = Field(default="", max_length=200, description="Only schedules of this pipeline; empty for all.")


class SetSchedule(Arguments):
    """Which pipeline is to run by itself, and when."""

    pipeline: str = Field(min_length=1, max_length=200, description=WHICH_PIPELINE)
    when: str = Field(
        min_length=1,
        max_length=200,
        description="As the person said it: `every Monday at 9`, `weekdays at 7:30`, `daily at 6`, `every 2 hours`, "
        "or a cron rule of five fields.",
    )
    timezone: str = Field(
        default="",
        max_length=100,
        description="The time zone it is read in, such as `Europe/Berlin`, if the person named one; empty takes the "
        "person's own, or UTC.",
    )


class Timetables(Result):
    """Pipelines that run by themselves.

    Attributes:
        pipelines: The pipelines with their schedules, by name.
        left_out: How many more there are.
        note: What was understood, such as which pipeline a name was taken for.
    """

    pipelines: tuple[PipelineTimetable, ...]
    left_out: int = 0
    note: str = ""


@tool(
    permission="prefect:schedule:read",
    effect=Effect.READ,
    timeout=20,
    arguments=ListSchedules,
    result=Timetables,
    command=Command("schedules", "[PIPELINE]", "List when pipelines run by themselves, with the next three times."),
)
def list_schedules(args: ListSchedules, backends: Backends, call: Call) -> ToolResult:
    """List the schedules of one pipeline or of all: the rule, the time zone, whether it is on, the next three times."""
    if args.pipeline:
        found = find_pipeline(backends.prefect, args.pipeline)
        schedules = backends.prefect.pipeline_detail(found.pipeline.id, last_runs=0).schedules
        table = _timetable(found.pipeline, schedules, now=call.now)
        tables = Timetables(pipelines=(table,) if schedules else (), note=found.note)
        nothing = f"{found.pipeline.name} has no schedule: it runs when asked."
        return ToolResult(wording.joined(found.note, timetable.lines(tables.pipelines) or nothing), tables)
    known = [each for each in backends.prefect.scheduled() if each.pipeline.name != PROBE_FLOW]
    shown = tuple(_timetable(each.pipeline, each.schedules, now=call.now) for each in known[:MOST_LISTED])
    tables = Timetables(pipelines=shown, left_out=len(known) - len(shown))
    if not known:
        return ToolResult("No pipeline has a schedule: each runs when asked.", tables)
    more = f"{tables.left_out} more pipelines have schedules and are left out." if tables.left_out else ""
    return ToolResult(wording.joined(timetable.lines(shown), more), tables)


def plan_set(args: SetSchedule, backends: Backends, call: Call) -> Plan:
    """Which schedule the pipeline would get, and which it has now."""
    found = find_pipeline(backends.prefect, args.pipeline)
    rule, zone = _rule(args, call)
    wanted = coming(_as_schedule(_request(found.pipeline, rule, zone, call)), now=call.now)
    now = backends.prefect.pipeline_detail(found.pipeline.id, last_runs=0).schedules
    ours, others = _ours(now), [each for each in now if not each.slug.startswith(OURS)]
    before = "; ".join(_rule_and_zone(each) for each in ours)
    after = f"{wanted.words} ({zone})"
    facts = [Fact(label="Pipeline", value=found.pipeline.name, url=found.pipeline.url)]
    facts.append(Fact(label="Runs", value=after))
    facts.append(Fact(label="Next", value=timetable.upcoming(wanted).removeprefix("Next: ")))
    if others:
        facts.append(Fact(label="Stays as well", value="; ".join(_rule_and_zone(each) for each in others)))
    return Plan(
        arguments={"pipeline": found.pipeline.exact, "when": rule.exact, "timezone": zone},
        summary=f"Let {found.pipeline.name} run by itself {after}{f', instead of {before}' if before else ''}.",
        resources=(f"prefect:pipeline:{found.pipeline.name}",),
        evidence=Evidence(
            facts=tuple(facts),
            differences=(Difference(name="schedule", before=before, after=after),),
            warnings=(*rule.assumed, *_paused_warning(found.pipeline)),
        ),
        preconditions={"schedules": _state(now)},
        rollback=f"Set the schedule to {before} again." if before else "Remove the schedule.",
    )


def probe_set(args: SetSchedule, backends: Backends, call: Call) -> Probed:
    """Whether the pipeline has the schedule that a call with this key sets."""
    found = find_pipeline(backends.prefect, args.pipeline)
    schedules = backends.prefect.pipeline_detail(found.pipeline.id, last_runs=0).schedules
    made = next((each for each in schedules if each.slug == slug_of(call.key)), None)
    if made is None:
        return NotDone()
    return Done(_was_set(found, made, understood(args.when), call))


@tool(
    permission="prefect:schedule:set",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=SetSchedule,
    result=PipelineTimetable,
    command=Command(
        "schedule", "PIPELINE WHEN…", "Let a pipeline run by itself: `schedule churn every Monday at 9`; `timezone=…`."
    ),
    plan=plan_set,
    probe=probe_set,
)
def set_schedule(args: SetSchedule, backends: Backends, call: Call) -> ToolResult:
    """Let a pipeline run by itself, such as every Monday at 9; takes the place of the schedule that was set this way.

    Pass on when it is to run in the person's own words. What is not understood is refused with what would be, and
    nothing is changed. Schedules that people made in Prefect stay.
    """
    found = find_pipeline(backends.prefect, args.pipeline)
    rule, zone = _rule(args, call)
    made = backends.prefect.set_schedule(_request(found.pipeline, rule, zone, call))
    return _was_set(found, made, rule, call)


def _rule(args: SetSchedule, call: Call) -> tuple[Rule, str]:
    """What recurs, and the zone it is read in: the one that was given, that was named with it, or the person's own."""
    rule = understood(args.when)
    given = args.timezone.strip() or rule.timezone or call.timezone
    return rule, timezones.checked(given)


def _request(pipeline: Pipeline, rule: Rule, zone: str, call: Call) -> ScheduleRequest:
    return ScheduleRequest(
        pipeline_id=pipeline.id,
        slug=slug_of(call.key),
        timezone=zone,
        cron=rule.cron,
        seconds=rule.seconds,
        anchor=None if rule.cron else _anchor(rule, zone, now=call.now),
    )


def _anchor(rule: Rule, zone: str, *, now: datetime) -> datetime:
    """The moment that steps are counted from: now, or the next time that the clock and the day are right."""
    if rule.clock is None:
        return now.replace(microsecond=0)
    there = now.astimezone(ZoneInfo(zone))
    begin = there.replace(hour=rule.clock.hour, minute=rule.clock.minute, second=0, microsecond=0)
    wanted = None if rule.weekday is None else DAY_NAMES[rule.weekday]
    while begin <= there or (wanted and f"{begin:%A}".lower() != wanted):
        begin += timedelta(days=1)
    return begin


def _as_schedule(request: ScheduleRequest) -> Schedule:
    """The schedule that a request would make, before it is made."""
    rule = Rule(cron=request.cron, seconds=request.seconds)
    return Schedule(
        id="",
        when=f"cron {request.cron}" if request.cron else rule.exact,
        timezone=request.timezone,
        active=True,
        cron=request.cron,
        seconds=request.seconds,
        anchor=request.anchor,
    )


def _was_set(found: FoundPipeline, made: Schedule, rule: Rule, call: Call) -> ToolResult:
    each = coming(made, now=call.now)
    table = PipelineTimetable(pipeline=found.pipeline, schedules=(each,), note=found.note)
    paused = found.pipeline.paused
    text = wording.joined(
        found.note,
        f"**{found.pipeline.name}** runs by itself {timetable.line(each, paused=paused)}",
        " ".join((*rule.assumed, *_paused_warning(found.pipeline))),
    )
    return ToolResult(text, table)


def _paused_warning(pipeline: Pipeline) -> tuple[str, ...]:
    if not pipeline.paused:
        return ()
    return (f"{pipeline.name} is paused as a whole in Prefect, so nothing starts until its schedule is resumed.",)


def _timetable(pipeline: Pipeline, schedules: tuple[Schedule, ...], *, now: datetime) -> PipelineTimetable:
    return PipelineTimetable(pipeline=pipeline, schedules=tuple(coming(each, now=now) for each in schedules))


def _ours(schedules: tuple[Schedule, ...]) -> list[Schedule]:
    return [each for each in schedules if each.slug.startswith(OURS)]


def _rule_and_zone(schedule: Schedule) -> str:
    return f"{timetable.in_words(schedule)} ({schedule.timezone}){'' if schedule.active else ', paused'}"


def _state(schedules: tuple[Schedule, ...]) -> str:
    """All schedules of a pipeline as one line that differs when any of them does."""
    return "; ".join(sorted(_rule_and_zone(each) for each in schedules)) or "none"
