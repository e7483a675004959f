"""From a run's change of state in Prefect to its card."""

import itertools
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from bot.outbox import EDIT_MILLISECONDS
from demo.workspace import seed
from demo.workspace.model import Change
from tests.benchmarks.figures import Figure, Readings, median, percentile
from tests.benchmarks.measure import Measure, Runner
from tests.benchmarks.whole import Whole, whole

CHANGES = 20
RUNS = 8
EDIT_SECONDS = EDIT_MILLISECONDS / 1000
PAUSE_SECONDS = 2.6  #: progress may be edited 32 times a minute, all cards together
WAIT_SECONDS = 45.0  #: a new run that Prefect had no time to tell of is found within thirty seconds
STATES = (("RUNNING", "Running"), ("PAUSED", "Paused"))

ABOUT = """
A followed run changes its state in a real Prefect; its card shows it when the edit has reached the local workspace.
Counted from the time that Prefect wrote on the state. On the way: Prefect's own event stream, the feed, the mailbox, a
worker that reads how the run stands, the outbox, the courier. Each of eight cards changes every 21 seconds, so that
the budget of all edits holds none back. Slack's guidance is one edit of a message in three seconds: a change that comes
sooner after an edit of its card (of the time on it, say) waits for that, and is not counted.
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """A run with a card in a thread."""

    run: str
    thread: str


def run(runner: Runner) -> tuple[Figure, ...]:
    """Measure."""
    readings = Readings()
    with whole(runner.inherited, WORKERS="2") as product:
        cards = _Cards(product)
        followed = [cards.follow(f"bench-{number}") for number in range(RUNS)]
        turns = itertools.cycle(followed)
        states = itertools.cycle(state for state in STATES for _ in range(RUNS))
        for _ in range(RUNS):
            cards.change(next(turns), *next(states))
            time.sleep(PAUSE_SECONDS)
        for _ in runner.rounds():
            seconds: list[float] = []
            while len(seconds) < runner.count(CHANGES):
                card = next(turns)
                free = cards.may_be_edited(card)
                took = cards.change(card, *next(states))
                seconds += [took] if free else []
                time.sleep(PAUSE_SECONDS)
            _note(readings, seconds)
    return readings.figures


def _note(readings: Readings, seconds: list[float]) -> None:
    readings.add(
        "state change to card, p95",
        "s",
        percentile(seconds, 95),
        goal=1,
        means=f"Of {CHANGES} changes in each repeat, outside the rule of three seconds between two edits.",
    )
    readings.add("state change to card, median", "s", median(seconds))


class _Cards:
    """Runs with cards, and the time until a card shows what its run has come to."""

    def __init__(self, product: Whole) -> None:
        self._product = product
        self._edited: dict[str, float] = {}
        self._news = threading.Condition()
        product.slack.workspace.subscribe(self._told)

    def follow(self, flow: str) -> Followed:
        """A run in a thread, once its card is there."""
        root = self._product.slack.workspace.post(seed.HUMANS[0], "#ml-pipelines", f"about {flow}")
        thread = f"thread:{seed.TEAM}:{root.channel}:{root.ts}"
        found = Followed(self._product.add_run(flow, "trainmaster", thread), root.ts)
        self._wait(found.thread, "its card")
        return found

    def may_be_edited(self, followed: Followed) -> bool:
        """Whether a card was left as it is for so long that it may be edited at once."""
        with self._news:
            return time.time() - self._edited.get(followed.thread, 0.0) > EDIT_SECONDS

    def change(self, followed: Followed, state: str, name: str) -> float:
        """Change a run's state; the seconds until its card was edited."""
        before = time.time()
        occurred = datetime.fromisoformat(self._product.put_run(followed.run, state, name)).timestamp()
        return self._wait(followed.thread, f"the edit for {name}", after=before) - occurred

    def _wait(self, thread: str, what: str, *, after: float = 0.0) -> float:
        with self._news:
            if not self._news.wait_for(lambda: self._edited.get(thread, 0.0) > after, WAIT_SECONDS):
                raise TimeoutError(f"{what} did not come within {WAIT_SECONDS:.0f} s")
            return self._edited[thread]

    def _told(self, change: Change) -> None:
        at = time.time()
        message = change.message
        if change.kind not in {"posted", "edited"} or message is None or message.user != seed.BOT:
            return
        with self._news:
            self._edited[message.root] = at
            self._news.notify_all()


MEASURE = Measure("card", "State change to card", ABOUT, run)
