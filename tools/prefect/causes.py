"""The causes that keep a run from beginning or going on, as values and in words. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from tools.prefect import wording
from tools.prefect.circumstances import Slots
from tools.prefect.limits import LimitOf
from tools.prefect.results import Fix, Pipeline, WorkPool
from tools.spec import Result

NAMED = 3  # holders of slots that a sentence names
LONGEST_TAG = 30  # characters of a tag that a button names


class CauseKind(StrEnum):
    """What can keep a run from beginning or going on."""

    POOL_MISSING = "pool_missing"  #: Prefect has no such work pool
    POOL_PAUSED = "pool_paused"
    POOL_WITHOUT_WORKER = "pool_without_worker"  #: no worker of the pool was heard of lately
    POOL_FULL = "pool_full"
    QUEUE_PAUSED = "queue_paused"
    QUEUE_FULL = "queue_full"
    NOT_SERVED = "not_served"  #: without a pool: the process that serves the pipeline was not heard of lately
    PIPELINE_PAUSED = "pipeline_paused"
    PIPELINE_FULL = "pipeline_full"
    PIPELINE_LIMIT_OFF = "pipeline_limit_off"  #: Prefect gives no slots of a limit that is switched off
    SCHEDULE_INACTIVE = "schedule_inactive"
    NO_SCHEDULE = "no_schedule"
    NOTHING_PLANNED = "nothing_planned"  #: a schedule is on, and Prefect's scheduler has planned no run of it
    TAG_FULL = "tag_full"  #: a task waits for a slot of one of its tags
    PLANNED = "planned"  #: it is to begin later
    AWAITING_RETRY = "awaiting_retry"
    TASK_RETRY = "task_retry"  #: a task waits to be tried again
    PAUSED = "paused"
    WAITS_FOR_INPUT = "waits_for_input"
    BEHIND = "behind"  #: runs of its queue that were due earlier go first
    BEGINNING = "beginning"  #: a worker has taken it and makes it ready
    STUCK = "stuck"  #: nobody is left to move it


class Cause(Result):
    """One thing that keeps a run from beginning or going on.

    Attributes:
        kind: What it is.
        text: The same in a sentence, with its numbers.
        remedy: What helps, in a sentence; empty when waiting does.
        slots: The limit that is full; None for every other cause.
        fix: What a button could do about it; None when no tool can.
        other_fix: What else one could do; None when there is nothing else.
    """

    kind: CauseKind
    text: str
    remedy: str = ""
    slots: Slots | None = None
    fix: Fix | None = None
    other_fix: Fix | None = None


def fixes_of(causes: Iterable[Cause]) -> tuple[Fix, ...]:
    """What buttons could do about some causes, each once; the first of each cause go before all second ones."""
    held = tuple(causes)
    fixes = (*(cause.fix for cause in held), *(cause.other_fix for cause in held))
    return tuple({fix.label: fix for fix in fixes if fix}.values())


def full(kind: CauseKind, what: str, slots: Slots, *, raising: Fix | None) -> Cause:
    """That a limit has no slot left: whose limit it is, how many are taken and by whom."""
    if slots.limit == 0:
        text = f"The concurrency limit of {what} is 0, so nothing can begin."
        return Cause(kind=kind, text=text, remedy="It must be raised.", slots=slots, fix=raising)
    taken = f"{slots.taken} of {slots_are(slots.limit)} taken{taken_by(slots)}"
    first = slots.holders[0] if slots.holders else None
    return Cause(
        kind=kind,
        text=f"The concurrency limit of {what} is reached: {taken}.",
        remedy="It begins when one of them ends; a higher limit helps too.",
        slots=slots,
        fix=Fix(label=f"Cancel {first.name}", tool="cancel_run", arguments={"run": first.id}) if first else raising,
        other_fix=raising if first else None,
    )


def raising(of: LimitOf, name: str, slots: Slots, *, pool: str = "") -> Fix | None:
    """The limit raised so far that one more may begin; nothing where others wait for the same limit."""
    if slots.shared:
        return None
    limit = max(slots.limit, slots.taken) + 1
    what = f"tag {wording.shortened(name, LONGEST_TAG)}" if of is LimitOf.TAG else of.value
    return _setting(f"Raise {what} limit to {limit}", of, name, limit, pool=pool)


def raising_pipeline(pipeline: Pipeline | None, slots: Slots) -> Fix | None:
    """The same for a pipeline's own limit; nothing once the pipeline is gone."""
    return raising(LimitOf.PIPELINE, pipeline.exact, slots) if pipeline else None


def limit_off(pipeline: Pipeline | None, slots: Slots) -> Cause:
    """That a pipeline's limit is switched off, which does not do what it says."""
    limit = max(slots.limit, 1)
    return Cause(
        kind=CauseKind.PIPELINE_LIMIT_OFF,
        text=f"The concurrency limit of the pipeline {slots.name} ({slots.limit}) is switched off in Prefect, which "
        "then gives its runs no slot at all.",
        remedy="Set a limit again, or take it away.",
        slots=slots,
        fix=_setting(f"Set the limit to {limit} again", LimitOf.PIPELINE, pipeline.exact, limit)
        if pipeline and not slots.shared
        else None,
    )


def _setting(label: str, of: LimitOf, name: str, limit: int, *, pool: str = "") -> Fix:
    arguments = {"of": of.value, "name": name, "limit": str(limit)} | ({"pool": pool} if pool else {})
    return Fix(label=label, tool="set_concurrency_limit", arguments=arguments)


def slots_are(limit: int) -> str:
    """`1 slot is` or `2 slots are`."""
    return f"{limit} slot is" if limit == 1 else f"{limit} slots are"


def taken_by(slots: Slots) -> str:
    """`by` the runs that hold the slots, as far as they are known; begins with a space."""
    names = [f"{holder.name} of {holder.pipeline}" if holder.pipeline else holder.name for holder in slots.holders]
    if not names:
        return ""
    more = max(slots.taken, len(names)) - len(names[:NAMED])
    return f" by {', '.join(names[:NAMED])}{f' and {more} more' if more else ''}"


def no_worker(pool: WorkPool) -> Cause:
    """That no worker of the pool is online."""
    return Cause(
        kind=CauseKind.POOL_WITHOUT_WORKER,
        text=f"No worker of the work pool {pool.name} is online (0 heard of lately).",
        remedy=f"Whoever runs Prefect must start one: `prefect worker start --pool {pool.name}`.",
    )


def needs_worker(pool: WorkPool) -> bool:
    """Whether runs of the pool are begun by a worker; Prefect itself begins those of other pools."""
    return not pool.type.endswith((":push", ":managed"))
