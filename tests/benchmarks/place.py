"""A place to measure in: a folder of its own, free ports, and processes that are gone when it is left."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis

from demo.services import prefect, product, valkey
from demo.services.child import Child
from demo.services.ports import Ports, choose
from demo.services.service import Service
from demo.services.supervisor import Supervisor
from tests.benchmarks.machine import CHECKOUT

START_SECONDS = 120.0
LOOK_SECONDS = 0.002  #: between two looks at something that is waited for; below what any figure shows


class Place:
    """Starts processes, as the demo does.

    Attributes:
        state: The state folder.
        ports: Free ports.
        inherited: The environment of this process.
    """

    def __init__(self, state: Path, supervisor: Supervisor, inherited: Mapping[str, str]) -> None:
        self.state = state
        self.ports: Ports = choose(state, usual=False)
        self.inherited = inherited
        self._supervisor = supervisor

    def valkey(self) -> "redis.Redis":
        """Start a Valkey, with its append-only file on as in the demo; gives a connection whose answers are text."""
        self._supervisor.start([valkey.server(self.state, port=self.ports.valkey, inherited=self.inherited)])
        return redis.Redis.from_url(self.redis_url, decode_responses=True, socket_timeout=10)

    @property
    def redis_url(self) -> str:
        """Where that Valkey is."""
        return valkey.url(self.ports.valkey)

    @property
    def prefect_url(self) -> str:
        """Where Prefect's API is, once it is started."""
        return prefect.api_url(self.ports.prefect)

    def environment(
        self, *, slack_api: str, bot_token: str = "xoxb-bench", app_token: str = "xapp-bench", **more: str
    ) -> dict[str, str]:
        """What the product's processes are told, with `more` on top."""
        addresses = product.Addresses(
            slack_api=slack_api,
            bot_token=bot_token,
            app_token=app_token,
            redis=self.redis_url,
            prefect=self.prefect_url,
            mlflow=f"http://127.0.0.1:{self.ports.mlflow}",
        )
        made = product.environment(addresses, state=self.state, inherited=self.inherited, model="offline")
        return {**made, **more}

    def start(self, *services: Service) -> None:
        """Start services and wait until they are ready.

        Raises:
            ServiceFailed: One was not.
        """
        self._supervisor.start(services)

    def child(self, name: str) -> Child:
        """A running service's process."""
        return self._supervisor.child(name)


@contextmanager
def place(inherited: Mapping[str, str]) -> Iterator[Place]:
    """A place; everything that was started in it is stopped, and its folder deleted, however it is left."""
    with (
        tempfile.TemporaryDirectory(prefix="trainmaster-bench-", ignore_cleanup_errors=True) as folder,
        Supervisor(Path(folder), say=lambda _: None) as supervisor,
    ):
        yield Place(Path(folder), supervisor, inherited)


def program(name: str, arguments: Sequence[str], environment: Mapping[str, str], ready: Callable[[], bool]) -> Service:
    """`python -m ARGUMENTS…`, run from the checkout.

    Args:
        name: The service's name.
        arguments: The module and its arguments.
        environment: All that it is told.
        ready: Whether it can be used.
    """
    return Service(
        name=name,
        command=(sys.executable, "-m", *arguments),
        folder=CHECKOUT,
        environment=environment,
        ready=ready,
        stop_within=20.0,
    )


def wait_until(reached: Callable[[], object], *, seconds: float = START_SECONDS, what: str = "it") -> float:
    """Wait for something.

    Returns:
        The monotonic time at which it was seen.

    Raises:
        TimeoutError: It did not come.
    """
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(LOOK_SECONDS)
    return time.monotonic()
