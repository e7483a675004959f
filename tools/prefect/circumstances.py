"""What a run depends on to begin and to go on: its pool, its queue, limits, schedules, and whoever holds a slot."""

from datetime import datetime
from typing import Protocol

from pydantic import Field

from tools.prefect.results import FlowRun, Pipeline, Schedule, TaskRun, WorkPool
from tools.spec import JSONDict, Result

#: Runs that are named when a limit is full; how many there are is told by `Slots.taken`.
MOST_HOLDERS = 10


class Holder(Result):
    """A run that takes a slot.

    Attributes:
        id: Its id.
        name: Its name.
        pipeline: The flow's name.
        since: When it began, or was to begin.
    """

    id: str
    name: str
    pipeline: str = ""
    since: datetime | None = None


class Slots(Result):
    """A concurrency limit and how much of it is taken.

    Attributes:
        name: What is limited, such as the name of a pool, a queue, a tag or of the limit itself.
        limit: How many may go on at once.
        taken: How many do.
        holders: Some of them, the one that began first in front; none where Prefect does not tell.
        shared: The global limit that it is, where others may wait for it too; empty where it is its own.
        off: Whether it is switched off in Prefect, which then gives a pipeline's runs no slot at all.
    """

    name: str
    limit: int
    taken: int
    holders: tuple[Holder, ...] = ()
    shared: str = ""
    off: bool = False

    @property
    def full(self) -> bool:
        """Whether there is no slot left."""
        return self.taken >= self.limit


class WorkQueue(Result):
    """A work queue of a pool.

    Attributes:
        name: Its name; `default` unless people made others.
        paused: Whether it hands out no runs for now.
        slots: Its concurrency limit; None without one.
    """

    name: str
    paused: bool = False
    slots: Slots | None = None


class Pause(Result):
    """Why a run is paused.

    Attributes:
        asks: Whether it waits for input and not only for leave to go on.
        until: When it fails if nobody resumes it; None when it waits for ever.
        about: What it says it wants.
        input_schema: JSON Schema of the input; empty when it wants none.
    """

    asks: bool = False
    until: datetime | None = None
    about: str = ""
    input_schema: JSONDict = Field(default_factory=dict)


class Circumstances(Result):
    """All that bears on whether a pipeline's runs begin and go on.

    Attributes:
        run: The run it is about; None when it is about the pipeline alone.
        pipeline: The pipeline; None when it has been removed.
        since: When the run came into its state.
        due: When Prefect is to start it next; differs from when it was first to start after a wait.
        pool_name: The pool it goes to; empty when a process serves the pipeline without a pool.
        pool: That pool; None when Prefect does not have it.
        pool_slots: The pool's concurrency limit; None without one.
        queue: The queue of the pool it is in; None when there is no pool.
        pipeline_slots: The pipeline's own concurrency limit; None without one.
        tag_slots: Limits of tags that tasks of the run carry which have not begun.
        full_limits: Other global limits that have no slot left; whether the run asks for them only its code knows.
        ahead: Runs in its queue that were due earlier and have not begun either.
        served: Whether a process or worker was heard of that takes the pipeline's runs.
        schedules: When the pipeline runs by itself.
        planned: Runs of the pipeline that Prefect has planned for later.
        waiting_tasks: Tasks of the run that have not begun or wait to be tried again.
        pause: Why it is paused; None for every other state.
    """

    run: FlowRun | None = None
    pipeline: Pipeline | None = None
    since: datetime | None = None
    due: datetime | None = None
    pool_name: str = ""
    pool: WorkPool | None = None
    pool_slots: Slots | None = None
    queue: WorkQueue | None = None
    pipeline_slots: Slots | None = None
    tag_slots: tuple[Slots, ...] = ()
    full_limits: tuple[Slots, ...] = ()
    ahead: int = 0
    served: bool = True
    schedules: tuple[Schedule, ...] = ()
    planned: int = 0
    waiting_tasks: tuple[TaskRun, ...] = ()
    pause: Pause | None = None


class CircumstancesBackend(Protocol):
    """The half of Prefect that tells why something does not go on. See `PrefectBackend` for what is raised."""

    def circumstances(self, run_id: str) -> Circumstances:
        """What a run depends on, as it is now."""

    def pipeline_circumstances(self, pipeline_id: str) -> Circumstances:
        """What the next run of a pipeline would depend on, as it is now."""

    def pool_called(self, name: str) -> WorkPool | None:
        """A work pool; None when Prefect does not have it."""

    def queue_called(self, pool: str, name: str) -> WorkQueue | None:
        """A queue of a work pool; None when the pool does not have it."""

    def pause_pool(self, name: str, *, paused: bool) -> None:
        """Let a work pool hand out no runs, or hand them out again."""

    def pause_queue(self, pool: str, name: str, *, paused: bool) -> None:
        """The same for one of its queues."""
