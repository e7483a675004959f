import time
from pathlib import Path
from uuid import UUID

import httpx
import mlflow
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.fixtures.backends import CANARY

pytestmark = pytest.mark.timeout(300)  # the first test to ask for them waits for the servers to start

SHOWS_ITS_ENVIRONMENT = """
import os
from pathlib import Path
import mlflow
from prefect import flow

@flow(log_prints=True)
def show(to: str):
    own = "\\n".join(f"{k}={v}" for k, v in os.environ.items())
    worker = Path(f"/proc/{os.getppid()}/environ").read_bytes().decode().replace("\\0", "\\n")
    Path(to).write_text(own + worker)
    with mlflow.start_run():
        mlflow.log_metric("seen", 1)
"""


def test_the_fixtures_serve_prefect_and_mlflow(prefect_api_url: str, mlflow_url: str) -> None:
    assert httpx.get(f"{prefect_api_url}/health").json() is True
    assert httpx.get(f"{mlflow_url}/health").text == "OK"


def test_a_flow_runs_in_the_pool_and_sees_no_secret_of_ours(
    prefect_api_url: str, prefect_pool: str, mlflow_url: str, tmp_path: Path
) -> None:
    (tmp_path / "show.py").write_text(SHOWS_ITS_ENVIRONMENT)
    seen = tmp_path / "seen.txt"
    with temporary_settings({PREFECT_API_URL: prefect_api_url}), get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name("show")
        deployment = client.create_deployment(
            flow_id=flow_id, name="test", path=str(tmp_path), entrypoint="show.py:show", work_pool_name=prefect_pool
        )
        run = client.create_flow_run_from_deployment(deployment, parameters={"to": str(seen)})
        state = finished(client, run.id)
    assert state == "Completed"
    assert CANARY not in seen.read_text()
    assert f"MLFLOW_TRACKING_URI={mlflow_url}" in seen.read_text()
    runs = mlflow.MlflowClient(mlflow_url).search_runs(["0"], "metrics.seen > 0")
    assert [run.data.metrics["seen"] for run in runs] == [1.0]


def finished(client: SyncPrefectClient, run_id: UUID) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = client.read_flow_run(run_id).state
        if state is not None and state.is_final():
            return str(state.name)
        time.sleep(0.1)
    raise AssertionError("the run did not finish within 60 s")
