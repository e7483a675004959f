"""The work pool that pipelines run on, and what its environment holds."""

from contextlib import suppress

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import objects
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.client.schemas.objects import WorkerStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from tools.pipelines.models import PoolEnvironment
from tools.pipelines.pool_probe import (
    PROBE_ARTIFACT,
    PROBE_FILENAME,
    PROBE_FLOW,
    PROBE_FUNCTION,
    environment_from,
    probe_digest,
    probe_uri,
)
from tools.prefect import filters, registering
from tools.prefect.client import Registration, RunQuery
from tools.prefect.nouns import plain_time
from tools.prefect.results import StateType, WorkPool


def find(client: SyncPrefectClient, name: str) -> WorkPool | None:
    """The pool with its workers counted; None when Prefect has no such pool."""
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        return None
    workers = client.read_workers_for_work_pool(name)
    online = sum(worker.status is WorkerStatus.ONLINE for worker in workers)
    return WorkPool(name=pool.name, type=pool.type, paused=pool.is_paused, online_workers=online)


def ensure(client: SyncPrefectClient, name: str, *, type_: str) -> WorkPool:
    """The pool, made when it is missing."""
    known = find(client, name)
    if known is not None:
        return known
    with suppress(ObjectAlreadyExists):  # another process was faster
        client.create_work_pool(WorkPoolCreate(name=name, type=type_))
    return find(client, name) or WorkPool(name=name, type=type_, paused=False, online_workers=0)


def last_environment(client: SyncPrefectClient, name: str) -> PoolEnvironment | None:
    """What the last probe that finished on the pool found; None when none has."""
    deployment = registering.find(client, PROBE_FLOW, deployment=name)
    if deployment is None:
        return None
    run = _last_completed(client, str(deployment.id))
    if run is None or run.end_time is None:
        return None
    reports = client.read_artifacts(
        artifact_filter=ArtifactFilter(
            flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]), key=ArtifactFilterKey(any_=[PROBE_ARTIFACT])
        ),
        limit=1,
    )
    return environment_from(str(reports[0].data), as_of=plain_time(run.end_time)) if reports else None


def _last_completed(client: SyncPrefectClient, deployment_id: str) -> objects.FlowRun | None:
    completed = RunQuery(pipeline_id=deployment_id, states=frozenset({StateType.COMPLETED}))
    runs = client.read_flow_runs(flow_run_filter=filters.flow_runs(completed), sort=FlowRunSort.END_TIME_DESC, limit=1)
    return runs[0] if runs else None


def start_probe(client: SyncPrefectClient, name: str, *, key: str) -> objects.FlowRun:
    """Start the probe on the pool; it is registered there when it is missing or an older one of ours."""
    probe = Registration(
        flow=PROBE_FLOW,
        function=PROBE_FUNCTION,
        filename=PROBE_FILENAME,
        digest=probe_digest(),
        uri=probe_uri(),
        parameter_schema={"type": "object", "title": "Parameters", "properties": {}, "required": []},
        description="Reports what this pool's environment can import, for Trainmaster's plan cards.",
    )
    wanted = registering.settings(probe, work_pool=name) | {"tags": [PROBE_FLOW]}
    written = registering.write(client, PROBE_FLOW, wanted, deployment=name)
    return client.create_flow_run_from_deployment(
        filters.identifier(written.deployment_id, "pipeline"), idempotency_key=key
    )
