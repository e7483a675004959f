"""Runs in a real Prefect that nobody executes: their states are set through its API, so that the feed hears of them.

A hundred flows at once would measure this machine's Python start-up, not the product.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from tools.prefect.client import TAG

AT_ONCE = 2
SECONDS = 60.0
TRIES, PAUSE_SECONDS = 40, 2.0  #: Prefect on SQLite answers 503 while another of its services writes


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is followed.

    Attributes:
        id: Prefect's id.
        thread: (channel, ts of the root) in which its card stands.
    """

    id: str
    thread: tuple[str, str]

    @property
    def card(self) -> str:
        """The name of its card."""
        return f"run:{self.id}:card"

    @property
    def end(self) -> str:
        """What the name of the message that tells its end begins with."""
        return f"run:{self.id}:end:"


class Runs:
    """Prefect's runs, by its API.

    Args:
        api: Prefect's API.
        team: The workspace, which a run's tag names.
    """

    def __init__(self, api: str, *, team: str) -> None:
        self._client = httpx.Client(base_url=api, timeout=SECONDS, trust_env=False)
        self._team = team
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="runs")

    def pipelines(self, *names: str) -> list[str]:
        """Register pipelines that nobody will run.

        Returns:
            Their deployments' ids.
        """
        return [self._pipeline(name) for name in names]

    def start(self, deployment: str, threads: Iterable[tuple[str, str]]) -> list[Run]:
        """Start a run for each thread, in the order of the threads."""
        return list(self._pool.map(lambda thread: self._start(deployment, thread), threads))

    def set(self, run: Run, kind: str, name: str) -> None:
        """Put a run into a state, whatever it is in."""
        state = {"type": kind, "name": name}
        self._post(f"/flow_runs/{run.id}/set_state", {"state": state, "force": True})

    def set_all(self, states: Iterable[tuple[Run, str, str]]) -> None:
        """Put many runs into states, some at once, and return when all are."""
        list(self._pool.map(lambda each: self.set(*each), states))

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.shutdown()
        self._client.close()

    def _pipeline(self, name: str) -> str:
        flow = self._post("/flows/", {"name": name})
        made = self._post("/deployments/", {"name": TAG, "flow_id": flow["id"], "tags": [TAG]})
        return str(made["id"])

    def _start(self, deployment: str, thread: tuple[str, str]) -> Run:
        tags = [TAG, f"thread:{self._team}:{thread[0]}:{thread[1]}"]
        state = {"type": "PENDING", "name": "Pending"}
        body = {"tags": tags, "state": state, "idempotency_key": ":".join(thread)}  # it may be sent twice
        made = self._post(f"/deployments/{deployment}/create_flow_run", body)
        return Run(str(made["id"]), thread)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        for _ in range(TRIES):
            answer = self._client.post(path, json=body)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(PAUSE_SECONDS)  # Prefect's own clients do the same
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
