"""MLflow's objects into the tools' nouns, and where their pages are. Pure."""

import math
from datetime import UTC, datetime
from urllib.parse import quote

from mlflow.entities import Experiment as MlflowExperiment
from mlflow.entities import LoggedModel as MlflowLoggedModel
from mlflow.entities import Metric, Run
from mlflow.entities.model_registry import ModelVersion as MlflowModelVersion
from mlflow.entities.model_registry import RegisteredModel as MlflowRegisteredModel

from tools.mlflow.results import (
    Dataset,
    Experiment,
    LoggedModel,
    MetricSeries,
    ModelVersion,
    Point,
    RegisteredModel,
    RunSummary,
)

#: Points of a series that are kept; enough for a chart as wide as a message.
POINTS = 100
SYSTEM_TAG = "mlflow."
#: MLflow's own tag that says what data was used for.
CONTEXT_TAG = "mlflow.data.context"
LOGGED_MODEL = "models:/"
#: MLflow's database knows no infinity: it keeps the largest number there is in its place.
ENDLESS = 1e300
BEGINNING = datetime.fromtimestamp(0, tz=UTC)


def experiment(found: MlflowExperiment, *, pages: str) -> Experiment:
    """An experiment."""
    return Experiment(
        id=found.experiment_id,
        name=found.name,
        created=moment(found.creation_time),
        updated=moment(found.last_update_time),
        tags=own_tags(found.tags),
        url=f"{pages}/#/experiments/{found.experiment_id}" if pages else "",
    )


def run(found: Run, *, experiment_name: str, pages: str) -> RunSummary:
    """A run with the last value of each metric."""
    home = found.info.experiment_id
    return RunSummary(
        id=found.info.run_id,
        name=found.info.run_name or found.info.run_id[:8],
        experiment_id=home,
        experiment=experiment_name,
        status=found.info.status,
        start=moment(found.info.start_time),
        end=moment(found.info.end_time),
        metrics={name: measured(value) for name, value in sorted(found.data.metrics.items())},
        params=dict(sorted(found.data.params.items())),
        tags=own_tags(found.data.tags),
        datasets=_datasets(found),
        url=f"{pages}/#/experiments/{home}/runs/{found.info.run_id}" if pages else "",
    )


def logged_model(found: MlflowLoggedModel) -> LoggedModel:
    """A model that a run logged."""
    return LoggedModel(
        id=found.model_id,
        name=found.name,
        run_id=found.source_run_id or "",
        created=moment(found.creation_timestamp),
    )


def version(found: MlflowModelVersion, *, aliases: tuple[str, ...], pages: str) -> ModelVersion:
    """A version of a registered model; its aliases are known to the model alone."""
    number = str(found.version)
    return ModelVersion(
        name=found.name,
        version=number,
        aliases=aliases,
        run_id=found.run_id or "",
        status=found.status or "",
        created=moment(found.creation_timestamp),
        tags=own_tags(found.tags),
        description=found.description or "",
        source=found.source or "",
        model_id=found.model_id or _logged_model(found.source or ""),
        url=f"{pages}/#/models/{quote(found.name, safe='')}/versions/{number}" if pages else "",
    )


def registered_model(found: MlflowRegisteredModel, *, pages: str) -> RegisteredModel:
    """A registered model with its aliases. Of each stage MLflow tells the newest version; ours is the newest of all."""
    newest = max((int(each.version) for each in found.latest_versions), default=0)
    return RegisteredModel(
        name=found.name,
        description=found.description or "",
        aliases={alias: str(version) for alias, version in sorted(found.aliases.items())},
        latest=str(newest) if newest else "",
        tags=own_tags(found.tags),
        created=moment(found.creation_timestamp),
        updated=moment(found.last_updated_timestamp),
        url=f"{pages}/#/models/{quote(found.name, safe='')}" if pages else "",
    )


def aliases_by_version(found: MlflowRegisteredModel) -> dict[str, tuple[str, ...]]:
    """The aliases of a model by version; searching for versions does not tell them."""
    by_version: dict[str, tuple[str, ...]] = {}
    for alias, version in sorted(found.aliases.items()):
        by_version[str(version)] = (*by_version.get(str(version), ()), alias)
    return by_version


def _logged_model(source: str) -> str:
    """The logged model that a source such as `models:/m-…` names: MLflow tells it there and, mostly, nowhere else."""
    name = source.removeprefix(LOGGED_MODEL)
    return name if name != source and name.startswith("m-") and "/" not in name else ""


def _datasets(found: Run) -> tuple[Dataset, ...]:
    inputs = found.inputs.dataset_inputs if found.inputs else []
    return tuple(
        Dataset(
            name=each.dataset.name,
            digest=each.dataset.digest,
            context=next((tag.value for tag in each.tags if tag.key == CONTEXT_TAG), ""),
        )
        for each in inputs
    )


def series(name: str, history: list[Metric]) -> MetricSeries:
    """A metric's values in order of step, thinned to `POINTS`."""
    points = [
        Point(
            step=metric.step, value=measured(metric.value), at=datetime.fromtimestamp(metric.timestamp / 1000, tz=UTC)
        )
        for metric in sorted(history, key=lambda metric: (metric.step, metric.timestamp))
    ]
    return MetricSeries(name=name, points=thinned(points), count=len(points))


def measured(kept: float) -> float:
    """A metric's value as it was logged, which may be infinite."""
    return math.copysign(math.inf, kept) if abs(kept) >= ENDLESS else kept


def thinned(points: list[Point]) -> tuple[Point, ...]:
    """At most `POINTS` of the points, evenly spread, the first and the last among them."""
    if len(points) <= POINTS:
        return tuple(points)
    last = len(points) - 1
    return tuple(points[round(place * last / (POINTS - 1))] for place in range(POINTS))


def own_tags(tags: dict[str, str]) -> dict[str, str]:
    """The tags that people and pipelines set; MLflow's own hold paths and user names."""
    return {name: value for name, value in sorted(tags.items()) if not name.startswith(SYSTEM_TAG)}


def moment(milliseconds: int | None) -> datetime | None:
    """A time from MLflow's milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC) if milliseconds else None
