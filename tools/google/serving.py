"""What the tools of Vertex AI give back, and what they ask it for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from tools.errors import Refused
from tools.google.place import NOT_CONFIGURED
from tools.google.results import Ping
from tools.spec import Result


class ServedModel(Result):
    """A model as Vertex AI has it.

    Attributes:
        id: Its id.
        name: Its display name.
        version: Its version.
        labels: What was written on it.
        artifacts: Where its files are.
        created: When it was uploaded.
        endpoints: The ids of the endpoints that it is deployed on.
        url: Its page in Google's console; empty where there is none.
    """

    id: str
    name: str
    version: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    artifacts: str = ""
    created: datetime | None = None
    endpoints: tuple[str, ...] = ()
    url: str = ""


class DeployedModel(Result):
    """A model on an endpoint.

    Attributes:
        id: Its id there.
        name: Its display name there, such as `churn v3`.
        model: The model's id.
        machine: The type of machine; empty when it is not said.
        least: At least so many machines.
        most: At most so many.
        created: When it was deployed.
        traffic: Its share of the endpoint's traffic, in per cent.
    """

    id: str
    name: str
    model: str = ""
    machine: str = ""
    least: int = 0
    most: int = 0
    created: datetime | None = None
    traffic: int = 0


class Endpoint(Result):
    """An endpoint.

    Attributes:
        id: Its id.
        name: Its display name.
        deployed: The models on it, the one that was deployed last first.
        labels: What was written on it.
        etag: Which state of it this is: a change names the state that it expects.
        created: When it was made.
        url: Its page in Google's console; empty where there is none.
    """

    id: str
    name: str
    deployed: tuple[DeployedModel, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    etag: str = ""
    created: datetime | None = None
    url: str = ""


class ServedModelPage(Result):
    """Models; `more` when there are others that were not read."""

    models: tuple[ServedModel, ...]
    more: bool = False


class EndpointPage(Result):
    """Endpoints; `more` when there are others that were not read."""

    endpoints: tuple[Endpoint, ...]
    more: bool = False


class Prediction(Result):
    """What a model answered.

    Attributes:
        predictions: An answer for each instance, in their order.
        deployed: The id, on the endpoint, of the model that answered.
    """

    predictions: tuple[Any, ...]
    deployed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """A model that is to be uploaded.

    Attributes:
        id: The id that it is to have.
        name: Its display name.
        artifacts: Where its files are, `gs://…`.
        image: The container that serves it.
        labels: What is written on it.
    """

    id: str
    name: str
    artifacts: str
    image: str
    labels: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeployment:
    """A model that is to be put on an endpoint.

    Attributes:
        id: The id that it is to have there.
        name: Its display name there.
        model: The model's id.
        machine: The type of machine.
        replicas: How many.
        split: The endpoint's traffic afterwards.
    """

    id: str
    name: str
    model: str
    machine: str
    replicas: int
    split: dict[str, int]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that takes long.

    Attributes:
        done: Whether it is at its end.
        error: Why it failed, in Google's words; empty when it did not.
        kind: What it does, by the name of Google's message about it.
    """

    done: bool
    error: str = ""
    kind: str = field(default="", compare=False)


class VertexBackend(Protocol):
    """Vertex AI in one region.

    Every method raises `Unavailable` when it does not answer in time, `Refused` when it says no, and `BadArguments`
    when there is no such thing. Reads may be repeated by the adapter; a change whose answer never came raises
    `Unavailable` with `maybe_done`.
    """

    @property
    def configured(self) -> bool:
        """Whether there is a project and a region; without them every method raises `Refused`."""

    def ping(self) -> Ping:
        """Ask for a sign of life; never answered from memory."""

    def models(self, *, limit: int = 200) -> ServedModelPage:
        """The models, the newest first."""

    def endpoints(self, *, limit: int = 200, name: str = "") -> EndpointPage:
        """The endpoints, the newest first; only those with just this name, if one is given."""

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """One endpoint as it is now."""

    def predict(self, endpoint_id: str, instances: tuple[Any, ...]) -> Prediction:
        """What the endpoint answers for these instances."""

    def set_traffic(self, endpoint: Endpoint, split: dict[str, int], labels: dict[str, str]) -> Endpoint:
        """Share the traffic out by the ids of the models on it, and write labels, in one step.

        Raises:
            tools.google.connection.Exists: The endpoint is no longer as it was given.
        """

    def has_model(self, model_id: str) -> bool:
        """Whether there is a model with this id."""

    def begin_upload(self, new: NewModel) -> str:
        """Upload a model; gives the operation's name. `Exists` when the id is taken."""

    def begin_endpoint(self, endpoint_id: str, name: str) -> str:
        """Make an endpoint; gives the operation's name. `Exists` when the id is taken."""

    def begin_deployment(self, endpoint_id: str, new: NewDeployment) -> str:
        """Put a model on an endpoint; gives the operation's name."""

    def begin_undeployment(self, endpoint_id: str, deployed_id: str) -> str:
        """Take a model off an endpoint; gives the operation's name. `Exists` while something else goes on there."""

    def wait(self, operation: str) -> Operation:
        """How an operation is getting on, at its end or when there is no more time to wait."""

    def last_operation(self, endpoint_id: str) -> Operation | None:
        """The newest operation on an endpoint; None when there was none lately."""


class NoVertex:
    """Where Google Cloud is not configured."""

    configured = False

    def __getattr__(self, name: str) -> Any:
        """Refuse everything.

        Raises:
            Refused: Always.
        """
        raise Refused(NOT_CONFIGURED)
