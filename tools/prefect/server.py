"""A real Prefect server behind the tools' nouns."""

import time
from contextlib import suppress

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import objects
from prefect.client.schemas.responses import SetStateStatus
from prefect.client.schemas.sorting import ArtifactSort, DeploymentSort, FlowRunSort, LogSort, TaskRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelling, Scheduled
from typing_extensions import override

from tools.errors import Refused, Unavailable
from tools.pipelines.models import PoolEnvironment
from tools.prefect import filters, heartbeat, nouns, pools, registering, wording
from tools.prefect.base import MOST_PIPELINES, PAGE
from tools.prefect.client import (
    SILENT_SECONDS,
    STARTING_SECONDS,
    TAG,
    LogQuery,
    PrefectBackend,
    Registration,
    RunQuery,
    RunRequest,
)
from tools.prefect.failures import failure_of
from tools.prefect.published import Artifact
from tools.prefect.reading_logs import BATCH, look
from tools.prefect.results import (
    LIVE_STATES,
    NOT_WELL,
    FlowRun,
    FlowRunDetail,
    FlowRunPage,
    LogLine,
    LogPage,
    Ping,
    Pipeline,
    PipelineDetail,
    Registered,
    StateType,
    WorkPool,
)
from tools.prefect.server_limits import LimitsServer
from tools.prefect.server_schedules import SchedulesServer
from tools.prefect.transport import NOT_JSON, SYSTEM
from tools.spec import JSONDict

MOST_LIVE_RUNS = 2_000
MOST_TASKS = 1_000
ERROR = 40  # Python's number of the level
ERRORS_READ = 20


class PrefectServer(LimitsServer, SchedulesServer, PrefectBackend):
    """The adapter: `PrefectBackend` by Prefect's own client. Nothing is opened before the first call."""

    # ---- the server and its pool ---------------------------------------------------------------------------------

    @property
    @override
    def work_pool(self) -> str:
        return self._work_pool

    @override
    def ping(self) -> Ping:
        rested = self._connection.breaker.resting
        begun = time.monotonic()
        version = self._connection.look(_version)
        return Ping(
            system="Prefect",
            version=version,
            milliseconds=round((time.monotonic() - begun) * 1000),
            url=self._connection.api_url,
            rested=str(rested or ""),
        )

    @override
    def pool(self) -> WorkPool | None:
        return self._connection.call(lambda client: pools.find(client, self._work_pool))

    @override
    def ensure_pool(self, *, type: str = "process") -> WorkPool:
        return self._connection.call(lambda client: pools.ensure(client, self._work_pool, type_=type))

    @override
    def ensure_heartbeat_automation(
        self, *, silent_seconds: int = SILENT_SECONDS, starting_seconds: int = STARTING_SECONDS
    ) -> tuple[str, ...]:
        return self._connection.call(
            lambda client: heartbeat.ensure(client, silent_seconds=silent_seconds, starting_seconds=starting_seconds)
        )

    # ---- pipelines -----------------------------------------------------------------------------------------------

    @override
    def pipelines(self) -> tuple[Pipeline, ...]:
        found = self._paged(
            lambda client, offset: client.read_deployments(sort=DeploymentSort.NAME_ASC, limit=PAGE, offset=offset),
            most=MOST_PIPELINES,
        )
        self._learn_flow_names(deployment.flow_id for deployment in found)
        return tuple(sorted((self._pipeline(each) for each in found), key=lambda p: (p.name, p.deployment)))

    @override
    def pipeline(self, pipeline_id: str) -> Pipeline:
        return self._pipeline(self._deployment(pipeline_id))

    @override
    def registered(self, flow: str) -> Pipeline | None:
        found = self._connection.call(lambda client: registering.find(client, flow))
        return self._pipeline(found) if found else None

    @override
    def pipeline_detail(self, pipeline_id: str, *, last_runs: int = 5) -> PipelineDetail:
        deployment = self._deployment(pipeline_id)
        newest = RunQuery(pipeline_id=pipeline_id, limit=last_runs)
        return PipelineDetail(
            pipeline=self._pipeline(deployment),
            parameter_schema=deployment.parameter_openapi_schema or {},
            schedules=tuple(nouns.schedule(each) for each in deployment.schedules),
            last_runs=self._in_order(newest) if last_runs else (),
        )

    @override
    def register(self, registration: Registration) -> Registered:
        wanted = registering.settings(registration, work_pool=self._work_pool)
        written = self._connection.call(lambda client: registering.write(client, registration.flow, wanted))
        return Registered(
            pipeline=self.pipeline(written.deployment_id),
            outcome=written.outcome,
            previous_digest=written.previous_version,
        )

    @override
    def remove_pipeline(self, pipeline_id: str) -> None:
        identifier = filters.identifier(pipeline_id, "pipeline")

        def remove(client: SyncPrefectClient) -> None:
            with suppress(ObjectNotFound):
                client.delete_deployment(identifier)

        self._connection.call(remove)

    # ---- runs ----------------------------------------------------------------------------------------------------

    @override
    def start(self, request: RunRequest) -> FlowRun:
        deployment_id = filters.identifier(request.pipeline_id, "pipeline")
        run = self._connection.call(
            lambda client: client.create_flow_run_from_deployment(
                deployment_id,
                parameters=request.parameters,
                state=Scheduled(scheduled_time=request.at) if request.at else None,
                tags=(*request.tags, heartbeat.MARK),
                idempotency_key=request.key,
                job_variables={"env": {**request.environment, **heartbeat.ENVIRONMENT}},
            )
        )
        return self._flow_runs([run])[0]

    @override
    def run_by_key(self, key: str) -> FlowRun | None:
        found = self._connection.call(
            lambda client: client.read_flow_runs(flow_run_filter=filters.flow_runs_by_key(key), limit=1)
        )
        return self._flow_runs(found)[0] if found else None

    @override
    def run(self, run_id: str) -> FlowRun:
        return self._flow_runs([self._found(run_id)])[0]

    @override
    def run_detail(self, run_id: str) -> FlowRunDetail:
        run = self.run(run_id)
        found = self._paged(
            lambda client, offset: client.read_task_runs(
                flow_run_filter=filters.of_run(run_id),
                sort=TaskRunSort.EXPECTED_START_TIME_ASC,
                limit=PAGE,
                offset=offset,
            ),
            most=MOST_TASKS,
        )
        tasks = nouns.in_order([nouns.task_run(each) for each in found])
        errors = self._errors(run_id) if run.state_type in NOT_WELL else []
        return FlowRunDetail(
            run=run,
            tasks=tasks[:PAGE],
            tasks_left_out=len(tasks[PAGE:]),
            failure=failure_of(run, tasks, errors),
        )

    @override
    def runs(self, query: RunQuery) -> FlowRunPage:
        found = self._in_order(query)
        if len(found) < query.limit:
            return FlowRunPage(runs=found)
        total = self._connection.call(lambda client: client.count_flow_runs(flow_run_filter=filters.flow_runs(query)))
        return FlowRunPage(runs=found, left_out=max(0, total - len(found)))

    @override
    def live_runs(self, *, tags: tuple[str, ...] = (TAG,)) -> tuple[FlowRun, ...]:
        condition = filters.flow_runs(RunQuery(tags=tags, states=LIVE_STATES))
        found = self._paged(
            lambda client, offset: client.read_flow_runs(
                flow_run_filter=condition,
                sort=FlowRunSort.EXPECTED_START_TIME_ASC,
                limit=PAGE,
                offset=offset,
            ),
            most=MOST_LIVE_RUNS,
        )
        return self._flow_runs(found)

    @override
    def logs(self, run_id: str, query: LogQuery) -> LogPage:
        run = self.run(run_id)
        looked = look(
            lambda offset: self._log_batch(
                run_id, offset=offset, min_level=query.min_level, newest_first=query.from_end
            ),
            query,
        )
        return LogPage(
            run=run,
            lines=looked.lines,
            left_out=looked.left_out,
            left_out_is_exact=looked.exact,
            from_end=query.from_end,
        )

    @override
    def cancel(self, run_id: str) -> FlowRun:
        before = self.run(run_id)
        if before.finished:
            return before
        identifier = filters.identifier(run_id, "run")
        self._connection.call(lambda client: client.set_flow_run_state(identifier, Cancelling()))
        # Prefect answers REJECT for a run that had not begun and cancels it all the same: only the state tells.
        return self.run(run_id)

    @override
    def resume(self, run_id: str, values: JSONDict | None = None) -> FlowRun:
        before = self._found(run_id)
        if before.state_type is objects.StateType.PAUSED:
            answer = self._connection.call(lambda client: client.resume_flow_run(before.id, values))
            if answer.status is not SetStateStatus.ACCEPT and not _goes_on(self.run(run_id)):
                reason = getattr(answer.details, "reason", "") or "it gives no reason"
                raise Refused(f"Prefect did not let {before.name} go on: {wording.shortened(reason, 300)}")
        return self.run(run_id)

    @override
    def artifacts(self, run_id: str) -> tuple[Artifact, ...]:
        run = self._found(run_id)
        found = self._connection.call(
            lambda client: client.read_artifacts(
                artifact_filter=filters.artifacts_of(run.id), sort=ArtifactSort.CREATED_DESC, limit=PAGE
            )
        )
        return tuple(nouns.artifact(each) for each in reversed(found) if each.type != "result")

    # ---- the pool's environment ----------------------------------------------------------------------------------

    @override
    def pool_environment(self) -> PoolEnvironment | None:
        return self._connection.call(lambda client: pools.last_environment(client, self._work_pool))

    @override
    def start_pool_probe(self, *, key: str) -> FlowRun:
        run = self._connection.call(lambda client: pools.start_probe(client, self._work_pool, key=key))
        return self._flow_runs([run])[0]

    # ---- inside --------------------------------------------------------------------------------------------------

    def _in_order(self, query: RunQuery) -> tuple[FlowRun, ...]:
        order = FlowRunSort.EXPECTED_START_TIME_ASC if query.soonest_first else FlowRunSort.EXPECTED_START_TIME_DESC
        found = self._connection.call(
            lambda client: client.read_flow_runs(
                flow_run_filter=filters.flow_runs(query), sort=order, limit=query.limit
            )
        )
        return self._flow_runs(found)

    def _log_batch(self, run_id: str, *, offset: int, min_level: int, newest_first: bool) -> list[LogLine]:
        def read(client: SyncPrefectClient) -> list[objects.Log]:
            return client.read_logs(
                filters.logs_of_run(run_id, min_level=min_level),
                limit=BATCH,
                offset=offset,
                sort=LogSort.TIMESTAMP_DESC if newest_first else LogSort.TIMESTAMP_ASC,
            )

        return [nouns.log_line(log) for log in self._connection.call(read)]

    def _errors(self, run_id: str) -> list[str]:
        newest = self._log_batch(run_id, offset=0, min_level=ERROR, newest_first=True)[:ERRORS_READ]
        return [line.message for line in reversed(newest)]


def _goes_on(run: FlowRun) -> bool:
    """Whether a run that was to go on does, whatever the answer said: the same may have been asked before."""
    return run.state_type is not StateType.PAUSED and not run.finished


def _version(client: SyncPrefectClient) -> str:
    try:
        return str(client.api_version())
    except ObjectNotFound as error:  # a server of Prefect's pages, or of something else
        raise Unavailable(SYSTEM, NOT_JSON) from error
