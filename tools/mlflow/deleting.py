"""The tool that deletes a version of a registered model."""

from pydantic import ConfigDict, Field

from tools.errors import BadArguments
from tools.mlflow import comparing, finding
from tools.mlflow.client import MlflowBackend
from tools.mlflow.models import promotion_in_words, promotions_of
from tools.mlflow.moving import failing
from tools.mlflow.promotion import understood
from tools.mlflow.results import ModelVersion, RunSummary
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

#: On the model, since the version with its tags will be gone: which call deleted which version.
DELETED = "trainmaster.deleted.v"


class DeleteVersion(Arguments):
    """Which version to delete."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    version: str = Field(min_length=1, max_length=100, description="The version's number, such as `4`, or `latest`.")


class VersionDeleted(Result):
    """A version that is gone.

    Attributes:
        model: The registered model.
        version: Its number, which is never given again.
        note: What was understood.
    """

    model: str
    version: str
    note: str = ""


def plan_deletion(args: DeleteVersion, backends: Backends, call: Call) -> Plan:
    """Which version would go, what it measured, and what becomes of its files.

    Raises:
        BadArguments: There is no such version, or an alias points to it.
    """
    mlflow = backends.mlflow
    version, note = _found(args, mlflow)
    facts = [Fact(label="Version", value=f"{version.name} v{version.version}", url=version.url)]
    facts.append(Fact(label="Registered", value=wording.ago(version.created, now=call.now)))
    run = _run(mlflow, version) if version.run_id else None
    if run:
        facts.append(Fact(label="Run", value=run.name, url=run.url))
    told = [promotion_in_words(each, now=call.now) for each in promotions_of(version)]
    if told:
        facts.append(Fact(label="History", value=wording.listed(told, 3)))
    shown = Evidence(
        facts=tuple(facts),
        metrics=comparing.metric_changes(run, None),
        warnings=(
            f"This cannot be undone: v{version.version} is never given again, and its tags, with who promoted it, go.",
        ),
        unread=() if run or not version.run_id else (f"I could not read its run {version.run_id}.",),
    )
    return Plan(
        arguments={"model": version.name, "version": version.version},
        summary=f"Delete {version.name} v{version.version} from MLflow's registry; the run and its files stay.",
        resources=(f"mlflow:version:{version.name} v{version.version}", f"mlflow:model:{version.name}"),
        evidence=understood(shown, note),
        preconditions={f"aliases of {version.name} v{version.version}": ""},
        facts={"model": version.name, "version": version.version},
    )


def probe_deletion(args: DeleteVersion, backends: Backends, call: Call) -> Probed:
    """Whether the version was deleted by the call with this key: it wrote that on the model right before."""
    mlflow = backends.mlflow
    model = finding.find_model(mlflow, args.model).model
    marked = [tag for tag, key in model.tags.items() if tag.startswith(DELETED) and key == call.key]
    number = marked[0].removeprefix(DELETED) if marked else ""
    if not number or _is_there(mlflow, model.name, number):
        return NotDone()
    return Done(_told(model.name, number))


@tool(
    permission="mlflow:version:delete",
    effect=Effect.DESTROY,
    timeout=45,
    arguments=DeleteVersion,
    result=VersionDeleted,
    command=Command("model delete", "MODEL VERSION", "Delete a version of a model; its run and files stay."),
    plan=plan_deletion,
    probe=probe_deletion,
)
def delete_version(args: DeleteVersion, backends: Backends, call: Call) -> ToolResult:
    """Delete one version of a registered model from MLflow's registry. It cannot be undone; its run and files stay.

    A version that an alias points to is not deleted: move or remove the alias first. MLflow cannot do this on a
    condition: an alias that somebody sets in MLflow itself in the very moment before goes with the version.
    """
    version, note = _found(args, backends.mlflow)
    with failing(maybe_done=False):
        backends.mlflow.set_model_tag(version.name, f"{DELETED}{version.version}", call.key)
    backends.mlflow.delete_version(version.name, version.version)
    return _told(version.name, version.version, note=note)


def _found(args: DeleteVersion, mlflow: MlflowBackend) -> tuple[ModelVersion, str]:
    found = finding.find_model(mlflow, args.model)
    named = finding.find_version(mlflow, found.model, args.version)
    version = named.version
    pointing = [alias for alias, number in found.model.aliases.items() if number == version.version]
    if pointing:
        raise BadArguments(
            f"{version.name} v{version.version} is {wording.listed(pointing)}, so I do not delete it. Promote another "
            "version, or remove the alias, first."
        )
    return version, wording.joined(found.note, named.note)


def _is_there(mlflow: MlflowBackend, model: str, version: str) -> bool:
    try:
        mlflow.model_version(model, version)
    except BadArguments:
        return False
    return True


def _run(mlflow: MlflowBackend, version: ModelVersion) -> RunSummary | None:
    """The run that made the version; None when MLflow has deleted it."""
    try:
        return mlflow.run(version.run_id)
    except BadArguments:
        return None


def _told(model: str, version: str, *, note: str = "") -> ToolResult:
    text = f"Deleted **{model} v{version}** from the registry. Its run and its files stay in MLflow."
    return ToolResult(wording.joined(note, text), VersionDeleted(model=model, version=version, note=note))
