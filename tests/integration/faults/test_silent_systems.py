"""A system that hangs, refuses or cannot be connected to is told of within five seconds, with the limits as shipped."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.desk import FakeDesk
from tests.fakes.hostile import Hostile
from tools.errors import Unavailable
from tools.google.endpoints import list_endpoints
from tools.google.objects import list_buckets
from tools.google.place import Identity, Place
from tools.google.storage import StorageServer
from tools.google.vertex import VertexServer
from tools.mlflow.environment import exported
from tools.mlflow.models import list_models
from tools.mlflow.server import MlflowServer
from tools.pipelines.store import FolderStore
from tools.prefect.pipelines import list_pipelines
from tools.prefect.server import PrefectServer
from tools.recent import Recent
from tools.spec import Backends, Call, Origin, Tool, ToolResult
from tools.system import system_status

TOLD_SECONDS = 5.0
TOOLS = (list_pipelines, list_models, list_buckets, list_endpoints)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CALL = Call(key="k", origin=Origin(thread="T1:C1:1.0", actor="U0ALICE"), now=NOON)


@pytest.fixture(autouse=True)
def as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """What wiring exports for MLflow's client."""
    for name, value in exported().items():
        monkeypatch.setenv(name, value)


def backends_at(url: str, folder: Path) -> Backends:
    """All four systems at one address, as wiring makes them."""
    place = Place(project="acme", location="europe-west4", storage_url=url, vertex_url=url)
    return Backends(
        prefect=PrefectServer(f"{url}/api", work_pool="pool"),
        mlflow=MlflowServer(url),
        sources=FolderStore(folder),
        desk=FakeDesk("ml-*"),
        storage=StorageServer(place, Identity(), default_bucket="ml-data"),
        vertex=VertexServer(place, Identity()),
    )


def use(tool: Tool, backends: Backends) -> ToolResult:
    return tool.function(tool.arguments(), backends, CALL)


def told(tool: Tool, backends: Backends) -> tuple[str, float]:
    """What is said when its system is away, and after how long."""
    begun = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        use(tool, backends)
    return str(caught.value), time.monotonic() - begun


@contextmanager
def never_accepting() -> Iterator[str]:
    """Where a connection is asked for and never made: the queue of those that nobody accepts is full."""
    with ExitStack() as open_, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(2):
            waiting = open_.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def not_there() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}"
    yield address


def test_tools_and_status_tell_within_five_seconds_that_systems_are_away(tmp_path: Path) -> None:
    with ExitStack() as open_, ThreadPoolExecutor(32) as pool:
        hanging, dripping = open_.enter_context(Hostile({})), open_.enter_context(Hostile({}))
        backends = [(tool, backends_at(server.url, tmp_path)) for server in (hanging, dripping) for tool in TOOLS]
        everything = backends_at(hanging.url, tmp_path)
        for tool, those in (*backends, *((tool, everything) for tool in TOOLS)):
            pool.submit(use, tool, those).exception()  # what a first call imports and makes is not what is measured
        hanging.manner, dripping.manner = "silent", "drips body"
        asked = [
            ("no answer within 4 s", pool.submit(told, tool, replace(those, recent=Recent())))
            for tool, those in backends
        ]
        for reason, place in (("no connection within 2 s", never_accepting()), ("connection refused", not_there())):
            url = open_.enter_context(place)
            asked += [(reason, pool.submit(told, tool, backends_at(url, tmp_path))) for tool in TOOLS]
        begun = time.monotonic()
        status = use(system_status, everything).text
        took = time.monotonic() - begun
        found = [(reason, *each.result()) for reason, each in asked]
    assert [said for reason, said, _ in found if reason not in said] == []
    assert [(said, seconds) for _, said, seconds in found if seconds >= TOLD_SECONDS] == []
    assert status.count("no answer within 4 s") == len(TOOLS)
    assert took < TOLD_SECONDS
