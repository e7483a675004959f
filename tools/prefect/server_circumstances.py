"""What a run on a real Prefect server waits for: the half of the adapter that reads pools, limits and pauses."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import objects
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.responses import DeploymentResponse, GlobalConcurrencyLimitResponse
from prefect.client.schemas.sorting import FlowRunSort, TaskRunSort
from prefect.exceptions import ObjectNotFound
from typing_extensions import override

from tools.errors import BadArguments
from tools.prefect import filters, nouns, pools
from tools.prefect.base import PAGE, ServerBase
from tools.prefect.circumstances import (
    MOST_HOLDERS,
    Circumstances,
    CircumstancesBackend,
    Holder,
    Pause,
    Slots,
    WorkQueue,
)
from tools.prefect.filters import Where
from tools.prefect.results import StateType, WorkPool

MOST_LIMITS = 1_000
#: How Prefect names the limits that belong to something; the rest are people's own.
OF_TAG, OF_DEPLOYMENT = "tag:", "deployment:"
#: States in which a run takes a slot of its pool and its queue, and of its deployment.
IN_POOL = (StateType.PENDING, StateType.RUNNING)
IN_DEPLOYMENT = (*IN_POOL, StateType.CANCELLING)
#: States in which a task has not begun, or waits to begin again.
WAITING = (StateType.SCHEDULED, StateType.PENDING, StateType.PAUSED)


class CircumstancesServer(ServerBase, CircumstancesBackend):
    """`CircumstancesBackend` by Prefect's own client."""

    @override
    def circumstances(self, run_id: str) -> Circumstances:
        found = self._found(run_id)
        deployment = self._deployment_of(found)
        base = self._of_deployment(
            deployment,
            pool=found.work_pool_name or (deployment.work_pool_name if deployment else "") or "",
            queue=found.work_queue_name or "",
        )
        state = found.state
        due = found.next_scheduled_start_time or found.expected_start_time
        more: dict[str, object] = {
            "run": self._flow_runs([found])[0],
            "since": nouns.plain_time(state.timestamp) if state else None,
            "due": nouns.plain_time(due) if due else None,
            "ahead": self._ahead(found) if found.state_type is objects.StateType.SCHEDULED else 0,
            "pause": self._pause(found) if state and state.is_paused() else None,
        }
        if found.state_type is objects.StateType.RUNNING:
            more |= self._inside(run_id)
        return base.model_copy(update=more)

    @override
    def pipeline_circumstances(self, pipeline_id: str) -> Circumstances:
        deployment = self._deployment(pipeline_id)
        return self._of_deployment(
            deployment, pool=deployment.work_pool_name or "", queue=deployment.work_queue_name or ""
        )

    @override
    def pool_called(self, name: str) -> WorkPool | None:
        return self._connection.call(lambda client: pools.find(client, name))

    @override
    def queue_called(self, pool: str, name: str) -> WorkQueue | None:
        return self._queue(pool, name)

    @override
    def pause_pool(self, name: str, *, paused: bool) -> None:
        self._connection.call(lambda client: client.update_work_pool(name, WorkPoolUpdate(is_paused=paused)))

    @override
    def pause_queue(self, pool: str, name: str, *, paused: bool) -> None:
        def write(client: SyncPrefectClient) -> None:
            found = client.read_work_queue_by_name(name, work_pool_name=pool)
            client.update_work_queue(found.id, is_paused=paused)

        self._connection.call(write)

    def _deployment_of(self, run: objects.FlowRun) -> DeploymentResponse | None:
        if run.deployment_id is None:
            return None
        with suppress(BadArguments):  # it has been removed since
            return self._deployment(str(run.deployment_id))
        return None

    def _of_deployment(self, deployment: DeploymentResponse | None, *, pool: str, queue: str) -> Circumstances:
        found = self._connection.call(lambda client: pools.find(client, pool)) if pool else None
        ready = deployment is None or getattr(deployment.status, "value", "READY") == "READY"
        return Circumstances(
            pipeline=self._pipeline(deployment) if deployment else None,
            pool_name=pool,
            pool=found,
            pool_slots=self._pool_slots(pool) if found else None,
            queue=self._queue(pool, queue or "default") if found else None,
            pipeline_slots=self._deployment_slots(deployment) if deployment else None,
            served=bool(pool) or ready,
            schedules=tuple(nouns.schedule(each) for each in deployment.schedules) if deployment else (),
            planned=self._planned(deployment) if deployment and deployment.schedules else 0,
        )

    def _planned(self, deployment: DeploymentResponse) -> int:
        later = Where(deployment=deployment.id, states=(StateType.SCHEDULED,), due_after=datetime.now(UTC))
        return self._connection.call(lambda client: client.count_flow_runs(**later.filters()))

    # ---- limits --------------------------------------------------------------------------------------------------

    def _pool_slots(self, pool: str) -> Slots | None:
        limit = self._connection.call(lambda client: client.read_work_pool(pool)).concurrency_limit
        return self._slots(pool, limit, Where(pool=pool, states=IN_POOL)) if limit is not None else None

    def _queue(self, pool: str, name: str) -> WorkQueue | None:
        def read(client: SyncPrefectClient) -> objects.WorkQueue | None:
            with suppress(ObjectNotFound):
                return client.read_work_queue_by_name(name, work_pool_name=pool)
            return None

        found = self._connection.call(read)
        if found is None:
            return None
        limit, where = found.concurrency_limit, Where(pool=pool, queue=name, states=IN_POOL)
        slots = self._slots(name, limit, where) if limit is not None else None
        return WorkQueue(name=name, paused=found.is_paused, slots=slots)

    def _deployment_slots(self, deployment: DeploymentResponse) -> Slots | None:
        limit = deployment.global_concurrency_limit
        if limit is None:
            return None
        flow = self._pipeline(deployment).name
        held = self._slots(flow, limit.limit, Where(deployment=deployment.id, states=IN_DEPLOYMENT))
        own = limit.name == f"{OF_DEPLOYMENT}{deployment.id}"
        return held.model_copy(
            update={"taken": limit.active_slots, "shared": "" if own else limit.name, "off": not limit.active}
        )

    def _slots(self, name: str, limit: int, where: Where) -> Slots:
        def read(client: SyncPrefectClient) -> list[objects.FlowRun]:
            return client.read_flow_runs(**where.filters(), sort=FlowRunSort.START_TIME_ASC, limit=MOST_HOLDERS)

        found = self._connection.call(read)
        taken = len(found)
        if taken == MOST_HOLDERS:
            taken = self._connection.call(lambda client: client.count_flow_runs(**where.filters()))
        return Slots(name=name, limit=limit, taken=taken, holders=self._holders(found))

    def _holders(self, found: list[objects.FlowRun]) -> tuple[Holder, ...]:
        return tuple(
            Holder(id=run.id, name=run.name, pipeline=run.pipeline, since=run.start or run.expected_start)
            for run in self._flow_runs(found)
        )

    def _ahead(self, run: objects.FlowRun) -> int:
        before = run.next_scheduled_start_time or run.expected_start_time
        if not run.work_pool_name or not run.work_queue_name or before is None:
            return 0
        where = Where(
            pool=run.work_pool_name,
            queue=run.work_queue_name,
            states=(StateType.SCHEDULED,),
            due_before=before,
            without=run.id,
        )
        return self._connection.call(lambda client: client.count_flow_runs(**where.filters()))

    # ---- inside a run --------------------------------------------------------------------------------------------

    def _inside(self, run_id: str) -> dict[str, object]:
        """What keeps a run from going on that has begun."""
        waiting = self._connection.call(
            lambda client: client.read_task_runs(
                flow_run_filter=filters.of_run(run_id),
                task_run_filter=filters.tasks_in(WAITING),
                sort=TaskRunSort.EXPECTED_START_TIME_ASC,
                limit=PAGE,
            )
        )
        active = {limit.name: limit for limit in self._limits() if limit.active}
        tags = sorted({tag for task in waiting for tag in task.tags if OF_TAG + tag in active})
        own = [limit for name, limit in active.items() if not name.startswith((OF_TAG, OF_DEPLOYMENT))]
        return {
            "waiting_tasks": tuple(nouns.task_run(task) for task in waiting),
            "tag_slots": tuple(self._tag_slots(tag, active[OF_TAG + tag]) for tag in tags),
            "full_limits": tuple(
                Slots(name=limit.name, limit=limit.limit, taken=limit.active_slots)
                for limit in own
                if limit.active_slots >= limit.limit
            ),
        }

    def _limits(self) -> list[GlobalConcurrencyLimitResponse]:
        return self._paged(lambda client, offset: client.read_global_concurrency_limits(PAGE, offset), most=MOST_LIMITS)

    def _tag_slots(self, tag: str, limit: GlobalConcurrencyLimitResponse) -> Slots:
        def read(client: SyncPrefectClient) -> list[UUID]:
            with suppress(ObjectNotFound):  # a server that does not tell who holds it
                return client.read_concurrency_limit_by_tag(tag).active_slots[:MOST_HOLDERS]
            return []

        holding = self._connection.call(read)
        runs: list[objects.FlowRun] = []
        if holding:
            runs = self._connection.call(
                lambda client: client.read_flow_runs(task_run_filter=filters.tasks(holding), limit=MOST_HOLDERS)
            )
        return Slots(name=tag, limit=limit.limit, taken=limit.active_slots, holders=self._holders(runs))

    def _pause(self, run: objects.FlowRun) -> Pause:
        details = run.state.state_details if run.state else None
        if details is None:
            return Pause()
        until = nouns.plain_time(details.pause_timeout) if details.pause_timeout else None
        keys = details.run_input_keyset or {}
        if not keys:
            return Pause(until=until)
        schema, about = self._input(run.id, keys.get("schema", "")), self._input(run.id, keys.get("description", ""))
        return Pause(
            asks=True,
            until=until,
            about=about if isinstance(about, str) else "",
            input_schema=schema if isinstance(schema, dict) else {},
        )

    def _input(self, run_id: UUID, key: str) -> object:
        """What a paused run wrote under a key; None when it wrote nothing that can be read."""

        def read(client: SyncPrefectClient) -> str:
            # Not `read_flow_run_input`: that answers in plain text, which is what pages of other servers look like.
            written = client.filter_flow_run_input(run_id, key_prefix=key, limit=10, exclude_keys=set())
            return next((each.value for each in written if each.key == key), "")

        text = self._connection.call(read) if key else ""
        with suppress(json.JSONDecodeError):
            return json.loads(text)
        return text or None
