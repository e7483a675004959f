"""The whole product as `make demo` starts it, for a measure: real Prefect, MLflow and Valkey, and a local workspace."""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bot import manifest
from demo.services import prefect
from demo.services.ports import choose
from demo.stack import Stack
from demo.workspace.app_config import AppConfig
from demo.workspace.server import WorkspaceServer

BUSY_SECONDS = 20.0


class Whole:
    """A running product.

    Attributes:
        slack: The local workspace.
        stack: Its processes.
        prefect: A client of Prefect's API.
    """

    def __init__(self, slack: WorkspaceServer, stack: Stack, prefect_url: str) -> None:
        self.slack = slack
        self.stack = stack
        self.prefect = httpx.Client(base_url=prefect_url, timeout=20, trust_env=False)

    def add_pipelines(self, *names: str) -> None:
        """Let Prefect have deployments that nothing runs."""
        for name in names:
            flow = self._made("/flows/", {"name": name})["id"]
            self._made("/deployments/", {"name": "trainmaster", "flow_id": flow, "tags": ["trainmaster"]})

    def add_run(self, flow: str, *tags: str) -> str:
        """Let Prefect have a run that nothing runs; it stands as pending. Gives its id."""
        body = {
            "flow_id": self._made("/flows/", {"name": flow})["id"],
            "tags": list(tags),
            "state": {"type": "PENDING"},
        }
        return str(self._made("/flow_runs/", body)["id"])

    def put_run(self, run: str, state: str, name: str) -> str:
        """Put a run into a state, as its own process would; gives the time that Prefect wrote on it."""
        body = {"state": {"type": state, "name": name}, "force": True}
        changed = self._made(f"/flow_runs/{run}/set_state", body)
        return str(changed["state"]["timestamp"])

    def _made(self, path: str, body: object) -> Any:
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            answer = self.prefect.post(path, json=body)
            # SQLite has one writer at a time: Prefect says 503 while another one keeps it, and nothing was done.
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                return answer.raise_for_status().json()
            time.sleep(0.1)


@contextmanager
def whole(inherited: Mapping[str, str], **settings: str) -> Iterator[Whole]:
    """Start everything on free ports with a state folder of its own; nothing is left running afterwards.

    Args:
        inherited: The environment of this process.
        settings: Settings of the product, by the names of their variables.
    """
    with tempfile.TemporaryDirectory(prefix="trainmaster-bench-", ignore_cleanup_errors=True) as folder:
        state = Path(folder)
        ports = choose(state, usual=False)
        app = AppConfig(scopes=frozenset(manifest.scopes()), events=frozenset(manifest.EVENTS))
        slack = WorkspaceServer(port=ports.page, app=app)
        environment = {**inherited, "LOG_LEVEL": "WARNING", **settings}
        stack = Stack(state, workspace=slack, ports=ports, inherited=environment, model="offline", say=lambda _: None)
        try:
            stack.start()
            made = Whole(slack, stack, prefect.api_url(ports.prefect))
            yield made
            made.prefect.close()
        finally:
            stack.stop()
