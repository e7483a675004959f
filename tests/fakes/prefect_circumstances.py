"""The half of Prefect in memory that tells why something does not go on."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tools.errors import BadArguments, ToolError
from tools.prefect.circumstances import Circumstances, Holder, Pause, Slots, WorkQueue
from tools.prefect.limits import Limited, LimitOf
from tools.prefect.results import FlowRun, Pipeline, Schedule, StateType, TaskRun, WorkPool

IN_POOL = frozenset({StateType.PENDING, StateType.RUNNING})
IN_PIPELINE = IN_POOL | {StateType.CANCELLING}
WAITING = frozenset({StateType.SCHEDULED, StateType.PENDING, StateType.PAUSED})


@dataclass
class Limits:
    """Concurrency limits and pauses; a test sets what it needs.

    Attributes:
        pool: How many runs of the pool may go on at once.
        queue: The same for its one queue.
        queue_paused: Whether that queue is paused.
        pipelines: How many runs of a pipeline may go on at once, by its id.
        off: Ids of pipelines whose limit is switched off, so that none of their runs gets a slot.
        shared: Global limits that pipelines have instead of their own, by their ids.
        tags: How many tasks with a tag may go on at once.
        others: Global limits by name: how many slots there are and how many are taken.
        task_tags: Tags of tasks, by run and task.
        pauses: Why runs are paused, by run.
        since: When runs came into their state.
        due: When runs are to begin after a wait.
        planned: How many runs of a pipeline with schedules are planned for later.
    """

    pool: int | None = None
    queue: int | None = None
    queue_paused: bool = False
    pipelines: dict[str, int] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    shared: dict[str, str] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    others: dict[str, tuple[int, int]] = field(default_factory=dict)
    task_tags: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    pauses: dict[str, Pause] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    due: dict[str, datetime] = field(default_factory=dict)
    planned: int = 3


class FakeCircumstances:
    """`CircumstancesBackend` and `LimitsBackend` on the runs of the fake.

    Attributes:
        limits: What may keep a run from beginning.
    """

    limits: Limits
    broken: ToolError | None
    _pool: WorkPool | None
    _work_pool: str
    _pipelines: dict[str, Pipeline]
    _schedules: dict[str, tuple[Schedule, ...]]
    _runs: dict[str, FlowRun]
    _tasks: dict[str, dict[str, TaskRun]]

    def set_pool(
        self,
        *,
        kind: str = "process",
        paused: bool = False,
        online_workers: int = 1,
    ) -> None:
        """Let the pool be like this."""
        self._pool = WorkPool(name=self._work_pool, type=kind, paused=paused, online_workers=online_workers)

    def take(self, run_id: str, *, at: datetime) -> None:
        """A worker takes a run, unless its pipeline has no slot left."""
        run = self._runs[run_id]
        limit = self.limits.pipelines.get(run.deployment_id)
        self.limits.since[run_id] = at
        off = run.deployment_id in self.limits.off
        if limit is not None and (off or len(self._of_pipeline(run.deployment_id)) >= limit):
            self.limits.due[run_id] = at + timedelta(seconds=30)
            update = {"state_type": StateType.SCHEDULED, "state_name": "AwaitingConcurrencySlot"}
        else:
            update = {"state_type": StateType.PENDING, "state_name": "Pending"}
        self._runs[run_id] = run.model_copy(update=update)

    def begin_task(self, run_id: str, name: str, tag: str) -> None:
        """Let a task with a tag begin, once its tag has a slot."""
        self.set_task(run_id, name, StateType.PENDING)
        self.limits.task_tags[run_id, name] = (tag,)
        if self._tag(tag).full:
            return
        self.set_task(run_id, name, StateType.RUNNING)

    def set_task(self, run_id: str, task: str, state: StateType) -> TaskRun:
        """Put the task of a run into a state."""
        raise NotImplementedError

    def circumstances(self, run_id: str) -> Circumstances:
        if self.broken is not None:
            raise self.broken
        if run_id not in self._runs:
            raise BadArguments(f"Prefect has no run with the id {run_id}.")
        run = self._runs[run_id]
        base = self._around(run.deployment_id)
        inside = self._inside(run) if run.state_type is StateType.RUNNING else {}
        due = self.limits.due.get(run_id) or run.expected_start
        more = {
            "run": run,
            "since": self.limits.since.get(run_id) or run.end or run.start or run.created,
            "due": due,
            "ahead": self._ahead(run, due) if run.state_type is StateType.SCHEDULED else 0,
            "pause": self.limits.pauses.get(run_id, Pause()) if run.state_type is StateType.PAUSED else None,
        }
        return base.model_copy(update=more | inside)

    def pipeline_circumstances(self, pipeline_id: str) -> Circumstances:
        if self.broken is not None:
            raise self.broken
        if pipeline_id not in self._pipelines:
            raise BadArguments(f"Prefect has no pipeline with the id {pipeline_id}.")
        return self._around(pipeline_id)

    def pool_called(self, name: str) -> WorkPool | None:
        if self.broken is not None:
            raise self.broken
        return self._pool if self._pool and self._pool.name == name else None

    def queue_called(self, pool: str, name: str) -> WorkQueue | None:
        found = self.pool_called(pool)
        if found is None or name != "default":
            return None
        slots = _slots(name, self.limits.queue, self._in_pool())
        return WorkQueue(name=name, paused=self.limits.queue_paused, slots=slots)

    def pause_pool(self, name: str, *, paused: bool) -> None:
        found = self.pool_called(name)
        if found is None:
            raise BadArguments("Prefect does not have this.")
        self._pool = found.model_copy(update={"paused": paused})

    def pause_queue(self, pool: str, name: str, *, paused: bool) -> None:
        if self.queue_called(pool, name) is None:
            raise BadArguments("Prefect does not have this.")
        self.limits.queue_paused = paused

    def limit_of(self, limited: Limited) -> Slots | None:
        match limited.of:
            case LimitOf.POOL:
                return _slots(limited.name, self.limits.pool, self._in_pool()) if self._limitable(limited) else None
            case LimitOf.QUEUE:
                queue = self.queue_called(limited.pool, limited.name)
                return queue.slots if queue else None
            case LimitOf.PIPELINE:
                return self._slots_of_pipeline(limited.name) if self._limitable(limited) else None
            case LimitOf.TAG:
                return self._tag(limited.name) if limited.name in self.limited_tags() else None

    def set_limit(self, limited: Limited, limit: int | None) -> None:
        self._limitable(limited)
        match limited.of:
            case LimitOf.POOL:
                self.limits.pool = limit
            case LimitOf.QUEUE:
                self.limits.queue = limit
            case LimitOf.PIPELINE:
                self.limits.off.discard(limited.name)
                _put(self.limits.pipelines, limited.name, limit)
            case LimitOf.TAG:
                _put(self.limits.tags, limited.name, limit)

    def limited_tags(self) -> tuple[str, ...]:
        if self.broken is not None:
            raise self.broken
        return tuple(sorted(self.limits.tags))

    def _limitable(self, limited: Limited) -> bool:
        """True; raises when there is no such thing to limit."""
        match limited.of:
            case LimitOf.PIPELINE:
                there = self.pipeline_circumstances(limited.name).pipeline is not None
            case LimitOf.POOL:
                there = self.pool_called(limited.name) is not None
            case LimitOf.QUEUE:
                there = self.queue_called(limited.pool, limited.name) is not None
            case LimitOf.TAG:
                there = True
        if not there:
            raise BadArguments("Prefect does not have this.")
        return there

    def _slots_of_pipeline(self, pipeline_id: str) -> Slots | None:
        pipeline, limits = self._pipelines[pipeline_id], self.limits
        found = _slots(pipeline.name, limits.pipelines.get(pipeline_id), self._of_pipeline(pipeline_id))
        more = {"off": pipeline_id in limits.off, "shared": limits.shared.get(pipeline_id, "")}
        return found.model_copy(update=more) if found else None

    def _around(self, pipeline_id: str) -> Circumstances:
        pipeline = self._pipelines.get(pipeline_id)
        pool, limits = self._pool, self.limits
        live = self._in_pool()
        queue_slots = _slots("default", limits.queue, live)
        return Circumstances(
            pipeline=pipeline,
            pool_name=self._work_pool,
            pool=pool,
            pool_slots=_slots(self._work_pool, limits.pool, live) if pool else None,
            queue=WorkQueue(name="default", paused=limits.queue_paused, slots=queue_slots) if pool else None,
            pipeline_slots=self._slots_of_pipeline(pipeline_id) if pipeline else None,
            schedules=self._schedules.get(pipeline_id, ()) if pipeline else (),
            planned=limits.planned if pipeline and self._schedules.get(pipeline_id) else 0,
        )

    def _in_pool(self) -> list[FlowRun]:
        return [run for run in self._runs.values() if run.state_type in IN_POOL]

    def _of_pipeline(self, pipeline_id: str) -> list[FlowRun]:
        runs = self._runs.values()
        return [run for run in runs if run.deployment_id == pipeline_id and run.state_type in IN_PIPELINE]

    def _ahead(self, run: FlowRun, due: datetime | None) -> int:
        others = (each for each in self._runs.values() if each.id != run.id)
        waiting = (each for each in others if each.state_type is StateType.SCHEDULED and each.expected_start)
        return sum(due is not None and (each.expected_start or due) <= due for each in waiting)

    def _inside(self, run: FlowRun) -> dict[str, object]:
        tasks = self._tasks.get(run.id, {})
        waiting = [task for task in tasks.values() if task.state_type in WAITING]
        carried = {tag for task in waiting for tag in self.limits.task_tags.get((run.id, task.task), ())}
        full = {name: (limit, taken) for name, (limit, taken) in self.limits.others.items() if taken >= limit}
        return {
            "waiting_tasks": tuple(waiting),
            "tag_slots": tuple(self._tag(tag) for tag in sorted(carried & self.limits.tags.keys())),
            "full_limits": tuple(Slots(name=name, limit=limit, taken=taken) for name, (limit, taken) in full.items()),
        }

    def _tag(self, tag: str) -> Slots:
        holding = [
            self._runs[run_id]
            for (run_id, task), tags in self.limits.task_tags.items()
            if tag in tags and self._tasks[run_id][task].state_type is StateType.RUNNING
        ]
        return Slots(name=tag, limit=self.limits.tags[tag], taken=len(holding), holders=_holders(holding))


def _put(limits: dict[str, int], name: str, limit: int | None) -> None:
    limits.pop(name, None)
    if limit is not None:
        limits[name] = limit


def _slots(name: str, limit: int | None, runs: list[FlowRun]) -> Slots | None:
    return None if limit is None else Slots(name=name, limit=limit, taken=len(runs), holders=_holders(runs))


def _holders(runs: list[FlowRun]) -> tuple[Holder, ...]:
    distinct = {run.id: run for run in runs}.values()
    first = sorted(distinct, key=lambda run: run.start or run.expected_start or datetime.min.replace(tzinfo=UTC))
    return tuple(
        Holder(id=run.id, name=run.name, pipeline=run.pipeline, since=run.start or run.expected_start)
        for run in first[:10]
    )
