"""From the click on Approve to its acknowledgement, to the decision, and to the change."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis

from bot.proposals import State
from bot.views import actions
from demo.services import valkey
from demo.services.environment import child_environment
from demo.workspace import seed
from demo.workspace.model import Change, Message
from demo.workspace.server import WorkspaceServer
from tests.benchmarks import moments
from tests.benchmarks.figures import RATIO, Figure, Readings, median, percentile
from tests.benchmarks.measure import Measure, Runner
from tests.benchmarks.moments import Moment
from tests.benchmarks.place import place, program, wait_until
from tests.benchmarks.subjects.deciding_worker import ALIAS, MODEL, VERSIONS
from tests.benchmarks.wire import Clicks, WireSlack

CLICKS = 300
BLOCKS = 3  #: both sides in turn, so that what else the machine does falls on both
DECISIONS = 25
#: Before each and after it, so that its outcome, and what the conversation makes of it, are through. Each asks Slack
#: who is in a group, which our budget lets be every 3.75 s: sooner ones would wait for each other.
PAUSE_SECONDS = 2.0
WAIT_SECONDS = 30.0
ASKS, APPROVES = seed.HUMANS[:2]
CHANNEL = "#ml-pipelines"

ABOUT = """
A person clicks *Approve* on the card of a promotion. First until the acknowledgement is on the wire, as for events:
`python -m bot` with a real Valkey, against Bolt's own listener that does nothing but acknowledge. Then, in the local
workspace with a real worker, until the decision is kept and the card's new face recorded, and until the promotion is
applied and that is kept. MLflow is one in memory, which takes no time, so that the cost is ours alone: both checks of
who may decide (the second asks Slack anew), both looks at whether what the card rests on still holds, the lease on the
model, the journal, and four records in the audit chain with its anchors on disk.
"""


@dataclass(frozen=True, slots=True)
class Decided:
    """What one approval took, in seconds from the click."""

    decided: float
    applied: float
    told: float


def run(runner: Runner) -> tuple[Figure, ...]:
    """Measure."""
    readings = Readings()
    _acknowledgements(readings, runner)
    _decisions(readings, runner)
    return readings.figures


def _acknowledgements(readings: Readings, runner: Runner) -> None:
    with WireSlack() as for_ours, WireSlack() as for_bare, place(runner.inherited) as here:
        here.valkey()
        environment = here.environment(slack_api=for_ours.api_url, LOG_LEVEL="WARNING")
        bare = child_environment(runner.inherited, state=here.state, home=here.state / "bare")
        listener = ("tests.benchmarks.subjects.bare_listener", for_bare.api_url)
        here.start(
            program("bot", ("bot",), environment, for_ours.connected.is_set),
            program("bare", listener, bare, for_bare.connected.is_set),
        )
        clicks = Clicks()
        for slack in (for_ours, for_bare):
            slack.one_by_one(clicks.take(50))  # what is done once only, is done
        for _ in runner.rounds("acknowledgements"):
            ours: list[float] = []
            other: list[float] = []
            for _ in range(BLOCKS):
                ours += for_ours.one_by_one(clicks.take(runner.count(CLICKS) // BLOCKS or 1))
                other += for_bare.one_by_one(clicks.take(runner.count(CLICKS) // BLOCKS or 1))
            _note_acknowledgements(readings, ours, other)


def _note_acknowledgements(readings: Readings, ours: list[float], bare: list[float]) -> None:
    readings.add(
        "click to acknowledgement, against bare Bolt",
        RATIO,
        median(ours) / median(bare),
        means="The medians below, divided.",
    )
    readings.add(
        "click to acknowledgement, median",
        "ms",
        median(ours) * 1000,
        means=f"{CLICKS} clicks, each sent when the last was acknowledged; it lies in Valkey by then.",
    )
    readings.add("click to acknowledgement, p99", "ms", percentile(ours, 99) * 1000, goal=50)
    readings.add("bare Bolt, median", "ms", median(bare) * 1000)
    readings.add("bare Bolt, p99", "ms", percentile(bare, 99) * 1000)


def _decisions(readings: Readings, runner: Runner) -> None:
    with WorkspaceServer(limits=False) as slack, place(runner.inherited) as here:
        connection = here.valkey()
        tokens = {"slack_api": slack.api_url, "bot_token": slack.bot_token, "app_token": slack.app_token}
        environment = here.environment(**tokens, LOG_LEVEL="WARNING", WORKERS="1")
        worker = ("tests.benchmarks.subjects.deciding_worker",)
        here.start(
            program("bot", ("bot",), environment, lambda: slack.connections > 0),
            program("worker", worker, environment, valkey.has_workers(here.ports.valkey)),
        )
        approver = _Approver(slack, connection)
        for _ in range(3):
            approver.one()  # what is done once only, is done
        for _ in runner.rounds("decisions"):
            _note_decisions(readings, [approver.one() for _ in range(runner.count(DECISIONS))])


def _note_decisions(readings: Readings, found: list[Decided]) -> None:
    parts = {
        "click to decision": ([one.decided for one in found], "Until the card's new face is recorded."),
        "approved to applied": ([one.applied - one.decided for one in found], "From then on, until that is kept."),
        "click to outcome in the thread": ([one.told for one in found], "Until people see it."),
    }
    for name, (seconds, means) in parts.items():
        told = f"{means} {DECISIONS} approvals, one after the other."
        readings.add(f"{name}, median", "ms", median(seconds) * 1000, means=told)
        readings.add(f"{name}, p99", "ms", percentile(seconds, 99) * 1000)


class _Approver:
    """Has a promotion proposed and approves it, again and again, from one version to the other and back."""

    def __init__(self, slack: WorkspaceServer, connection: "redis.Redis") -> None:
        self._workspace = slack.workspace
        self._redis = connection
        self._versions = itertools.cycle(reversed(VERSIONS))
        self._posted: dict[str, tuple[float, Message]] = {}
        self._news = threading.Condition()
        self._workspace.subscribe(self._told)

    def one(self) -> Decided:
        """Ask, wait for the card, click, and wait for the outcome."""
        root = self._workspace.post(ASKS, CHANNEL, f"@trainmaster promote {MODEL} v{next(self._versions)} to {ALIAS}")
        _, card = self._wait(lambda entry, message: entry.endswith(":card") and message.root == root.ts)
        proposal = _entry(card).split(":")[1]
        moments.collected(self._redis)
        time.sleep(PAUSE_SECONDS)
        begun = time.monotonic()
        self._workspace.click(APPROVES, card, actions.PROPOSAL_APPROVE)
        told, _ = self._wait(lambda entry, _: entry == f"proposal:{proposal}:told")
        noted = self._noted(proposal)
        time.sleep(PAUSE_SECONDS)
        decided = min(one.ended for one in noted if one.part == "shown")
        applied = min(one.ended for one in noted if one.about == f"{proposal} {State.APPLIED}")
        return Decided(decided - begun, applied - begun, told - begun)

    def _noted(self, proposal: str) -> list[Moment]:
        """What the worker has noted of a proposal, once that is all of it."""
        found: list[Moment] = []

        def complete() -> bool:
            found.extend(moments.collected(self._redis))
            return any(one.about == f"{proposal} {State.APPLIED}" for one in found)

        wait_until(complete, what="the worker's notes")
        return [one for one in found if proposal in one.about]

    def _wait(self, wanted: Callable[[str, Message], bool]) -> tuple[float, Message]:
        def found() -> tuple[float, Message] | None:
            return next((one for entry, one in self._posted.items() if wanted(entry, one[1])), None)

        with self._news:
            if not self._news.wait_for(lambda: found() is not None, WAIT_SECONDS):
                raise TimeoutError(f"no card, or no outcome, within {WAIT_SECONDS:.0f} s")
            one = found()
        assert one is not None
        return one

    def _told(self, change: Change) -> None:
        at = time.monotonic()
        if change.kind == "posted" and change.message is not None and (entry := _entry(change.message)):
            with self._news:
                self._posted[entry] = (at, change.message)
                self._news.notify_all()


def _entry(message: Message) -> str:
    """A message's name in the outbox; empty for what people write."""
    payload = (message.metadata or {}).get("event_payload") or {}
    return str(payload.get("entry") or "")


MEASURE = Measure("deciding", "Click to decision and change", ABOUT, run)
