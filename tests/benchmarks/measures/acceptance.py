"""From an event to its acknowledgement."""

import psutil  # type: ignore[import-untyped]  # ships no types

from demo.services.environment import child_environment
from tests.benchmarks.figures import RATIO, Figure, Readings, median, percentile
from tests.benchmarks.measure import Measure, Runner
from tests.benchmarks.place import Place, place, program
from tests.benchmarks.wire import Mentions, WireSlack

EVENTS = 300
PER_SECOND = 50.0
SECONDS = 10
BLOCKS = 3  #: both sides in turn, so that what else the machine does falls on both
MILLION = 1e6

ABOUT = """
A mention arrives over Socket Mode; the app has accepted it when its acknowledgement is on the wire. Ours is
`python -m bot` with a real Valkey (append-only file on): checked, deduplicated, stored and queued before it is
acknowledged. The other one is Bolt's own listener with an empty body, in a process of its own with the same SDK. Both
hang on the same minimal Slack, which does nothing but send envelopes and take the time of each acknowledgement.
"""


def run(runner: Runner) -> tuple[Figure, ...]:
    """Measure."""
    readings = Readings()
    with place(runner.inherited) as here, WireSlack() as for_ours, WireSlack() as for_bare:
        here.valkey()
        environment = here.environment(slack_api=for_ours.api_url, LOG_LEVEL="WARNING")
        bare = child_environment(runner.inherited, state=here.state, home=here.state / "bare")
        here.start(
            program("bot", ("bot",), environment, for_ours.connected.is_set),
            program(
                "bare",
                ("tests.benchmarks.subjects.bare_listener", for_bare.api_url),
                bare,
                for_bare.connected.is_set,
            ),
        )
        mentions = Mentions()
        for slack in (for_ours, for_bare):
            slack.one_by_one(mentions.take(50))  # what is done once only, is done
        for _ in runner.rounds():
            _latency(readings, runner, mentions, ours=for_ours, bare=for_bare)
            _memory(readings, here)
    return readings.figures


def _latency(readings: Readings, runner: Runner, mentions: Mentions, *, ours: WireSlack, bare: WireSlack) -> None:
    took: dict[WireSlack, list[float]] = {ours: [], bare: []}
    for _ in range(BLOCKS):
        for slack in (ours, bare):
            took[slack] += slack.one_by_one(mentions.take(runner.count(EVENTS) // BLOCKS or 1))
    own, other = median(took[ours]), median(took[bare])
    paced = ours.paced(mentions.take(runner.count(int(PER_SECOND * SECONDS))), per_second=PER_SECOND)
    other_paced = bare.paced(mentions.take(runner.count(int(PER_SECOND * SECONDS))), per_second=PER_SECOND)
    readings.add("ours against bare Bolt", RATIO, own / other, means="The medians below, divided.")
    readings.add(
        "added to bare Bolt",
        "ms",
        (own - other) * 1000,
        goal=5,
        means="Median of ours less median of bare Bolt's, events one by one.",
    )
    readings.add("ours, median", "ms", own * 1000, means=f"{EVENTS} events, each sent when the last was acknowledged.")
    readings.add("bare Bolt, median", "ms", other * 1000)
    readings.add(
        "ours at 50 events/s, p99",
        "ms",
        percentile(paced, 99) * 1000,
        goal=50,
        means=f"{SECONDS} s of 50 events a second, sent whether or not the last was acknowledged.",
    )
    readings.add("bare Bolt at 50 events/s, p99", "ms", percentile(other_paced, 99) * 1000)


def _memory(readings: Readings, here: Place) -> None:
    ours = psutil.Process(here.child("bot").pid).memory_full_info()
    bare = psutil.Process(here.child("bare").pid).memory_full_info()
    readings.add(
        "bot's memory, resident",
        "MB",
        ours.rss / MILLION,
        goal=90,
        means="After the events above, libraries that other processes share included.",
    )
    readings.add("bot's memory, its own", "MB", ours.uss / MILLION, means="What would be free again without it (USS).")
    readings.add("bare Bolt's memory, resident", "MB", bare.rss / MILLION)


MEASURE = Measure("acceptance", "Event to acknowledgement", ABOUT, run)
