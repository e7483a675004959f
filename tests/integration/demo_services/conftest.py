import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demo.services import leftovers
from demo.services.environment import child_environment
from demo.services.service import Service
from demo.services.supervisor import Supervisor


@dataclass
class Household:
    """A supervisor of small Python programs, and what it said."""

    state: Path
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.state, say=self.said.append)

    def service(
        self,
        name: str,
        program: str,
        *,
        needs: tuple[str, ...] = (),
        ready: Callable[[], bool] = lambda: True,
        start_within: float = 20.0,
        stop_within: float = 5.0,
    ) -> Service:
        """A service that runs a Python program given as text; it starts in the folder `name`."""
        return Service(
            name=name,
            command=(sys.executable, "-c", program),
            folder=self.state / name,
            environment=child_environment(os.environ, state=self.state, home=self.state / "home"),
            ready=ready,
            needs=needs,
            start_within=start_within,
            stop_within=stop_within,
        )


@pytest.fixture
def household(tmp_path: Path) -> Iterator[Household]:
    household = Household(tmp_path / "state")
    household.state.mkdir()
    yield household
    household.supervisor.stop()
    leftovers.end(leftovers.of(household.state), within=0)
