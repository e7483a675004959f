"""Vertex AI's REST API, as far as the `aiplatform_v1` clients are used."""

import json
import random
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.cloud.endpoints import Json, Vertex
from demo.cloud.predictors import Predictors
from demo.cloud.refusals import Refusal

#: Answers for instances with the model whose files are at an address.
Predictor = Callable[[str, list[Any]], list[Any]]
MOST_LISTED = 100
_FIELDS = {"traffic_split": "trafficSplit", "display_name": "displayName"}


class VertexApi:
    """The routes of Vertex AI."""

    def __init__(self, vertex: Vertex, predictor: Predictor) -> None:
        """Serve this.

        Args:
            vertex: What is served.
            predictor: Answers with the model that was uploaded.
        """
        self._vertex = vertex
        self._predictor = predictor

    @property
    def routes(self) -> list[Route]:
        """In the order in which they are tried."""
        home = "/v1/projects/{project}/locations/{location}"
        return [
            Route(f"{home}/models:upload", self._upload, methods=["POST"]),
            Route(f"{home}/models", self._list_models, methods=["GET"]),
            Route(f"{home}/models/{{id}}", self._model, methods=["GET"]),
            Route(f"{home}/endpoints", self._create, methods=["POST"]),
            Route(f"{home}/endpoints", self._list_endpoints, methods=["GET"]),
            Route(f"{home}/endpoints/{{id}}:deployModel", self._deploy, methods=["POST"]),
            Route(f"{home}/endpoints/{{id}}:undeployModel", self._undeploy, methods=["POST"]),
            Route(f"{home}/endpoints/{{id}}:predict", self._predict, methods=["POST"]),
            Route(f"{home}/endpoints/{{id}}", self._endpoint, methods=["GET"]),
            Route(f"{home}/endpoints/{{id}}", self._update, methods=["PATCH"]),
            Route("/ui/{name:path}/operations", self._operations, methods=["GET"]),
            Route("/ui/{name:path}", self._operation, methods=["GET"]),
        ]

    async def _upload(self, request: Request) -> Response:
        body = await request.json()
        return JSONResponse(
            self._vertex.upload(_home(request), body.get("model") or {}, model_id=str(body.get("modelId", "")))
        )

    async def _list_models(self, request: Request) -> Response:
        return JSONResponse(_page(request, "models", _of(request, self._vertex.models())))

    async def _model(self, request: Request) -> Response:
        return JSONResponse(self._vertex.model(_name(request, "models")))

    async def _create(self, request: Request) -> Response:
        number = request.query_params.get("endpointId", "")
        return JSONResponse(self._vertex.create(_home(request), await request.json(), endpoint_id=number))

    async def _list_endpoints(self, request: Request) -> Response:
        found = _of(request, self._vertex.endpoints())
        if asked := request.query_params.get("filter", ""):
            field, _, value = asked.partition("=")
            if field not in {"display_name", "displayName"} or not value.startswith('"'):
                raise Refusal(400, f"Invalid filter: {asked}")
            found = [each for each in found if each.get("displayName") == json.loads(value)]
        return JSONResponse(_page(request, "endpoints", found))

    async def _endpoint(self, request: Request) -> Response:
        return JSONResponse(self._vertex.endpoint(_name(request, "endpoints")))

    async def _update(self, request: Request) -> Response:
        mask = request.query_params.get("updateMask", "").split(",")
        fields = [_FIELDS.get(field, field) for field in mask if field]
        return JSONResponse(self._vertex.update(_name(request, "endpoints"), await request.json(), fields))

    async def _deploy(self, request: Request) -> Response:
        body = await request.json()
        deployed, split = body.get("deployedModel") or {}, body.get("trafficSplit") or {}
        endpoint, predictor = _name(request, "endpoints"), self._predictor
        if not isinstance(predictor, Predictors):
            return JSONResponse(self._vertex.deploy(endpoint, deployed, split))
        files = str(self._vertex.model(str(deployed.get("model", ""))).get("artifactUri", ""))
        loading = predictor.warm(files)
        return JSONResponse(self._vertex.deploy(endpoint, deployed, split, ready=lambda: loading.settled))

    async def _undeploy(self, request: Request) -> Response:
        body = await request.json()
        deployed, split = str(body.get("deployedModelId", "")), body.get("trafficSplit") or {}
        return JSONResponse(self._vertex.undeploy(_name(request, "endpoints"), deployed, split))

    async def _predict(self, request: Request) -> Response:
        instances = (await request.json()).get("instances") or []
        endpoint = self._vertex.endpoint(_name(request, "endpoints"))
        split = endpoint["trafficSplit"]
        if not split:
            raise Refusal(400, "The endpoint has no deployed model with traffic.", reason="FAILED_PRECONDITION")
        [chosen] = random.choices(list(split), weights=[int(share) for share in split.values()])  # noqa: S311 - no secret
        deployed: Json = next(each for each in endpoint["deployedModels"] if each["id"] == chosen)
        model = self._vertex.model(deployed["model"])
        found = await run_in_threadpool(self._predictor, str(model.get("artifactUri", "")), instances)
        told = {"deployedModelId": chosen, "model": model["name"], "modelDisplayName": model["displayName"]}
        return JSONResponse({"predictions": found, **told, "modelVersionId": model["versionId"]})

    async def _operations(self, request: Request) -> Response:
        return JSONResponse({"operations": self._vertex.operations(str(request.path_params["name"]))})

    async def _operation(self, request: Request) -> Response:
        return JSONResponse(self._vertex.operation(str(request.path_params["name"])))


def _home(request: Request) -> str:
    return f"projects/{request.path_params['project']}/locations/{request.path_params['location']}"


def _name(request: Request, kind: str) -> str:
    return f"{_home(request)}/{kind}/{request.path_params['id']}"


def _of(request: Request, found: list[Json]) -> list[Json]:
    return [each for each in found if each["name"].startswith(f"{_home(request)}/")]


def _page(request: Request, kind: str, found: list[Json]) -> Json:
    """A page of a list, the newest first."""
    asked = request.query_params
    size = min(MOST_LISTED, max(1, int(asked.get("pageSize") or MOST_LISTED)))
    start = int(asked.get("pageToken") or 0)
    rows = list(reversed(found))
    more = {"nextPageToken": str(start + size)} if start + size < len(rows) else {}
    return {kind: rows[start : start + size], **more}
