"""The nouns of MLflow as the tools speak of them: frozen, typed, and able to survive a trip through JSON."""

from datetime import datetime

from pydantic import Field

from tools.spec import Result

#: Tags that Trainmaster puts on every MLflow run started inside one of its Prefect runs.
FLOW_RUN_TAG = "trainmaster.flow_run_id"
THREAD_TAG = "trainmaster.thread"
ACTOR_TAG = "trainmaster.actor"
DIGEST_TAG = "trainmaster.digest"
PIPELINE_TAG = "trainmaster.pipeline"


class ArtifactFile(Result):
    """A file that MLflow keeps.

    Attributes:
        path: Its path below what it belongs to.
        size: Bytes.
    """

    path: str
    size: int = 0


class Ping(Result):
    """MLflow answered.

    Attributes:
        system: `MLflow`.
        version: What it says its version is; empty when it does not say.
        milliseconds: How long the answer took.
        url: Where it was asked.
        rested: Since when it had not been asked any more, and why; empty when it answered before too.
    """

    system: str
    version: str
    milliseconds: int
    url: str
    rested: str = ""


class Experiment(Result):
    """One experiment.

    Attributes:
        id: MLflow's id.
        name: Its name.
        created: When it was made.
        updated: When it last changed.
        tags: Its tags; those of MLflow itself (`mlflow.…`) left out.
        url: Its page in MLflow.
    """

    id: str
    name: str
    created: datetime | None = None
    updated: datetime | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    url: str = ""


class ExperimentPage(Result):
    """Some experiments, the one changed last first.

    Attributes:
        experiments: The experiments.
        more: Whether there are more.
    """

    experiments: tuple[Experiment, ...]
    more: bool = False


class Dataset(Result):
    """Data that a run used, as it logged it.

    Attributes:
        name: The data's name.
        digest: What MLflow computed of it; data with another digest is other data.
        context: What it was used for, such as `training`; empty when that was not said.
    """

    name: str
    digest: str
    context: str = ""


class RunSummary(Result):
    """One MLflow run.

    Attributes:
        id: MLflow's id.
        name: Its name.
        experiment_id: The experiment it belongs to.
        experiment: That experiment's name.
        status: `RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`.
        start: When it started.
        end: When it ended.
        metrics: The last value of each metric.
        params: Its parameters, as text.
        tags: Its tags; those of MLflow itself (`mlflow.…`) left out.
        datasets: The data it used.
        url: Its page in MLflow.
    """

    id: str
    name: str
    experiment_id: str
    experiment: str
    status: str
    start: datetime | None = None
    end: datetime | None = None
    metrics: dict[str, float] = Field(default_factory=dict)
    params: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    datasets: tuple[Dataset, ...] = ()
    url: str = ""


class RunSearchPage(Result):
    """Some MLflow runs.

    Attributes:
        runs: The runs, in the order that was asked for.
        more: Whether there are more.
        note: What was understood, such as which experiment a name was taken for.
    """

    runs: tuple[RunSummary, ...]
    more: bool = False
    note: str = ""


class Point(Result):
    """One value of a metric.

    Attributes:
        step: The step it was logged at.
        value: The value; may be infinite or not a number.
        at: When it was logged.
    """

    step: int
    value: float
    at: datetime


class MetricSeries(Result):
    """How a metric went.

    Attributes:
        name: The metric's name.
        points: Its values in order of step, thinned evenly to at most 100; the first and last are always there.
        count: How many values were logged; at most 25,000 are counted.
    """

    name: str
    points: tuple[Point, ...]
    count: int


class LoggedModel(Result):
    """A model that a run logged, registered or not.

    Attributes:
        id: MLflow's id, `m-…`.
        name: What the run called it.
        run_id: The run.
        created: When it was logged.
    """

    id: str
    name: str
    run_id: str
    created: datetime | None = None


class ModelVersion(Result):
    """One version of a registered model.

    Attributes:
        name: The registered model's name.
        version: The version, as MLflow writes it.
        aliases: The aliases that point to it now.
        run_id: The MLflow run that made it; empty when unknown.
        status: `READY`, `PENDING_REGISTRATION` or `FAILED_REGISTRATION`.
        created: When it was registered.
        tags: Its tags; those of MLflow itself (`mlflow.…`) left out.
        description: What people wrote about it.
        source: Where its files are, in MLflow's words, such as `models:/m-…`.
        model_id: The logged model that it was registered from; empty when unknown.
        url: Its page in MLflow.
    """

    name: str
    version: str
    aliases: tuple[str, ...] = ()
    run_id: str = ""
    status: str = ""
    created: datetime | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    description: str = ""
    source: str = ""
    model_id: str = ""
    url: str = ""


class ModelVersionPage(Result):
    """Some versions of one registered model, the newest first.

    Attributes:
        versions: The versions.
        more: Whether there are older ones.
    """

    versions: tuple[ModelVersion, ...]
    more: bool = False


class RegisteredModel(Result):
    """One registered model.

    Attributes:
        name: Its name.
        description: What people wrote about it.
        aliases: The version that each alias points to.
        latest: Its newest version; empty when it has none.
        tags: Its tags; those of MLflow itself (`mlflow.…`) left out.
        created: When it was made.
        updated: When it last changed.
        url: Its page in MLflow.
    """

    name: str
    description: str = ""
    aliases: dict[str, str] = Field(default_factory=dict)
    latest: str = ""
    tags: dict[str, str] = Field(default_factory=dict)
    created: datetime | None = None
    updated: datetime | None = None
    url: str = ""


class RegisteredModelPage(Result):
    """Some registered models, by name.

    Attributes:
        models: The models.
        more: Whether there are more.
        next: What names the page that follows; empty for none.
    """

    models: tuple[RegisteredModel, ...]
    more: bool = False
    next: str = ""


class RunMetrics(Result):
    """The metrics of one MLflow run, with what it made.

    Attributes:
        run: The run.
        series: Its metrics that have more than one value, by name; at most 10.
        series_left_out: How many more such metrics there are.
        versions: The model versions it registered.
        note: What was understood, such as which run `last` was taken for.
    """

    run: RunSummary
    series: tuple[MetricSeries, ...] = ()
    series_left_out: int = 0
    versions: tuple[ModelVersion, ...] = ()
    note: str = ""
