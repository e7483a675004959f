"""The real Vertex AI behind the tools' nouns: the `aiplatform_v1` clients over REST."""

import itertools
import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import override

from tools import deadline
from tools.breaker import Breaker
from tools.deadline import LONG_SECONDS
from tools.errors import BadArguments
from tools.google.connection import Connection, timeout
from tools.google.place import NO_REGION, Identity, Place
from tools.google.results import Ping
from tools.google.serving import (
    DeployedModel,
    Endpoint,
    EndpointPage,
    NewDeployment,
    NewModel,
    Operation,
    Prediction,
    ServedModel,
    ServedModelPage,
    VertexBackend,
)
from tools.google.transport import keep_deadlines

if TYPE_CHECKING:
    from google.cloud import aiplatform_v1 as google

Client = TypeVar("Client")
Answer = TypeVar("Answer")

SYSTEM = "Vertex AI"
CONSOLE = "https://console.cloud.google.com/vertex-ai"
NEWEST_FIRST = "create_time desc"
#: What is left of a call's time when waiting for an operation ends, for what follows it.
SPARE_SECONDS = 15.0


class VertexServer(VertexBackend):
    """The adapter: `VertexBackend` by Google's own clients. Nothing is opened or imported before the first call."""

    def __init__(self, place: Place, identity: Identity) -> None:
        """Remember where Vertex AI is.

        Args:
            place: The project, its region and the addresses of its services.
            identity: Who we are.
        """
        self._place = place
        self._identity = identity
        self._connection = Connection(SYSTEM, client="google.cloud.aiplatform_v1")
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    @property
    @override
    def configured(self) -> bool:
        return self._place.location != NO_REGION

    @property
    def breaker(self) -> Breaker:
        """What leaves it alone while it does not answer."""
        return self._connection.breaker

    @override
    def ping(self) -> Ping:
        rested = self._connection.breaker.resting
        begun = time.monotonic()
        request = {"parent": self._parent, "page_size": 1}
        self._connection.look(lambda: self._endpoints.list_endpoints(request, **_once()))
        return Ping(system=SYSTEM, milliseconds=round((time.monotonic() - begun) * 1000), rested=str(rested or ""))

    @override
    def models(self, *, limit: int = 200) -> ServedModelPage:
        request = {"parent": self._parent, "page_size": limit}

        def asked() -> tuple[list["google.Model"], bool]:
            page = next(self._models.list_models(request, **_once()).pages)
            return list(page.models), bool(page.next_page_token)

        found, more = self._connection.read(asked)
        models = sorted((self._model(each) for each in found), key=lambda each: str(each.created), reverse=True)
        return ServedModelPage(models=tuple(models), more=more)

    @override
    def endpoints(self, *, limit: int = 200, name: str = "") -> EndpointPage:
        request = {"parent": self._parent, "page_size": limit, "order_by": NEWEST_FIRST}
        if name:
            request["filter"] = f"display_name={json.dumps(name, ensure_ascii=False)}"

        def asked() -> tuple[list["google.Endpoint"], bool]:
            page = next(self._endpoints.list_endpoints(request, **_once()).pages)
            return list(page.endpoints), bool(page.next_page_token)

        found, more = self._connection.read(asked)
        endpoints = sorted((self._endpoint(each) for each in found), key=lambda each: str(each.created), reverse=True)
        return EndpointPage(endpoints=tuple(endpoints), more=more)

    @override
    def endpoint(self, endpoint_id: str) -> Endpoint:
        return self._endpoint(self._raw_endpoint(endpoint_id))

    @override
    def predict(self, endpoint_id: str, instances: tuple[Any, ...]) -> Prediction:
        from google.cloud import aiplatform_v1  # noqa: PLC0415 - see tools/google/__init__.py

        asked = {"endpoint": self._name(endpoint_id), "instances": instances}
        request = aiplatform_v1.PredictRequest.from_json(json.dumps(asked))
        answer = self._connection.read(lambda: self._predictions.predict(request, **_once()), seconds=LONG_SECONDS)
        told = aiplatform_v1.PredictResponse.to_dict(answer)
        return Prediction(predictions=tuple(told.get("predictions") or ()), deployed=str(answer.deployed_model_id))

    @override
    def set_traffic(self, endpoint: Endpoint, split: dict[str, int], labels: dict[str, str]) -> Endpoint:
        from google.cloud import aiplatform_v1  # noqa: PLC0415 - see tools/google/__init__.py

        wanted = aiplatform_v1.Endpoint(
            name=self._name(endpoint.id), traffic_split=split, labels={**endpoint.labels, **labels}, etag=endpoint.etag
        )
        request = {"endpoint": wanted, "update_mask": {"paths": ["traffic_split", "labels"]}}
        return self._endpoint(self._connection.change(lambda: self._endpoints.update_endpoint(request, **_once())))

    @override
    def has_model(self, model_id: str) -> bool:
        request = {"name": f"{self._parent}/models/{model_id}"}
        try:
            self._connection.read(lambda: self._models.get_model(request, **_once()))
        except BadArguments:
            return False
        return True

    @override
    def begin_upload(self, new: NewModel) -> str:
        model = {
            "display_name": new.name,
            "artifact_uri": new.artifacts,
            "container_spec": {"image_uri": new.image},
            "labels": new.labels,
        }
        request: Any = {"parent": self._parent, "model_id": new.id, "model": model}
        return self._begun(lambda: self._models.upload_model(request, **_once()))

    @override
    def begin_endpoint(self, endpoint_id: str, name: str) -> str:
        request: Any = {"parent": self._parent, "endpoint_id": endpoint_id, "endpoint": {"display_name": name}}
        return self._begun(lambda: self._endpoints.create_endpoint(request, **_once()))

    @override
    def begin_deployment(self, endpoint_id: str, new: NewDeployment) -> str:
        machines = {
            "machine_spec": {"machine_type": new.machine},
            "min_replica_count": new.replicas,
            "max_replica_count": new.replicas,
        }
        deployed = {
            "id": new.id,
            "model": f"{self._parent}/models/{new.model}",
            "display_name": new.name,
            "dedicated_resources": machines,
        }
        split = {"0" if each == new.id else each: share for each, share in new.split.items()}
        request: Any = {"endpoint": self._name(endpoint_id), "deployed_model": deployed, "traffic_split": split}
        return self._begun(lambda: self._endpoints.deploy_model(request, **_once()))

    @override
    def begin_undeployment(self, endpoint_id: str, deployed_id: str) -> str:
        request: Any = {"endpoint": self._name(endpoint_id), "deployed_model_id": deployed_id}
        return self._begun(lambda: self._endpoints.undeploy_model(request, **_once()))

    @override
    def wait(self, operation: str) -> Operation:
        request = {"name": operation}
        for pause in itertools.chain((0.2, 0.5, 1.0, 2.0), itertools.repeat(3.0)):
            found = self._connection.read(lambda: self._endpoints.get_operation(request, **_once()))
            if found.done or deadline.left() < pause + SPARE_SECONDS:
                break
            time.sleep(pause)
        return _operation(found)

    @override
    def last_operation(self, endpoint_id: str) -> Operation | None:
        request = {"name": self._name(endpoint_id), "page_size": 100}
        found = self._connection.read(lambda: self._endpoints.list_operations(request, **_once())).operations
        unfinished = [each for each in found if not each.done]
        newest = max(unfinished or found, key=_begun_at, default=None)
        return _operation(newest) if newest is not None else None

    def _begun(self, call: Callable[[], Any]) -> str:
        """The name of the operation that a call begins; an id of ours sees to it that it is begun once at most."""
        return str(self._connection.read(call, seconds=LONG_SECONDS).operation.name)

    def _raw_endpoint(self, endpoint_id: str) -> "google.Endpoint":
        request = {"name": self._name(endpoint_id)}
        try:
            return self._connection.read(lambda: self._endpoints.get_endpoint(request, **_once()))
        except BadArguments as error:
            raise BadArguments(f"{SYSTEM} has no endpoint with the id {endpoint_id}.") from error

    @property
    def _parent(self) -> str:
        _ = self._place.vertex  # says that a region is missing
        return f"projects/{self._place.project}/locations/{self._place.location}"

    def _name(self, endpoint_id: str) -> str:
        if not endpoint_id.replace("-", "").isalnum():
            raise BadArguments(f"“{endpoint_id}” is not the id of an endpoint.")
        return f"{self._parent}/endpoints/{endpoint_id}"

    @property
    def _models(self) -> "google.ModelServiceClient":
        from google.cloud import aiplatform_v1  # noqa: PLC0415 - see tools/google/__init__.py

        return self._client("models", aiplatform_v1.ModelServiceClient)

    @property
    def _endpoints(self) -> "google.EndpointServiceClient":
        from google.cloud import aiplatform_v1  # noqa: PLC0415 - see tools/google/__init__.py

        return self._client("endpoints", aiplatform_v1.EndpointServiceClient)

    @property
    def _predictions(self) -> "google.PredictionServiceClient":
        from google.cloud import aiplatform_v1  # noqa: PLC0415 - see tools/google/__init__.py

        return self._client("predictions", aiplatform_v1.PredictionServiceClient)

    def _client(self, name: str, kind: Callable[..., Client]) -> Client:
        """A client, made at the first use: a process that forks must not have made one before."""
        with self._lock:
            if name not in self._clients:
                made: Any = kind(
                    credentials=self._identity.for_service(self._place.vertex),
                    transport="rest",
                    client_options={"api_endpoint": self._place.vertex},
                )
                keep_deadlines(made.transport._session)  # noqa: SLF001 - the client takes no session of ours
                self._clients[name] = made
            found: Client = self._clients[name]
            return found

    def _model(self, found: "google.Model") -> ServedModel:
        identifier = _last(found.name)
        return ServedModel(
            id=identifier,
            name=found.display_name,
            version=found.version_id,
            labels=dict(found.labels),
            artifacts=found.artifact_uri,
            created=_moment(found.create_time),
            endpoints=tuple(_last(each.endpoint) for each in found.deployed_models),
            url=self._page(f"models/locations/{self._place.location}/models/{identifier}"),
        )

    def _endpoint(self, found: "google.Endpoint") -> Endpoint:
        identifier, traffic = _last(found.name), dict(found.traffic_split)
        deployed = sorted(found.deployed_models, key=lambda each: str(_moment(each.create_time)), reverse=True)
        return Endpoint(
            id=identifier,
            name=found.display_name,
            deployed=tuple(_deployed(each, traffic=traffic.get(each.id, 0)) for each in deployed),
            labels=dict(found.labels),
            etag=found.etag,
            created=_moment(found.create_time),
            url=self._page(f"online-prediction/locations/{self._place.location}/endpoints/{identifier}"),
        )

    def _page(self, path: str) -> str:
        return "" if self._place.vertex_url else f"{CONSOLE}/{path}?project={self._place.project}"


def _deployed(found: "google.DeployedModel", *, traffic: int) -> DeployedModel:
    resources = found.dedicated_resources
    return DeployedModel(
        id=found.id,
        name=found.display_name or _last(found.model),
        model=_last(found.model).partition("@")[0],
        machine=resources.machine_spec.machine_type,
        least=resources.min_replica_count,
        most=resources.max_replica_count or resources.min_replica_count,
        created=_moment(found.create_time),
        traffic=traffic,
    )


def _operation(found: Any) -> Operation:
    error = " ".join(str(found.error.message).split()) if found.done else ""
    return Operation(done=bool(found.done), error=error, kind=found.metadata.type_url.rpartition(".")[2])


def _begun_at(found: Any) -> float:
    """When an operation was begun: the metadata of all kinds begin with the same."""
    from google.cloud import aiplatform_v1  # noqa: PLC0415 - see tools/google/__init__.py

    told = aiplatform_v1.DeployModelOperationMetadata.deserialize(found.metadata.value)
    moment = _moment(told.generic_metadata.create_time)
    return moment.timestamp() if moment else 0.0


def _once() -> dict[str, Any]:
    """For each call of Google's clients: no attempts of their own, and no longer than there is time."""
    connect, read = timeout()
    return {"timeout": max(connect, read), "retry": None}


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _moment(found: Any) -> datetime | None:
    """A moment as Google has it; one that was never set is the beginning of 1970."""
    return found if isinstance(found, datetime) and found.timestamp() > 0 else None
