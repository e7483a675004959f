"""A pipeline that was only ever read runs on a real pool, and the pool tells what it has."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, LogFilter, LogFilterFlowRunId
from prefect.client.schemas.objects import FlowRun

from demo.cloud.server import CloudServer
from tools.google.sources import BucketStore
from tools.google.storage import StorageServer
from tools.pipelines import pool_probe
from tools.pipelines.imports import checked
from tools.pipelines.models import PipelineReading
from tools.pipelines.reading import read
from tools.pipelines.store import FolderStore

SECONDS = 90

pytestmark = pytest.mark.timeout(300)  # the first test to ask for them waits for the servers to start

PIPELINE = b"""
import os
from enum import Enum
from pathlib import Path
from prefect import flow, task
from pydantic import BaseModel
import sklearn


class Speed(Enum):
    FAST = "fast"
    EXACT = "exact"


class Config(BaseModel):
    depth: int = 3
    speed: Speed = Speed.FAST


@task
def fit(config):
    return config.depth * 2


@flow(log_prints=True)
def churn_on_pool(config: Config, names: list[str] = ["a"]):
    print("depth", fit(config), config.speed, names, "in", sorted(os.listdir()), "of", Path.cwd())
"""


@pytest.fixture
def client(prefect_api_url: str) -> SyncPrefectClient:
    return SyncPrefectClient(prefect_api_url)


def started(
    client: SyncPrefectClient,
    pool: str,
    reading: PipelineReading,
    *,
    uri: str,
    sha256: str,
    address: str = "",
    **parameters: object,
) -> FlowRun:
    flow = reading.flows[0]
    deployment = client.create_deployment(
        flow_id=client.create_flow_from_name(flow.name),
        name=f"test-{sha256[:8]}",
        work_pool_name=pool,
        entrypoint=f"{reading.filename}:{flow.function}",
        pull_steps=[{"trainmaster_pull.pull": {"uri": uri, "sha256": sha256, "filename": reading.filename}}],
        parameter_openapi_schema=flow.parameter_schema,
        enforce_parameter_schema=True,
    )
    job = {"env": {"TRAINMASTER_SOURCE_URL": address}} if address else None
    run = client.create_flow_run_from_deployment(deployment, parameters=parameters, job_variables=job)
    return ended(client, run.id)


def ended(client: SyncPrefectClient, run_id: UUID) -> FlowRun:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        run = client.read_flow_run(run_id)
        if run.state is not None and run.state.is_final():
            return run
        time.sleep(0.2)  # asks again until the run has ended or the deadline has passed
    raise AssertionError(f"the run has not ended within {SECONDS} s")


def is_gone(folder: Path) -> bool:
    deadline = time.monotonic() + SECONDS
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.2)  # the worker removes it after it has reported the run's end
    return not folder.exists()


def log_of(client: SyncPrefectClient, run: FlowRun, *, until: str) -> str:
    deadline = time.monotonic() + SECONDS
    text = ""
    while until not in text and time.monotonic() < deadline:
        logs = client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id])))
        text = "\n".join(log.message for log in logs)
        time.sleep(0.2)  # logs arrive in batches after the run has ended
    return text


def test_a_pipeline_runs_with_the_schema_and_entrypoint_that_reading_gave(
    client: SyncPrefectClient, prefect_pool: str, tmp_path: Path
) -> None:
    reading = read(PIPELINE, "Churn on pool (1).py")
    store = FolderStore(tmp_path / "store")
    digest = store.put(PIPELINE, reading.filename)

    run = started(
        client, prefect_pool, reading, uri=store.uri(digest), sha256=digest, config={"depth": 4, "speed": "exact"}
    )

    log = log_of(client, run, until="depth 8")
    assert run.state is not None
    assert run.state.is_completed(), log
    told = re.search(r"depth 8 Speed.EXACT \['a'\] in \['Churn_on_pool_1.py'.*\] of (\S+)", log)
    assert told is not None, log
    assert is_gone(Path(told[1]))


def test_a_source_in_a_bucket_is_fetched_by_the_address_that_comes_with_the_run(
    client: SyncPrefectClient, prefect_pool: str, cloud: CloudServer, storage_server: StorageServer
) -> None:
    reading = read(PIPELINE, "churn.py")
    store = BucketStore(storage_server, f"gs://{cloud.buckets.make('sources').name}/pipelines")
    digest = store.put(PIPELINE, reading.filename)

    run = started(
        client,
        prefect_pool,
        reading,
        uri=store.uri(digest),
        sha256=digest,
        address=store.signed(digest),
        config={"depth": 5},
    )

    log = log_of(client, run, until="depth 10")
    assert run.state is not None
    assert run.state.is_completed(), log
    assert "X-Goog" not in log, "the address is a key to the source"


def test_a_source_that_is_not_the_registered_one_does_not_run_and_the_log_says_why(
    client: SyncPrefectClient, prefect_pool: str, tmp_path: Path
) -> None:
    reading = read(PIPELINE, "churn.py")
    store = FolderStore(tmp_path / "store")
    digest = store.put(PIPELINE, reading.filename)

    run = started(client, prefect_pool, reading, uri=store.uri(digest), sha256="f" * 64, config={})

    assert run.state is not None
    assert run.state.is_crashed() or run.state.is_failed()
    assert "was registered" in log_of(client, run, until="was registered")


def test_a_probe_tells_what_the_pool_has(client: SyncPrefectClient, prefect_pool: str) -> None:
    probe = read(pool_probe.probe_source(), pool_probe.PROBE_FILENAME)

    run = started(client, prefect_pool, probe, uri=pool_probe.probe_uri(), sha256=pool_probe.probe_digest())

    (artifact,) = client.read_artifacts(
        artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    )
    assert artifact.key == pool_probe.PROBE_ARTIFACT
    environment = pool_probe.environment_from(str(artifact.data), as_of=run.end_time or datetime.now(UTC))
    assert environment.complete
    assert {"sklearn", "prefect", "mlflow", "trainmaster_pull"} <= environment.modules
    reading = checked(read(b"import not_there\n" + PIPELINE, "churn.py"), environment)
    assert {one.module: one.kind for one in reading.imports} == {
        "not_there": "missing",
        "os": "standard",
        "enum": "standard",
        "pathlib": "standard",
        "prefect": "present",
        "pydantic": "present",
        "sklearn": "present",
    }
