"""The tool that takes an alias away from a model."""

import contextlib

from pydantic import ConfigDict, Field

from tools.errors import BadArguments, Outdated, ToolError
from tools.mlflow import finding, records
from tools.mlflow.client import MlflowBackend
from tools.mlflow.moving import failing, points_to
from tools.mlflow.promotion import understood
from tools.mlflow.results import ModelVersion
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
    Unknown,
    tool,
)


class RemoveAlias(Arguments):
    """Which alias to take away."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    alias: str = Field(min_length=1, max_length=100, description="The alias to take away.")
    version: str = Field(
        default="",
        max_length=100,
        description="The version that it points to. May be left out; when given and it points elsewhere, it stays.",
    )


class AliasRemoved(Result):
    """An alias after it was taken away.

    Attributes:
        model: The registered model.
        alias: The alias.
        version: The version that it pointed to.
        now: The version that it points to now; empty unless somebody has set it again.
        note: What was understood.
    """

    model: str
    alias: str
    version: str
    now: str = ""
    note: str = ""


def plan_removal(args: RemoveAlias, backends: Backends, call: Call) -> Plan:
    """Which version would lose the alias."""
    held, alias, note = _found(args, backends.mlflow)
    shown = Evidence(
        facts=(
            Fact(label="Model", value=held.name),
            Fact(
                label=f"{alias} now",
                value=f"v{held.version}, registered {wording.ago(held.created, now=call.now)}",
                url=held.url,
            ),
        ),
        warnings=(f"Whatever loads {held.name} by its alias {alias} fails until the alias is set again.",),
    )
    return Plan(
        arguments={"model": held.name, "alias": alias, "version": held.version},
        summary=f"Take the alias {alias} away from {held.name} v{held.version}.",
        resources=(f"mlflow:model:{held.name}",),
        evidence=understood(shown, note),
        preconditions={f"alias {alias} of {held.name}": held.version},
        facts={"alias": alias, "model": held.name, "version": held.version},
        rollback=f"Promote {held.name} v{held.version} to {alias} again.",
    )


def probe_removal(args: RemoveAlias, backends: Backends, call: Call) -> Probed:
    """Whether the alias was taken away by the call with this key; as `moving.probe_move` does it."""
    mlflow = backends.mlflow
    model = finding.find_model(mlflow, args.model).model
    alias = finding.alias_to_set(model, args.alias).alias  # it may be gone by now
    versions = mlflow.model_versions(model.name, limit=200).versions
    held = next((each for each in versions if records.taken_from(each, alias).key == call.key), None)
    if held is None:
        return NotDone()
    now = points_to(mlflow, model.name, alias)
    if records.taken_from(held, alias).complete or not now:
        return Done(_told(held, alias, now=now))
    if now == held.version:
        return NotDone()
    return Unknown(
        f"the alias {alias} of {model.name}, which points to v{now} now: it was to be taken away from "
        f"v{held.version}, and somebody else has moved it meanwhile"
    )


@tool(
    permission="mlflow:alias:delete",
    effect=Effect.DESTROY,
    timeout=45,
    arguments=RemoveAlias,
    result=AliasRemoved,
    command=Command("unalias", "MODEL ALIAS", "Take an alias away from a model; its versions stay."),
    plan=plan_removal,
    probe=probe_removal,
)
def remove_alias(args: RemoveAlias, backends: Backends, call: Call) -> ToolResult:
    """Take an alias away from a registered model. Its versions stay; whatever loads the model by that alias fails.

    To let the alias point to another version use promote_model. MLflow cannot do this on a condition: should somebody
    move the alias in MLflow itself in the very moment between my look and the removal, it is taken away all the same.
    """
    mlflow = backends.mlflow
    held, alias, note = _found(args, mlflow)
    with failing(maybe_done=False):
        records.begin_removal(mlflow, held, alias, call)
    mlflow.delete_alias(held.name, alias)
    with contextlib.suppress(ToolError):  # it is gone; the mark only helps to find that out later
        records.end_removal(mlflow, held, alias, call)
    with failing(maybe_done=True):
        now = points_to(mlflow, held.name, alias)
    return _told(held, alias, now=now, note=note)


def _found(args: RemoveAlias, mlflow: MlflowBackend) -> tuple[ModelVersion, str, str]:
    found = finding.find_model(mlflow, args.model)
    alias = finding.alias_there_is(found.model, args.alias)
    held = mlflow.version_by_alias(found.model.name, alias.alias)
    if held is None:
        raise BadArguments(f"{found.model.name} has no alias {alias.alias} any more; nothing was changed.")
    if args.version and finding.find_version(mlflow, found.model, args.version).version.version != held.version:
        raise Outdated(f"{alias.alias} of {held.name} points to v{held.version} now, so it was left where it is.")
    return held, alias.alias, wording.joined(found.note, alias.note)


def _told(held: ModelVersion, alias: str, *, now: str, note: str = "") -> ToolResult:
    link = f"[v{held.version}]({held.url})" if held.url else f"v{held.version}"
    text = f"Took the alias **{alias}** away from {held.name} {link}."
    if now:
        text = f"{text} Somebody has let it point to v{now} since."
    removed = AliasRemoved(model=held.name, alias=alias, version=held.version, now=now, note=note)
    return ToolResult(wording.joined(note, text), removed)
