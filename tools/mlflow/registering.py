"""The tool that registers the model of a run as the next version of a registered model."""

from pydantic import ConfigDict, Field

from tools import names
from tools.errors import BadArguments
from tools.mlflow import comparing, finding
from tools.mlflow.client import MlflowBackend
from tools.mlflow.metrics import FoundTracked, find_tracked
from tools.mlflow.moving import failing
from tools.mlflow.promotion import understood
from tools.mlflow.results import LoggedModel, ModelVersion
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

PREFIX = "trainmaster.registered."
KEY = f"{PREFIX}key"
#: What MLflow takes; the rest of its rules it says itself.
NOT_IN_A_NAME = frozenset("/:")


class RegisterVersion(Arguments):
    """Which run's model becomes a version of which registered model."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(
        min_length=1, max_length=200, description="The registered model's name; an exact new one with `new`."
    )
    run: str = Field(
        default="last",
        max_length=200,
        description="An MLflow run's id or name, or a Prefect run whose MLflow run is meant: its name, its id, "
        "`last`, or `last PIPELINE`.",
    )
    logged: str = Field(
        default="", max_length=200, description="Which of the models that the run logged, where it logged several."
    )
    new: bool = Field(default=False, description="Make a new registered model of that name where there is none.")


class VersionRegistered(Result):
    """A version after it was registered.

    Attributes:
        version: The version.
        run: The run's name.
        note: What was understood.
    """

    version: ModelVersion
    run: str
    note: str = ""


class _Found(Result):
    """What is to be registered as what; `known` is empty for a model that there is not yet."""

    model: str
    known: bool
    tracked: str
    logged: LoggedModel
    note: str = ""


def plan_registration(args: RegisterVersion, backends: Backends, call: Call) -> Plan:
    """Which logged model would become the next version of which registered model."""
    tracked, found = _found(args, backends, call)
    _unless_registered(backends.mlflow, found, key="")
    run = tracked.run
    facts = (
        Fact(label="Model", value=found.model if found.known else f"{found.model}, a new one"),
        Fact(label="Run", value=f"{run.name}, {run.status.lower()}", url=run.url),
        Fact(label="Logged as", value=f"{found.logged.name}, {wording.ago(found.logged.created, now=call.now)}"),
    )
    shown = Evidence(facts=facts, metrics=comparing.metric_changes(None, run))
    as_what = "the next version of" if found.known else "the first version of the new model"
    return Plan(
        arguments={"model": found.model, "run": run.id, "logged": found.logged.id, "new": not found.known},
        summary=f"Register the model {found.logged.name} of the run {run.name} as {as_what} {found.model}.",
        resources=(f"mlflow:model:{found.model}",),
        evidence=understood(shown, found.note),
        facts={"model": found.model},
        rollback="Delete the version again.",
    )


def probe_registration(args: RegisterVersion, backends: Backends, call: Call) -> Probed:
    """Whether a version was registered by the call with this key: the key is written on it as it is made."""
    tracked = find_tracked(args.run, backends, call).run
    made = _made_by(backends.mlflow.versions_of_run(tracked.id), call.key)
    return Done(_told(made, tracked.name)) if made else NotDone()


@tool(
    permission="mlflow:version:register",
    effect=Effect.CHANGE,
    timeout=45,
    arguments=RegisterVersion,
    result=VersionRegistered,
    command=Command("model register", "MODEL [RUN…]", "Register a run's model as the next version; `new=true`."),
    plan=plan_registration,
    probe=probe_registration,
)
def register_version(args: RegisterVersion, backends: Backends, call: Call) -> ToolResult:
    """Register the model that a run logged as the next version of a registered model; no alias is moved.

    Many pipelines register by themselves: look at run_metrics first, it tells which versions a run registered. Use
    promote_model to let an alias point to the new version. A name that no model has is refused unless `new` is set,
    since most such names are misspelled.
    """
    tracked, found = _found(args, backends, call)
    mlflow = backends.mlflow
    if made := _unless_registered(mlflow, found, key=call.key):
        return _told(made, tracked.run.name, note=found.note)
    with failing(maybe_done=False):
        if not found.known:
            mlflow.create_model(found.model)
    return _told(mlflow.create_version(found.model, found.logged, _tags(call)), tracked.run.name, note=found.note)


def _found(args: RegisterVersion, backends: Backends, call: Call) -> tuple[FoundTracked, _Found]:
    tracked = find_tracked(args.run, backends, call)
    logged = _logged(backends.mlflow, tracked, args.logged.strip())
    model, note = _model(args, backends.mlflow)
    found = _Found(
        model=model,
        known=note is not None,
        tracked=tracked.run.name,
        logged=logged,
        note=wording.joined(tracked.note, note or ""),
    )
    return tracked, found


def _model(args: RegisterVersion, mlflow: MlflowBackend) -> tuple[str, str | None]:
    """The model's name and what was understood; None for a new model."""
    name = args.model.strip()
    if not args.new:
        try:
            found = finding.find_model(mlflow, name)
        except BadArguments as error:
            raise BadArguments(f"{error} To make a new model of that name, add `new=true`.") from error
        return found.model.name, found.note
    if NOT_IN_A_NAME & set(name):
        raise BadArguments(f"“{names.shown(name)}” cannot be a model's name: MLflow takes neither `/` nor `:` in it.")
    page = mlflow.models(limit=finding.LOOKED_AT)
    return (name, "") if name in {model.name for model in page.models} else (name, None)


def _logged(mlflow: MlflowBackend, tracked: FoundTracked, wanted: str) -> LoggedModel:
    run = tracked.run
    models = mlflow.logged_models(run)
    if not models:
        raise BadArguments(
            f"{run.name} has logged no model, so there is nothing to register. A pipeline logs one by "
            "`mlflow.sklearn.log_model(…)` or its like."
        )
    newest = {model.name: model for model in reversed(models)}  # the newest of those that share a name
    by_id = next((model for model in models if model.id == wanted), None)
    if by_id:
        return by_id
    if wanted:
        return newest[names.match(wanted, list(newest), noun=f"model of the run {run.name}").name]
    if len(newest) > 1:
        which = names.either(list(newest))
        raise BadArguments(f"{run.name} has logged several models: {which}. Say which, as `logged=NAME`.")
    return next(iter(newest.values()))


def _unless_registered(mlflow: MlflowBackend, found: _Found, *, key: str) -> ModelVersion | None:
    """The version that the call with this key made; None when the logged model is no version of the model yet.

    Raises:
        BadArguments: Somebody else has registered it.
    """
    if not found.known:
        return None
    same = [
        version
        for version in mlflow.versions_of_run(found.logged.run_id)
        if version.name == found.model and version.model_id == found.logged.id
    ]
    if made := _made_by(tuple(same), key):
        return made
    if same:
        raise BadArguments(f"{found.tracked} is registered already: its model is {found.model} v{same[-1].version}.")
    return None


def _made_by(versions: tuple[ModelVersion, ...], key: str) -> ModelVersion | None:
    return next((version for version in versions if key and version.tags.get(KEY) == key), None)


def _tags(call: Call) -> dict[str, str]:
    said = {"requester": call.origin.actor, "proposal": call.origin.proposal, "thread": call.origin.thread}
    own = {f"{PREFIX}{name}": value for name, value in said.items() if value}
    return {**own, f"{PREFIX}at": call.now.isoformat(timespec="seconds"), KEY: call.key}


def _told(made: ModelVersion, run: str, *, note: str = "") -> ToolResult:
    link = f"[v{made.version}]({made.url})" if made.url else f"v{made.version}"
    text = f"Registered the model of {run} as **{made.name}** {link}. No alias points to it yet."
    return ToolResult(wording.joined(note, text), VersionRegistered(version=made, run=run, note=note))
