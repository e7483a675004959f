"""Turns per second, and memory, as workers are added."""

import time

import psutil  # type: ignore[import-untyped]  # ships no types
import redis

from bot.mailbox import READY, Mailbox, box_of
from bot.outbox import due_key
from bot.queue import Jobs
from tests.benchmarks.figures import RATIO, Figure, Readings
from tests.benchmarks.measure import Measure, Runner
from tests.benchmarks.measures.hand_over import turn_of
from tests.benchmarks.place import Place, place, program, wait_until
from tests.benchmarks.wire import TEAM, WireSlack

WORKERS = (1, 2, 4, 8)
TURNS_EACH = 10
THINKING = 0.25  #: seconds that the model takes for each of a turn's two thoughts
MILLION = 1e6

ABOUT = """
Turns lie in their mailboxes, each in a thread of its own, and are all attended to at once; the clock stops when every
mailbox is empty. `python -m worker` as it is, but for the model, which takes 0.25 s for each of a turn's two thoughts
(about as long as a fast real one) or none at all, and a Prefect in memory. What workers cannot change is left out: the
posts wait in the outbox, because Slack takes no more than about four a second of one app.
"""


def run(runner: Runner) -> tuple[Figure, ...]:
    """Measure."""
    rates: dict[tuple[float, int], list[float]] = {}
    memory: dict[int, list[list[float]]] = {}
    for workers in WORKERS:
        for thinking in (THINKING, 0.0):
            with place(runner.inherited) as here, WireSlack() as slack:
                connection = here.valkey()
                _start(here, slack, workers, thinking)
                _rate(connection, here, workers)
                for _ in runner.rounds(f"{workers} workers"):
                    rates.setdefault((thinking, workers), []).append(
                        _rate(connection, here, workers * runner.count(TURNS_EACH))
                    )
                    if thinking:
                        memory.setdefault(workers, []).append(_own_memory(here))
    return _figures(rates, memory)


def _start(here: Place, slack: WireSlack, workers: int, thinking: float) -> None:
    environment = here.environment(slack_api=slack.api_url, LOG_LEVEL="ERROR", WORKERS=str(workers))
    module = "tests.benchmarks.subjects.zero_worker"
    connection = redis.Redis.from_url(here.redis_url)
    here.start(
        program("worker", (module, str(thinking)), environment, lambda: connection.scard("rq:workers") == workers)
    )


def _rate(connection: "redis.Redis", here: Place, count: int) -> float:
    """So many turns, answered; gives turns per second."""
    mailbox, jobs = Mailbox(connection), Jobs(redis.Redis.from_url(here.redis_url))
    turns = [turn_of() for _ in range(count)]
    for turn in turns:
        mailbox.accept(turn)
    begun = time.monotonic()
    for turn in turns:
        jobs.attend(box_of(turn))
    ended = wait_until(lambda: not connection.zcard(READY), what="the last turn")
    connection.delete(due_key(TEAM))  # what still waits for Slack must not wait beside the next turns
    return count / (ended - begun)


def _own_memory(here: Place) -> list[float]:
    parent = psutil.Process(here.child("worker").pid)
    return [child.memory_full_info().uss / MILLION for child in parent.children()]


def _figures(rates: dict[tuple[float, int], list[float]], memory: dict[int, list[list[float]]]) -> tuple[Figure, ...]:
    readings = Readings()
    one, most = WORKERS[0], WORKERS[-1]
    for thinking, words in ((THINKING, "a thinking model"), (0.0, "a model that takes no time")):
        for alone, together in zip(rates[thinking, one], rates[thinking, most], strict=True):
            readings.add(f"{most} workers against one, {words}", RATIO, together / alone)
    for children in memory[most]:
        readings.add(
            "each worker's own memory",
            "MB",
            max(children),
            goal=40,
            means=f"Of the largest of {most} children, after their turns (USS).",
        )
    for (thinking, workers), values in rates.items():
        words = "thinking" if thinking else "no time"
        for value in values:
            readings.add(f"{workers} worker{'s' if workers > 1 else ''}, {words}", "/s", value)
    return readings.figures


MEASURE = Measure("throughput", "Turns per second", ABOUT, run)
