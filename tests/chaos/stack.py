"""The product as it is run, with everything around it on this machine and a proxy on every line between two processes.

Bot, worker and feed are the processes of the Procfile; a supervisor starts again what ends, as systemd or a container
host would. A stack is kept from run to run, since its start takes half a minute.
"""

import dataclasses
import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]  # ships no types
import redis

from bot import manifest
from bot.budgets import METHODS, Budgets
from demo.services import leftovers, mlflow, prefect, product, valkey
from demo.services.environment import KEPT
from demo.services.ports import HOST, free_port
from demo.services.service import Service
from demo.services.supervisor import Supervisor
from demo.workspace import seed
from demo.workspace.app_config import AppConfig
from demo.workspace.server import WorkspaceServer
from tests.chaos.clocks import CLOCKED, Clock
from tests.chaos.proxy import Caught, Hold, Proxy, Wires, hold_in
from tests.chaos.registry import Registry
from tests.fakes.gemini import Gemini

BOT, WORKER, FEED = "bot", "worker", "feed"
ROLES = (BOT, WORKER, FEED)
#: Slack tries again at once, after a minute, after five; here sooner, so that a run lasts seconds.
RETRY_DELAYS = (0.0, 2.0, 5.0)
READY_SECONDS = 120.0
TRIES = 5
CHILDREN = 2  #: as the settings have it by default


class Unfit(Exception):
    """The stack cannot be used any more; the message says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class Needs:
    """What a scenario needs beside the usual.

    Attributes:
        pool: A Prefect worker that executes runs; without it they stay scheduled, which costs nothing.
        gemini: The stand-in for Gemini as the model.
        clock: Valkey and the product live by a clock that can be set (tests/chaos/clocks.py).
    """

    pool: bool = False
    gemini: bool = False
    clock: bool = False

    @property
    def order(self) -> tuple[bool, bool, bool]:
        """What needs most comes first."""
        return not self.pool, not self.clock, not self.gemini


class Stack:
    """Valkey, Prefect, MLflow, a workspace, and Trainmaster.

    Args:
        state: A folder for everything; its logs are in `logs/`.
        say: Told what starts and what ends.
        checkout: Where the product's code is; another one for a product that was changed on purpose.

    Attributes:
        workspace: The local workspace.
        redis: A connection to Valkey that passes no proxy.
        wires: The proxies, by (process, server).
        gemini: The stand-in for Gemini.
        registry: MLflow's registry of models, passing no proxy.
        supervisor: What watches the processes.
    """

    def __init__(self, state: Path, *, say: Callable[[str], None], checkout: Path = product.CHECKOUT) -> None:
        self.state = state
        self._checkout = checkout
        self._ports = {name: free_port() for name in ("valkey", "prefect", "mlflow")}
        self._kept = Needs()
        self._serving: set[int] = set()
        self._wires = Wires()
        installed = AppConfig(scopes=frozenset(manifest.scopes()), events=frozenset(manifest.EVENTS))
        self.workspace = WorkspaceServer(app=installed, retry_delays=RETRY_DELAYS)
        self.wires = self._proxies()
        self.workspace._site.base_url = f"http://{HOST}:{self.wires[BOT, 'slack'].port}"  # its socket address
        self.redis = redis.Redis(port=self._ports["valkey"], decode_responses=True, socket_timeout=5)
        self._prefect = httpx.Client(base_url=prefect.api_url(self._ports["prefect"]), timeout=20, trust_env=False)
        self.gemini = Gemini()
        self.registry = Registry(mlflow.url(self._ports["mlflow"]))
        self.supervisor = Supervisor(state, say=say)
        self._clock = Clock(state)

    def start(self) -> None:
        """Start everything and return when it can be used.

        Raises:
            demo.services.service.ServiceFailed: Something did not start.
        """
        self.workspace.start()
        self.supervisor.start([*self._backends(), *self._product()])
        self.supervisor.watch()

    def stop(self) -> None:
        """Stop everything; nothing is left running."""
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)
        self.supervisor.stop()
        self.workspace.stop()
        self._wires.close()
        self.gemini.close()
        self.registry.close()
        self.redis.close()
        self._prefect.close()

    def arrange(self, needs: Needs) -> None:
        """Have what a scenario needs, and nothing more; processes that must change for it are started anew."""
        if needs.pool and not self._has(prefect.WORKER):
            self.supervisor.start([self._prefect_worker()])
        if not needs.pool and self._has(prefect.WORKER):
            self._take_down(prefect.WORKER)
        if (needs.gemini, needs.clock) == (self._kept.gemini, self._kept.clock):
            return
        clock = self._clock.environment() if needs.clock else {}
        model = self._gemini() if needs.gemini else {"MODEL": "offline"}
        if needs.clock != self._kept.clock:
            self.set_clock(0)
            self._give(valkey.SERVER, clock, without=CLOCKED)
        for role in ROLES:
            self._give(role, {**model, **clock}, without=CLOCKED)
        self._kept = needs
        self.ready()

    def prefect_answers(self) -> bool:
        """Whether Prefect's server is up."""
        try:
            return self._prefect.get("/health").is_success
        except httpx.HTTPError:
            return False

    def prefect(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask Prefect's API, passing no proxy; only what may be asked again, since a busy server drops connections.

        Raises:
            httpx.TransportError: It did not answer, several times.
        """
        for _ in range(TRIES - 1):
            try:
                return self._prefect.request(method, path, json=body)
            except httpx.TransportError:
                time.sleep(1.0)  # it is busy, or just starting
        return self._prefect.request(method, path, json=body)

    def set_clock(self, seconds: int) -> None:
        """Let the processes that live by the settable clock be so many seconds ahead (or behind, when negative)."""
        self._clock.set(seconds)

    def refill(self, method: str) -> None:
        """Let a method of Slack's be as if nobody had called it for a minute: by its limit, and by our budget."""
        [limit] = METHODS[method]
        self.redis.delete(Budgets(self.redis, team=seed.TEAM)._key(limit))
        self.workspace.limits.refill(method)

    def calm(self) -> None:
        """Every line works again, no fault is on, and the next crash is restarted without a long pause."""
        for proxy in self.wires.values():
            proxy.restore()
        self.workspace.faults.clear()
        self.workspace._parts.delivery._retry_delays = RETRY_DELAYS
        self.supervisor._crashes.clear()
        self.gemini.restore()
        if self._kept.clock:
            self.set_clock(0)

    def ready(self, *, seconds: float = READY_SECONDS) -> None:
        """Wait until every process is up and takes work.

        Raises:
            Unfit: That did not come about.
        """
        deadline = time.monotonic() + seconds
        while missing := self._missing():
            if time.monotonic() > deadline:
                raise Unfit(f"not ready within {seconds:.0f} s: {', '.join(missing)}")
            time.sleep(0.1)  # between two looks, within the deadline above

    def processes(self, *roles: str) -> list[psutil.Process]:
        """The living processes of these roles (of all), orphans included; parents before their children."""
        wanted = {f"-m {' '.join(_ARGUMENTS[role])}": role for role in roles or ROLES}
        found = []
        for process in leftovers._marked(self.state):
            with suppress(psutil.Error):
                if " ".join(process.cmdline()[1:]) in wanted and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return sorted(found, key=lambda process: process.pid)

    def main(self, role: str) -> psutil.Process:
        """The process that the supervisor started for a role or a service."""
        return psutil.Process(self.supervisor.child(role).pid)

    def tree(self, name: str) -> list[psutil.Process]:
        """A service's process and all that descend from it, parents before children; none when it is down."""
        try:
            main = self.main(name)
            return [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def children(self) -> list[psutil.Process]:
        """The worker's children that answer turns."""
        try:
            return list(self.main(WORKER).children())
        except psutil.NoSuchProcess:
            return []

    def owner(self, caught: Caught) -> psutil.Process:
        """The process whose bytes were caught.

        Raises:
            Unfit: It is gone.
        """
        for process in self.processes():
            with suppress(psutil.Error):
                if any(found.laddr.port == caught.port for found in process.net_connections(kind="tcp")):
                    return process
        raise Unfit(f"no process has the port {caught.port}")

    def hold(
        self,
        server: str,
        roles: tuple[str, ...],
        pattern: bytes,
        *,
        skip: int = 0,
        forward: bool = False,
        times: int = 1,
    ) -> Hold:
        """A hold on the lines from these roles to a server."""
        return hold_in([self.wires[role, server] for role in roles], pattern, skip=skip, forward=forward, times=times)

    def log(self, name: str) -> str:
        """What a process has logged."""
        file = self.state / "logs" / f"{name}.log"
        return file.read_text("utf-8", errors="replace") if file.exists() else ""

    # --- inside ---

    def _proxies(self) -> dict[tuple[str, str], Proxy]:
        targets = {**self._ports, "slack": self.workspace._listener.getsockname()[1]}
        wires = {(role, name): self._wires.proxy(port) for role in ROLES for name, port in targets.items()}
        # Files are fetched from Slack's own address only, so that all processes must know it by the same one.
        return {**wires, **{(role, "slack"): wires[BOT, "slack"] for role in ROLES}}

    def _backends(self) -> list[Service]:
        inherited = _inherited()
        return [
            _unsignalled(valkey.server(self.state, port=self._ports["valkey"], inherited=inherited)),
            prefect.server(self.state, port=self._ports["prefect"], inherited=inherited),
            mlflow.server(self.state, port=self._ports["mlflow"], inherited=inherited),
        ]

    def _prefect_worker(self) -> Service:
        return prefect.worker(
            self.state,
            pool=product.POOL,
            prefect_url=prefect.api_url(self._ports["prefect"]),
            mlflow_url=mlflow.url(self._ports["mlflow"]),
            inherited=_inherited(),
        )

    def _product(self) -> list[Service]:
        found = []
        for role in ROLES:
            addresses = product.Addresses(
                slack_api=f"http://{HOST}:{self.wires[role, 'slack'].port}/api/",
                bot_token=self.workspace.bot_token,
                app_token=self.workspace.app_token,
                redis=valkey.url(self.wires[role, "valkey"].port),
                prefect=prefect.api_url(self.wires[role, "prefect"].port),
                mlflow=mlflow.url(self.wires[role, "mlflow"].port),
            )
            environment = product.environment(addresses, state=self.state, inherited=_inherited(), model="offline")
            processes = product.processes(
                environment,
                connected=lambda: self.workspace.connections > 0,
                working=valkey.has_workers(self._ports["valkey"]),
            )
            service = next(service for service in processes if service.name == role)
            found.append(dataclasses.replace(service, folder=self._checkout))
        return found

    def _gemini(self) -> dict[str, str]:
        return {"MODEL": "gemini-stand-in", "GOOGLE_API_KEY": "no-key", "GEMINI_API_ENDPOINT": self.gemini.url}

    def _give(self, name: str, environment: Mapping[str, str], *, without: tuple[str, ...] = ()) -> None:
        """Start a service anew with another environment."""
        child = self.supervisor.child(name)
        kept = {key: value for key, value in child.service.environment.items() if key not in without}
        child.service = dataclasses.replace(child.service, environment={**kept, **environment})
        before = child.pid
        child.ask_to_stop()
        deadline = time.monotonic() + READY_SECONDS
        while child.pid == before or not child.runs:
            if time.monotonic() > deadline:
                raise Unfit(f"{name} did not start again")
            time.sleep(0.1)  # between two looks, within the deadline above
        self.supervisor._crashes.clear()

    def _take_down(self, name: str) -> None:
        """Stop a service for good."""
        child = self.supervisor.child(name)
        self.supervisor._children.remove(child)
        child.ask_to_stop()
        deadline = time.monotonic() + child.service.stop_within
        while not child.stopped(deadline=deadline):
            time.sleep(0.1)  # between two looks, within the deadline above

    def _has(self, name: str) -> bool:
        return any(child.service.name == name for child in self.supervisor._children)

    def _missing(self) -> list[str]:
        missing = [child.service.name for child in self.supervisor._children if not child.runs]
        if self.workspace.connections == 0:
            missing.append("the bot's socket")
        children = {child.pid for child in self.children()}
        if len(children) < CHILDREN or not children <= self._serving:
            self._serving = {int(pid) for pid in re.findall(r"worker_serving .*pid=(\d+)", self.log(WORKER))}
        if len(children & self._serving) < CHILDREN:
            missing.append("worker children")
        if not self._answers():
            missing.append("an answering Valkey")
        return missing

    def _answers(self) -> bool:
        try:
            return bool(self.redis.ping())
        except redis.RedisError:
            return False


_ARGUMENTS = {BOT: ("bot",), WORKER: ("worker",), FEED: ("worker", "feed")}


def _unsignalled(service: Service) -> Service:
    """A server whose write fails, rather than kills it, when a file may not grow: as on a disk that is full."""
    return dataclasses.replace(service, command=("/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", *service.command))


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in {*KEPT, "PATH", "HOME"}}
