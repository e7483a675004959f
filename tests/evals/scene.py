"""What is there before a conversation begins, as case files write it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Value = bool | int | float | str


class Strict(BaseModel):
    """Base of all that files hold: unknown names are refused, nothing changes once it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Pipeline(Strict):
    """A pipeline in Prefect.

    Attributes:
        name: Its name.
        parameters: Defaults by name; their types are those of the defaults.
        needs: Parameters without a default, all text.
        description: What its docstring says.
        cron: When it runs by itself; empty for never.
    """

    name: str
    parameters: dict[str, Value] = {}
    needs: tuple[str, ...] = ()
    description: str = ""
    cron: str = ""


class Task(Strict):
    """A task of a run."""

    name: str
    state: str = "completed"
    message: str = ""


class Run(Strict):
    """A run in Prefect; they are called brave-otter-1, brave-otter-2 and so on, in the order of the files.

    Attributes:
        pipeline: Whose run.
        state: Where it stands; `late` has been due for long.
        parameters: What it was given.
        message: What Prefect says about its state.
        by: Who asked for it; empty for nobody of this workspace.
        tags: More tags.
        tasks: Its tasks.
        logs: Its lines, the oldest first; one that begins with `ERROR` is one.
        tracked: The name of the MLflow run that it made; with metrics there is one in any case.
        metrics: That run's metrics.
        registers: The model of which that run registered a version.
        aliases: What points to this version.
    """

    pipeline: str
    state: str = "completed"
    parameters: dict[str, Value] = {}
    message: str = ""
    by: str = ""
    tags: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    logs: tuple[str, ...] = ()
    tracked: str = ""
    metrics: dict[str, float] = {}
    registers: str = ""
    aliases: tuple[str, ...] = ()


class Version(Strict):
    """A version of a registered model, and the MLflow run that made it.

    Attributes:
        metrics: Of that run.
        params: Of that run.
        run: That run's name.
        run_tags: That run's tags.
        aliases: What points to it.
        description: What people wrote about it.
        tags: Its tags.
        servable: Whether its files are such that it can be deployed.
    """

    metrics: dict[str, float] = {}
    params: dict[str, str] = {}
    run: str = ""
    run_tags: dict[str, str] = {}
    aliases: tuple[str, ...] = ()
    description: str = ""
    tags: dict[str, str] = {}
    servable: bool = False


class Model(Strict):
    """A registered model, its versions in their order."""

    name: str
    description: str = ""
    tags: dict[str, str] = {}
    versions: tuple[Version, ...] = ()


class Tracked(Strict):
    """A run in MLflow that no pipeline of ours made."""

    experiment: str
    name: str = ""
    metrics: dict[str, float] = {}
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    status: Literal["FINISHED", "RUNNING", "FAILED"] = "FINISHED"
    logged: bool = False  #: whether it logged a model


class Endpoint(Strict):
    """An endpoint of Vertex AI: the models on it, and each one's share of the traffic."""

    name: str
    serves: dict[str, int] = {}


class Object(Strict):
    """An object in Cloud Storage."""

    uri: str
    text: str


class Person(Strict):
    """Somebody beside Alice, Bob and Carol."""

    name: str
    real_name: str
    guest: bool = False


class Scene(Strict):
    """All of it.

    Attributes:
        workers: How many workers the pool has.
        policy: A file in `policies/`; empty for the built-in policy.
        topic: What the channel's topic says; empty for the usual.
    """

    pipelines: tuple[Pipeline, ...] = ()
    runs: tuple[Run, ...] = ()
    models: tuple[Model, ...] = ()
    tracked: tuple[Tracked, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    objects: tuple[Object, ...] = ()
    people: tuple[Person, ...] = ()
    workers: int = 1
    policy: str = ""
    topic: str = ""

    def and_then(self, more: "Scene") -> "Scene":
        """This, with more put behind; what is one value counts from `more` where that says something."""
        joined = {
            name: getattr(self, name) + getattr(more, name)
            for name, field in type(self).model_fields.items()
            if isinstance(field.default, tuple)
        }
        said = {name: getattr(more, name) for name in more.model_fields_set if name not in joined}
        return self.model_copy(update=joined | said)
