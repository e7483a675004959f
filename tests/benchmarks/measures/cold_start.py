"""From the start of a process until it does its work."""

import compileall
import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import redis

from bot.mailbox import Mailbox, box_of
from bot.queue import Jobs
from demo.services import leftovers, prefect
from demo.services.child import Child
from demo.services.environment import child_environment
from demo.services.service import Service
from tests.benchmarks.figures import RATIO, Figure, Readings
from tests.benchmarks.machine import CHECKOUT
from tests.benchmarks.measure import Measure, Runner
from tests.benchmarks.measures.hand_over import turn_of
from tests.benchmarks.place import Place, place, program, wait_until
from tests.benchmarks.wire import TEAM, WireSlack

STOP_SECONDS = 30.0
DEMO_SECONDS = 300.0
PACKAGES = ("bot", "demo", "tools", "worker")

ABOUT = """
Each process is started as the Procfile says, with its bytecode there, and timed from then on until it does what it is
for: the bot holds its Socket Mode connection; the worker has taken a turn that lay waiting; the feed, connected to
Prefect's events, has handed on a run that was to be looked at; `python -m demo` says that it is ready, with everything
from Valkey to the page. Bolt's bare listener is started likewise.
"""


def run(runner: Runner) -> tuple[Figure, ...]:
    """Measure."""
    readings = Readings()
    for package in PACKAGES:
        compileall.compile_dir(CHECKOUT / package, quiet=2)
    with place(runner.inherited) as here, WireSlack() as slack:
        connection = here.valkey()
        here.start(prefect.server(here.state, port=here.ports.prefect, inherited=here.inherited))
        for _ in runner.rounds():
            bot, bare = _bot(here, slack), _bare(here, slack)
            readings.add("bot against bare Bolt", RATIO, bot / bare)
            readings.add("bot", "s", bot)
            readings.add("bare Bolt", "s", bare)
            readings.add("worker", "s", _worker(here, slack, connection), means="Until its one child took the turn.")
            readings.add("feed", "s", _feed(here, slack, connection))
    for _ in runner.rounds("demo"):
        readings.add("demo", "s", _demo(runner), goal=60, means="`python -m demo`, on a new state folder.")
    return readings.figures


def _bot(here: Place, slack: WireSlack) -> float:
    slack.connected.clear()
    environment = here.environment(slack_api=slack.api_url)
    with _started(program("cold-bot", ("bot",), environment, slack.connected.is_set), here.state) as seconds:
        return seconds


def _bare(here: Place, slack: WireSlack) -> float:
    slack.connected.clear()
    environment = child_environment(here.inherited, state=here.state, home=here.state / "bare")
    arguments = ("tests.benchmarks.subjects.bare_listener", slack.api_url)
    with _started(program("cold-bare", arguments, environment, slack.connected.is_set), here.state) as seconds:
        return seconds


def _worker(here: Place, slack: WireSlack, connection: "redis.Redis") -> float:
    connection.flushall()
    turn = turn_of()
    Mailbox(connection).accept(turn)
    Jobs(redis.Redis.from_url(here.redis_url)).attend(box_of(turn))
    environment = here.environment(slack_api=slack.api_url, WORKERS="1")
    lease = f"tm:{TEAM}:lease:v1:{box_of(turn)}"
    service = program("cold-worker", ("worker",), environment, lambda: connection.hexists(lease, "token"))
    with _started(service, here.state) as seconds:
        return seconds


def _feed(here: Place, slack: WireSlack, connection: "redis.Redis") -> float:
    connection.flushall()
    run = str(uuid.uuid4())
    connection.sadd(f"tm:{TEAM}:followed:v1", run)
    environment = here.environment(slack_api=slack.api_url)
    news = f"tm:{TEAM}:mailbox:v1:{TEAM}:run:{run}"
    service = program("cold-feed", ("worker", "feed"), environment, lambda: connection.exists(news) == 1)
    with _started(service, here.state) as seconds:
        return seconds


def _demo(runner: Runner) -> float:
    with place(runner.inherited) as here:
        state = here.state / "demo"
        state.mkdir()
        log = here.state / "logs" / "cold-demo.log"
        environment = child_environment(runner.inherited, state=state, home=here.state / "home")
        service = program(
            "cold-demo",
            ("demo", "--fresh", "--port", "0", "--state-dir", str(state)),
            environment,
            _says(log, b"Trainmaster is ready"),
        )
        try:
            with _started(replace(service, start_within=DEMO_SECONDS), here.state) as seconds:
                return seconds
        finally:
            leftovers.end(leftovers.of(state), within=5)


def _says(log: Path, words: bytes) -> Callable[[], bool]:
    return lambda: log.exists() and words in log.read_bytes()


@contextlib.contextmanager
def _started(service: Service, state: Path) -> Iterator[float]:
    """A service that was started and is stopped; gives the seconds until it was ready."""
    child = Child(service, state=state)
    child.start()
    try:
        ready = wait_until(service.ready, seconds=service.start_within, what=f"{service.name}'s readiness")
        yield ready - child.started
    finally:
        child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        while not child.stopped(deadline=deadline):
            time.sleep(0.05)


MEASURE = Measure("cold-start", "Cold start", ABOUT, run)
