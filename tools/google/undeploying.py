"""The tool that takes a model off an endpoint of Vertex AI.

The key of the call is written on the endpoint before anything is begun, under the state that was looked at. What goes
on at Google is found again by that key and by its kind, so that it is followed and not begun twice.
"""

import re

from pydantic import ConfigDict, Field

from tools.errors import BadArguments, Outdated, Refused, Unavailable, Underway
from tools.google.connection import Exists
from tools.google.endpoints import WHICH_ENDPOINT, find_endpoint, linked, machines
from tools.google.serving import DeployedModel, Endpoint, VertexBackend
from tools.google.traffic import KEY, label, on_endpoint, shares, spoken
from tools.prefect import wording
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
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

SYSTEM = "Vertex AI"
KIND = "UndeployModelOperationMetadata"
_WITH_ID = re.compile(r"(?P<name>.*?)\s*\((?P<id>\d+)\)")


class UndeployModel(Arguments):
    """Which model is taken off which endpoint."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    endpoint: str = Field(min_length=1, max_length=200, description=WHICH_ENDPOINT)
    model: str = Field(
        min_length=1,
        max_length=200,
        description="The deployed model, by its name on the endpoint, such as churn v3, or its id there. Never guess.",
    )


class ModelUndeployed(Result):
    """A model that was taken off an endpoint.

    Attributes:
        model: Its name there.
        endpoint: The endpoint as it is now.
        note: What was understood.
    """

    model: str
    endpoint: Endpoint
    note: str = ""


def plan_undeployment(args: UndeployModel, backends: Backends, call: Call) -> Plan:
    """Which model would be taken off, and what the endpoint would answer then.

    Raises:
        BadArguments: It is not there, it has traffic, or it is the only one and was not named in full.
    """
    found, note = find_endpoint(backends.vertex, args.endpoint)
    model, near = _meant(found, args.model)
    note = wording.joined(note, near)
    silent = model.traffic > 0
    facts = [
        Fact(label="Endpoint", value=found.name, url=found.url),
        Fact(label="Model", value=f"{model.name} ({model.id})"),
        Fact(label="Machines", value=f"{machines(model)}, deployed {wording.ago(model.created, now=call.now)}"),
        Fact(label="Traffic", value=f"{model.traffic} %" if silent else "none"),
        Fact(label="Serves there now", value=_serving(found)),
    ]
    facts += [Fact(label="Understood", value=note)] if note else []
    warning = f"It is the only model on {found.name}, which answers nothing any more without it."
    return Plan(
        arguments={"endpoint": found.id, "model": f"{model.name} ({model.id})"},
        summary=f"Take {model.name} off {found.name}{', which answers nothing any more' if silent else ''}.",
        resources=(f"vertex:endpoint:{found.id}",),
        called=found.name,
        evidence=Evidence(facts=tuple(facts), warnings=(warning,) if silent else ()),
        preconditions={
            f"traffic of {found.name}": spoken(shares(found)),
            f"models on {found.name}": " ".join(sorted(each.id for each in found.deployed)),
        },
        facts={"endpoint": found.name},
        rollback=f"Deploy {model.name} to {found.name} again.",
    )


def probe_undeployment(args: UndeployModel, backends: Backends, call: Call) -> Probed:
    """Whether the model that this call names by its id is gone, and the call's key is on the endpoint."""
    found, note = find_endpoint(backends.vertex, args.endpoint)
    name, identifier = _named(args.model)
    if found.labels.get(KEY) != label(call.key):
        return NotDone()
    if _there(found, identifier or name):
        _unless_underway(backends.vertex, found, name)
        return NotDone()
    return Done(_told(found, name, note=note))


@tool(
    permission="vertex:endpoint:undeploy",
    effect=Effect.DESTROY,
    timeout=60,
    arguments=UndeployModel,
    result=ModelUndeployed,
    command=Command("undeploy", "ENDPOINT MODEL…", "Take a model that gets no traffic off an endpoint."),
    plan=plan_undeployment,
    probe=probe_undeployment,
)
def undeploy_model(args: UndeployModel, backends: Backends, call: Call) -> ToolResult:
    """Take a deployed model off an endpoint of Vertex AI, so that its machines are given back.

    One that gets traffic is refused: move its traffic first. Only when it is the last one on the endpoint, and a
    person named it in full, is it taken off all the same; the endpoint answers nothing any more then.
    """
    vertex = backends.vertex
    found, note = find_endpoint(vertex, args.endpoint)
    mine = found.labels.get(KEY) == label(call.key)
    name, identifier = _named(args.model)
    if mine and not _there(found, identifier or name):
        return _told(found, name, note=note)
    model, near = _meant(found, args.model)
    if mine:
        _unless_underway(vertex, found, model.name)
    else:
        _announced(vertex, found, call)
    _taken_off(vertex, found, model)
    return _told(vertex.endpoint(found.id), model.name, note=wording.joined(note, near))


def _named(text: str) -> tuple[str, str]:
    """The name and the id of a text such as `churn v3 (7000000001)`, as a plan writes it; the id may be missing."""
    both = _WITH_ID.fullmatch(text.strip().strip("`"))
    return (both["name"], both["id"]) if both else (text.strip().strip("`"), "")


def _there(endpoint: Endpoint, text: str) -> bool:
    return any(text in {each.id, each.name} for each in endpoint.deployed)


def _meant(endpoint: Endpoint, text: str) -> tuple[DeployedModel, str]:
    """The model that is meant and may be taken off, and what was understood.

    Raises:
        BadArguments: There is none such, or people are served by it.
    """
    if not endpoint.deployed:
        raise BadArguments(f"Nothing is deployed on {endpoint.name}.")
    name, identifier = _named(text)
    model, exact = on_endpoint(endpoint, identifier or name)
    if model.traffic and len(endpoint.deployed) > 1:
        raise BadArguments(
            f"{model.name} gets {model.traffic} % of the traffic of {endpoint.name}; give it to another one first: "
            f"`/mlops traffic {endpoint.name} …`."
        )
    if model.traffic and not exact:
        raise BadArguments(
            f"{model.name} is all that answers on {endpoint.name}. If it is to go, name it in full: "
            f"`/mlops undeploy {endpoint.name} {model.name}`."
        )
    return model, "" if exact else f"I took “{wording.shortened(text)}” for the deployed model **{model.name}**."


def _announced(vertex: VertexBackend, found: Endpoint, call: Call) -> None:
    """Write this call's key on the endpoint, if that is still as it was looked at."""
    try:
        vertex.set_traffic(found, shares(found), {KEY: label(call.key)})
    except Exists as error:
        text = f"{found.name} was changed while I looked at it, so I took nothing off; please ask again."
        raise Outdated(text) from error
    except Unavailable as error:
        error.maybe_done = False  # nothing is taken off by it, and the next look finds it
        raise


def _unless_underway(vertex: VertexBackend, found: Endpoint, name: str) -> None:
    """Go on only when nothing goes on there, and nothing of this kind has failed."""
    last = vertex.last_operation(found.id)
    if last is not None and not last.done:
        raise Underway(f"{name} is being taken off {found.name}.")
    if last is not None and last.kind == KIND and last.error:
        raise Refused(f"{SYSTEM} could not take {name} off {found.name}: {last.error}")


def _taken_off(vertex: VertexBackend, found: Endpoint, model: DeployedModel) -> None:
    try:
        operation = vertex.wait(vertex.begin_undeployment(found.id, model.id))
    except Exists as error:  # it is on its way since an earlier attempt, or something else is
        raise Underway(f"{model.name} is being taken off {found.name}.") from error
    except BadArguments:
        if _there(vertex.endpoint(found.id), model.id):
            raise
        return  # an attempt whose answer was lost
    if not operation.done:
        raise Underway(f"{model.name} is being taken off {found.name}; that takes {SYSTEM} some minutes.")
    if operation.error:
        raise Refused(f"{SYSTEM} could not take {model.name} off {found.name}: {operation.error}")


def _serving(endpoint: Endpoint) -> str:
    return wording.listed([f"{each.name} {each.traffic} %" for each in endpoint.deployed if each.traffic]) or "nothing"


def _told(after: Endpoint, name: str, *, note: str) -> ToolResult:
    now = _serving(after)
    answers = f"Its traffic goes to {now}." if now != "nothing" else "It answers nothing now."
    text = f"**{name}** is no longer on **{linked(after.name, after.url)}**. {answers}"
    return ToolResult(wording.joined(note, text), ModelUndeployed(model=name, endpoint=after, note=note))
