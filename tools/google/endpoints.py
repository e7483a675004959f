"""Tools that look at Vertex AI: models, endpoints with what is deployed on them, and what a deployed model answers."""

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from tools import names
from tools.errors import BadArguments
from tools.google import costs
from tools.google.serving import (
    DeployedModel,
    Endpoint,
    EndpointPage,
    Prediction,
    ServedModel,
    ServedModelPage,
    VertexBackend,
)
from tools.prefect import wording
from tools.room import fitting
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

LOOKED_AT = 200
SHOWN = 30
PREDICTIONS_SHOWN = 20
LONGEST_PREDICTION = 400
MOST_INSTANCES = 100
WHICH_ENDPOINT = "The endpoint, by name or id."


class ListEndpoints(Arguments):
    """Which endpoints to list."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    search: str = Field(default="", max_length=100, description="Only endpoints whose name holds this.")


class ListServedModels(Arguments):
    """Which models to list."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    search: str = Field(default="", max_length=100, description="Only models whose name holds this.")


class WhichEndpoint(Arguments):
    """Which endpoint."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    endpoint: str = Field(min_length=1, max_length=200, description=WHICH_ENDPOINT)


def _instances(value: object) -> object:
    """Instances as people give them: JSON, one instance that is no list, or one by its fields."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueError("is no JSON: write a list of instances, each an object or a list of values") from error
    return value if isinstance(value, list) else [value]


class Predict(Arguments):
    """What to ask of which endpoint."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    endpoint: str = Field(min_length=1, max_length=200, description=WHICH_ENDPOINT)
    instances: Annotated[list[Any], BeforeValidator(_instances)] = Field(
        default_factory=list,
        max_length=MOST_INSTANCES,
        description="A list of instances, each as the model takes one: an object of columns, or a list of values.",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, max_length=500, description="Instead of a list: one instance, by its columns."
    )


class EndpointDetail(Result):
    """An endpoint, and what was understood."""

    endpoint: Endpoint
    note: str = ""


class PredictionTold(Result):
    """What an endpoint answered.

    Attributes:
        endpoint: The endpoint.
        model: The name of the model that answered.
        prediction: Its answers.
        note: What was understood.
    """

    endpoint: str
    model: str
    prediction: Prediction
    note: str = ""


@tool(
    permission="vertex:endpoint:read",
    effect=Effect.READ,
    timeout=30,
    arguments=ListEndpoints,
    result=EndpointPage,
    command=Command("endpoints", "[SEARCH]", "List Vertex AI's endpoints with what is deployed and its traffic."),
    remembered=True,
)
def list_endpoints(args: ListEndpoints, backends: Backends, _: Call) -> ToolResult:
    """List the endpoints of Vertex AI with the models on them, and each one's share of the traffic."""
    known = backends.vertex.endpoints(limit=LOOKED_AT)
    wanted = args.search.strip().lower()
    found = [each for each in known.endpoints if wanted in each.name.lower()]
    lines = fitting(f"- **{linked(each.name, each.url)}**: {_serving(each)}" for each in found[:SHOWN])
    shown = tuple(found[: len(lines)])
    page = EndpointPage(endpoints=shown, more=known.more or len(found) > len(shown))
    if not found:
        text = f"No endpoint has “{args.search}” in its name." if wanted else "Vertex AI has no endpoints here yet."
        return ToolResult(text, page)
    heading = _heading("endpoint", len(found), len(shown), more=page.more)
    return ToolResult(wording.joined(heading, "\n".join(lines)), page)


@tool(
    permission="vertex:endpoint:read",
    effect=Effect.READ,
    timeout=30,
    arguments=WhichEndpoint,
    result=EndpointDetail,
    command=Command("endpoint", "ENDPOINT", "Show an endpoint: models, machines, cost and traffic."),
)
def describe_endpoint(args: WhichEndpoint, backends: Backends, call: Call) -> ToolResult:
    """Tell about one endpoint of Vertex AI: its models, each with its machines, their cost, and its traffic."""
    found, note = find_endpoint(backends.vertex, args.endpoint)
    made = f", made {wording.ago(found.created, now=call.now)}" if found.created else ""
    priced, _ = costs.of_deployed(backends.desk, found.deployed[:SHOWN])
    lines = fitting(
        f"- {each.name} (`{each.id}`): {each.traffic} % of the traffic, {machines(each)}, {cost}, "
        f"deployed {wording.ago(each.created, now=call.now)}"
        for each, cost in zip(found.deployed, priced, strict=False)
    )
    more = len(found.deployed) - len(lines)
    _, table = costs.of_deployed(backends.desk, found.deployed[: len(lines)])
    text = wording.joined(
        note,
        f"**{linked(found.name, found.url)}** (`{found.id}`){made}:",
        "\n".join(lines) or "Nothing is deployed on it.",
        f"{more} more models were left out." if more > 0 else "",
        table,
    )
    return ToolResult(text, EndpointDetail(endpoint=found, note=note))


@tool(
    permission="vertex:model:read",
    effect=Effect.READ,
    timeout=30,
    arguments=ListServedModels,
    result=ServedModelPage,
    command=Command("vertex models", "[SEARCH]", "List the models that were uploaded to Vertex AI."),
)
def list_served_models(args: ListServedModels, backends: Backends, call: Call) -> ToolResult:
    """List the models that were uploaded to Vertex AI, with where they are deployed. For MLflow's use list_models."""
    known = backends.vertex.models(limit=LOOKED_AT)
    wanted = args.search.strip().lower()
    found = [each for each in known.models if wanted in each.name.lower()]
    lines = fitting(_model_line(each, call) for each in found[:SHOWN])
    shown = tuple(found[: len(lines)])
    page = ServedModelPage(models=shown, more=known.more or len(found) > len(shown))
    if not found:
        text = f"No model there has “{args.search}” in its name." if wanted else "Vertex AI has no models here yet."
        return ToolResult(text, page)
    heading = _heading("model", len(found), len(shown), more=page.more)
    return ToolResult(wording.joined(heading, "\n".join(lines)), page)


@tool(
    permission="vertex:prediction:read",
    effect=Effect.READ,
    timeout=45,
    arguments=Predict,
    result=PredictionTold,
    command=Command("predict", "ENDPOINT [name=value …]", "Ask a deployed model about one instance, by its columns."),
)
def predict(args: Predict, backends: Backends, _: Call) -> ToolResult:
    """Ask the model on an endpoint of Vertex AI for predictions, for instances that a person has given.

    Never invent an instance. The answer says which of the models on the endpoint has answered.
    """
    found, note = find_endpoint(backends.vertex, args.endpoint)
    if not any(each.traffic for each in found.deployed):
        raise BadArguments(f"Nothing on {found.name} gets any traffic, so nobody there can answer.")
    instances = (*args.instances, *([args.parameters] if args.parameters else ()))
    if not instances:
        raise BadArguments(
            f"Say what to ask {found.name} about: an instance as its model takes one, such as tenure=12."
        )
    prediction = backends.vertex.predict(found.id, instances)
    model = next((each.name for each in found.deployed if each.id == prediction.deployed), "a model that is gone")
    shown = prediction.predictions[:PREDICTIONS_SHOWN]
    lines = fitting(f"{number}. `{_value(each)}`" for number, each in enumerate(shown, 1))
    more = len(prediction.predictions) - len(lines)
    text = wording.joined(
        note,
        f"**{model}** on {linked(found.name, found.url)} answers:",
        "\n".join(lines),
        f"{more} more answers were left out." if more > 0 else "",
    )
    return ToolResult(text, PredictionTold(endpoint=found.name, model=model, prediction=prediction, note=note))


def find_endpoint(vertex: VertexBackend, text: str) -> tuple[Endpoint, str]:
    """The endpoint that is meant by its name or id, as it is now, and what was understood.

    Raises:
        BadArguments: None is near, or several are.
    """
    wanted = text.strip().strip("`")
    if wanted.isdecimal():
        return vertex.endpoint(wanted), ""
    page = vertex.endpoints(limit=LOOKED_AT)
    known = page.endpoints
    if page.more and all(each.name != wanted for each in known):
        known = (*vertex.endpoints(name=wanted).endpoints, *known)
    found = names.match(wanted, list(dict.fromkeys(each.name for each in known)), noun="endpoint")
    note = "" if found.exact else f"I took “{names.shown(text)}” for the endpoint **{found.name}**."
    same = [each for each in known if each.name == found.name]
    if len(same) > 1:
        ids = names.either([f"`{each.id}`" for each in same])
        raise BadArguments(f"There are {len(same)} endpoints called {found.name}; say by its id which one: {ids}.")
    return vertex.endpoint(same[0].id), note


def linked(words: str, url: str) -> str:
    """A name, with its page where it has one."""
    shown = wording.shortened(words, 200)
    return f"[{shown}]({url})" if url else shown


def machines(deployed: DeployedModel) -> str:
    """On what a model runs, in words."""
    if not deployed.machine:
        return "machines not told"
    count = f"{deployed.least} to {deployed.most}" if deployed.most > deployed.least else str(deployed.least)
    return f"{count} of {deployed.machine}"


def _serving(endpoint: Endpoint) -> str:
    told = [f"{each.name} {each.traffic} %" for each in endpoint.deployed]
    return wording.listed(told) or "nothing is deployed"


def _model_line(model: ServedModel, call: Call) -> str:
    where = f", deployed on {len(model.endpoints)} endpoint{'s' if len(model.endpoints) > 1 else ''}"
    run = model.labels.get("trainmaster-run", "")
    came = f", from MLflow run `{run[:8]}`" if run else ""
    age = f", uploaded {wording.ago(model.created, now=call.now)}" if model.created else ""
    return f"- **{linked(model.name, model.url)}**{came}{age}{where if model.endpoints else ', deployed nowhere'}"


def _value(prediction: Any) -> str:
    return wording.shortened(json.dumps(prediction, ensure_ascii=False, default=str), LONGEST_PREDICTION)


def _heading(noun: str, found: int, shown: int, *, more: bool) -> str:
    return f"{found} {noun}{'s' if found != 1 else ''}{f', showing {shown}; there are more' if more else ''}:"
