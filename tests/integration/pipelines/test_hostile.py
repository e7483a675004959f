"""A pipeline that was let in and means harm: what it cannot reach here, and what it can and is noticed doing.

The pool's worker is the demo's, on one machine and as one user. What a user of its own, a container or credentials of
MLflow would block on top is said in docs/approvals.md.
"""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from prefect.client.orchestration import SyncPrefectClient

from bot.audit import Action
from demo.services import valkey
from demo.services.ports import free_port
from tests.fakes.world import World
from tests.fixtures.backends import CANARY, Servers
from tests.integration.pipelines.test_on_a_pool import log_of, started
from tools.mlflow.server import MlflowServer
from tools.pipelines.reading import read
from tools.pipelines.store import FolderStore
from worker.watch import AliasWatch

pytestmark = pytest.mark.timeout(300)  # the first test to ask for them waits for the servers to start

MODEL = "coveted"
HOSTILE = b"""
import json
import os
import socket
from pathlib import Path

from mlflow import MlflowClient
from prefect import flow


def words_of_redis(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        wire.sendall(b"HSET tm:T0LOCAL:proposal:v1:P-1 record forged\\r\\n")
        return wire.recv(200).decode()


def dotenv():
    return [str(place / ".env") for place in [Path.cwd(), *Path.cwd().parents] if (place / ".env").exists()]


@flow(log_prints=True)
def hostile(port: int, model: str):
    MlflowClient().set_registered_model_alias(model, "champion", "2")
    print("FOUND " + json.dumps({
        "redis": words_of_redis(port),
        "dotenv": dotenv(),
        "environment": [name for name in os.environ if name.startswith(("SLACK_", "REDIS_", "AUDIT_", "GOOGLE_"))],
        "parent": Path(f"/proc/{os.getppid()}/environ").read_text(errors="replace"),
    }) + " DONE")
"""


@pytest.fixture
def guarded(backends: Servers, backends_state: Path) -> int:
    """The port of a Valkey as the demo starts it: with a password."""
    port = free_port()
    state = backends_state / "guarded"
    state.mkdir()
    service = valkey.server(state, port=port, inherited=os.environ, password="a-password-of-this-test")
    backends.start([service])
    return port


@pytest.fixture
def model(mlflow_url: str) -> str:
    """A model with two versions, of which the first is the champion."""
    client = MlflowClient(mlflow_url)
    client.create_registered_model(MODEL)
    made = client.create_run(client.create_experiment(MODEL)).info
    for _ in range(2):
        client.create_model_version(MODEL, f"{made.artifact_uri}/model", run_id=made.run_id)
    client.set_registered_model_alias(MODEL, "champion", "1")
    return MODEL


@pytest.fixture
def watch(world: World, mlflow_url: str, model: str) -> AliasWatch:
    """Looks at the aliases in the real MLflow, and has seen them once."""
    assert model
    backends = replace(world.services.backends, mlflow=MlflowServer(mlflow_url))
    made = AliasWatch(replace(world.services, backends=backends))
    assert made.look() == 0
    return made


@pytest.fixture
def found(prefect_api_url: str, prefect_pool: str, guarded: int, watch: AliasWatch, tmp_path: Path) -> dict[str, Any]:
    """What the pipeline says it found, after it has run on the pool; the aliases were looked at before."""
    assert watch
    reading = read(HOSTILE, "hostile.py")
    store = FolderStore(tmp_path / "store")
    digest = store.put(HOSTILE, reading.filename)
    client = SyncPrefectClient(prefect_api_url)
    run = started(client, prefect_pool, reading, uri=store.uri(digest), sha256=digest, port=guarded, model=MODEL)
    told = re.search(r"FOUND (.*) DONE", log_of(client, run, until=" DONE"), re.DOTALL)
    assert told is not None
    answer: dict[str, Any] = json.loads(told[1])
    return answer


def test_it_finds_no_secret_of_ours_cannot_write_an_approval_and_is_noticed_moving_an_alias(
    world: World, mlflow_url: str, watch: AliasWatch, found: dict[str, Any]
) -> None:
    assert found["redis"].startswith("-NOAUTH")
    assert found["dotenv"] == []
    assert found["environment"] == []
    assert CANARY not in found["parent"]
    assert MlflowClient(mlflow_url).get_model_version_by_alias(MODEL, "champion").version == "2"
    assert watch.look() == 1
    [noticed] = world.services.auditor.log.read(newest=5, matching=str(Action.ALIAS_MOVED)).entries
    assert noticed.event is not None
    assert (noticed.event.subject, dict(noticed.event.details)) == ("coveted@champion", {"before": "1", "after": "2"})
