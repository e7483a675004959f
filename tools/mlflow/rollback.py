"""The tool that lets an alias point to the version that it pointed to before."""

from pydantic import ConfigDict, Field

from tools.errors import BadArguments, Outdated
from tools.mlflow import finding, moving, records
from tools.mlflow.client import MlflowBackend
from tools.mlflow.finding import CHAMPION
from tools.mlflow.moving import AliasMoved
from tools.mlflow.promotion import move_plan, probe_by_key
from tools.mlflow.results import ModelVersion, RegisteredModel
from tools.prefect import wording
from tools.spec import Arguments, Backends, Call, Command, Effect, Plan, Probed, ToolResult, tool


class RollBackModel(Arguments):
    """Which alias to roll back."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    alias: str = Field(default=CHAMPION, min_length=1, max_length=100, description="The alias to roll back.")
    version: str = Field(
        default="",
        max_length=100,
        description="The version it is to point to again. May be left out; when given, it must be the one before, as "
        "it was written down. For any other version use promote_model.",
    )


def plan_roll_back(args: RollBackModel, backends: Backends, call: Call) -> Plan:
    """From which version to which the alias would be moved back, and what speaks for and against it.

    Raises:
        BadArguments: It is there already, or what is named does not exist.
    """
    model, alias, note = _found(args, backends.mlflow)
    present = _present(backends.mlflow, model, alias)
    target, now = _target(backends.mlflow, model, alias, present, args=args, key=call.key), present.version
    if now == target.version:
        raise BadArguments(f"{alias} of {model.name} is v{now} already: there is nothing to roll back.")
    summary = f"Roll {alias} of {model.name} back from v{now} to v{target.version}."
    return move_plan(backends, call, model, alias=alias, before=present, target=target, summary=summary, note=note)


def probe_roll_back(args: RollBackModel, backends: Backends, call: Call) -> Probed:
    """Whether the alias was moved back by the call with this key; see `moving.probe_move`."""
    mlflow = backends.mlflow
    model = finding.find_model(mlflow, args.model).model
    alias = finding.alias_to_set(model, args.alias).alias  # it may be gone by now
    if not args.version:
        return probe_by_key(mlflow, call, model, alias=alias)
    target = finding.find_version(mlflow, model, args.version).version
    return moving.probe_move(mlflow, call, target=target, alias=alias)


@tool(
    permission="mlflow:alias:set",
    effect=Effect.CHANGE,
    timeout=45,
    arguments=RollBackModel,
    result=AliasMoved,
    command=Command("rollback", "MODEL [ALIAS]", "Let an alias, `champion` by default, point to the version before."),
    plan=plan_roll_back,
    probe=probe_roll_back,
)
def roll_back_model(args: RollBackModel, backends: Backends, call: Call) -> ToolResult:
    """Roll a model back: let its alias, `champion` unless told otherwise, point to the version that had it before.

    Which one that was is written on the version that has the alias now; where nothing is written, nothing is changed
    and promote_model is the way. Rolled back again, it goes one version further back. As with promote_model, somebody
    who moves the same alias in MLflow itself in the very moment between my look and my move is overwritten.
    """
    model, alias, note = _found(args, backends.mlflow)
    present = _present(backends.mlflow, model, alias)
    target = _target(backends.mlflow, model, alias, present, args=args, key=call.key)
    back = _further_back(target, alias, left=present.version, key=call.key)
    return moving.move(backends.mlflow, call, target=target, alias=alias, previous=back, note=note)


def _found(args: RollBackModel, mlflow: MlflowBackend) -> tuple[RegisteredModel, str, str]:
    found = finding.find_model(mlflow, args.model)
    alias = finding.alias_there_is(found.model, args.alias)
    return found.model, alias.alias, wording.joined(found.note, alias.note)


def _present(mlflow: MlflowBackend, model: RegisteredModel, alias: str) -> ModelVersion:
    found = mlflow.version_by_alias(model.name, alias)
    if found is None:
        raise BadArguments(f"{model.name} has no alias {alias} any more; nothing was changed.")
    return found


def _target(
    mlflow: MlflowBackend, model: RegisteredModel, alias: str, present: ModelVersion, *, args: RollBackModel, key: str
) -> ModelVersion:
    """The version to go back to.

    Raises:
        BadArguments: None is known, it is gone, or another one was asked for.
        Outdated: It was rolled back, or moved, since the version was named.
    """
    named = finding.find_version(mlflow, model, args.version).version if args.version else None
    if named and named.version == present.version:
        return named
    record = records.moved_to(present, alias)
    if record.key == key and not named:  # this very call has moved it
        return present
    if not record.complete or not record.previous:
        raise BadArguments(
            f"It is not written down which version of {model.name} had {alias} before v{present.version}, so I cannot "
            f"roll it back. Name the version instead: `/mlops promote {model.name} VERSION {alias}`."
        )
    if named and named.version != record.previous:
        raise Outdated(
            f"{alias} of {model.name} is v{present.version} now, and before that it was v{record.previous}, not "
            f"v{named.version}. To let it point there: `/mlops promote {model.name} {named.version} {alias}`."
        )
    return named or finding.find_version(mlflow, model, record.previous).version


def _further_back(target: ModelVersion, alias: str, *, left: str, key: str) -> str:
    """Where the next roll-back goes: to what was before the target, never to the version that was just left."""
    record = records.moved_to(target, alias)
    known = record.complete or record.key == key
    return record.previous if known and record.previous != left else ""
