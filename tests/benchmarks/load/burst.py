"""(b) A burst: a thousand turns in two hundred threads as fast as they can be posted, while cards and decisions go on.

Nothing may be lost, doubled or out of order, and the backlog must be gone when the limits' arithmetic says so: earlier
would break a limit, later would mean that something of ours stood in the way.
"""

import statistics
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from bot.views import actions
from demo.workspace.model import Acknowledgement, Message
from tests.benchmarks.load import arithmetic
from tests.benchmarks.load.arithmetic import Expected
from tests.benchmarks.load.meter import Meter
from tests.benchmarks.load.results import Row, never
from tests.benchmarks.load.runs import Run, Runs
from tests.benchmarks.load.site import TEAM, Site, turn_id
from tests.benchmarks.load.steady import PATIENCE_SECONDS, PIPELINES, QUESTIONS
from tests.benchmarks.load.verdict import Asked, judge, percentile

THREADS, TURNS = 200, 1000
CARDS = 30  #: runs whose cards are edited all the time
STEP_SECONDS = 4.0  #: between two changes of such a run
DECISIONS = 12
DECISION_SECONDS = 6.0
FLOW = b"from prefect import flow\n\n\n@flow\ndef adding(start: int = 1) -> int:\n    return start + 1\n"


@dataclass(frozen=True, slots=True)
class Decision:
    """A press of a button, and the edit that shows what came of it.

    Attributes:
        entry: The card's name.
        at: When it was pressed, on the watcher's clock.
        taken: Whether the app acknowledged it within the three seconds that Slack allows.
    """

    entry: str
    at: float
    taken: "Future[Acknowledgement]"


def run(site: Site, *, scale: float = 1.0) -> tuple[list[Row], str]:
    """Post the burst, and judge.

    Returns:
        The rows, and a note with the arithmetic.
    """
    threads, turns = max(4, round(THREADS * scale)), max(8, round(TURNS * scale))
    traffic = Traffic(site, cards=max(2, round(CARDS * scale)), decisions=max(2, round(DECISIONS * scale)))
    traffic.prepare()
    meter = Meter(site)
    heard_before = len(site.watcher.heard)
    traffic.start()
    begun = site.watcher.now()
    asked = _post(site, threads=threads, turns=turns)
    posted = site.watcher.now() - begun
    guess = arithmetic.posts(Counter(one.thread[0] for one in asked)).seconds
    site.await_answers(asked, seconds=3 * guess + PATIENCE_SECONDS)
    verdict = judge(asked, site.watcher.heard)
    decided = traffic.stop()
    settled = site.settle(seconds=PATIENCE_SECONDS)
    verdict = judge(asked, site.watcher.heard)
    arrived = [one for one in site.watcher.heard[heard_before:] if one.at <= verdict.last]
    expected = arithmetic.posts(Counter(one.thread[0] for one in arrived))
    took = verdict.last - begun
    rows = [
        Row("turns asked", len(asked)),
        Row("threads", threads),
        Row("all posted after", posted, "s"),
        *never(
            {
                "turns lost": verdict.lost,
                "messages doubled": verdict.doubled,
                "answers out of order": verdict.misordered,
                "turns that failed": verdict.failed,
                "still busy at the end": int(not settled),
                "unexpected errors in the logs": len(site.complaints()),
            }
        ),
        *_backlog(took, expected, arrived=len(arrived)),
        *traffic.rows(decided, until=verdict.last),
        Row("turns answered a second", len(verdict.answered) / took, "/s"),
        Row("answer, p50", percentile(verdict.answered, 0.5), "s"),
        Row("answer, slowest", percentile(verdict.answered, 1.0), "s"),
        *meter.rows(len(asked)),
    ]
    return rows, _note(site, expected, meter, arrived=len(arrived))


def _post(site: Site, *, threads: int, turns: int) -> list[Asked]:
    asked: list[Asked] = []
    for number in range(turns):
        channel = site.channels[number % threads % len(site.channels)]
        root = asked[number % threads].thread[1] if number >= threads else None
        asked.append(site.ask(number, channel, QUESTIONS[number % len(QUESTIONS)][0], root))
    return asked


def _backlog(took: float, expected: Expected, *, arrived: int) -> list[Row]:
    return [
        Row("messages that the limits let pass one by one", arrived),
        Row("backlog gone after", took, "s"),
        Row("the arithmetic of our budgets says", expected.ours, "s"),
        Row("the arithmetic of the workspace's limits says", expected.slacks, "s"),
        Row("measured / arithmetic", took / expected.seconds if expected.seconds else float("nan"), "", "0.9 to 1.1"),
    ]


def _note(site: Site, expected: Expected, meter: Meter, *, arrived: int) -> str:
    slower = "our budgets" if expected.ours >= expected.slacks else "the workspace's limits"
    return (
        f"{arrived} messages in {len(site.channels)} channels; {slower} say when the backlog is gone.\n"
        f"{site.watcher.alone} private notices (“queued behind …”).\n{meter.refused()}"
    )


class Traffic:
    """What else goes on: cards of runs that change all the time, and people who decide about plans."""

    def __init__(self, site: Site, *, cards: int, decisions: int) -> None:
        self._site = site
        self._runs = Runs(site.prefect_api, team=TEAM)
        self._cards, self._decisions = cards, decisions
        self._followed: list[Run] = []
        self._plans: list[tuple[str, Message]] = []
        self._pressed: list[Decision] = []
        self._changed: dict[tuple[str, str], float] = {}
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._change, self._decide)]

    def prepare(self) -> None:
        """Have every card and every plan in its thread before the burst begins."""
        site = self._site
        [deployment, *_] = self._runs.pipelines(*PIPELINES)
        roots = [site.say(n, site.channels[n % len(site.channels)], "A run of mine.") for n in range(self._cards)]
        self._followed = self._runs.start(deployment, [(root.channel, root.ts) for root in roots])
        shared = [self._share(number) for number in range(self._decisions)]
        wanted = {run.card for run in self._followed} | {_entry(message) for _, message in shared}
        site.watcher.wait_for(
            lambda: wanted <= {one.entry for one in site.watcher.heard}, seconds=PATIENCE_SECONDS + self._cards
        )
        site.settle(seconds=PATIENCE_SECONDS)
        self._plans = [(person, _named(site, message, _entry(message))) for person, message in shared]

    def _share(self, number: int) -> tuple[str, Message]:
        site = self._site
        person, channel = site.people[number].id, site.channels[number % len(site.channels)].id
        text = f"<@{site.workspace.bot.id}> onboard this"
        return person, site.workspace.post(person, channel, text, files=[(f"adding{number}.py", FLOW)])

    def start(self) -> None:
        """Go on until `stop`."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[Decision]:
        """Stop, and end every run.

        Returns:
            The decisions that were made.
        """
        self._ending.set()
        for thread in self._threads:
            thread.join()
        self._runs.set_all([(run, "COMPLETED", "Completed") for run in self._followed])
        self._runs.close()
        return list(self._pressed)

    def rows(self, decided: Sequence[Decision], *, until: float) -> list[Row]:
        """How long decisions waited to be seen, and progress."""
        faces = self._site.watcher.faces
        seen = [
            next((face.at - one.at for face in faces if face.entry == one.entry and face.at > one.at), None)
            for one in decided
        ]
        waits = [wait for wait in seen if wait is not None]
        progress = self._progress(until)
        slowest = percentile(waits, 0.95)
        usual = statistics.median(progress) if progress else float("nan")
        return [
            Row("decisions", len(decided)),
            *never(
                {
                    "decisions not acknowledged within 3 s": sum(not one.taken.result().ok for one in decided),
                    "decisions not shown": sum(wait is None for wait in seen),
                }
            ),
            Row("decision shown on its card, p95", slowest, "s", "< 5"),
            Row("progress shown on a card, p50", usual, "s"),
            Row("decision p95 / progress p50", slowest / usual if usual else float("nan"), "", "< 1"),
        ]

    def _progress(self, until: float) -> list[float]:
        """Seconds from each state that was shown at all to the edit that showed it."""
        runs = {run.card: run for run in self._followed}
        waits = []
        for face in self._site.watcher.faces:
            if face.entry in runs and face.at <= until:
                step = next((word for word in face.text.split() if word.startswith("step-")), "").rstrip(",")
                set_at = self._changed.get((face.entry, step))
                if set_at is not None:
                    waits.append(face.at - set_at)
        return waits

    def _change(self) -> None:
        step = 0
        while not self._ending.wait(STEP_SECONDS):
            step += 1
            now = self._site.watcher.now()
            self._changed |= {(run.card, f"step-{step}"): now for run in self._followed}
            self._runs.set_all([(run, "RUNNING", f"step-{step}") for run in self._followed])

    def _decide(self) -> None:
        for person, card in self._plans:
            if self._ending.wait(DECISION_SECONDS):
                return
            entry = str((card.metadata or {})["event_payload"]["entry"])
            at = self._site.watcher.now()
            self._pressed.append(Decision(entry, at, self._site.workspace.click(person, card, actions.PLAN_DISCARD)))


def _entry(message: Message) -> str:
    """The name of the plan card that answers a shared file."""
    return f"plan:{turn_id(message)}-0"


def _named(site: Site, message: Message, entry: str) -> Message:
    """Our message of this name in the thread of another.

    Raises:
        LookupError: There is none.
    """
    for reply in site.workspace.replies(message.channel, message.root):
        if ((reply.metadata or {}).get("event_payload") or {}).get("entry") == entry:
            return reply
    raise LookupError(f"{entry} never came")
