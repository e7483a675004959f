"""The tool that lets an alias such as `champion` point to another version of a model."""

from pydantic import ConfigDict, Field

from tools.errors import BadArguments
from tools.mlflow import evidence, finding, moving, records
from tools.mlflow.client import MlflowBackend
from tools.mlflow.finding import CHAMPION, FoundAlias, FoundModel, FoundVersion
from tools.mlflow.moving import AliasMoved
from tools.mlflow.results import ModelVersion, RegisteredModel
from tools.prefect import wording
from tools.spec import (
    REPLACES,
    Arguments,
    Backends,
    Call,
    Command,
    Effect,
    Evidence,
    Fact,
    NotDone,
    Plan,
    Probed,
    ToolResult,
    tool,
)


class PromoteModel(Arguments):
    """Which version gets which alias."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    version: str = Field(min_length=1, max_length=100, description=finding.WHICH_VERSION)
    alias: str = Field(
        default=CHAMPION, min_length=1, max_length=100, description="The alias; `champion` is what is in production."
    )


def understood(shown: Evidence, note: str) -> Evidence:
    """The evidence with what was understood, when that was not what was written."""
    if not note:
        return shown
    return shown.model_copy(update={"facts": (*shown.facts, Fact(label="Understood", value=note))})


def move_plan(
    backends: Backends,
    call: Call,
    model: RegisteredModel,
    *,
    alias: str,
    before: ModelVersion | None,
    target: ModelVersion,
    summary: str,
    note: str,
) -> Plan:
    """What moving an alias from one version, or none, to another would do."""
    left = before.version if before else ""
    shown, measured = Evidence(), None
    if not call.brief:
        shown, measured = evidence.of_move(backends, model, alias=alias, before=before, after=target, now=call.now)
    return Plan(
        arguments={"model": model.name, "version": target.version, "alias": alias},
        summary=summary,
        resources=(f"mlflow:model:{model.name}",),
        evidence=understood(shown, note),
        preconditions={
            f"alias {alias} of {model.name}": left,
            f"status of {model.name} v{target.version}": target.status,
        },
        facts={"alias": alias, "model": model.name, "version": target.version, REPLACES: left},
        rollback=f"Roll {alias} back to v{left}." if left else f"Take the alias {alias} away again.",
        measured=measured,
    )


def plan_promotion(args: PromoteModel, backends: Backends, call: Call) -> Plan:
    """From which version to which the alias would be moved, and what speaks for and against it.

    Raises:
        BadArguments: It is there already, or what is named does not exist.
    """
    found, version, alias = _found(args, backends.mlflow)
    model, target = found.model, version.version
    before = backends.mlflow.version_by_alias(model.name, alias.alias)
    now = before.version if before else ""
    if now == target.version:
        raise BadArguments(f"{alias.alias} of {model.name} is v{now} already: there is nothing to promote.")
    instead = f", in place of v{now}" if now else ""
    summary = f"Promote {model.name} v{target.version} to {alias.alias}{instead}."
    note = _note(found, version, alias)
    return move_plan(backends, call, model, alias=alias.alias, before=before, target=target, summary=summary, note=note)


def probe_promotion(args: PromoteModel, backends: Backends, call: Call) -> Probed:
    """Whether the alias was moved by the call with this key; see `moving.probe_move`."""
    mlflow = backends.mlflow
    model = finding.find_model(mlflow, args.model).model
    alias = finding.alias_to_set(model, args.alias).alias
    if finding.NUMBER.fullmatch(args.version.strip()):
        target = finding.find_version(mlflow, model, args.version).version
        return moving.probe_move(mlflow, call, target=target, alias=alias)
    return probe_by_key(mlflow, call, model, alias=alias)


def probe_by_key(mlflow: MlflowBackend, call: Call, model: RegisteredModel, *, alias: str) -> Probed:
    """The same where the version was not named by its number: what `latest` meant is told by the key."""
    versions = mlflow.model_versions(model.name, limit=200).versions
    target = next((each for each in versions if records.moved_to(each, alias).key == call.key), None)
    return moving.probe_move(mlflow, call, target=target, alias=alias) if target else NotDone()


@tool(
    permission="mlflow:alias:set",
    effect=Effect.CHANGE,
    timeout=45,
    arguments=PromoteModel,
    result=AliasMoved,
    command=Command("promote", "MODEL VERSION [ALIAS]", "Let an alias, `champion` by default, point to a version."),
    plan=plan_promotion,
    probe=probe_promotion,
)
def promote_model(args: PromoteModel, backends: Backends, call: Call) -> ToolResult:
    """Promote a version of a registered model: let an alias, `champion` unless told otherwise, point to it.

    It is written on the version who asked, when, where, and which version had the alias before, so that it can be
    rolled back. A version that has the alias already is left as it is. MLflow cannot move an alias on a condition:
    should somebody move the same alias in MLflow itself in the very moment between my look and my move, that is
    overwritten. Compare the versions first, and show the person what differs.
    """
    found, version, alias = _found(args, backends.mlflow)
    note = _note(found, version, alias)
    return moving.move(backends.mlflow, call, target=version.version, alias=alias.alias, note=note)


def _found(args: PromoteModel, mlflow: MlflowBackend) -> tuple[FoundModel, FoundVersion, FoundAlias]:
    found = finding.find_model(mlflow, args.model)
    version = finding.find_version(mlflow, found.model, args.version)
    return found, version, finding.alias_to_set(found.model, args.alias)


def _note(found: FoundModel, version: FoundVersion, alias: FoundAlias) -> str:
    return wording.joined(found.note, version.note, alias.note)
