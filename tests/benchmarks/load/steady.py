"""(a) A steady rate within the budget: what people see on an ordinary busy day, for as long as they like."""

import threading

from tests.benchmarks.load.meter import Meter
from tests.benchmarks.load.results import Row, never
from tests.benchmarks.load.runs import Runs
from tests.benchmarks.load.site import TEAM, Site
from tests.benchmarks.load.verdict import Asked, first_signs, judge, percentile

PER_SECOND = 1.0
PER_THREAD = 3  #: turns; the next one of a thread comes when the one before has long been answered
PIPELINES = ("churn-prediction", "demand-forecast", "fraud-scoring", "price-model", "sentiment-analysis")
#: Questions that need one read each, and what the answer must name if it was read.
QUESTIONS = (
    ("which pipelines do we have?", "churn-prediction"),
    ("which experiments are there?", "Default"),
    ("list all flows", "fraud-scoring"),
)
PATIENCE_SECONDS = 120.0


def run(site: Site, *, minutes: float, per_second: float = PER_SECOND) -> tuple[list[Row], str]:
    """Ask at a steady rate, and judge.

    Returns:
        The rows, and a note.
    """
    runs = Runs(site.prefect_api, team=TEAM)
    runs.pipelines(*PIPELINES)
    runs.close()
    warm = [site.ask(number, channel, QUESTIONS[0][0]) for number, channel in enumerate(site.channels[:4])]
    site.await_answers(warm, seconds=PATIENCE_SECONDS)
    site.settle(seconds=PATIENCE_SECONDS)
    meter = Meter(site)
    asked, late = _ask(site, turns=round(minutes * 60 * per_second), per_second=per_second)
    site.await_answers(asked, seconds=PATIENCE_SECONDS)
    settled = site.settle(seconds=PATIENCE_SECONDS)
    verdict = judge(asked, site.watcher.heard)
    signs = first_signs(asked, site.watcher.signs)
    rows = [
        Row("turns asked", len(asked)),
        Row("rate", per_second * 60, "turns/min"),
        *never(
            {
                "turns lost": verdict.lost,
                "messages doubled": verdict.doubled,
                "answers out of order": verdict.misordered,
                "turns that failed": verdict.failed,
                "answers without what was read": _unread(asked, site),
                "turns without a sign of life": sum(sign is None for sign in signs),
                "still busy at the end": int(not settled),
                "unexpected errors in the logs": len(site.complaints()),
            }
        ),
        Row("first sign of life, p50", percentile([s for s in signs if s is not None], 0.5), "s"),
        Row("first sign of life, p95", percentile([s for s in signs if s is not None], 0.95), "s", "< 1"),
        Row("answer to a question of one read, p50", percentile(verdict.answered, 0.5), "s"),
        Row("answer to a question of one read, p95", percentile(verdict.answered, 0.95), "s", "< 5"),
        *meter.rows(len(asked), limited="< 1"),
        Row("the load itself was late by at most", late, "s"),
    ]
    return rows, meter.refused()


def _ask(site: Site, *, turns: int, per_second: float) -> tuple[list[Asked], float]:
    asked: list[Asked] = []
    roots: dict[int, str] = {}
    begun, late = site.watcher.now(), 0.0
    pause = threading.Event()
    for number in range(turns):
        due = begun + number / per_second
        pause.wait(max(0.0, due - site.watcher.now()))
        late = max(late, site.watcher.now() - due)
        place, nth = number % len(site.channels), number // len(site.channels)
        if nth % PER_THREAD == 0:
            roots.pop(place, None)
        one = site.ask(number, site.channels[place], QUESTIONS[nth % len(QUESTIONS)][0], roots.get(place))
        roots.setdefault(place, one.thread[1])
        asked.append(one)
    return asked, late


def _unread(asked: list[Asked], site: Site) -> int:
    """Answers that do not name what only a read can know."""
    said = {message.entry: message.text for message in site.watcher.heard}
    wrong = 0
    for number, one in enumerate(asked):
        expected = QUESTIONS[number // len(site.channels) % len(QUESTIONS)][1]
        answer = said.get(f"turn:{one.turn}:answer:0")
        wrong += answer is not None and expected not in answer
    return wrong
