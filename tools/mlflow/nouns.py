"""MLflow's objects into the tools' nouns, and where their pages are. Pure."""

from datetime import UTC, datetime
from urllib.parse import quote

from mlflow.entities import Experiment as MlflowExperiment
from mlflow.entities import Metric, Run
from mlflow.entities.model_registry import ModelVersion as MlflowModelVersion

from tools.mlflow.results import Experiment, MetricSeries, ModelVersion, Point, RunSummary

#: Points of a series that are kept; enough for a chart as wide as a message.
POINTS = 100
SYSTEM_TAG = "mlflow."


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
        metrics=dict(sorted(found.data.metrics.items())),
        params=dict(sorted(found.data.params.items())),
        tags=own_tags(found.data.tags),
        url=f"{pages}/#/experiments/{home}/runs/{found.info.run_id}" if pages else "",
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
        url=f"{pages}/#/models/{quote(found.name, safe='')}/versions/{number}" if pages else "",
    )


def series(name: str, history: list[Metric]) -> MetricSeries:
    """A metric's values in order of step, thinned to `POINTS`."""
    points = [
        Point(step=metric.step, value=metric.value, at=datetime.fromtimestamp(metric.timestamp / 1000, tz=UTC))
        for metric in sorted(history, key=lambda metric: (metric.step, metric.timestamp))
    ]
    return MetricSeries(name=name, points=thinned(points), count=len(points))


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
