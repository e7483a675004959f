"""(c) A hundred live run cards share one budget of edits: newest state wins, every end is told."""

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from bot.views.states import word
from tests.benchmarks.load import arithmetic
from tests.benchmarks.load.meter import Meter
from tests.benchmarks.load.results import Row, never
from tests.benchmarks.load.runs import Run, Runs
from tests.benchmarks.load.site import TEAM, Site
from tests.benchmarks.load.steady import PATIENCE_SECONDS, PIPELINES
from tests.benchmarks.load.watcher import Face

CARDS = 100
ROUNDS = 12
ROUND_SECONDS = 12.0  #: in each, every run changes its state once
#: How the runs end, in turn.
ENDS = (("COMPLETED", "Completed"),) * 8 + (("FAILED", "Failed"), ("CANCELLED", "Cancelled"))
_STEP = re.compile(r"step-(\d+)")
_BEFORE, _AFTER = -1, 10**6  #: where a card stands before its first step, and when its run has ended


def run(site: Site, *, scale: float = 1.0) -> tuple[list[Row], str]:
    """Let runs change and end, and judge their cards.

    Returns:
        The rows, and a note.
    """
    runs = Runs(site.prefect_api, team=TEAM)
    [deployment, *_] = runs.pipelines(*PIPELINES)
    count = max(4, round(CARDS * scale))
    roots = [site.say(n, site.channels[n % len(site.channels)], "A run of mine.") for n in range(count)]
    followed = runs.start(deployment, [(root.channel, root.ts) for root in roots])
    cards = {one.card for one in followed}
    site.watcher.wait_for(lambda: cards <= {one.entry for one in site.watcher.heard}, seconds=PATIENCE_SECONDS + count)
    site.settle(seconds=PATIENCE_SECONDS)
    meter, begun = Meter(site), site.watcher.now()
    rounds = max(2, round(ROUNDS * min(1.0, scale * 4)))
    _live(site, runs, followed, rounds=rounds)
    ending = site.watcher.now()
    ends = {one.card: ENDS[number % len(ENDS)] for number, one in enumerate(followed)}
    runs.set_all((one, *ends[one.card]) for one in followed)
    runs.close()
    expected = arithmetic.edits(count, urgent=True).seconds
    names = {card: name for card, (_, name) in ends.items()}
    site.watcher.wait_for(lambda: _all_final(site.watcher.faces, names), seconds=3 * expected + PATIENCE_SECONDS)
    settled = site.settle(seconds=PATIENCE_SECONDS + count)
    rows = _rows(site, followed, names, begun=begun, ending=ending, settled=settled)
    rows += [
        Row("states set while they were live", rounds * count),
        Row("all ends are on the cards after", _last(site.watcher.faces, cards) - ending, "s"),
        Row("the arithmetic of our budget says", expected, "s"),
        *meter.rows(count, noun="card", limited="< 1"),
    ]
    return rows, meter.refused()


def _live(site: Site, runs: Runs, followed: Sequence[Run], *, rounds: int) -> None:
    """Change every run once in each round, spread over it."""
    pause = threading.Event()
    begun = site.watcher.now()
    for step in range(rounds):
        for number, one in enumerate(followed):
            due = begun + ROUND_SECONDS * (step + number / len(followed))
            pause.wait(max(0.0, due - site.watcher.now()))
            runs.set(one, "RUNNING", f"step-{step}")


def _rows(
    site: Site, followed: Sequence[Run], names: Mapping[str, str], *, begun: float, ending: float, settled: bool
) -> list[Row]:
    faces = site.watcher.faces
    by_card: dict[str, list[Face]] = defaultdict(list)
    for face in faces:
        by_card[face.entry].append(face)
    shown = {one.card: by_card[one.card] for one in followed}
    live = Counter(face.entry for face in faces if face.entry in shown and begun < face.at <= ending)
    edits = [live[card] for card in shown]
    told = Counter(one.id for message in site.watcher.heard for one in followed if message.entry.startswith(one.end))
    return [
        Row("live cards", len(followed)),
        *never(
            {
                "cards that showed an older state after a newer one": sum(_went_back(each) for each in shown.values()),
                "cards that do not show the end": sum(
                    word(names[card]) not in each[-1].text if each else True for card, each in shown.items()
                ),
                "ends not told": sum(told[one.id] == 0 for one in followed),
                "ends told twice": sum(told[one.id] > 1 for one in followed),
                "still busy at the end": int(not settled),
                "unexpected errors in the logs": len(site.complaints()),
            }
        ),
        Row("edits of cards while they were live", sum(edits)),
        Row("of what the budget allows", sum(edits) / arithmetic.most_edits(ending - begun), "", "≤ 1"),
        Row("least edits of a card", min(edits), "", f"≥ {sum(edits) // len(edits) // 2}"),
        Row("most edits of a card", max(edits)),
    ]


def place(text: str) -> int:
    """How far a card says that its run is."""
    if step := _STEP.search(text):
        return int(step[1])
    return _AFTER if any(word(name) in text for _, name in ENDS) else _BEFORE


def _went_back(faces: Sequence[Face]) -> bool:
    places = [place(face.text) for face in faces]
    return any(later < earlier for earlier, later in pairwise(places))


def _all_final(faces: Sequence[Face], names: Mapping[str, str]) -> bool:
    newest = {face.entry: face.text for face in faces if face.entry in names}
    return all(word(name) in newest.get(card, "") for card, name in names.items())


def _last(faces: Sequence[Face], cards: set[str]) -> float:
    return max((face.at for face in faces if face.entry in cards), default=float("nan"))
