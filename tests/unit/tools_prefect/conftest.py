"""Tools on backends in memory, called as the guard calls them."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.desk import FakeDesk
from tests.fakes.mlflow import FakeMlflow
from tests.fakes.prefect import FakePrefect
from tests.fakes.storage import FakeStorage
from tests.fakes.vertex import FakeVertex
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Call, Origin, Plan, Probed, Tool, ToolResult

THREAD = "T0LOCAL:C0MLPIPE:1718.01"


class Bench:
    """Backends in memory, and tools called on them by one person in one thread; `timezone` is that person's."""

    def __init__(self, folder: Path) -> None:
        self.prefect = FakePrefect()
        self.mlflow = FakeMlflow()
        self.sources = FolderStore(folder)
        self.storage = FakeStorage("ml-data", "ml-models", "secrets", default_bucket="ml-data")
        self.vertex = FakeVertex()
        self.desk = FakeDesk("ml-*")
        self.backends = Backends(
            prefect=self.prefect,
            mlflow=self.mlflow,
            sources=self.sources,
            desk=self.desk,
            storage=self.storage,
            vertex=self.vertex,
        )
        self.timezone = "UTC"
        self._keys = itertools.count(1)

    def call(self, *, key: str = "", thread: str = THREAD) -> Call:
        """A call by Alice, at the fake's next moment."""
        origin = Origin(thread=thread, actor="U0ALICE")
        number = key or f"turn:{next(self._keys)}"
        return Call(key=number, origin=origin, now=self.prefect.now(), timezone=self.timezone)

    def plan(self, tool: Tool, **arguments: Any) -> Plan:
        """What the tool would do."""
        assert tool.plan is not None
        return tool.plan(tool.arguments(**arguments), self.backends, self.call())

    def plan_again(self, tool: Tool, **arguments: Any) -> Plan:
        """What it would do, made only to be compared."""
        assert tool.plan is not None
        return tool.plan(tool.arguments(**arguments), self.backends, replace(self.call(), brief=True))

    def probe(self, tool: Tool, *, key: str, **arguments: Any) -> Probed:
        """Whether the call with this key has happened."""
        assert tool.probe is not None
        return tool.probe(tool.arguments(**arguments), self.backends, self.call(key=key))

    def use(self, tool: Tool, *, key: str = "", thread: str = THREAD, **arguments: Any) -> ToolResult:
        """Call a tool with arguments as they come from outside."""
        return tool.function(tool.arguments(**arguments), self.backends, self.call(key=key, thread=thread))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty bench."""
    return Bench(tmp_path / "sources")


@pytest.fixture
def later(bench: Bench) -> Callable[[int], None]:
    """Let seconds pass."""

    def wait(seconds: int) -> None:
        for _ in range(seconds):
            bench.prefect.now()

    return wait
