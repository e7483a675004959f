"""Tools that share out an endpoint's traffic among the models on it, and give it back to the one before.

Vertex AI takes a change with the state that it expects to find (an etag), so nobody is overwritten. Who had the traffic
before is written on the endpoint in the same step, and with it the key of the call, by which it is known again.
"""

import hashlib
import re
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from tools import names
from tools.errors import BadArguments, Outdated
from tools.google.connection import Exists
from tools.google.endpoints import WHICH_ENDPOINT, WhichEndpoint, find_endpoint, linked, machines
from tools.google.serving import DeployedModel, Endpoint
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
    JSONDict,
    NotDone,
    Plan,
    Probed,
    Result,
    ToolResult,
    tool,
)

WHOLE = 100
KEY, BEFORE = "trainmaster-key", "trainmaster-before"
_PAIR = re.compile(r"\s*(?P<model>.+?)\s*[:=]\s*(?P<share>\d{1,3})\s*%?\s*")


def _split(value: object) -> object:
    """`churn v3: 90, churn v4: 10` as a table."""
    if not isinstance(value, str):
        return value
    pairs = [_PAIR.fullmatch(part) for part in value.split(",") if part.strip()]
    if not pairs or not all(pairs):
        raise ValueError("write each model with its share, such as `churn v3: 90, churn v4: 10`")
    return {pair["model"]: int(pair["share"]) for pair in pairs if pair}


class SetTraffic(Arguments):
    """How an endpoint's traffic is shared out."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    endpoint: str = Field(min_length=1, max_length=200, description=WHICH_ENDPOINT)
    split: Annotated[dict[str, int], BeforeValidator(_split)] = Field(
        min_length=1,
        max_length=20,
        description="The share of each model in per cent, by its name or id on the endpoint; together 100. The one "
        "model that is not named gets what is left; several get nothing.",
    )


class TrafficSet(Result):
    """An endpoint after its traffic was shared out.

    Attributes:
        endpoint: The endpoint as it is now.
        before: The shares before, by the ids of the models.
        changed: Whether anything was changed.
        note: What was understood.
    """

    endpoint: Endpoint
    before: dict[str, int]
    changed: bool
    note: str = ""


def plan_traffic(args: SetTraffic, backends: Backends, call: Call) -> Plan:
    """Which model would get which share, in place of which.

    Raises:
        BadArguments: It is so already, or the shares make no sense.
    """
    found, note = find_endpoint(backends.vertex, args.endpoint)
    split = _by_id(found, args.split)
    if split == shares(found):
        raise BadArguments(f"The traffic of {found.name} is shared out so already: there is nothing to change.")
    return _plan(found, split, arguments={"endpoint": found.id, "split": split}, note=note, call=call)


def probe_traffic(args: SetTraffic, backends: Backends, call: Call) -> Probed:
    """Whether the call with this key has shared the traffic out: its key is written on the endpoint."""
    found, note = find_endpoint(backends.vertex, args.endpoint)
    return _probed(found, call, note=note)


@tool(
    permission="vertex:endpoint:traffic",
    effect=Effect.CHANGE,
    timeout=40,
    arguments=SetTraffic,
    result=TrafficSet,
    command=Command("traffic", "ENDPOINT SPLIT…", "Share out traffic, such as `churn v3: 90, churn v4: 10`."),
    plan=plan_traffic,
    probe=probe_traffic,
)
def set_traffic(args: SetTraffic, backends: Backends, call: Call) -> ToolResult:
    """Share out the traffic of an endpoint of Vertex AI among the models that are deployed on it.

    Shares are in per cent and make 100 together. Who had the traffic before is remembered, so that it can be rolled
    back. When somebody changes the endpoint meanwhile, nothing is overwritten and it is refused.
    """
    found, note = find_endpoint(backends.vertex, args.endpoint)
    return _moved(backends, call, found, _by_id(found, args.split), note=note)


def plan_roll_back(args: WhichEndpoint, backends: Backends, call: Call) -> Plan:
    """Which model would get all the traffic again.

    Raises:
        BadArguments: It has it already, or nobody knows which one it was.
    """
    found, note = find_endpoint(backends.vertex, args.endpoint)
    return _plan(found, {_before(found).id: WHOLE}, arguments={"endpoint": found.id}, note=note, call=call)


def probe_roll_back(args: WhichEndpoint, backends: Backends, call: Call) -> Probed:
    """Whether the call with this key has rolled it back: its key is written on the endpoint."""
    found, note = find_endpoint(backends.vertex, args.endpoint)
    return _probed(found, call, note=note)


@tool(
    permission="vertex:endpoint:traffic",
    effect=Effect.CHANGE,
    timeout=40,
    arguments=WhichEndpoint,
    result=TrafficSet,
    command=Command("endpoint rollback", "ENDPOINT", "Give all traffic back to the model that had it before."),
    plan=plan_roll_back,
    probe=probe_roll_back,
)
def roll_back_endpoint(args: WhichEndpoint, backends: Backends, call: Call) -> ToolResult:
    """Roll an endpoint of Vertex AI back: all traffic goes to the model that had it before the last change.

    Which one that was is written on the endpoint, or is the one other model on it. It must still be deployed there.
    """
    found, note = find_endpoint(backends.vertex, args.endpoint)
    if found.labels.get(KEY) == label(call.key):
        return _told(found, shares(found), changed=True, note=note)
    return _moved(backends, call, found, {_before(found).id: WHOLE}, note=note)


def shares(endpoint: Endpoint) -> dict[str, int]:
    """The traffic by the ids of the models, without those that get none."""
    return {each.id: each.traffic for each in endpoint.deployed if each.traffic}


def spoken(split: dict[str, int]) -> str:
    """Shares in an order of their own, for comparing."""
    return " ".join(f"{one}:{share}" for one, share in sorted(split.items()))


def label(key: str) -> str:
    """A key as Google's labels can hold it."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def on_endpoint(endpoint: Endpoint, text: str) -> tuple[DeployedModel, bool]:
    """The deployed model that is meant by its name or id, and whether it was written just so.

    Raises:
        BadArguments: None is near, or several are.
    """
    by_id = [each for each in endpoint.deployed if each.id == text]
    if by_id:
        return by_id[0], True
    known = list(dict.fromkeys(each.name for each in endpoint.deployed))
    found = names.match(text, known, noun="deployed model")
    same = [each for each in endpoint.deployed if each.name == found.name]
    if len(same) > 1:
        which = names.either([each.id for each in same])
        raise BadArguments(f"{found.name} is on {endpoint.name} {len(same)} times; say by its id which one: {which}.")
    return same[0], found.exact


def _by_id(endpoint: Endpoint, split: dict[str, int]) -> dict[str, int]:
    known = {each.id: each for each in endpoint.deployed}
    if not known:
        raise BadArguments(f"Nothing is deployed on {endpoint.name}.")
    found: dict[str, int] = {}
    for text, share in split.items():
        chosen = on_endpoint(endpoint, text)[0].id
        if chosen in found:
            raise BadArguments(f"{known[chosen].name} is named twice.")
        found[chosen] = share
    unnamed = [identifier for identifier in known if identifier not in found]
    if len(unnamed) == 1:
        found[unnamed[0]] = WHOLE - sum(found.values())
    if sum(found.values()) != WHOLE or any(share < 0 for share in found.values()):
        raise BadArguments(f"The shares make {sum(split.values())} % together; they must make {WHOLE} %.")
    return {identifier: share for identifier, share in found.items() if share}


def _before(endpoint: Endpoint) -> DeployedModel:
    """The model that had the traffic before the last change.

    Raises:
        BadArguments: Nobody knows which one that was, or it has all of it.
        Outdated: It is no longer there.
    """
    instead = f"; `/mlops traffic {endpoint.name} …` shares it out"
    if known := endpoint.labels.get(BEFORE, ""):
        found = next((each for each in endpoint.deployed if each.id == known), None)
        if found is None:
            raise Outdated(f"The model that had the traffic of {endpoint.name} before is not deployed there any more.")
        if found.traffic == WHOLE:  # the last change gave nobody else all of it, or gave it back
            raise BadArguments(f"{found.name} has all the traffic of {endpoint.name}, as it had before{instead}.")
        return found
    if len(endpoint.deployed) == 1:
        [only] = endpoint.deployed
        raise BadArguments(
            f"{only.name} is the only model on {endpoint.name}, so there is none to give its traffic back to; "
            f"`/mlops undeploy {endpoint.name} {only.name}` takes it off."
        )
    most = max(endpoint.deployed, key=lambda each: each.traffic, default=None)
    others = [each for each in endpoint.deployed if most is None or each.id != most.id]
    if len(others) == 1:
        return others[0]
    there = wording.listed([each.name for each in others])
    instead = f"; `/mlops traffic {endpoint.name} …` gives it to one of: {there}" if others else ""
    raise BadArguments(f"I do not know which model had the traffic of {endpoint.name} before{instead}.")


def _plan(found: Endpoint, split: dict[str, int], *, arguments: JSONDict, note: str, call: Call) -> Plan:
    now, by_id = shares(found), {each.id: each for each in found.deployed}
    differing = tuple(
        Difference(name=each.name, before=f"{now.get(each.id, 0)} %", after=f"{split.get(each.id, 0)} %")
        for each in found.deployed
        if now.get(each.id, 0) != split.get(each.id, 0)
    )
    facts = [Fact(label="Endpoint", value=found.name, url=found.url)]
    facts += [_of(by_id[one], call) for one in split]
    facts += [Fact(label="Understood", value=note)] if note else []
    told = wording.listed([f"{by_id[one].name} {share} %" for one, share in split.items()])
    back = wording.listed([f"{by_id[one].name} {share} %" for one, share in now.items()])
    return Plan(
        arguments=arguments,
        summary=f"Send the traffic of {found.name} to {told}.",
        resources=(f"vertex:endpoint:{found.id}",),
        called=found.name,
        evidence=Evidence(facts=tuple(facts), differences=differing),
        preconditions={f"traffic of {found.name}": spoken(now), f"models on {found.name}": " ".join(sorted(by_id))},
        facts={"endpoint": found.name},
        rollback=f"Send it back to {back}." if back else "",
    )


def _of(model: DeployedModel, call: Call) -> Fact:
    value = f"{machines(model)}, deployed {wording.ago(model.created, now=call.now)}"
    return Fact(label=model.name, value=value)


def _moved(backends: Backends, call: Call, found: Endpoint, split: dict[str, int], *, note: str) -> ToolResult:
    before = shares(found)
    if before == split:
        return _told(found, before, changed=found.labels.get(KEY) == label(call.key), note=note)
    most = max(before, key=lambda one: before[one], default="")
    written = {KEY: label(call.key), **({BEFORE: most} if most else {})}
    try:
        after = backends.vertex.set_traffic(found, split, written)
    except Exists as error:
        text = f"{found.name} was changed while I looked at it, so I changed nothing; please ask again."
        raise Outdated(text) from error
    return _told(after, before, changed=True, note=note)


def _probed(found: Endpoint, call: Call, *, note: str) -> Probed:
    if found.labels.get(KEY) != label(call.key):
        return NotDone()
    return Done(_told(found, shares(found), changed=True, note=note))


def _told(after: Endpoint, before: dict[str, int], *, changed: bool, note: str) -> ToolResult:
    told = wording.listed([f"{each.name} {each.traffic} %" for each in after.deployed if each.traffic]) or "nobody"
    verb = "goes" if changed else "goes already, and nothing was changed,"
    text = f"The traffic of **{linked(after.name, after.url)}** {verb} to {told}."
    return ToolResult(wording.joined(note, text), TrafficSet(endpoint=after, before=before, changed=changed, note=note))
