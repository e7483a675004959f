"""Vertex AI in memory, for tests that need what it answers and not how."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.errors import BadArguments, ToolError
from tools.google.connection import Exists
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
)

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class FakeVertex:
    """A `VertexBackend` that holds everything in memory.

    Attributes:
        away: What every call raises; None while it answers.
        model: What models answer for one instance.
        asked: The instances of each prediction.
        looks: How often a deployment is looked at until it is at its end.
        failure: Why deployments and what takes them away fail; empty while they do not.
        uploads: The models that were uploaded.
        deployments: What was put on endpoints.
        undeployments: The ids of what was begun to be taken off.
    """

    configured = True

    def __init__(self) -> None:
        self.away: ToolError | None = None
        self.model: Callable[[Any], Any] = lambda instance: instance * 2
        self.asked: list[tuple[Any, ...]] = []
        self._models: dict[str, ServedModel] = {}
        self._endpoints: dict[str, Endpoint] = {}
        self._ticks = 0
        self.looks = 1
        self.failure = ""
        self.uploads: list[NewModel] = []
        self.deployments: list[NewDeployment] = []
        self.undeployments: list[str] = []
        self._operations: dict[str, tuple[str, int]] = {}
        self._kinds: dict[str, str] = {}
        self._errors: dict[str, str] = {}
        self._pending: tuple[str, NewDeployment | str] | None = None

    # ---- what a test puts in -------------------------------------------------------------------------------------

    def add_model(self, name: str, *, labels: dict[str, str] | None = None) -> ServedModel:
        """Upload a model."""
        number = str(self._tick())
        made = ServedModel(
            id=number, name=name, version="1", labels=labels or {}, artifacts=f"gs://m/{name}", created=self._now()
        )
        self._models[number] = made
        return made

    def add_endpoint(self, name: str) -> Endpoint:
        """Make an endpoint."""
        number = str(self._tick())
        made = Endpoint(id=number, name=name, etag=f"e{number}", created=self._now())
        self._endpoints[number] = made
        return made

    def deploy(self, endpoint: str, model: ServedModel, *, traffic: int = 0) -> DeployedModel:
        """Put a model on an endpoint; the others share the rest of the traffic as they did."""
        before = self._endpoints[endpoint]
        number = str(self._tick())
        made = DeployedModel(
            id=number,
            name=model.name,
            model=model.id,
            machine="n1-standard-2",
            least=1,
            most=2,
            created=self._now(),
            traffic=traffic,
        )
        rest = [
            each.model_copy(update={"traffic": each.traffic * (100 - traffic) // 100 if traffic else each.traffic})
            for each in before.deployed
        ]
        self._put(before.model_copy(update={"deployed": (made, *rest)}))
        self._models[model.id] = model.model_copy(update={"endpoints": (*model.endpoints, endpoint)})
        return made

    # ---- VertexBackend -------------------------------------------------------------------------------------------

    def ping(self) -> Ping:
        self._answers()
        return Ping(system="Vertex AI", milliseconds=3)

    def models(self, *, limit: int = 200) -> ServedModelPage:
        self._answers()
        found = sorted(self._models.values(), key=lambda each: each.created or EPOCH, reverse=True)
        return ServedModelPage(models=tuple(found[:limit]), more=len(found) > limit)

    def endpoints(self, *, limit: int = 200, name: str = "") -> EndpointPage:
        self._answers()
        known = [each for each in self._endpoints.values() if not name or each.name == name]
        found = sorted(known, key=lambda each: each.created or EPOCH, reverse=True)
        return EndpointPage(endpoints=tuple(found[:limit]), more=len(found) > limit)

    def endpoint(self, endpoint_id: str) -> Endpoint:
        self._answers()
        if endpoint_id not in self._endpoints:
            raise BadArguments(f"Vertex AI has no endpoint with the id {endpoint_id}.")
        return self._endpoints[endpoint_id]

    def predict(self, endpoint_id: str, instances: tuple[Any, ...]) -> Prediction:
        found = self.endpoint(endpoint_id)
        serving = self._turn(found)
        if serving is None:
            raise BadArguments("Vertex AI refused this: The endpoint has no deployed model with traffic.")
        self.asked.append(instances)
        return Prediction(predictions=tuple(self.model(each) for each in instances), deployed=serving.id)

    def set_traffic(self, endpoint: Endpoint, split: dict[str, int], labels: dict[str, str]) -> Endpoint:
        found = self.endpoint(endpoint.id)
        if found.etag != endpoint.etag:
            raise Exists("Vertex AI has something else there by now: the etag does not match.")
        deployed = tuple(each.model_copy(update={"traffic": split.get(each.id, 0)}) for each in found.deployed)
        return self._put(found.model_copy(update={"deployed": deployed, "labels": {**found.labels, **labels}}))

    def has_model(self, model_id: str) -> bool:
        self._answers()
        return model_id in self._models

    def begin_upload(self, new: NewModel) -> str:
        self._answers()
        if new.id in self._models:
            raise Exists("Vertex AI has something else there by now: the model exists.")
        self._models[new.id] = ServedModel(
            id=new.id, name=new.name, version="1", labels=new.labels, artifacts=new.artifacts, created=self._now()
        )
        self.uploads.append(new)
        return self._operation("")

    def begin_endpoint(self, endpoint_id: str, name: str) -> str:
        self._answers()
        made = Endpoint(id=endpoint_id, name=name, etag="e1", created=self._now())
        self._endpoints[endpoint_id] = made
        return self._operation("")

    def begin_deployment(self, endpoint_id: str, new: NewDeployment) -> str:
        found = self.endpoint(endpoint_id)
        if self._pending is not None or new.id in {each.id for each in found.deployed}:
            raise Exists("Vertex AI has something else there by now: it is on its way.")
        self.deployments.append(new)
        name = self._operation(endpoint_id, self.looks, kind="DeployModelOperationMetadata")
        self._pending = (endpoint_id, new)
        return name

    def begin_undeployment(self, endpoint_id: str, deployed_id: str) -> str:
        found = self.endpoint(endpoint_id)
        if self._pending is not None:
            raise Exists("Vertex AI has something else there by now: something goes on there.")
        gone = next((each for each in found.deployed if each.id == deployed_id), None)
        if gone is None:
            raise BadArguments("Vertex AI does not have what was asked for: no such deployed model.")
        if gone.traffic and len(found.deployed) > 1:
            raise BadArguments("Vertex AI refused this: The deployed model has traffic.")
        self.undeployments.append(deployed_id)
        name = self._operation(endpoint_id, self.looks, kind="UndeployModelOperationMetadata")
        self._pending = (endpoint_id, deployed_id)
        return name

    def wait(self, operation: str) -> Operation:
        self._answers()
        endpoint, left = self._operations[operation]
        self._operations[operation] = endpoint, left - 1
        return self._ended(operation)

    def last_operation(self, endpoint_id: str) -> Operation | None:
        self._answers()
        found = [name for name, (endpoint, _) in self._operations.items() if endpoint == endpoint_id]
        return self.wait(found[-1]) if found else None

    # ---- inside --------------------------------------------------------------------------------------------------

    def _turn(self, endpoint: Endpoint) -> DeployedModel | None:
        """Whose turn it is to answer: those with more traffic first, and of ten requests as many as are a model's."""
        place = len(self.asked) * 30 % 100
        for each in sorted(endpoint.deployed, key=lambda each: -each.traffic):
            if place < each.traffic:
                return each
            place -= each.traffic
        return None

    def _operation(self, endpoint: str, looks: int = 1, *, kind: str = "") -> str:
        name = f"operations/{self._tick()}"
        self._kinds[name] = kind
        self._operations[name] = endpoint, looks
        return name

    def _ended(self, name: str) -> Operation:
        endpoint, left = self._operations[name]
        kind = self._kinds[name]
        if left > 0:
            return Operation(done=False, kind=kind)
        if self._pending is not None and self._pending[0] == endpoint:
            (_, new), self._pending = self._pending, None
            self._errors[name] = self.failure
            if self.failure:
                return Operation(done=True, error=self.failure, kind=kind)
            found = self._endpoints[endpoint]
            if isinstance(new, str):
                left_on = tuple(each for each in found.deployed if each.id != new)
                self._put(found.model_copy(update={"deployed": left_on}))
                return Operation(done=True, kind=kind)
            made = DeployedModel(
                id=new.id,
                name=new.name,
                model=new.model,
                machine=new.machine,
                least=new.replicas,
                most=new.replicas,
                created=self._now(),
            )
            deployed = tuple(
                each.model_copy(update={"traffic": new.split.get(each.id, 0)}) for each in (made, *found.deployed)
            )
            self._put(found.model_copy(update={"deployed": deployed}))
        return Operation(done=True, error=self._errors.get(name, ""), kind=kind)

    def _put(self, endpoint: Endpoint) -> Endpoint:
        self._endpoints[endpoint.id] = endpoint.model_copy(update={"etag": f"e{self._tick()}"})
        return self._endpoints[endpoint.id]

    def _answers(self) -> None:
        if self.away is not None:
            raise self.away

    def _tick(self) -> int:
        self._ticks += 1
        return 1_000 + self._ticks

    def _now(self) -> datetime:
        return EPOCH + timedelta(seconds=self._tick())
