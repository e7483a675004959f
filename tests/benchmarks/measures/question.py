"""From a question to its answer, in the whole product."""

import itertools

import psutil  # type: ignore[import-untyped]  # ships no types

from tests.benchmarks.asking import Asker
from tests.benchmarks.figures import Figure, Readings, median, percentile
from tests.benchmarks.measure import Measure, Runner
from tests.benchmarks.whole import Whole, whole

QUESTIONS = 30
CHANNELS = 30
PAUSE_SECONDS = 0.3  #: our own budget lets four messages a second leave
ASKED = ("which pipelines are there?", "show the last runs", "which models are there?")
MILLION = 1e6

ABOUT = """
A person asks something that needs one read, in a thread of its own, in the local workspace with Slack's limits on; the
answer is there when it stands in the thread. Everything is real but the model: the offline one, which takes no time
worth naming, so that what a real model takes comes on top. Two questions in three are read from Prefect, one from
MLflow. One question at a time.
"""


def run(runner: Runner) -> tuple[Figure, ...]:
    """Measure."""
    readings = Readings()
    with whole(runner.inherited, WORKERS="2") as product:
        product.add_pipelines("churn-prediction", "sentiment-analysis", "daily-ingest")
        for _ in range(5):
            product.add_run("churn-prediction")
        asker = Asker(product.slack.workspace, channels=CHANNELS)
        asker.ask_each(list(ASKED) * 4, pause=PAUSE_SECONDS)  # what is done once only, is done, in both workers
        for _ in runner.rounds():
            texts = list(itertools.islice(itertools.cycle(ASKED), runner.count(QUESTIONS)))
            _note(readings, asker, texts)
            _memory(readings, product)
    return readings.figures


def _note(readings: Readings, asker: Asker, texts: list[str]) -> None:
    exchanges = asker.ask_each(texts, pause=PAUSE_SECONDS)
    seconds = [one.seconds for one in exchanges]
    noticed = [one.noticed - one.asked for one in exchanges]
    readings.add(
        "question to answer, p95",
        "s",
        percentile(seconds, 95),
        goal=5,
        means=f"Of {QUESTIONS} questions in each repeat.",
    )
    readings.add("question to answer, median", "s", median(seconds))
    readings.add(
        "question to first sign of life, p95",
        "s",
        percentile(noticed, 95),
        goal=1,
        means="Until the status line under the question, or the answer where that was faster.",
    )


def _memory(readings: Readings, product: Whole) -> None:
    parent = psutil.Process(product.stack.supervisor.child("worker").pid)
    children = [child.memory_full_info().uss / MILLION for child in parent.children()]
    readings.add(
        "a worker's own memory",
        "MB",
        max(children),
        goal=40,
        means="Of the larger of two children after these questions: what one more of them takes (USS).",
    )
    readings.add(
        "the workers' shared memory",
        "MB",
        parent.memory_full_info().rss / MILLION,
        means="Resident size of the parent, whose pages the children share.",
    )


MEASURE = Measure("question", "Question to answer", ABOUT, run)
