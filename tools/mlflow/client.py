"""What the tools ask of MLflow, in their own nouns; `tools.mlflow.server` answers from a real server."""

from dataclasses import dataclass
from typing import Protocol

from tools.mlflow.results import (
    Experiment,
    ExperimentPage,
    MetricSeries,
    ModelVersion,
    Ping,
    RunSearchPage,
    RunSummary,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSearch:
    """Which MLflow runs.

    Attributes:
        experiment_ids: The experiments to look in; none means all (the 1,000 changed last).
        where: MLflow's own filter, such as ``metrics.accuracy > 0.8 and params.depth = "5"``; empty takes all.
        order_by: MLflow's own order, such as `metrics.accuracy DESC`; empty means newest first.
        limit: At most this many; 1 to 200.
    """

    experiment_ids: tuple[str, ...] = ()
    where: str = ""
    order_by: str = ""
    limit: int = 20


class MlflowBackend(Protocol):
    """MLflow.

    Every method raises `Unavailable` when MLflow does not answer in time or not as MLflow does, `Refused` when it says
    no, and `BadArguments` when an id is not known or a filter cannot be read. Reads may be repeated by the adapter.
    """

    def ping(self) -> Ping:
        """Ask for a sign of life; never answered from memory."""

    def experiments(self, *, limit: int = 1000) -> ExperimentPage:
        """Active experiments, the one changed last first; `limit` is at most 1,000."""

    def experiment(self, experiment_id: str) -> Experiment:
        """One experiment."""

    def runs(self, search: RunSearch) -> RunSearchPage:
        """Active runs that fit."""

    def run(self, run_id: str) -> RunSummary:
        """One run."""

    def metric_history(self, run_id: str, name: str) -> MetricSeries:
        """How a metric of a run went; no points when the run has no such metric."""

    def runs_of_flow_run(self, flow_run_id: str) -> tuple[RunSummary, ...]:
        """The MLflow runs that a Prefect run made, over all experiments, oldest first; at most 200."""

    def versions_of_run(self, run_id: str) -> tuple[ModelVersion, ...]:
        """The model versions that an MLflow run registered, with the aliases that point to them now; at most 200."""
