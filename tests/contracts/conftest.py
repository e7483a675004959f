"""Each backend twice: in memory, and as a real server; both must pass the same tests."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.contracts import mlflow_worlds, prefect_worlds
from tools.mlflow.environment import exported


@pytest.fixture(scope="session")
def prefect_server_world(prefect_api_url: str) -> Iterator[prefect_worlds.ServerWorld]:
    """A real Prefect; it holds what other tests put in, so each test uses names of its own."""
    world = prefect_worlds.ServerWorld(prefect_api_url, pool="idle")
    yield world
    world.close()


@pytest.fixture(params=["fake", "server"])
def prefect(request: pytest.FixtureRequest) -> prefect_worlds.PrefectWorld:
    """A Prefect with a pool that nobody works for."""
    if request.param == "fake":
        return prefect_worlds.FakeWorld()
    world: prefect_worlds.ServerWorld = request.getfixturevalue("prefect_server_world")
    return world


@pytest.fixture(params=["fake", "server"])
def apart(request: pytest.FixtureRequest) -> Iterator[prefect_worlds.PrefectWorld]:
    """A Prefect with a pool that no other test uses, so that it can be limited and paused."""
    if request.param == "fake":
        yield prefect_worlds.FakeWorld()
        return
    api_url: str = request.getfixturevalue("prefect_api_url")
    world = prefect_worlds.ServerWorld(api_url, pool=f"apart-{uuid4().hex[:8]}")
    yield world
    world.close()


@pytest.fixture(params=["fake", "server"])
def mlflow(request: pytest.FixtureRequest, mlflow_environment: None) -> mlflow_worlds.MlflowWorld:
    """An MLflow; a real one holds what other tests put in, so each test uses names of its own."""
    if request.param == "fake":
        return mlflow_worlds.FakeWorld()
    return mlflow_worlds.ServerWorld(request.getfixturevalue("mlflow_url"))


@pytest.fixture(scope="module")
def mlflow_environment() -> Iterator[None]:
    """What MLflow's client takes from the environment alone, as the worker exports it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in exported().items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"churn-{uuid4().hex[:8]}"
