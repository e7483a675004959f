"""`python -m worker` with Prefect and MLflow in memory, which writes down when approvals went on.

The model is the offline one. MLflow has one model with two versions, to be promoted in turn.
"""

import sys
from dataclasses import replace

from bot.outbox import Outbox
from bot.proposal_store import ProposalStore
from bot.settings import Settings
from tests.benchmarks.moments import Recorder
from tests.benchmarks.subjects.zero_worker import served
from tests.fakes.mlflow import FakeMlflow
from tests.fakes.prefect import FakePrefect
from worker import jobs, wiring
from worker.services import Services

MODEL, ALIAS = "bench", "champion"
VERSIONS = ("1", "2")


def composed(settings: Settings, made: Services) -> Services:
    """The product's services with other systems behind the tools."""
    mlflow = FakeMlflow()
    for version in VERSIONS:
        run = mlflow.add_run(MODEL, metrics={"roc_auc": 0.8 + int(version) / 100}, params={"max_depth": version})
        mlflow.add_version(MODEL, run_id=run.id)
    mlflow.move_by_hand(MODEL, ALIAS, VERSIONS[0])
    watch(Recorder(wiring.connect(settings.redis_url, text=True)))
    backends = replace(made.backends, prefect=FakePrefect(), mlflow=mlflow)
    return replace(made, backends=backends, guard=replace(made.guard, backends=backends))


def watch(recorder: Recorder) -> None:
    """Note what is kept of a proposal, and what is shown of it."""
    recorder.watch(ProposalStore, "change", "kept", about=lambda _self, _kept, after, **_: f"{after.id} {after.state}")
    recorder.watch(Outbox, "edit", "shown", about=lambda _self, entry, *_, **__: entry)
    recorder.send_after(jobs, "attend")


if __name__ == "__main__":
    sys.exit(served(composed))
