"""Tools that let a work pool, or one of its queues, hand out no runs, and hand them out again."""

from dataclasses import dataclass

from pydantic import Field

from tools.errors import BadArguments
from tools.prefect import wording
from tools.prefect.causes import needs_worker, no_worker
from tools.prefect.circumstances import WorkQueue
from tools.prefect.client import PrefectBackend
from tools.prefect.results import WorkPool
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


class WhichPool(Arguments):
    """Which work pool, or which of its queues."""

    pool: str = Field(
        default="", max_length=200, description="The work pool; empty for the one that pipelines are registered on."
    )
    queue: str = Field(
        default="", max_length=200, description="Only this queue of it, such as `default`; empty for the pool itself."
    )


class PoolSwitched(Result):
    """A work pool or a queue that hands out runs, or does not.

    Attributes:
        pool: The pool as it is now.
        queue: The queue as it is now; None when the pool itself was meant.
        changed: Whether anything was changed.
    """

    pool: WorkPool
    queue: WorkQueue | None = None
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Meant:
    """A pool, and the queue of it that is meant; None for the pool itself."""

    pool: WorkPool
    queue: WorkQueue | None

    @property
    def paused(self) -> bool:
        """Whether it hands out no runs."""
        return (self.queue or self.pool).paused

    @property
    def called(self) -> str:
        """What people call it."""
        if self.queue:
            return f"work queue {self.queue.name} of the pool {self.pool.name}"
        return f"work pool {self.pool.name}"


def meant_of(args: WhichPool, prefect: PrefectBackend) -> Meant:
    """The pool or the queue that is meant.

    Raises:
        BadArguments: Prefect does not have it.
    """
    name = args.pool.strip().strip("`") or prefect.work_pool
    pool = prefect.pool_called(name)
    if pool is None:
        raise BadArguments(
            f"Prefect has no work pool {wording.shortened(name)}. Pipelines are registered on {prefect.work_pool}."
        )
    wanted = args.queue.strip().strip("`")
    queue = prefect.queue_called(pool.name, wanted) if wanted else None
    if wanted and queue is None:
        raise BadArguments(
            f"The work pool {pool.name} has no queue {wording.shortened(wanted)}; unless people made others, it is "
            "called default."
        )
    return Meant(pool, queue)


def _plan(args: WhichPool, prefect: PrefectBackend, *, paused: bool) -> Plan:
    meant = meant_of(args, prefect)
    now = "paused" if meant.paused else "handing out runs"
    facts = [Fact(label="Pool", value=f"{meant.pool.name}, {meant.pool.online_workers} workers online")]
    facts += [Fact(label="Queue", value=meant.queue.name)] if meant.queue else []
    warnings = ("No run of anybody's begins there until it is resumed.",) if paused else ()
    return Plan(
        arguments={"pool": meant.pool.name, "queue": meant.queue.name if meant.queue else ""},
        summary=f"{'Pause' if paused else 'Resume'} the {meant.called}.",
        resources=(f"prefect:pool:{meant.pool.name}",),
        evidence=Evidence(facts=(*facts, Fact(label="State", value=now)), warnings=warnings),
        preconditions={f"the {meant.called}": now},
        rollback=f"{'Resume' if paused else 'Pause'} it.",
    )


def _probed(args: WhichPool, prefect: PrefectBackend, *, paused: bool) -> Probed:
    meant = meant_of(args, prefect)
    return Done(_told(meant, changed=True)) if meant.paused is paused else NotDone()


def _switched(args: WhichPool, prefect: PrefectBackend, *, paused: bool) -> ToolResult:
    meant = meant_of(args, prefect)
    if meant.paused is paused:
        return _told(meant, changed=False)
    if meant.queue:
        prefect.pause_queue(meant.pool.name, meant.queue.name, paused=paused)
    else:
        prefect.pause_pool(meant.pool.name, paused=paused)
    return _told(meant_of(args, prefect), changed=True)


def _told(meant: Meant, *, changed: bool) -> ToolResult:
    state = "is paused" if meant.paused else "hands out runs again"
    if not changed:
        state = f"{'was paused' if meant.paused else 'was not paused'} before; nothing was changed"
    beside = [f"The work pool {meant.pool.name} itself is paused."] if meant.queue and meant.pool.paused else []
    if needs_worker(meant.pool) and not meant.pool.online_workers and not meant.paused:
        away = no_worker(meant.pool)
        beside.append(f"{away.text} {away.remedy}")
    text = wording.joined(f"The **{meant.called}** {state}.", " ".join(beside))
    return ToolResult(text, PoolSwitched(pool=meant.pool, queue=meant.queue, changed=changed))


def plan_pause_pool(args: WhichPool, backends: Backends, _: Call) -> Plan:
    """Which pool or queue would hand out no runs any more."""
    return _plan(args, backends.prefect, paused=True)


def probe_pause_pool(args: WhichPool, backends: Backends, _: Call) -> Probed:
    """Whether it is paused."""
    return _probed(args, backends.prefect, paused=True)


@tool(
    permission="prefect:pool:pause",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=WhichPool,
    result=PoolSwitched,
    command=Command("pool pause", "[POOL] [QUEUE]", "Let a work pool, or one of its queues, hand out no runs."),
    plan=plan_pause_pool,
    probe=probe_pause_pool,
)
def pause_pool(args: WhichPool, backends: Backends, _: Call) -> ToolResult:
    """Pause a work pool, or one of its queues: nobody's runs begin there until it is resumed; those that run go on.

    To stop one pipeline from starting by itself, use `pause_schedule`.
    """
    return _switched(args, backends.prefect, paused=True)


def plan_resume_pool(args: WhichPool, backends: Backends, _: Call) -> Plan:
    """Which pool or queue would hand out runs again."""
    return _plan(args, backends.prefect, paused=False)


def probe_resume_pool(args: WhichPool, backends: Backends, _: Call) -> Probed:
    """Whether it hands out runs."""
    return _probed(args, backends.prefect, paused=False)


@tool(
    permission="prefect:pool:resume",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=WhichPool,
    result=PoolSwitched,
    command=Command("pool resume", "[POOL] [QUEUE]", "Let a paused work pool or queue hand out runs again."),
    plan=plan_resume_pool,
    probe=probe_resume_pool,
)
def resume_pool(args: WhichPool, backends: Backends, _: Call) -> ToolResult:
    """Resume a paused work pool, or one of its queues, so that the runs that wait there begin.

    `why_late` says whether a pool or a queue is paused. A queue hands out nothing while its pool is paused.
    """
    return _switched(args, backends.prefect, paused=False)
