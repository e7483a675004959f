"""The product under load: its own processes, the servers behind it, and a workspace with many channels and people."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

import psutil  # type: ignore[import-untyped]  # ships no types
import redis

from bot import manifest
from bot.mailbox import READY
from bot.outbox import due_key
from bot.queue import QUEUES
from demo.services import mlflow, ports, prefect, product, state, valkey
from demo.services.service import Service
from demo.services.supervisor import Supervisor
from demo.workspace import seed
from demo.workspace.app_config import AppConfig
from demo.workspace.model import Channel, Message, Person
from demo.workspace.server import WorkspaceServer
from tests.benchmarks.load.verdict import Asked, turn_of
from tests.benchmarks.load.watcher import Watcher

TEAM = seed.TEAM
PEOPLE = 40
CHANNELS = 20
#: What the product's processes may inherit from ours: nothing that chooses a model, and no secret.
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LOG_LEVEL")
LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process has used and holds.

    Attributes:
        seconds: Processor time since its start.
        resident: Bytes in memory, what it shares with others included.
        unique: Bytes that no other process shares.
    """

    seconds: float
    resident: int
    unique: int


class Site:
    """Everything, running; leave the block to stop it.

    Args:
        folder: Where its state is kept; emptied first.
        inherited: The environment of this process.
        workers: Worker children.
    """

    def __init__(self, folder: Path, *, inherited: Mapping[str, str], workers: int) -> None:
        self._folder = folder
        self.workers = workers
        self._inherited = {name: inherited[name] for name in KEPT if name in inherited} | {"WORKERS": str(workers)}
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _start(self) -> None:
        self._open.enter_context(state.held(self._folder))
        state.forget(self._folder)
        where = ports.choose(self._folder, usual=False)
        app = AppConfig(scopes=frozenset(manifest.scopes()), events=frozenset(manifest.EVENTS))
        self.slack = self._open.enter_context(WorkspaceServer(port=where.page, app=app))
        self.workspace = self.slack.workspace
        self.people = [self._person(number) for number in range(PEOPLE)]
        self.channels = [self._channel(number) for number in range(CHANNELS)]
        self.prefect_api = prefect.api_url(where.prefect)
        self.supervisor = self._open.enter_context(Supervisor(self._folder, say=lambda _: None))
        self.supervisor.start(
            [
                valkey.server(self._folder, port=where.valkey, inherited=self._inherited),
                prefect.server(self._folder, port=where.prefect, inherited=self._inherited),
                mlflow.server(self._folder, port=where.mlflow, inherited=self._inherited),
                *self._product(where),
            ]
        )
        self.redis_url = valkey.url(where.valkey)
        self.redis: redis.Redis = redis.Redis.from_url(self.redis_url, decode_responses=True)
        self._open.callback(self.redis.close)
        self.watcher = Watcher(self.workspace)

    def _product(self, where: ports.Ports) -> list[Service]:
        addresses = product.Addresses(
            slack_api=self.slack.api_url,
            bot_token=self.slack.bot_token,
            app_token=self.slack.app_token,
            redis=valkey.url(where.valkey),
            prefect=self.prefect_api,
            mlflow=mlflow.url(where.mlflow),
        )
        environment = product.environment(addresses, state=self._folder, inherited=self._inherited, model="offline")
        working = valkey.has_workers(where.valkey)
        return product.processes(environment, connected=lambda: self.slack.connections > 0, working=working)

    def _person(self, number: int) -> Person:
        return self.workspace.put_person(Person(f"U0LOAD{number:03}", f"load{number:03}", f"Load {number:03}"))

    def _channel(self, number: int) -> Channel:
        members = [*(person.id for person in self.people), seed.BOT]
        return self.workspace.create_channel(f"load-{number:02}", members)

    # --- people ---------------------------------------------------------------------------------------------------

    def ask(self, number: int, channel: Channel, text: str, thread: str | None = None) -> Asked:
        """Post a turn as one of the people."""
        person = self.people[number % len(self.people)]
        at = self.watcher.now()
        message = self.workspace.post(person.id, channel.id, f"<@{seed.BOT}> {text}", thread)
        return Asked(turn_id(message), (channel.id, message.root), at)

    def say(self, number: int, channel: Channel, text: str) -> Message:
        """Post something that is not meant for the app."""
        return self.workspace.post(self.people[number % len(self.people)].id, channel.id, text)

    # --- how it is doing ------------------------------------------------------------------------------------------

    def await_answers(self, turns: Sequence[Asked], *, seconds: float) -> bool:
        """Wait until each of these turns has its first message; False when it was not in time."""
        missing = {one.turn for one in turns}
        looked = 0

        def none_missing() -> bool:
            nonlocal looked
            fresh = self.watcher.heard[looked:]
            looked += len(fresh)
            missing.difference_update(turn_of(message.entry) for message in fresh)
            return not missing

        return self.watcher.wait_for(none_missing, seconds=seconds)

    def quiet(self) -> bool:
        """Whether nothing is under way: no envelope, no box, no message, no job."""
        waiting = [self.redis.zcard(READY), self.redis.zcard(due_key(TEAM))]
        waiting += [self.redis.llen(f"rq:queue:{name}") for name in QUEUES]
        return self.slack.underway == 0 and not any(waiting)

    def settle(self, *, seconds: float) -> bool:
        """Wait until it is quiet; False when it was not in time."""
        deadline = time.monotonic() + seconds
        while not self.quiet():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)  # between two looks, within the deadline above
        return True

    def commands(self) -> int:
        """How many commands Redis has worked off, those inside scripts included."""
        stats = cast("dict[str, dict[str, int]]", self.redis.info("commandstats"))
        return sum(each["calls"] for each in stats.values())

    def costs(self) -> dict[str, Cost]:
        """What each process of the product costs; worker children are numbered."""
        found = {name: [psutil.Process(self.supervisor.child(name).pid)] for name in ("bot", "worker", "feed")}
        children = found["worker"][0].children()
        named = [(name, process) for name, [process] in found.items()]
        named += [(f"worker child {number}", child) for number, child in enumerate(children, 1)]
        return {name: _cost(process) for name, process in named}

    def complaints(self) -> list[str]:
        """What the product's logs say of errors nobody expected."""
        return [
            f"{name}: {line.strip()}"
            for name in ("bot", "worker", "feed")
            for line in self._log(name)
            if "Traceback" in line or "[error" in line
        ]

    def _log(self, name: str) -> Iterator[str]:
        with self.supervisor.child(name).log.open(encoding="utf-8", errors="replace") as log:
            yield from log


def turn_id(message: Message) -> str:
    """The id that the product gives a message's turn."""
    return f"{TEAM}-{message.channel}-{message.ts}"


def _cost(process: psutil.Process) -> Cost:
    memory = process.memory_full_info()
    times = process.cpu_times()
    return Cost(times.user + times.system, memory.rss, memory.uss)
