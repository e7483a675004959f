"""Why a run that has begun, or was about to, does not go on. Pure."""

from collections.abc import Iterator
from datetime import datetime

from tools.prefect import wording
from tools.prefect.causes import (
    Cause,
    CauseKind,
    full,
    needs_worker,
    raising,
    raising_pipeline,
    slots_are,
    taken_by,
)
from tools.prefect.circumstances import Circumstances
from tools.prefect.client import STARTING_SECONDS
from tools.prefect.limits import LimitOf
from tools.prefect.results import Fix, FlowRun

AWAITING_RETRY = "AwaitingRetry"  # Prefect's name of a state
#: Seconds in which a worker ends a run that it was asked to end.
ENDING_SECONDS = 30


def pending(found: Circumstances, *, now: datetime) -> Iterator[Cause]:
    """A worker has taken the run."""
    waited = (now - found.since).total_seconds() if found.since else 0.0
    pool = found.pool
    if pool and needs_worker(pool) and not pool.online_workers:
        yield Cause(
            kind=CauseKind.STUCK,
            text=f"A worker took it {wording.span(waited)} ago, and no worker of the work pool {pool.name} is online "
            "any more (0 heard of lately).",
            remedy=f"Cancel it, and run it again once a worker is online: `prefect worker start --pool {pool.name}`.",
            fix=_cancelling_fix(found.run),
        )
        return
    yield Cause(
        kind=CauseKind.BEGINNING,
        text=f"A worker took it {wording.span(waited)} ago and makes it ready: it fetches the source and starts its "
        "process. That takes seconds, or minutes with large libraries.",
        remedy="" if waited < STARTING_SECONDS else "That is unusually long: look at its log, or cancel it.",
    )


def running(found: Circumstances, *, now: datetime) -> Iterator[Cause]:
    """What a run that has begun waits for."""
    for slots in found.tag_slots:
        if slots.full:
            higher = raising(LimitOf.TAG, slots.name, slots)
            yield full(CauseKind.TAG_FULL, f"the tag {slots.name}, which a task of it carries,", slots, raising=higher)
    for task in found.waiting_tasks:
        if task.state_name == AWAITING_RETRY:
            when = wording.ago(task.expected_start, now=now)
            yield Cause(
                kind=CauseKind.TASK_RETRY,
                text=f"Its task {task.task} failed and is tried again: attempt {task.run_count + 1} begins {when}.",
            )
    pool = found.pool
    if pool and needs_worker(pool) and not pool.online_workers:
        yield Cause(
            kind=CauseKind.POOL_WITHOUT_WORKER,
            text=f"No worker of the work pool {pool.name} is online (0 heard of lately); the run may have died with "
            "its worker. Without a sign of life it becomes Crashed within minutes.",
            remedy=f"Whoever runs Prefect must start one: `prefect worker start --pool {pool.name}`.",
        )


def paused(found: Circumstances, run: FlowRun, *, now: datetime) -> Cause:
    """The run waits for somebody."""
    pause = found.pause
    since = f" for {wording.span((now - found.since).total_seconds())}" if found.since else ""
    until = f" It fails unless that happens {wording.ago(pause.until, now=now)}." if pause and pause.until else ""
    if pause and pause.asks:
        about = f" It says: “{wording.shortened(pause.about, 200)}”" if pause.about else ""
        names = wording.listed([f"`{name}`" for name in pause.input_schema.get("properties", {})])
        wanted = f" ({names})" if names else ""
        return Cause(
            kind=CauseKind.WAITS_FOR_INPUT,
            text=f"It has been waiting for input{wanted}{since}.{about}{until}",
            remedy=f"Press *Answer* on its card, or say `/mlops resume {run.name} name=value`.",
        )
    return Cause(
        kind=CauseKind.PAUSED,
        text=f"It has been {run.state_name.lower()}{since}, and goes on when somebody resumes it.{until}",
        remedy="Resume it.",
        fix=Fix(label="Resume", tool="resume_run", arguments={"run": run.id}),
    )


def cancelling(found: Circumstances, *, now: datetime) -> Iterator[Cause]:
    """The run was asked to end."""
    waited = wording.span((now - found.since).total_seconds()) if found.since else "an unknown time"
    pool = found.pool
    if pool and needs_worker(pool) and not pool.online_workers:
        yield Cause(
            kind=CauseKind.STUCK,
            text=f"It was asked to end {waited} ago, and no worker of the work pool {pool.name} is online to end it "
            "(0 heard of lately).",
            remedy=f"It ends when a worker is started: `prefect worker start --pool {pool.name}`.",
        )
    elif found.since and (now - found.since).total_seconds() > ENDING_SECONDS:
        yield Cause(
            kind=CauseKind.STUCK,
            text=f"It was asked to end {waited} ago, which a worker does within seconds; its own worker may be gone.",
        )


def had_no_slot(found: Circumstances, run: FlowRun) -> Cause:
    """The run was cancelled because its pipeline had no slot."""
    slots = found.pipeline_slots
    now = f" Now {slots.taken} of {slots_are(slots.limit)} taken{taken_by(slots)}." if slots else ""
    return Cause(
        kind=CauseKind.PIPELINE_FULL,
        text=f"It never began: {run.pipeline} had no free slot, and it is set to cancel new runs then.{now}",
        remedy="Run it again once a slot is free.",
        slots=slots,
        fix=Fix(label="Run it again", tool="retry_run", arguments={"run": run.id}),
        other_fix=raising_pipeline(found.pipeline, slots) if slots and slots.full else None,
    )


def _cancelling_fix(run: FlowRun | None) -> Fix | None:
    return Fix(label=f"Cancel {run.name}", tool="cancel_run", arguments={"run": run.id}) if run else None
