"""Prefect in memory, for tests that need what it answers and not how."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jsonschema

from tests.fakes.prefect_circumstances import FakeCircumstances, Limits
from tests.fakes.prefect_schedules import FakeSchedules
from tools.errors import BadArguments, Refused, ToolError
from tools.pipelines.models import PoolEnvironment
from tools.prefect.circumstances import Pause
from tools.prefect.client import (
    DEPLOYMENT,
    SILENT_SECONDS,
    STARTING_SECONDS,
    TAG,
    LogQuery,
    Registration,
    RunQuery,
    RunRequest,
)
from tools.prefect.failures import failure_of
from tools.prefect.heartbeat import MARK
from tools.prefect.published import Artifact
from tools.prefect.results import (
    FINAL_STATES,
    FlowRun,
    FlowRunDetail,
    FlowRunPage,
    LogLine,
    LogPage,
    Outcome,
    Ping,
    Pipeline,
    PipelineDetail,
    Registered,
    Schedule,
    StateType,
    TaskRun,
    WorkPool,
)
from tools.spec import JSONDict

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
URL = "http://prefect.invalid"
ERROR = 40


class FakePrefect(FakeCircumstances, FakeSchedules):
    """A `PrefectBackend` that holds everything in memory; runs move only when a test moves them.

    Attributes:
        broken: When set, every call raises it.
        environment: What `pool_environment` gives.
        environments: The environment variables each run was started with, by run id.
        probes: The probes of the pool that were started, by idempotency key.
        limits: What may keep a run from beginning.
        published: Artifacts, by run.
    """

    def __init__(self, *, work_pool: str = "local") -> None:
        self.broken: ToolError | None = None
        self.environment: PoolEnvironment | None = None
        self.answers: dict[str, JSONDict] = {}
        self.environments: dict[str, dict[str, str]] = {}
        self.probes: dict[str, FlowRun] = {}
        self.limits = Limits()
        self.published: dict[str, list[Artifact]] = {}
        self._work_pool = work_pool
        self._pool: WorkPool | None = WorkPool(name=work_pool, type="process", paused=False, online_workers=1)
        self._pipelines: dict[str, Pipeline] = {}
        self._schemas: dict[str, JSONDict] = {}
        self._schedules: dict[str, tuple[Schedule, ...]] = {}
        self._uris: dict[str, str] = {}
        self._runs: dict[str, FlowRun] = {}
        self._keys: dict[str, str] = {}
        self._tasks: dict[str, dict[str, TaskRun]] = {}
        self._logs: dict[str, list[LogLine]] = {}
        self._ids = itertools.count(1)
        self._ticks = 0

    # ---- what a test puts in -------------------------------------------------------------------------------------

    def add_pipeline(
        self,
        name: str,
        *,
        deployment: str = DEPLOYMENT,
        parameter_schema: JSONDict | None = None,
        digest: str = "",
        description: str = "",
        schedules: tuple[Schedule, ...] = (),
    ) -> Pipeline:
        """A pipeline that is there before the test begins."""
        made = Pipeline(
            id=self._id(),
            name=name,
            deployment=deployment,
            description=description,
            version=digest,
            digest=digest,
            entrypoint=f"{name}.py:{name.replace('-', '_')}",
            tags=(TAG,) if deployment == DEPLOYMENT else (),
            work_pool=self._work_pool,
            updated=self.now(),
        )
        self._pipelines[made.id] = made
        self._schemas[made.id] = parameter_schema or {"type": "object", "properties": {}}
        self._schedules[made.id] = schedules
        return made

    def advance(self, run_id: str, state: StateType, *, name: str = "", message: str = "") -> FlowRun:
        """Put a run into a state, with the times that go with it."""
        run, at = self._known(run_id), self.now()
        running = state is StateType.RUNNING
        self.limits.since[run_id] = at
        self._runs[run_id] = run.model_copy(
            update={
                "state_type": state,
                "state_name": name or state.value.capitalize(),
                "message": message,
                "start": run.start or (at if running else None),
                "end": at if state in FINAL_STATES else None,
                "run_count": run.run_count + running,
            }
        )
        return self._runs[run_id]

    def set_task(self, run_id: str, task: str, state: StateType, *, name: str = "", message: str = "") -> TaskRun:
        """Put the task of a run into a state; the first call makes it."""
        known = self._tasks.setdefault(run_id, {}).get(task)
        at, running = self.now(), state is StateType.RUNNING
        before = known or TaskRun(
            id=self._id(), name=f"{task}-0", task=task, state_type=state, state_name="", expected_start=at
        )
        made = before.model_copy(
            update={
                "state_type": state,
                "state_name": name or state.value.capitalize(),
                "message": message,
                "start": before.start or (at if running or state in FINAL_STATES else None),
                "end": at if state in FINAL_STATES else None,
                "run_count": before.run_count + running,
            }
        )
        self._tasks[run_id][task] = made
        return made

    def add_log(self, run_id: str, message: str, *, level: int = 20, task_run_id: str = "") -> None:
        """Let a run write a line."""
        line = LogLine(at=self.now(), level=level, message=message, task_run_id=task_run_id)
        self._logs.setdefault(run_id, []).append(line)

    def change_source(self, pipeline_id: str, digest: str) -> None:
        """Let a pipeline have been registered again with another source."""
        update = {"version": digest, "digest": digest}
        self._pipelines[pipeline_id] = self._pipelines[pipeline_id].model_copy(update=update)

    def remove_pool(self) -> None:
        """Let Prefect have no such pool."""
        self._pool = None

    def now(self) -> datetime:
        """The next moment of this Prefect's clock; a second later at each call."""
        self._ticks += 1
        return EPOCH + timedelta(seconds=self._ticks)

    # ---- PrefectBackend ------------------------------------------------------------------------------------------

    @property
    def work_pool(self) -> str:
        return self._work_pool

    def ping(self) -> Ping:
        self._answer()
        return Ping(system="Prefect", version="3.8.8", milliseconds=1, url=URL)

    def pool(self) -> WorkPool | None:
        self._answer()
        return self._pool

    def ensure_pool(self, *, type: str = "process") -> WorkPool:  # noqa: A002 - Prefect's own word for it
        self._answer()
        self._pool = self._pool or WorkPool(name=self._work_pool, type=type, paused=False, online_workers=0)
        return self._pool

    def ensure_heartbeat_automation(
        self, *, silent_seconds: int = SILENT_SECONDS, starting_seconds: int = STARTING_SECONDS
    ) -> tuple[str, ...]:
        self._answer()
        return ("silent", "starting")

    def pipelines(self) -> tuple[Pipeline, ...]:
        self._answer()
        return tuple(sorted(self._pipelines.values(), key=lambda p: (p.name, p.deployment)))

    def pipeline(self, pipeline_id: str) -> Pipeline:
        self._answer()
        if pipeline_id not in self._pipelines:
            raise BadArguments(f"Prefect has no pipeline with the id {pipeline_id}.")
        return self._pipelines[pipeline_id]

    def registered(self, flow: str) -> Pipeline | None:
        self._answer()
        ours = (p for p in self._pipelines.values() if p.deployment == DEPLOYMENT)
        return next((p for p in ours if p.name == flow), None)

    def pipeline_detail(self, pipeline_id: str, *, last_runs: int = 5) -> PipelineDetail:
        pipeline = self.pipeline(pipeline_id)
        query = RunQuery(pipeline_id=pipeline_id, limit=last_runs)
        return PipelineDetail(
            pipeline=pipeline,
            parameter_schema=self._schemas[pipeline_id],
            schedules=self._schedules[pipeline_id],
            last_runs=self.runs(query).runs if last_runs else (),
        )

    def register(self, registration: Registration) -> Registered:
        known = self.registered(registration.flow)
        entrypoint = f"{registration.filename}:{registration.function}"
        wanted = (registration.digest, entrypoint, registration.uri)
        if known and (known.digest, known.entrypoint, self._uris.get(known.id)) == wanted:
            return Registered(pipeline=known, outcome=Outcome.UNCHANGED, previous_digest=known.digest)
        made = Pipeline(
            id=known.id if known else self._id(),
            name=registration.flow,
            deployment=DEPLOYMENT,
            description=registration.description,
            version=registration.digest,
            digest=registration.digest,
            entrypoint=entrypoint,
            tags=(TAG, MARK, f"digest:{registration.digest[:12]}", *registration.tags),
            work_pool=self._work_pool,
            updated=self.now(),
        )
        self._pipelines[made.id] = made
        self._schemas[made.id] = registration.parameter_schema
        self._schedules.setdefault(made.id, ())
        self._uris[made.id] = registration.uri
        outcome = Outcome.UPDATED if known else Outcome.CREATED
        return Registered(pipeline=made, outcome=outcome, previous_digest=known.digest if known else "")

    def start(self, request: RunRequest) -> FlowRun:
        pipeline = self.pipeline(request.pipeline_id)
        if request.key in self._keys:
            return self._runs[self._keys[request.key]]
        try:
            jsonschema.validate(request.parameters, self._schemas[pipeline.id])
        except jsonschema.ValidationError as error:
            raise BadArguments(f"Prefect refused the parameters: {error.message}") from error
        number, at = self._id(), self.now()
        self._runs[number] = FlowRun(
            id=number,
            name=f"brave-otter-{len(self._runs) + 1}",
            pipeline=pipeline.name,
            deployment_id=pipeline.id,
            version=pipeline.version,
            state_type=StateType.SCHEDULED,
            state_name="Scheduled",
            created=at,
            expected_start=request.at or at,
            parameters=request.parameters,
            tags=tuple(dict.fromkeys((*pipeline.tags, *request.tags, MARK))),
            url=f"{URL}/runs/flow-run/{number}",
        )
        self._keys[request.key] = number
        self.environments[number] = request.environment
        return self._runs[number]

    def run_by_key(self, key: str) -> FlowRun | None:
        self._answer()
        return self._runs.get(self._keys.get(key, ""))

    def run(self, run_id: str) -> FlowRun:
        self._answer()
        return self._known(run_id)

    def run_detail(self, run_id: str) -> FlowRunDetail:
        run, tasks = self.run(run_id), tuple(self._tasks.get(run_id, {}).values())
        errors = [line.message for line in self._logs.get(run_id, []) if line.level >= ERROR]
        return FlowRunDetail(run=run, tasks=tasks, failure=failure_of(run, tasks, errors))

    def runs(self, query: RunQuery) -> FlowRunPage:
        self._answer()
        found = [run for run in self._runs.values() if _fits(run, query)]
        found.sort(key=lambda run: run.expected_start or EPOCH, reverse=not query.soonest_first)
        return FlowRunPage(runs=tuple(found[: query.limit]), left_out=max(0, len(found) - query.limit))

    def live_runs(self, *, tags: tuple[str, ...] = (TAG,)) -> tuple[FlowRun, ...]:
        self._answer()
        return tuple(run for run in self._runs.values() if not run.finished and set(tags) <= set(run.tags))

    def logs(self, run_id: str, query: LogQuery) -> LogPage:
        run = self.run(run_id)
        found = [
            line
            for line in self._logs.get(run_id, [])
            if line.level >= query.min_level and query.search.lower() in line.message.lower()
        ]
        shown = found[-query.limit :] if query.from_end else found[: query.limit]
        return LogPage(run=run, lines=tuple(shown), left_out=len(found) - len(shown), from_end=query.from_end)

    def cancel(self, run_id: str) -> FlowRun:
        run = self.run(run_id)
        if run.finished:
            return run
        begun = run.state_type in {StateType.PENDING, StateType.RUNNING, StateType.CANCELLING}
        return self.advance(run_id, StateType.CANCELLING if begun else StateType.CANCELLED)

    def resume(self, run_id: str, values: JSONDict | None = None) -> FlowRun:
        run = self.run(run_id)
        if run.state_type is not StateType.PAUSED:
            return run
        pause = self.limits.pauses.get(run_id, Pause())
        if pause.asks:
            try:
                jsonschema.validate(values or {}, pause.input_schema)
            except jsonschema.ValidationError as error:
                raise Refused(f"Prefect did not let {run.name} go on: Reason: {error.message}") from error
            self.answers[run_id] = values or {}
        return self.advance(run_id, StateType.RUNNING)

    def artifacts(self, run_id: str) -> tuple[Artifact, ...]:
        self.run(run_id)
        return tuple(self.published.get(run_id, ()))

    def remove_pipeline(self, pipeline_id: str) -> None:
        self._answer()
        self._pipelines.pop(pipeline_id, None)
        for run in list(self._runs.values()):
            if run.deployment_id == pipeline_id and run.state_type is StateType.SCHEDULED:
                del self._runs[run.id]

    def pool_environment(self) -> PoolEnvironment | None:
        self._answer()
        return self.environment

    def start_pool_probe(self, *, key: str) -> FlowRun:
        self._answer()
        at = self.now()
        probe = FlowRun(
            id=self._id(),
            name=f"probe-{len(self.probes) + 1}",
            pipeline="trainmaster-pool-probe",
            state_type=StateType.SCHEDULED,
            state_name="Scheduled",
            created=at,
            expected_start=at,
        )
        return self.probes.setdefault(key, probe)

    # ---- inside --------------------------------------------------------------------------------------------------

    def _answer(self) -> None:
        if self.broken is not None:
            raise self.broken

    def _id(self) -> str:
        # The first eight digits differ, so that tests can name a run by the beginning of its id.
        return str(UUID(int=(next(self._ids) << 96) | 0x4000_8000_0000_0000_0000))

    def _known(self, run_id: str) -> FlowRun:
        if run_id not in self._runs:
            raise BadArguments(f"Prefect has no run with the id {run_id}.")
        return self._runs[run_id]


def _fits(run: FlowRun, query: RunQuery) -> bool:
    due = run.expected_start is not None and (
        (query.due_before is None or run.expected_start <= query.due_before)
        and (query.due_after is None or run.expected_start >= query.due_after)
    )
    return (
        (not query.pipeline_id or run.deployment_id == query.pipeline_id)
        and (not query.states or run.state_type in query.states)
        and set(query.tags) <= set(run.tags)
        and (not query.name or run.name == query.name)
        and due
    )
