"""Models and endpoints in a file: uploaded, deployed, given traffic, each change under an etag, by operations."""

import itertools
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.cloud.refusals import Refusal

Json = dict[str, Any]
TYPES = "type.googleapis.com/google.cloud.aiplatform.v1"


class Vertex:
    """What is served in one project and region; one process at a time, any number of threads."""

    def __init__(self, file: Path, *, takes: float = 0.0, clock: Callable[[], float] = time.time) -> None:
        """Take up what is there.

        Args:
            file: Where everything is kept.
            takes: Seconds that putting a model on an endpoint takes, or taking it off.
            clock: Seconds since 1970.
        """
        self._file = file
        self.takes = takes
        self._clock = clock
        self._lock = threading.RLock()
        empty: Json = {"models": {}, "endpoints": {}, "operations": {}, "next": 1}
        self._kept: Json = json.loads(file.read_text("utf-8")) if file.exists() else empty
        self._ready: dict[str, Callable[[], bool]] = {}

    def models(self) -> list[Json]:
        """The models, with where they are deployed."""
        with self._lock:
            return [self._with_places(each) for each in self._kept["models"].values()]

    def endpoints(self) -> list[Json]:
        """The endpoints."""
        with self._lock:
            self._settle()
            return [dict(each) for each in self._kept["endpoints"].values()]

    def model(self, name: str) -> Json:
        """One model, by its resource name; a version behind `@` may be named.

        Raises:
            Refusal: There is none.
        """
        with self._lock:
            found = self._kept["models"].get(name.partition("@")[0])
            if found is None:
                raise Refusal(404, f"The Model {name} does not exist.", reason="NOT_FOUND")
            return self._with_places(found)

    def endpoint(self, name: str) -> Json:
        """One endpoint, by its resource name.

        Raises:
            Refusal: There is none.
        """
        with self._lock:
            self._settle()
            found = self._kept["endpoints"].get(name)
            if found is None:
                raise Refusal(404, f"Endpoint {name} not found.", reason="NOT_FOUND")
            return json.loads(json.dumps(found))  # type: ignore[no-any-return]  # what went in comes out

    def operation(self, name: str) -> Json:
        """How an operation is getting on.

        Raises:
            Refusal: There is none.
        """
        with self._lock:
            self._settle()
            found = self._kept["operations"].get(name)
            if found is None:
                raise Refusal(404, f"The operation {name} does not exist.", reason="NOT_FOUND")
            return _told(found)

    def operations(self, owner: str) -> list[Json]:
        """The operations on an endpoint."""
        with self._lock:
            self.endpoint(owner)
            return [_told(each) for name, each in self._kept["operations"].items() if name.startswith(f"{owner}/")]

    def upload(self, parent: str, model: Json, *, model_id: str = "") -> Json:
        """Take a model in; gives the operation."""
        if not model.get("displayName") or not model.get("containerSpec", {}).get("imageUri"):
            raise Refusal(400, "Model display_name and container_spec.image_uri are required.")
        with self._lock:
            name = self._free("models", f"{parent}/models/{model_id or self._number()}")
            kept = {**model, "name": name, "versionId": "1", "createTime": self._now(), "updateTime": self._now()}
            self._kept["models"][name] = kept
            answer = {"@type": f"{TYPES}.UploadModelResponse", "model": name, "modelVersionId": "1"}
            return self._done(parent, answer, f"{TYPES}.UploadModelOperationMetadata")

    def create(self, parent: str, endpoint: Json, *, endpoint_id: str = "") -> Json:
        """Make an endpoint; gives the operation."""
        with self._lock:
            name = self._free("endpoints", f"{parent}/endpoints/{endpoint_id or self._number()}")
            kept = {**endpoint, "name": name, "deployedModels": [], "trafficSplit": {}, "createTime": self._now()}
            self._kept["endpoints"][name] = kept
            self._stamped(kept)
            answer = {"@type": f"{TYPES}.Endpoint", **kept}
            return self._done(name, answer, f"{TYPES}.CreateEndpointOperationMetadata")

    def update(self, name: str, wanted: Json, mask: list[str]) -> Json:
        """Change what the mask names of an endpoint, if it is still as its sender knows it.

        Raises:
            Refusal: It is not, or the traffic makes no sense.
        """
        with self._lock:
            self.endpoint(name)
            kept = self._kept["endpoints"][name]
            if wanted.get("etag") not in {None, "", kept["etag"]}:
                raise Refusal(409, "The etag does not match the current state of the endpoint.", reason="ABORTED")
            if "trafficSplit" in mask:
                self._check_traffic(kept, wanted.get("trafficSplit") or {})
            kept |= {field: wanted.get(field) or {} for field in mask}
            return self._stamped(kept)

    def deploy(
        self, name: str, deployed: Json, split: dict[str, int], *, ready: Callable[[], bool] = lambda: True
    ) -> Json:
        """Put a model on an endpoint; `0` in the split is the new one. Gives the operation, done once it is `ready`."""
        with self._lock:
            self.endpoint(name)
            self.model(str(deployed.get("model", "")))
            kept = self._kept["endpoints"][name]
            made = {**deployed, "id": deployed.get("id") or str(self._number()), "createTime": self._now()}
            underway = [each for each in self.operations(name) if not each["done"]]
            if underway or made["id"] in {each["id"] for each in kept["deployedModels"]}:
                raise Refusal(409, f"Deployed model {made['id']} exists or is on its way.", reason="ALREADY_EXISTS")
            traffic = {made["id"] if key == "0" else key: int(share) for key, share in split.items() if int(share)}
            if traffic:
                self._check_traffic({"deployedModels": [*kept["deployedModels"], made]}, traffic)
            answer = {"@type": f"{TYPES}.DeployModelResponse", "deployedModel": made}
            begun = self._done(name, answer, f"{TYPES}.DeployModelOperationMetadata")
            self._ready[begun["name"]] = ready
            return self._lasting(begun, [name, made, traffic])

    def fail(self, endpoint: str, message: str) -> None:
        """Let what goes on at an endpoint end badly, as it does when there are no machines left."""
        with self._lock:
            for name, operation in self._kept["operations"].items():
                if name.startswith(f"{endpoint}/") and not operation["done"]:
                    operation.pop("response")
                    operation |= {"done": True, "error": {"code": 8, "message": message}}
            self._write()

    def _settle(self) -> None:
        """Let that take effect whose time has come: a model comes whole, and goes by its id."""
        for begun, operation in self._kept["operations"].items():
            ready = self._ready.get(begun, lambda: True)  # what went on when this process started is
            if not operation["done"] and operation["endsAt"] <= self._clock() and ready():
                self._ready.pop(begun, None)
                name, model, traffic = operation["effect"]
                kept = self._kept["endpoints"][name]
                if isinstance(model, str):
                    kept["deployedModels"] = [each for each in kept["deployedModels"] if each["id"] != model]
                    kept["trafficSplit"] = traffic
                else:
                    kept["deployedModels"].append(model)
                    kept["trafficSplit"] = traffic or kept["trafficSplit"]
                operation["done"] = True
                self._stamped(kept)

    def _lasting(self, begun: Json, effect: list[Any]) -> Json:
        """Let an operation take its time; what comes of it is seen at its end."""
        operation = self._kept["operations"][begun["name"]]
        operation |= {"done": False, "endsAt": self._clock() + self.takes, "effect": effect}
        self._settle()
        self._write()
        return begun

    def _free(self, kind: str, name: str) -> str:
        if name in self._kept[kind]:
            raise Refusal(409, f"{name} already exists.", reason="ALREADY_EXISTS")
        return name

    def undeploy(self, name: str, deployed_id: str, split: dict[str, int]) -> Json:
        """Take a model off an endpoint; gives the operation.

        Raises:
            Refusal: It is not there, or its traffic would go nowhere.
        """
        with self._lock:
            self.endpoint(name)
            kept = self._kept["endpoints"][name]
            rest = [each for each in kept["deployedModels"] if each["id"] != deployed_id]
            if len(rest) == len(kept["deployedModels"]):
                raise Refusal(404, f"Deployed model {deployed_id} not found.", reason="NOT_FOUND")
            traffic = {key: int(share) for key, share in (split or kept["trafficSplit"]).items() if int(share)}
            if rest and deployed_id in traffic:
                raise Refusal(400, "The deployed model has traffic; give a traffic split without it.")
            if any(not each["done"] for each in self.operations(name)):
                raise Refusal(409, "Another operation on the endpoint is still running.", reason="ABORTED")
            answer = {"@type": f"{TYPES}.UndeployModelResponse"}
            begun = self._done(name, answer, f"{TYPES}.UndeployModelOperationMetadata")
            return self._lasting(begun, [name, deployed_id, traffic if rest else {}])

    def _check_traffic(self, kept: Json, split: dict[str, int]) -> None:
        known = {each["id"] for each in kept["deployedModels"]}
        if split and (set(split) - known or sum(int(share) for share in split.values()) != 100):  # noqa: PLR2004 - per cent
            raise Refusal(400, "Traffic split percentages must be of deployed models and sum to 100.")

    def _with_places(self, model: Json) -> Json:
        places = [
            {"endpoint": endpoint["name"], "deployedModelId": each["id"]}
            for endpoint in self._kept["endpoints"].values()
            for each in endpoint["deployedModels"]
            if str(each.get("model", "")).partition("@")[0] == model["name"]
        ]
        return {**model, **({"deployedModels": places} if places else {})}

    def _done(self, owner: str, answer: Json, kind: str) -> Json:
        name = f"{owner}/operations/{self._number()}"
        moment = {"createTime": self._now(), "updateTime": self._now()}
        metadata = {"@type": kind, "genericMetadata": moment}
        self._kept["operations"][name] = {"name": name, "done": True, "metadata": metadata, "response": answer}
        newest = list(itertools.islice(reversed(self._kept["operations"].items()), 200))
        self._kept["operations"] = dict(reversed(newest))
        self._write()
        return {"name": name, "metadata": metadata}  # it is done by the next look, as the fastest ones are

    def _stamped(self, kept: Json) -> Json:
        kept["etag"], kept["updateTime"] = f"AMEw9y{self._number()}", self._now()
        self._write()
        return dict(kept)

    def _number(self) -> int:
        self._kept["next"] += 1
        return 1_000_000 + int(self._kept["next"])

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _write(self) -> None:
        making = self._file.with_name(f"{self._file.name}.making")
        making.write_text(json.dumps(self._kept), "utf-8")
        making.replace(self._file)


def _told(operation: Json) -> Json:
    """An operation as Google tells it: what comes of it only at its end."""
    hidden = {"endsAt", "effect"} if operation["done"] else {"endsAt", "effect", "response"}
    return {name: value for name, value in operation.items() if name not in hidden}
