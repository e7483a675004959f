"""A turn whose back end misbehaves on the wire ends in one message, in time, and says what is wrong."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.fakes.hostile import Hostile, Manner
from tests.fakes.world import World
from tools.breaker import FAILURES
from tools.mlflow.environment import exported
from tools.mlflow.server import MlflowServer
from tools.prefect.server import PrefectServer
from tools.spec import Backends

PATIENCE = 0.4
QUESTIONS = {"Prefect": "@trainmaster list pipelines", "MLflow": "@trainmaster list experiments"}
MANNERS: tuple[Manner, ...] = (
    "silent",
    "drips head",
    "drips body",
    "cuts",
    "html",
    "error",
    "loops",
    "huge",
    "refuses",
)

Ask = Callable[[], list[str]]


@pytest.fixture(params=["Prefect", "MLflow"])
def system(request: pytest.FixtureRequest) -> str:
    """Which of the two misbehaves."""
    return str(request.param)


@pytest.fixture
def server() -> Iterator[Hostile]:
    """What stands in its place."""
    with Hostile("3.8.8") as made:
        yield made


@pytest.fixture
def ask(world: World, system: str, server: Hostile, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask something that needs it; what is said in the thread."""
    monkeypatch.setattr("tools.mlflow.punctual.TIMEOUT", PATIENCE)
    for name, value in exported().items():
        monkeypatch.setenv(name, value)
    before = world.services.backends
    if system == "Prefect":
        prefect = PrefectServer(f"{server.url}/api", work_pool="pool", timeout=PATIENCE)
        backends = Backends(prefect=prefect, mlflow=before.mlflow, sources=before.sources)
    else:
        backends = Backends(prefect=before.prefect, mlflow=MlflowServer(server.url), sources=before.sources)
    guard = replace(world.services.guard, backends=backends)
    world.services = replace(world.services, backends=backends, guard=guard)
    return lambda: world.texts(world.says(QUESTIONS[system]))


@pytest.mark.parametrize("manner", MANNERS)
def test_a_turn_ends_in_one_message_that_names_the_system_and_the_reason(
    ask: Ask, system: str, server: Hostile, manner: Manner
) -> None:
    server.manner = manner
    [answer] = ask()
    assert f"I could not reach {system}: " in answer


def test_once_a_system_has_not_answered_for_a_while_people_are_told_at_once_and_status_looks_all_the_same(
    world: World, ask: Ask, system: str, server: Hostile
) -> None:
    server.manner = "silent"
    for _ in range(FAILURES // 2):
        ask()
    begun, asked = time.monotonic(), server.asked
    [answer] = ask()
    assert "has not answered since" in answer
    assert "`/mlops status` looks at once" in answer
    assert server.asked == asked
    assert time.monotonic() - begun < 5
    assert "calls fail at once until it does" in world.commands("/mlops status")
    assert server.asked > asked
