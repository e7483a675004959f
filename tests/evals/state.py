"""All that conversations may change, as one flat list of what is so; and what differs between two of them."""

from collections.abc import Mapping

from bot.proposals import Proposal, Verdict
from tests.fakes.world import World
from tools.prefect.client import RunQuery
from tools.prefect.results import FlowRun, StateType
from tools.spec import JSONDict

State = Mapping[str, str]
MOST = 200
_OURS = "trainmaster."  #: begins the tags that we write on versions ourselves


def read(world: World) -> State:
    """What is so now, in systems that are asked around whatever is broken in them."""
    outages = world.prefect.broken, world.mlflow.broken, world.storage.away, world.vertex.away
    world.prefect.broken = world.mlflow.broken = None
    world.storage.away = world.vertex.away = None
    try:
        return {**_prefect(world), **_mlflow(world), **_google(world), **_ledger(world)}
    finally:
        world.prefect.broken, world.mlflow.broken, world.storage.away, world.vertex.away = outages


def changes(before: State, after: State) -> tuple[str, ...]:
    """What differs, a line each: `+ key: value`, `- key` or `key: before -> after`."""
    gone = [f"- {key}" for key in before if key not in after]
    new = [f"+ {key}: {value}" if value else f"+ {key}" for key, value in after.items() if key not in before]
    other = [f"{key}: {before[key]} -> {after[key]}" for key in after if before.get(key, after[key]) != after[key]]
    return (*gone, *new, *other)


def _prefect(world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    for pipeline in world.prefect.pipelines():
        found[f"pipeline {pipeline.name}"] = pipeline.digest[:8]
    for each in world.prefect.scheduled():
        on = [f"{one.cron or one.when} {one.timezone}{'' if one.active else ', paused'}" for one in each.schedules]
        found[f"schedule of {each.pipeline.name}"] = "; ".join(on)
    for run in world.prefect.runs(RunQuery(limit=MOST)).runs:
        found[f"run {run.name}"] = f"{run.pipeline} {values(run.parameters)}".strip()
        if run.state_type is not StateType.SCHEDULED:
            found[f"state of {run.name}"] = run.state_name.lower()
        elif later(run):
            found[f"start of {run.name}"] = f"{run.expected_start:%a %H:%M}"
    return found


def later(run: FlowRun) -> bool:
    """Whether it was put off."""
    return run.expected_start is not None and run.created is not None and run.expected_start > run.created


def values(parameters: JSONDict) -> str:
    """Parameters by name, such as `max_depth=5 seed=7`."""
    return " ".join(f"{name}={value}" for name, value in sorted(parameters.items()))


def _mlflow(world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    for model in world.mlflow.models(limit=MOST).models:
        found[f"model {model.name}"] = ""
        found |= {f"alias {alias} of {model.name}": version for alias, version in model.aliases.items()}
        found |= {f"tag {tag} of {model.name}": value for tag, value in model.tags.items() if not _own(tag)}
        if model.description:
            found[f"description of {model.name}"] = model.description
        for version in world.mlflow.model_versions(model.name, limit=MOST).versions:
            name = f"{model.name} v{version.version}"
            found[f"version {name}"] = ""
            found |= {f"tag {tag} of {name}": value for tag, value in version.tags.items() if not _own(tag)}
            if version.description:
                found[f"description of {name}"] = version.description
    return found


def _own(tag: str) -> bool:
    return tag.startswith(_OURS)


def _google(world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    for endpoint in world.vertex.endpoints().endpoints:
        found[f"endpoint {endpoint.name}"] = ""
        found |= {f"{one.name} on {endpoint.name}": f"{one.traffic} %" for one in endpoint.deployed}
    for bucket in world.storage.buckets().buckets:
        for each in world.storage.objects(bucket.name, flat=True, limit=MOST).objects:
            if not each.name.startswith("models/"):  # what a deployment keeps there goes with it
                found[f"object {each.uri}"] = f"{each.size} bytes"
    return found


def _ledger(world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    for proposal in reversed(world.services.proposals.recent(MOST)):
        key = f"proposal {proposal.summary.rstrip('.')}"
        while key in found:
            key += " again"
        found[key] = standing(proposal, world)
    if frozen := world.services.freezer.current():
        found["freeze"] = f"{frozen.reason} by {_name(world, frozen.by)}"
    return found


def standing(proposal: Proposal, world: World) -> str:
    """Where a proposal stands, and who had it get there: `applied, asked by alice, approved by bob`."""
    said: dict[Verdict, list[str]] = {}
    for one in proposal.decisions:
        said.setdefault(one.verdict, []).append(_name(world, one.by))
    words = {Verdict.APPROVE: "approved", Verdict.REJECT: "rejected"}
    decided = [f"{words[verdict]} by {' and '.join(names)}" for verdict, names in said.items()]
    return ", ".join([str(proposal.state), f"asked by {_name(world, proposal.requester)}", *decided])


def _name(world: World, user: str) -> str:
    return next((person.name for person in world.workspace.people if person.id == user), user)
