"""Why a run does not begin or go on, each cause with its numbers; what is fine is not blamed. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from tools.prefect import standstills, wording
from tools.prefect.causes import (
    Cause,
    CauseKind,
    full,
    limit_off,
    needs_worker,
    no_worker,
    raising,
    raising_pipeline,
    slots_are,
)
from tools.prefect.circumstances import Circumstances
from tools.prefect.client import DEPLOYMENT
from tools.prefect.limits import LimitOf
from tools.prefect.occurrences import next_of
from tools.prefect.results import Fix, FlowRun, StateType
from tools.prefect.standstills import AWAITING_RETRY
from tools.prefect.timetable import in_words

#: Seconds that a healthy pool needs to take a run.
PATIENCE = timedelta(seconds=15)
#: Time that Prefect's scheduler needs to plan the runs of a schedule that was changed; it looks once a minute.
SCHEDULER_PATIENCE = timedelta(minutes=5)
#: Prefect's name of the state of a run that waits for its pipeline's limit.
AWAITING_SLOT = "AwaitingConcurrencySlot"
#: How Prefect words that a run was cancelled for want of a slot.
NO_SLOT = "concurrency limit reached"


def causes(found: Circumstances, *, now: datetime, timezone: str) -> tuple[Cause, ...]:
    """What keeps the run from beginning or going on; nothing when nothing does that can be seen.

    Args:
        found: What it depends on.
        now: The time.
        timezone: The time zone in which moments are told.
    """
    run = found.run
    held: Iterable[Cause]
    if run is None:
        held = (*_not_by_itself(found, now=now), *_of_pool(found))
    elif run.state_type is StateType.SCHEDULED:
        held = _scheduled(found, run, now=now, timezone=timezone)
    elif run.state_type is StateType.PENDING:
        held = standstills.pending(found, now=now)
    elif run.state_type is StateType.RUNNING:
        held = standstills.running(found, now=now)
    elif run.state_type is StateType.PAUSED:
        held = (standstills.paused(found, run, now=now),)
    elif run.state_type is StateType.CANCELLING:
        held = standstills.cancelling(found, now=now)
    elif run.state_type is StateType.CANCELLED and NO_SLOT in run.message.lower():
        held = (standstills.had_no_slot(found, run),)
    else:
        held = _not_by_itself(found, now=now) if found.schedules else ()
    return tuple(held)


def _scheduled(found: Circumstances, run: FlowRun, *, now: datetime, timezone: str) -> Iterator[Cause]:
    due = found.due or run.expected_start
    if run.state_name == AWAITING_RETRY:
        yield _retrying(run, due, now=now)
        if due is None or due > now - PATIENCE:
            return
    elif run.state_name != AWAITING_SLOT and due is not None and due > now:
        yield Cause(
            kind=CauseKind.PLANNED,
            text=f"It is not late: it is to begin {wording.ago(due, now=now)}, at {wording.moment(due, timezone)}.",
        )
        return
    blocking = [*_of_pool(found), *_of_pipeline(found, asked=run.state_name == AWAITING_SLOT)]
    yield from blocking
    if found.ahead and not _stopped(blocking):
        yield Cause(kind=CauseKind.BEHIND, text=_behind(found))


def _behind(found: Circumstances) -> str:
    queue = f"queue {found.queue.name}" if found.queue else "pool"
    if found.ahead == 1:
        return f"1 run of the {queue} was due earlier and goes first."
    return f"{found.ahead} runs of the {queue} were due earlier and go first."


def _stopped(blocking: list[Cause]) -> bool:
    """Whether something keeps every run from beginning, so that its place in the queue does not matter."""
    full = {CauseKind.POOL_FULL, CauseKind.QUEUE_FULL, CauseKind.PIPELINE_FULL}
    return any(cause.kind not in full for cause in blocking)


def _of_pool(found: Circumstances) -> Iterator[Cause]:
    """What keeps the pool from handing the run to a worker."""
    if not found.pool_name:
        if found.pipeline and found.pipeline.deployment == DEPLOYMENT:
            yield Cause(
                kind=CauseKind.POOL_MISSING,
                text=f"{found.pipeline.name} belongs to no work pool: the one it was registered on has been removed.",
                remedy="Whoever runs Prefect must create one (`prefect work-pool create NAME --type process`); then "
                "register the pipeline's file again.",
            )
        elif not found.served:
            yield Cause(
                kind=CauseKind.NOT_SERVED,
                text="It has no work pool, and the process that serves its pipeline was not heard of lately.",
                remedy="Start that process again.",
            )
        return
    pool = found.pool
    if pool is None:
        yield Cause(
            kind=CauseKind.POOL_MISSING,
            text=f"Prefect has no work pool {found.pool_name}, which the run is to go to.",
            remedy=f"Whoever runs Prefect must create it: `prefect work-pool create {found.pool_name} --type process`.",
        )
        return
    if pool.paused:
        yield Cause(
            kind=CauseKind.POOL_PAUSED,
            text=f"The work pool {pool.name} is paused: it hands out no runs.",
            remedy=f"Resume it, here or by `prefect work-pool resume {pool.name}`.",
            fix=Fix(label="Resume the pool", tool="resume_pool", arguments={"pool": pool.name}),
        )
    if needs_worker(pool) and not pool.online_workers:
        yield no_worker(pool)
    yield from _of_queue(found)
    if found.pool_slots and found.pool_slots.full:
        higher = raising(LimitOf.POOL, pool.name, found.pool_slots)
        yield full(CauseKind.POOL_FULL, f"the work pool {pool.name}", found.pool_slots, raising=higher)


def _of_queue(found: Circumstances) -> Iterator[Cause]:
    queue = found.queue
    if queue is None:
        return
    if queue.paused:
        yield Cause(
            kind=CauseKind.QUEUE_PAUSED,
            text=f"The work queue {queue.name} of the pool {found.pool_name} is paused: it hands out no runs.",
            remedy=f"Resume it, here or by `prefect work-queue resume {queue.name} --pool {found.pool_name}`.",
            fix=Fix(
                label="Resume the queue",
                tool="resume_pool",
                arguments={"pool": found.pool_name, "queue": queue.name},
            ),
        )
    if queue.slots and queue.slots.full:
        what = f"the work queue {queue.name} of the pool {found.pool_name}"
        higher = raising(LimitOf.QUEUE, queue.name, queue.slots, pool=found.pool_name)
        yield full(CauseKind.QUEUE_FULL, what, queue.slots, raising=higher)


def _of_pipeline(found: Circumstances, *, asked: bool) -> Iterator[Cause]:
    """The pipeline's own limit; `asked` when the run's state says that it waits for it."""
    slots = found.pipeline_slots
    if slots and slots.off:
        if asked:
            yield limit_off(found.pipeline, slots)
    elif slots and slots.full:
        higher = raising_pipeline(found.pipeline, slots)
        yield full(CauseKind.PIPELINE_FULL, f"the pipeline {slots.name}", slots, raising=higher)
    elif asked and slots:
        yield Cause(
            kind=CauseKind.PIPELINE_FULL,
            text=f"It waited for a slot of the pipeline {slots.name}; now {slots.taken} of {slots_are(slots.limit)} "
            "taken, and Prefect tries it again within 30 s.",
            slots=slots,
        )


def _retrying(run: FlowRun, due: datetime | None, *, now: datetime) -> Cause:
    when = f"is to begin {wording.ago(due, now=now)}" if due and due > now else "was to begin by now"
    return Cause(
        kind=CauseKind.AWAITING_RETRY,
        text=f"It failed and is tried again by itself: attempt {run.run_count + 1} {when}.",
    )


def _not_by_itself(found: Circumstances, *, now: datetime) -> Iterator[Cause]:
    """Why a pipeline does not run by itself."""
    pipeline = found.pipeline
    if pipeline is None:
        return
    resume = Fix(label="Resume the schedule", tool="resume_schedule", arguments={"pipeline": pipeline.exact})
    off = [schedule for schedule in found.schedules if not schedule.active]
    if not found.schedules:
        yield Cause(
            kind=CauseKind.NO_SCHEDULE,
            text=f"{pipeline.name} has no schedule: it runs when asked.",
            remedy=f"Say for example `schedule {pipeline.name} every Monday at 9`.",
        )
    elif pipeline.paused:
        yield Cause(
            kind=CauseKind.PIPELINE_PAUSED,
            text=f"{pipeline.name} is paused in Prefect, so its {_schedules(len(found.schedules))} no runs.",
            remedy="Resume its schedule.",
            fix=resume,
        )
    elif len(off) == len(found.schedules):
        rules = wording.listed([f"{in_words(schedule)} ({schedule.timezone})" for schedule in off], 3)
        yield Cause(
            kind=CauseKind.SCHEDULE_INACTIVE,
            text=f"The {_schedules(len(off), paused=True)}: {rules}.",
            remedy="Resume it.",
            fix=resume,
        )
    elif _nothing_planned(found, now=now):
        yield Cause(
            kind=CauseKind.NOTHING_PLANNED,
            text=f"The schedule of {pipeline.name} is on, and Prefect has planned no run of it (0 planned), which its "
            "scheduler does within a minute: that does not seem to work.",
            remedy="Whoever runs Prefect must look at its server's log.",
        )


def _nothing_planned(found: Circumstances, *, now: datetime) -> bool:
    """Whether a schedule has been on for long enough that Prefect should have planned runs of it."""
    changed = [each.updated for each in found.schedules if each.active and each.updated and next_of(each, after=now)]
    return not found.planned and any(now - at > SCHEDULER_PATIENCE for at in changed)


def _schedules(count: int, *, paused: bool = False) -> str:
    if paused:
        return "schedule is paused" if count == 1 else f"{count} schedules are all paused"
    return "schedule starts" if count == 1 else f"{count} schedules start"
