"""What the way of a turn meets outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from demo.workspace.server import WorkspaceServer
from tests.fakes.gemini_server import GeminiServer
from tests.fakes.mortal import Fate, MortalRedis
from tests.fakes.world import World


@pytest.fixture
def gemini() -> Iterator[GeminiServer]:
    """A local Gemini that says what a test has told it to."""
    server = GeminiServer()
    yield server
    server.close()


@pytest.fixture
def mortal(slack: WorkspaceServer, connection: "redis.Redis", valkey_url: str, tmp_path: Path) -> Iterator[World]:
    """A world whose worker may die after any write of its own into Redis."""
    worker = MortalRedis.from_url(valkey_url, decode_responses=True, socket_timeout=5)
    assert isinstance(worker, MortalRedis)
    worker.fate = Fate()
    made = World(slack, connection, valkey_url, tmp_path, worker=worker)
    yield made
    made.close()
    worker.close()
