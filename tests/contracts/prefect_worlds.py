"""A Prefect whose runs a test moves: the fake, and a real server driven through its own client."""

import json
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

import httpx
from prefect import task
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import (
    ArtifactCreate,
    DeploymentScheduleCreate,
    DeploymentUpdate,
    GlobalConcurrencyLimitUpdate,
    LogCreate,
    WorkPoolUpdate,
)
from prefect.client.schemas.objects import ConcurrencyLeaseHolder, State
from prefect.client.schemas.objects import StateType as PrefectStateType
from prefect.client.schemas.schedules import CronSchedule
from prefect.states import Paused, Pending, Running

from tests.fakes.prefect import FakePrefect
from tools.errors import Unavailable
from tools.prefect.circumstances import Pause
from tools.prefect.client import PrefectBackend
from tools.prefect.published import Artifact
from tools.prefect.results import StateType
from tools.prefect.server import PrefectServer
from tools.spec import JSONDict

#: When a run that paused fails unless it is resumed.
UNTIL = datetime(2100, 1, 1, tzinfo=UTC)
#: What a run that paused asks for.
INPUT: JSONDict = {"title": "Rows", "type": "object", "properties": {"rows": {"type": "integer"}}, "required": ["rows"]}


class PrefectWorld(Protocol):
    """Prefect as a test sees it: what the tools use, and what else happens to it."""

    @property
    def backend(self) -> PrefectBackend: ...

    def advance(self, run_id: str, state: StateType, *, message: str = "") -> None: ...

    def set_task(self, run_id: str, name: str, state: StateType, *, message: str = "") -> None: ...

    def add_log(self, run_id: str, *messages: str, level: int = 20) -> None: ...

    def add_schedule(self, pipeline_id: str, cron: str, *, slug: str = "") -> None: ...

    def pause_pipeline(self, pipeline_id: str) -> None: ...

    def take(self, run_id: str) -> None:
        """Let a worker take a run."""

    def limit_pool(self, limit: int) -> None: ...

    def pause_pool(self) -> None: ...

    def limit_queue(self, limit: int) -> None: ...

    def pause_queue(self) -> None: ...

    def limit_pipeline(self, pipeline_id: str, limit: int) -> None: ...

    def switch_limit_off(self, pipeline_id: str) -> None:
        """Let people switch a pipeline's limit off in Prefect."""

    def limit_tag(self, tag: str, limit: int) -> None: ...

    def begin_task(self, run_id: str, name: str, tag: str) -> None:
        """Let a task with a tag begin, once its tag has a slot."""

    def pause(self, run_id: str, *, asks: str = "") -> None:
        """Let a run pause; `asks` is the text with which it asks for a number `rows`."""

    def publish(self, run_id: str, key: str, kind: str, data: str, *, about: str = "") -> None:
        """Let a run publish an artifact."""

    def without_pool(self) -> PrefectBackend: ...

    def away(self) -> PrefectBackend: ...


class FakeWorld:
    """The fake; it has its own clock."""

    def __init__(self) -> None:
        self.fake = FakePrefect()

    @property
    def backend(self) -> PrefectBackend:
        return self.fake

    def advance(self, run_id: str, state: StateType, *, message: str = "") -> None:
        self.fake.advance(run_id, state, message=message)

    def set_task(self, run_id: str, name: str, state: StateType, *, message: str = "") -> None:
        self.fake.set_task(run_id, name, state, message=message)

    def add_log(self, run_id: str, *messages: str, level: int = 20) -> None:
        for message in messages:
            self.fake.add_log(run_id, message, level=level)

    def add_schedule(self, pipeline_id: str, cron: str, *, slug: str = "") -> None:
        self.fake.add_schedule(pipeline_id, cron, slug=slug)

    def pause_pipeline(self, pipeline_id: str) -> None:
        self.fake.pause_pipeline(pipeline_id)

    def take(self, run_id: str) -> None:
        self.fake.take(run_id, at=self.fake.now())

    def limit_pool(self, limit: int) -> None:
        self.fake.limits.pool = limit

    def pause_pool(self) -> None:
        self.fake.set_pool(paused=True, online_workers=0)

    def limit_queue(self, limit: int) -> None:
        self.fake.limits.queue = limit

    def pause_queue(self) -> None:
        self.fake.limits.queue_paused = True

    def limit_pipeline(self, pipeline_id: str, limit: int) -> None:
        self.fake.limits.pipelines[pipeline_id] = limit

    def switch_limit_off(self, pipeline_id: str) -> None:
        self.fake.limits.off.add(pipeline_id)

    def limit_tag(self, tag: str, limit: int) -> None:
        self.fake.limits.tags[tag] = limit

    def begin_task(self, run_id: str, name: str, tag: str) -> None:
        self.fake.begin_task(run_id, name, tag)

    def pause(self, run_id: str, *, asks: str = "") -> None:
        schema = INPUT if asks else {}
        self.fake.limits.pauses[run_id] = Pause(asks=bool(asks), until=UNTIL, about=asks, input_schema=schema)
        self.fake.advance(run_id, StateType.PAUSED)

    def publish(self, run_id: str, key: str, kind: str, data: str, *, about: str = "") -> None:
        made = Artifact(id=uuid4().hex, key=key, type=kind, about=about, data=data, created=self.fake.now())
        self.fake.published.setdefault(run_id, []).append(made)

    def without_pool(self) -> PrefectBackend:
        fake = FakePrefect()
        fake.remove_pool()
        return fake

    def away(self) -> PrefectBackend:
        fake = FakePrefect()
        fake.broken = Unavailable("Prefect", "connection refused")
        return fake


class ServerWorld:
    """A real server without a worker: runs move only when the test moves them."""

    def __init__(self, api_url: str, *, pool: str) -> None:
        self._api_url = api_url
        self._client = SyncPrefectClient(api_url)
        self._backend = PrefectServer(api_url, work_pool=pool)
        self._backend.ensure_pool()
        self._tasks: dict[tuple[str, str], UUID] = {}
        self._logged = datetime.now(UTC)

    @property
    def backend(self) -> PrefectBackend:
        return self._backend

    def close(self) -> None:
        self._backend.close()

    def advance(self, run_id: str, state: StateType, *, message: str = "") -> None:
        self._client.set_flow_run_state(UUID(run_id), _state(state, message), force=True)

    def set_task(self, run_id: str, name: str, state: StateType, *, message: str = "") -> None:
        known = self._tasks.get((run_id, name))
        if known is None:
            key = uuid4().hex
            made = self._client.create_task_run(
                task(name=name)(_nothing), flow_run_id=UUID(run_id), dynamic_key=key, name=f"{name}-{key[:3]}"
            )
            known = self._tasks[run_id, name] = made.id
        self._client.set_task_run_state(known, _state(state, message), force=True)

    def add_log(self, run_id: str, *messages: str, level: int = 20) -> None:
        self._client.create_logs([self._line(run_id, message, level) for message in messages])

    def _line(self, run_id: str, message: str, level: int) -> LogCreate:
        self._logged += timedelta(milliseconds=10)
        return LogCreate(name="test", level=level, message=message, timestamp=self._logged, flow_run_id=UUID(run_id))

    def add_schedule(self, pipeline_id: str, cron: str, *, slug: str = "") -> None:
        rule = CronSchedule(cron=cron, timezone="UTC")
        made = DeploymentScheduleCreate(schedule=rule, active=True, slug=slug or None, parameters={"max_depth": 9})
        self._client.create_deployment_schedules(UUID(pipeline_id), [made])

    def pause_pipeline(self, pipeline_id: str) -> None:
        self._client.pause_deployment(pipeline_id)

    def parameters_of_schedules(self, pipeline_id: str) -> list[JSONDict]:
        """Values that the schedules of a pipeline give their runs, which only a real server keeps."""
        return [each.parameters for each in self._client.read_deployment_schedules(UUID(pipeline_id))]

    def take(self, run_id: str) -> None:
        self._client.set_flow_run_state(UUID(run_id), Pending())

    def limit_pool(self, limit: int) -> None:
        self._client.update_work_pool(self._backend.work_pool, WorkPoolUpdate(concurrency_limit=limit))

    def pause_pool(self) -> None:
        self._client.update_work_pool(self._backend.work_pool, WorkPoolUpdate(is_paused=True))

    def limit_queue(self, limit: int) -> None:
        self._client.update_work_queue(self._queue(), concurrency_limit=limit)

    def pause_queue(self) -> None:
        self._client.update_work_queue(self._queue(), is_paused=True)

    def _queue(self) -> UUID:
        return self._client.read_work_queue_by_name("default", work_pool_name=self._backend.work_pool).id

    def limit_pipeline(self, pipeline_id: str, limit: int) -> None:
        self._client.update_deployment(UUID(pipeline_id), DeploymentUpdate(concurrency_limit=limit))

    def switch_limit_off(self, pipeline_id: str) -> None:
        off = GlobalConcurrencyLimitUpdate(active=False)
        self._client.update_global_concurrency_limit(f"deployment:{pipeline_id}", off)

    def limit_tag(self, tag: str, limit: int) -> None:
        self._client.create_concurrency_limit(tag, limit)

    def begin_task(self, run_id: str, name: str, tag: str) -> None:
        key = uuid4().hex
        made = self._client.create_task_run(
            task(name=name, tags=[tag])(_nothing),
            flow_run_id=UUID(run_id),
            dynamic_key=key,
            name=f"{name}-{key[:3]}",
            state=Pending(),
        )
        holder = ConcurrencyLeaseHolder(type="task_run", id=made.id)
        try:
            self._client.increment_concurrency_slots_with_lease(
                [f"tag:{tag}"], slots=1, mode="concurrency", lease_duration=300, holder=holder
            )
        except httpx.HTTPStatusError:  # there is no slot: the task waits
            return
        self._client.set_task_run_state(made.id, Running(), force=True)

    def pause(self, run_id: str, *, asks: str = "") -> None:
        state: State[None] = Paused(pause_expiration_time=UNTIL)
        if asks:
            keys = {"schema": "schema-1", "description": "description-1", "response": "response-1"}
            state.state_details.run_input_keyset = keys
            self._client.create_flow_run_input(UUID(run_id), keys["schema"], json.dumps(INPUT))
            self._client.create_flow_run_input(UUID(run_id), keys["description"], json.dumps(asks))
        self._client.set_flow_run_state(UUID(run_id), state, force=True)

    def publish(self, run_id: str, key: str, kind: str, data: str, *, about: str = "") -> None:
        made = ArtifactCreate(key=key, type=kind, data=data, description=about, flow_run_id=UUID(run_id))
        # Not `create_artifact`: it tells of it to whatever Prefect the environment names, and starts one if none.
        self._client.request("POST", "/artifacts/", json=made.model_dump(mode="json", exclude_unset=True))

    def without_pool(self) -> PrefectBackend:
        return PrefectServer(self._api_url, work_pool=f"none-{uuid4().hex[:8]}")

    def away(self) -> PrefectBackend:
        return PrefectServer("http://127.0.0.1:1/api", work_pool="none")


def _state(state: StateType, message: str) -> State[None]:
    return State(type=PrefectStateType(state.value), message=message or None)


def _nothing() -> None:
    pass
