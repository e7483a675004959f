"""What the tools ask of MLflow, in their own nouns; `tools.mlflow.server` answers from a real server."""

from dataclasses import dataclass
from typing import Protocol

from tools.mlflow.results import (
    ArtifactFile,
    Experiment,
    ExperimentPage,
    LoggedModel,
    MetricSeries,
    ModelVersion,
    ModelVersionPage,
    Ping,
    RegisteredModel,
    RegisteredModelPage,
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


class RegistryBackend(Protocol):
    """MLflow's registry of models.

    Changes are made once: one whose answer never came raises `Unavailable` with `maybe_done`. Each of them leaves
    things as they are when it is made a second time, unless somebody else has changed them in between.
    """

    def models(self, *, limit: int = 1000, after: str = "") -> RegisteredModelPage:
        """Registered models by name; `limit` is at most 1,000, `after` what the page before gave as `next`."""

    def model(self, name: str) -> RegisteredModel:
        """One registered model, with what its aliases point to now; never answered from memory."""

    def model_versions(self, name: str, *, limit: int = 50) -> ModelVersionPage:
        """Versions of a model with their aliases, the newest first; `limit` is at most 200."""

    def model_version(self, name: str, version: str) -> ModelVersion:
        """One version of a model with its aliases."""

    def version_by_alias(self, name: str, alias: str) -> ModelVersion | None:
        """The version that an alias points to; None when the model has no such alias."""

    def versions_of_run(self, run_id: str) -> tuple[ModelVersion, ...]:
        """The model versions that an MLflow run registered, with the aliases that point to them now; at most 200."""

    def has_signature(self, version: ModelVersion) -> bool | None:
        """Whether a version says what goes in and what comes out; None when its files cannot be read from here."""

    def logged_models(self, run: RunSummary) -> tuple[LoggedModel, ...]:
        """The models that a run logged, the newest first; at most 50."""

    def create_model(self, name: str) -> None:
        """Make a registered model without versions; one that is there stays as it is."""

    def create_version(self, name: str, logged: LoggedModel, tags: dict[str, str]) -> ModelVersion:
        """Register a logged model as the next version of a model; each call makes another version."""

    def delete_version(self, name: str, version: str) -> None:
        """Remove a version with the aliases that point to it; its number is never given again."""

    def describe(self, name: str, version: str, text: str) -> None:
        """Write what a version is, or with an empty `version` the model; an empty text takes it away."""

    def set_model_tag(self, name: str, tag: str, value: str) -> None:
        """Write a tag on a model; the value may be empty."""

    def delete_model_tag(self, name: str, tag: str) -> None:
        """Take a tag off a model; one that is not there is no error."""

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """Let an alias point to a version, wherever it pointed before."""

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias away; one that is not there is no error."""

    def set_version_tag(self, name: str, version: str, tag: str, value: str) -> None:
        """Write a tag on a version; the value may be empty."""

    def delete_version_tag(self, name: str, version: str, tag: str) -> None:
        """Take a tag off a version; one that is not there is no error."""


class MlflowBackend(RegistryBackend, Protocol):
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

    def files_of(self, owner: RunSummary | ModelVersion) -> tuple[ArtifactFile, ...]:
        """The files of a run or of a model version, by their paths; `Refused` when MLflow does not hand them out."""

    def file_of(self, owner: RunSummary | ModelVersion, path: str, *, limit: int) -> bytes:
        """The bytes of one of these files; one that is larger than `limit` is `BadArguments`."""

    def runs_of_flow_run(self, flow_run_id: str) -> tuple[RunSummary, ...]:
        """The MLflow runs that a Prefect run made, over all experiments, oldest first; at most 200."""
