"""From an accepted turn to the agent's first step."""

import itertools
import time
from collections.abc import Callable

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from bot.events import Actor, Thread, Turn
from bot.mailbox import Mailbox, box_of
from bot.queue import JOB_SECONDS, TURNS, Jobs
from demo.services import valkey
from tests.benchmarks import moments
from tests.benchmarks.figures import RATIO, Figure, Readings, median
from tests.benchmarks.measure import Measure, Runner
from tests.benchmarks.place import place, program, wait_until
from tests.benchmarks.subjects.bare_job import BEGAN
from tests.benchmarks.wire import BOT, TEAM, WireSlack

TURNS_EACH = 60
PAUSE_SECONDS = 0.1  #: after each, so that what follows a turn (its post, its end) does not fall on the next one
JOB = "tests.benchmarks.subjects.bare_job.note"

ABOUT = """
A turn lies accepted in its mailbox; a worker has it in hand when the model is called the first time. In between: the
job is queued and taken, the lease is taken, signs of life are given, memory and checkpoint are read, the first
checkpoints are written, so that the model is asked nothing that could be lost. The other one is a job that does
nothing, on the same worker class (RQ's `SimpleWorker` as `worker.children` has it) in a process of its own: from the
call of `enqueue` to the job's first line. One worker, one at a time, the same Valkey for both, in turn.
"""

_serial = itertools.count(1)


def run(runner: Runner) -> tuple[Figure, ...]:
    """Measure."""
    readings = Readings()
    with place(runner.inherited) as here, WireSlack() as slack:
        connection = here.valkey()
        environment = here.environment(slack_api=slack.api_url, LOG_LEVEL="WARNING", WORKERS="1")
        # Each has a database of its own, so that neither takes the other's jobs.
        bare_url = here.redis_url.replace("/0", "/1")
        here.start(
            program(
                "worker",
                ("tests.benchmarks.subjects.zero_worker",),
                environment,
                valkey.has_workers(here.ports.valkey),
            )
        )
        bare = redis.Redis.from_url(bare_url, decode_responses=True)
        queue = Queue(TURNS, connection=redis.Redis.from_url(bare_url), serializer=JSONSerializer)
        here.start(
            program(
                "bare",
                ("tests.benchmarks.subjects.bare_worker", bare_url),
                environment,
                lambda: bare.exists("rq:workers") == 1,
            )
        )
        ours = _Ours(connection, here.redis_url)
        sides: dict[str, Callable[[], float]] = {"ours": ours.one, "bare": lambda: _bare(bare, queue)}
        for side in sides.values():
            for _ in range(10):  # what is done once only, is done
                side()
        for _ in runner.rounds():
            took: dict[str, list[float]] = {name: [] for name in sides}
            for _ in range(runner.count(TURNS_EACH)):
                for name, side in sides.items():
                    took[name].append(side())
                    time.sleep(PAUSE_SECONDS)
            _note(readings, took["ours"], took["bare"], ours.taken[-runner.count(TURNS_EACH) :])
    return readings.figures


def _note(readings: Readings, ours: list[float], bare: list[float], taken: list[float]) -> None:
    readings.add("ours against bare RQ", RATIO, median(ours) / median(bare), goal=2, means="The medians, divided.")
    readings.add("ours", "ms", median(ours) * 1000, means=f"Median of {TURNS_EACH} turns.")
    readings.add("of it, until the worker has the job", "ms", median(taken) * 1000)
    readings.add("bare RQ", "ms", median(bare) * 1000, means=f"Median of {TURNS_EACH} jobs.")


class _Ours:
    """Turns that are accepted here and begun in the worker.

    Attributes:
        taken: Of each turn, the seconds until the worker had the job.
    """

    def __init__(self, connection: "redis.Redis", url: str) -> None:
        self._redis = connection
        self._mailbox = Mailbox(connection)
        self._jobs = Jobs(redis.Redis.from_url(url))
        self.taken: list[float] = []

    def one(self) -> float:
        """Accept a turn and have it attended to; the seconds until the model is asked."""
        turn = turn_of()
        self._mailbox.accept(turn)
        begun = time.monotonic()
        self._jobs.attend(box_of(turn))
        seen: list[moments.Moment] = []

        def done() -> bool:
            seen.extend(moments.collected(self._redis))
            return any(one.part == "rest" for one in seen)

        wait_until(done, what="a turn")
        self.taken.append(next(one.begun for one in seen if one.part == "rest") - begun)
        return min(one.begun for one in seen if one.part == "model") - begun


def turn_of() -> Turn:
    """A turn that opens a thread of its own."""
    ts = f"{int(time.time())}.{next(_serial):06}"
    return Turn(
        id=f"{TEAM}-C0BENCH-{ts}",
        thread=Thread(team=TEAM, channel="C0BENCH", root=ts),
        actor=Actor(user="U0BENCHASKER", team=TEAM),
        ts=ts,
        text=f"<@{BOT}> which pipelines are there?",
        length=30,
        mention=True,
    )


def _bare(connection: "redis.Redis", queue: Queue) -> float:
    name = str(next(_serial))
    begun = time.monotonic()
    queue.enqueue(JOB, name, job_timeout=JOB_SECONDS, result_ttl=0, failure_ttl=86_400)
    told: list[str] = []

    def done() -> bool:
        told.extend(str(found) for found in connection.lrange(BEGAN, 0, -1))
        return bool(told)

    wait_until(done, what="a job")
    connection.delete(BEGAN)
    return float(told[0].split()[1]) - begun


MEASURE = Measure("hand-over", "Accepted turn to first step", ABOUT, run)
