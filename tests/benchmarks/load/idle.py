"""(d) Ten thousand idle threads and a thousand followed runs, against ten and one.

What an idle thread leaves in Redis is copied from a thread in which a question was just answered, under other names:
ten thousand turns would take forty minutes at the rate that Slack allows, and leave the same bytes.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import redis

from tests.benchmarks.load.results import Row, never
from tests.benchmarks.load.runs import Runs
from tests.benchmarks.load.site import TEAM, Cost, Site
from tests.benchmarks.load.steady import PATIENCE_SECONDS, PIPELINES, QUESTIONS
from tests.benchmarks.load.verdict import Asked, judge, percentile
from tests.integration.house.test_redis_keys import table
from worker.feed import RECONCILE_SECONDS

THREADS, RUNS = 10_000, 1_000
FEW_THREADS, FEW_RUNS = 10, 1
TURNS = 60
PAUSE_SECONDS = 1.0  #: between two measured turns: together they outlast two looks of the feed at every run
BATCH = 500
MIB = 2**20
GOAL = "≤ 1.1"


@dataclass(frozen=True, slots=True)
class Load:
    """What was found under one load.

    Attributes:
        costs: Of each process.
        seconds: From each measured turn to its answer.
        lost: Measured turns that were not answered, once and in order.
        used: Bytes that Redis uses.
        thread: Bytes of the keys of one idle thread, all of them and those that are left after a day.
        unlisted: Keys that docs/redis.md does not know, or that live longer than it says.
        busy: Processor seconds a second of all processes, with nobody asking anything.
    """

    costs: dict[str, Cost]
    seconds: tuple[float, ...]
    lost: int
    used: tuple[int, int]
    thread: tuple[int, int]
    unlisted: int
    busy: float


def run(site: Callable[[], Site], *, scale: float = 1.0) -> tuple[list[Row], str]:
    """Measure under little and under much, each in a product that was just started.

    Returns:
        The rows, and a note.
    """
    threads, runs = max(FEW_THREADS * 2, round(THREADS * scale)), max(FEW_RUNS * 2, round(RUNS * scale))
    turns = max(10, round(TURNS * min(1.0, scale * 10)))
    with site() as opened:
        few = _measure(opened, threads=FEW_THREADS, runs=FEW_RUNS, turns=turns)
    with site() as opened:
        many = _measure(opened, threads=threads, runs=runs, turns=turns)
    rows = [
        Row("idle threads", threads),
        Row("followed runs", runs),
        *never(
            {
                "measured turns lost, doubled or out of order": few.lost + many.lost,
                "keys that docs/redis.md does not know": few.unlisted + many.unlisted,
            }
        ),
    ]
    for name in few.costs:
        rows += _compared(f"{name}: resident", few.costs[name].resident / MIB, many.costs[name].resident / MIB, "MiB")
        rows += _compared(f"{name}: unique", few.costs[name].unique / MIB, many.costs[name].unique / MIB, "MiB")
    for share, label in ((0.5, "p50"), (0.95, "p95")):
        rows += _compared(
            f"answer, {label}", 1000 * percentile(few.seconds, share), 1000 * percentile(many.seconds, share), "ms"
        )
    rows += [
        Row("processor time while nobody asks, few", 100 * few.busy, "% of a core"),
        Row("processor time while nobody asks, many", 100 * many.busy, "% of a core"),
        Row("Redis for a thread just answered, its keys", many.thread[0], "bytes"),
        Row("Redis for a thread after a day, its keys", many.thread[1], "bytes"),
        Row("Redis for a thread just answered, memory used", (many.used[1] - many.used[0]) / threads, "bytes"),
    ]
    return rows, f"Against {FEW_THREADS} threads and {FEW_RUNS} run; each in a product that was just started."


def _compared(what: str, few: float, many: float, unit: str) -> list[Row]:
    return [
        Row(f"{what}, few", few, unit),
        Row(f"{what}, many", many, unit),
        Row(f"{what}, many / few", many / few, "", GOAL),
    ]


def _measure(site: Site, *, threads: int, runs: int, turns: int) -> Load:
    server = Runs(site.prefect_api, team=TEAM)
    [deployment, *_] = server.pipelines(*PIPELINES)
    warm = _ask(site, site.workers * 5, pause=0.1)
    site.settle(seconds=PATIENCE_SECONDS)
    used = _used(site)
    thread = _multiply(site, warm[-1], threads)
    filled = _used(site)
    roots = [site.say(n, site.channels[n % len(site.channels)], "A run of mine.") for n in range(runs)]
    followed = server.start(deployment, [(root.channel, root.ts) for root in roots])
    server.close()
    cards = {one.card for one in followed}
    site.watcher.wait_for(lambda: cards <= {one.entry for one in site.watcher.heard}, seconds=PATIENCE_SECONDS + runs)
    site.settle(seconds=PATIENCE_SECONDS)
    busy = _busy(site, seconds=2 * RECONCILE_SECONDS if turns == TURNS else RECONCILE_SECONDS)
    asked = _ask(site, turns, pause=PAUSE_SECONDS)
    verdict = judge(asked, site.watcher.heard)
    return Load(
        costs=site.costs(),
        seconds=verdict.answered,
        lost=verdict.lost + verdict.doubled + verdict.misordered + verdict.failed,
        used=(used, filled),
        thread=thread,
        unlisted=_unlisted(site.redis),
        busy=busy,
    )


def _ask(site: Site, turns: int, *, pause: float) -> list[Asked]:
    """Ask one after the other, each in a thread of its own, and wait for each answer."""
    asked: list[Asked] = []
    clock = threading.Event()
    for number in range(turns):
        asked.append(site.ask(number, site.channels[number % len(site.channels)], QUESTIONS[0][0]))
        site.await_answers(asked[-1:], seconds=PATIENCE_SECONDS)
        clock.wait(pause)
    return asked


def _multiply(site: Site, answered: Asked, threads: int) -> tuple[int, int]:
    """Make so many idle threads of one.

    Returns:
        Bytes of one thread's keys: now, and of those that are left after a day.
    """
    ts = answered.thread[1]
    keys = [str(key) for key in site.redis.scan_iter(f"*{ts}*", count=1000)]
    raw = redis.Redis.from_url(site.redis_url)  # what DUMP gives is no text
    bodies = {key: (raw.dump(key) or b"", raw.pttl(key), raw.memory_usage(key, samples=0) or 0) for key in keys}
    seconds = int(ts.split(".")[0])
    for begin in range(0, threads, BATCH):
        pipe = raw.pipeline(transaction=False)
        for number in range(begin, min(threads, begin + BATCH)):
            other = f"{seconds - 10_000 - number}.000000"
            for key, (body, left, _) in bodies.items():
                pipe.restore(key.replace(ts, other), max(0, left), body)
        pipe.execute()
    raw.close()
    day = 86_400_000
    return (
        sum(size for _, _, size in bodies.values()),
        sum(size for _, left, size in bodies.values() if left > day),
    )


def _used(site: Site) -> int:
    return int(cast("dict[str, int]", site.redis.info("memory"))["used_memory"])


def _busy(site: Site, *, seconds: float) -> float:
    before = sum(cost.seconds for cost in site.costs().values())
    threading.Event().wait(seconds)
    return (sum(cost.seconds for cost in site.costs().values()) - before) / seconds


def _unlisted(connection: "redis.Redis") -> int:
    """Keys that are not in the table of docs/redis.md, or are there with another type or a shorter life."""
    rows = table()
    wrong = 0
    for key in connection.scan_iter(count=5000):
        known = next((row for row in rows if row.fits(str(key))), None)
        if known is None:
            wrong += 1
        elif known.owner != "RQ":
            left = connection.ttl(str(key))
            fits = left == -1 if known.lives is None else -1 < left <= known.lives or left == -2  # -2: gone by now
            wrong += not fits
    return wrong
