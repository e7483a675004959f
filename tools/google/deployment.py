"""The tool that deploys a version of a model to an endpoint of Vertex AI."""

import json
from typing import Any

from pydantic import ConfigDict, Field

from tools import names
from tools.errors import BadArguments, ToolError, Underway
from tools.google import costs, deploying
from tools.google.deploying import Wanted
from tools.google.endpoints import LOOKED_AT, linked
from tools.google.serving import DeployedModel, Endpoint, Prediction
from tools.google.traffic import WHOLE
from tools.mlflow import comparing, evidence, finding
from tools.mlflow.client import MlflowBackend
from tools.mlflow.evidence import Side
from tools.mlflow.finding import CHAMPION
from tools.mlflow.results import ModelVersion
from tools.prefect import wording
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Difference,
    Done,
    Effect,
    Evidence,
    Fact,
    NotDone,
    Plan,
    Probed,
    Result,
    ToolResult,
    tool,
)

MACHINE = "n1-standard-2"
EXAMPLES = ("serving_input_example.json", "input_example.json")
MOST_OF_AN_EXAMPLE = 1_000_000
LONGEST_ANSWER = 300
#: How often an endpoint is asked until the new model's turn comes: it shares the traffic with others.
MOST_ASKED = 8
ONLY_WITH_TRAFFIC = "Vertex AI asks only models that get traffic, and it gets none"


class DeployModel(Arguments):
    """Which version goes where, on what, with how much of the traffic."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    version: str = Field(default=CHAMPION, min_length=1, max_length=100, description=finding.WHICH_VERSION)
    endpoint: str = Field(
        min_length=1,
        max_length=120,
        description="The endpoint's name, such as churn-staging; it is made when there is none.",
    )
    machine: str = Field(default=MACHINE, max_length=60, pattern=r"^[a-z0-9-]+$", description="The type of machine.")
    replicas: int = Field(default=1, ge=1, le=20, description="How many machines.")
    traffic: int = Field(default=100, ge=0, le=100, description="Its share of the endpoint's traffic, in per cent.")
    image: str = Field(
        default="",
        max_length=300,
        description="The container that serves it; left out for scikit-learn, for which Google has one.",
    )
    new: bool = Field(default=False, description="Make a new endpoint although there is one with a near name.")


class ModelDeployed(Result):
    """A model that was put on an endpoint.

    Attributes:
        model: MLflow's name of it.
        version: MLflow's version.
        endpoint: The endpoint as it is now.
        answer: What it answered to its own example, in words; empty when it has none.
        note: What was understood.
    """

    model: str
    version: str
    endpoint: Endpoint
    answer: str = ""
    note: str = ""


def plan_deployment(args: DeployModel, backends: Backends, call: Call) -> Plan:
    """What would be deployed where, beside what serves there now.

    Raises:
        BadArguments: What is named does not exist, or cannot be served.
        Refused: There is no bucket for its files, or MLflow does not hand them out.
    """
    wanted, note = _wanted(args, backends)
    deploying.folder_of(backends.storage, wanted)
    endpoint = deploying.endpoint_called(backends.vertex, wanted.endpoint)
    mine = deploying.deployed_id(call)
    others = [each for each in endpoint.deployed if each.id != mine] if endpoint else []
    split = deploying.split_with(endpoint, mine, wanted.traffic) if endpoint else {mine: WHOLE}
    side = evidence.side(backends.mlflow, wanted.version)
    before = _before(backends.mlflow, wanted.version, others)
    facts = [
        Fact(label="Model", value=wanted.name, url=wanted.version.url),
        Fact(label="Endpoint", value=wanted.endpoint if endpoint else f"{wanted.endpoint}, which is made for it"),
        Fact(label="Region", value=backends.storage.location),
        Fact(label="Machines", value=f"{wanted.replicas} of {wanted.machine}"),
        Fact(label="Cost", value=costs.per_hour(backends.desk, wanted.machine, wanted.replicas)),
        Fact(label="Traffic", value=f"{split.get(mine, 0)} %"),
        Fact(label="Serves there now", value=_serving(endpoint, mine)),
        Fact(label="Container", value=wanted.image),
        Fact(label="Test", value=_test(wanted, split.get(mine, 0))),
    ]
    differing = tuple(
        Difference(name=each.name, before=f"{each.traffic} %", after=f"{split.get(each.id, 0)} %")
        for each in others
        if each.traffic != split.get(each.id, 0)
    )
    if side.run:
        told = [f"{name} {side.run.metrics[name]:.4g}" for name in comparing.in_order(side.run.metrics)[:6]]
        facts.append(Fact(label="Measured", value=wording.listed(told) or "nothing", url=side.run.url))
    facts += [Fact(label="Understood", value=note)] if note else []
    return Plan(
        arguments={
            **args.model_dump(),
            "model": wanted.version.name,
            "version": wanted.version.version,
            "endpoint": wanted.endpoint,
            "image": wanted.image,
            "new": args.new or endpoint is None,
        },
        summary=f"Deploy {wanted.name} to {wanted.endpoint}.",
        resources=(f"vertex:endpoint:{wanted.endpoint}",),
        evidence=Evidence(
            facts=tuple(facts),
            differences=differing,
            unread=tuple(filter(None, (side.unread, before.unread if before else ""))),
        ),
        preconditions={
            f"files of {wanted.name}": wanted.files.digest,
            f"models on {wanted.endpoint}": " ".join(sorted(each.id for each in others)),
            f"traffic of {wanted.endpoint}": deploying.traffic_before(endpoint, call),
        },
        facts={"model": wanted.version.name, "endpoint": wanted.endpoint},
        rollback="Give its traffic back to the model before." if others else "Take it off the endpoint.",
        measured=evidence.measured(side, before),
    )


def probe_deployment(args: DeployModel, backends: Backends, call: Call) -> Probed:
    """Whether the model is on the endpoint under the id that this call gives it; the call goes on where it was."""
    endpoint = deploying.endpoint_called(backends.vertex, args.endpoint)
    mine = deploying.deployed_id(call)
    if endpoint is None or not any(each.id == mine for each in endpoint.deployed):
        return NotDone()
    operation = backends.vertex.last_operation(endpoint.id)
    if operation is not None and not operation.done:
        raise Underway(f"{args.model} is being deployed to {args.endpoint}.")
    wanted, note = _wanted(args, backends)
    return Done(_told(backends, wanted, endpoint, mine=mine, note=note))


@tool(
    permission="vertex:endpoint:deploy",
    effect=Effect.CHANGE,
    timeout=60,
    arguments=DeployModel,
    result=ModelDeployed,
    command=Command(
        "deploy", "MODEL ENDPOINT [VERSION]", "Deploy a version, the champion by default, to an endpoint; `new=true`."
    ),
    plan=plan_deployment,
    probe=probe_deployment,
)
def deploy_model(args: DeployModel, backends: Backends, call: Call) -> ToolResult:
    """Deploy a version of a registered model, the champion unless told otherwise, to an endpoint of Vertex AI.

    Its files go into the bucket, the model is uploaded with where it comes from, the endpoint is made when there is
    none, and the model is asked with its own example, if it gets traffic. That takes some minutes; the thread is told
    how it goes. A new endpoint whose name is near to another one's is refused unless `new` is set: most such names are
    misspelled.
    """
    wanted, note = _wanted(args, backends)
    endpoint = deploying.deploy(backends, call, wanted)
    return _told(backends, wanted, endpoint, mine=deploying.deployed_id(call), note=note)


def _wanted(args: DeployModel, backends: Backends) -> tuple[Wanted, str]:
    found = finding.find_model(backends.mlflow, args.model)
    version = finding.find_version(backends.mlflow, found.model, args.version)
    files = deploying.files_of(backends.mlflow, version.version)
    endpoint = _named(backends, args)
    wanted = Wanted(
        version=version.version,
        files=files,
        endpoint=endpoint,
        image=deploying.image_for(files, args.image),
        machine=args.machine,
        replicas=args.replicas,
        traffic=args.traffic,
    )
    return wanted, wording.joined(found.note, version.note)


def _named(backends: Backends, args: DeployModel) -> str:
    """The name of an endpoint that there is, or of a new one; a near name is asked about, never taken for a new one."""
    wanted = args.endpoint.strip().strip("`")
    known = [each.name for each in backends.vertex.endpoints(limit=LOOKED_AT).endpoints]
    same = [name for name in known if name == wanted] or [
        name for name in known if names.plain(name) == names.plain(wanted)
    ]
    if same:
        return same[0]
    near = [] if args.new else names.mistakable(wanted, known)
    if near and deploying.endpoint_called(backends.vertex, wanted) is None:
        raise BadArguments(
            f"There is no endpoint “{names.shown(wanted)}”; did you mean {names.either(near)}? "
            "To make a new endpoint of that name, add `new=true`."
        )
    return wanted


def _before(mlflow: MlflowBackend, version: ModelVersion, others: list[DeployedModel]) -> Side | None:
    """The version of the same model that has most of the endpoint's traffic; None when no other one serves there."""
    serving = sorted(others, key=lambda each: -each.traffic)
    numbers = [each.name.removeprefix(f"{version.name} v") for each in serving]
    number = next((each for each in numbers if each.isdecimal() and each != version.version), "")
    if not number:
        return None
    try:
        return evidence.side(mlflow, mlflow.model_version(version.name, number))
    except ToolError as error:
        return Side(None, unread=f"I could not read {version.name} v{number}, which serves there: {error}")


def _serving(endpoint: Endpoint | None, mine: str) -> str:
    told = [f"{each.name} {each.traffic} %" for each in endpoint.deployed if each.id != mine] if endpoint else []
    return wording.listed(told) or "nothing"


def _told(backends: Backends, wanted: Wanted, endpoint: Endpoint, *, mine: str, note: str) -> ToolResult:
    told = wording.listed([f"{each.name} {each.traffic} %" for each in endpoint.deployed if each.traffic])
    answer, asked = _smoke(backends, wanted, endpoint, mine)
    text = wording.joined(
        note,
        f"**{wanted.name}** is deployed to **{linked(endpoint.name, endpoint.url)}** on {wanted.replicas} of "
        f"{wanted.machine}. The traffic goes to {told or 'nobody'}.",
        asked,
    )
    deployed = ModelDeployed(
        model=wanted.version.name, version=wanted.version.version, endpoint=endpoint, answer=answer, note=note
    )
    return ToolResult(text, deployed)


def _smoke(backends: Backends, wanted: Wanted, endpoint: Endpoint, mine: str) -> tuple[str, str]:
    """What the model answers to its own example, and that in a sentence; nothing when it was another that answered."""
    share = next((each.traffic for each in endpoint.deployed if each.id == mine), 0)
    try:
        example = example_of(backends.mlflow, wanted.version, wanted.files.paths)
        if not example:
            return "", "It was not asked anything: MLflow keeps no input example of it."
        if not share:
            return "", f"⚠️ {wanted.name} was not tested: {ONLY_WITH_TRAFFIC}."
        found = _answer_of(backends, endpoint, mine, example)
    except ToolError as error:
        return "", f"⚠️ Asked with its own example it did not answer: {error}"
    if found is None:
        return "", (
            f"⚠️ {wanted.name} was not tested: it gets {share} % of the traffic, and other models answered all "
            f"{MOST_ASKED} times that I asked."
        )
    answer = wording.shortened(json.dumps(found.predictions, default=str), LONGEST_ANSWER)
    return answer, f"Asked with the example that {wanted.name} was registered with, {wanted.name} answers `{answer}`."


def _answer_of(backends: Backends, endpoint: Endpoint, mine: str, example: list[Any]) -> Prediction | None:
    """What one model on an endpoint answers; None when it is never its turn, since Google gives no way to name it."""
    for _ in range(MOST_ASKED):
        found = backends.vertex.predict(endpoint.id, tuple(example[:1]))
        if found.deployed == mine:
            return found
    return None


def _test(wanted: Wanted, share: int) -> str:
    """How it is tested once it is there, for who decides."""
    if not any(name in wanted.files.paths for name in EXAMPLES):
        return "none, MLflow keeps no input example of it"
    if not share:
        return f"none, {ONLY_WITH_TRAFFIC}"
    if share == WHOLE:
        return "it is asked with its own example as soon as it serves"
    return f"it is asked with its own example as soon as it serves; with {share} % of the traffic its turn may not come"


def example_of(mlflow: MlflowBackend, version: ModelVersion, paths: tuple[str, ...]) -> list[Any]:
    """The instances that a model was registered with, as an endpoint takes them; none when there are none."""
    path = next((name for name in EXAMPLES if name in paths), "")
    if not path:
        return []
    try:
        kept = json.loads(mlflow.file_of(version, path, limit=MOST_OF_AN_EXAMPLE))
    except ValueError:
        return []
    table = kept.get("dataframe_split", kept) if isinstance(kept, dict) else kept
    if isinstance(table, dict) and {"columns", "data"} <= table.keys():
        return [dict(zip(table["columns"], row, strict=False)) for row in table["data"]]
    inputs = table.get("inputs", table.get("instances")) if isinstance(table, dict) else table
    return inputs if isinstance(inputs, list) else []
