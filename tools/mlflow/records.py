"""Who let an alias point to a version, when and why: written on the version as tags, since MLflow keeps no such record.

The tags are for people and for finding out after a crash what was done. Whoever may write to MLflow may write them, so
nothing is allowed because of them. Those of an alias begin with `trainmaster.alias.ALIAS.`, on the version that it was
moved to; those of its removal with `trainmaster.alias.ALIAS.removed.`, on the version that it was taken from. Who let
a version be deployed is written on it likewise, under `trainmaster.endpoint.ENDPOINT.`.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from tools.mlflow.client import MlflowBackend
from tools.mlflow.results import ModelVersion
from tools.spec import Call

PREFIX = "trainmaster.alias."
DEPLOYED = "trainmaster.endpoint."
_NOT_IN_A_TAG = re.compile(r"[^\w ./-]", re.ASCII)
LONGEST_ENDPOINT = 120
#: What must not outlive the change that it was written for.
LATER = ("done", "approvers", "link")


@dataclass(frozen=True, slots=True)
class Record:
    """One change of an alias, as the version's tags tell it; empty values were not known.

    Attributes:
        key: The idempotency key of the call; written last before the change is made.
        done: The same key, written once the change is made.
        left: The version that the alias pointed to before.
        previous: The version that a roll-back goes to.
        proposal: The approval that allowed it.
        requester: Who asked for it.
        at: When, ISO 8601.
        thread: Where it was asked for.
        approvers: Who approved it, joined by commas.
        link: Where the approval can be read.
    """

    key: str = ""
    done: str = ""
    left: str = ""
    previous: str = ""
    proposal: str = ""
    requester: str = ""
    at: str = ""
    thread: str = ""
    approvers: str = ""
    link: str = ""

    @property
    def complete(self) -> bool:
        """Whether the change that it tells of is known to have been made."""
        return bool(self.key) and self.key == self.done

    @property
    def moment(self) -> datetime | None:
        """When it was made; None when that cannot be read."""
        try:
            return datetime.fromisoformat(self.at)
        except ValueError:
            return None


def moved_to(version: ModelVersion, alias: str) -> Record:
    """How an alias came to a version."""
    return _read(version, _of_move(alias))


def taken_from(version: ModelVersion, alias: str) -> Record:
    """How an alias was taken away from a version."""
    return _read(version, _of_removal(alias))


def begin_move(
    mlflow: MlflowBackend, version: ModelVersion, alias: str, call: Call, *, left: str, previous: str
) -> None:
    """Write down that an alias is about to be moved to a version."""
    _begin(mlflow, version, _of_move(alias), call, {"left": left, "previous": previous})


def begin_removal(mlflow: MlflowBackend, version: ModelVersion, alias: str, call: Call) -> None:
    """Write down that an alias is about to be taken away from a version."""
    _begin(mlflow, version, _of_removal(alias), call, {"left": version.version})


def end_move(mlflow: MlflowBackend, version: ModelVersion, alias: str, call: Call) -> None:
    """Write down that an alias was moved to a version."""
    mlflow.set_version_tag(version.name, version.version, f"{_of_move(alias)}done", call.key)


def end_removal(mlflow: MlflowBackend, version: ModelVersion, alias: str, call: Call) -> None:
    """Write down that an alias was taken away from a version."""
    mlflow.set_version_tag(version.name, version.version, f"{_of_removal(alias)}done", call.key)


def note_approval(
    mlflow: MlflowBackend,
    *,
    model: str,
    version: str,
    alias: str,
    approvers: tuple[str, ...],
    proposal: str,
    permalink: str,
) -> bool:
    """Write on the version who approved the change of its alias and where that can be read; may be repeated.

    Args:
        mlflow: MLflow.
        model: The registered model.
        version: The version that the alias was moved to, or taken from.
        alias: The alias.
        approvers: Who approved.
        proposal: The approval; it must be the one that the version's own record names.
        permalink: Where it can be read.

    Returns:
        Whether it was written; False when the version tells of another change by now.

    Raises:
        tools.errors.ToolError: MLflow could not be asked.
    """
    held = mlflow.model_version(model, version)
    for prefix in (_of_move(alias), _of_removal(alias)):
        record = _read(held, prefix)
        if proposal and record.proposal == proposal:
            written = {"approvers": ", ".join(approvers), "link": permalink, "done": record.key}
            _write(mlflow, held, prefix, written)
            return True
    return False


def note_deployment(mlflow: MlflowBackend, *, model: str, version: str, endpoint: str, told: Record) -> None:
    """Write on a version who let it be deployed to an endpoint; the last time counts. May be repeated.

    Raises:
        tools.errors.ToolError: MLflow could not be asked.
    """
    written = {"requester": told.requester, "approvers": told.approvers, "link": told.link, "at": told.at}
    for name, value in {**written, "proposal": told.proposal}.items():
        mlflow.set_version_tag(model, version, f"{_of_deployment(endpoint)}{name}", value)


def deployed_to(version: ModelVersion, endpoint: str) -> Record:
    """How a version came to an endpoint."""
    return _read(version, _of_deployment(endpoint))


def _of_deployment(endpoint: str) -> str:
    return f"{DEPLOYED}{_NOT_IN_A_TAG.sub('-', endpoint)[:LONGEST_ENDPOINT]}."


def _begin(mlflow: MlflowBackend, version: ModelVersion, prefix: str, call: Call, own: dict[str, str]) -> None:
    for name in LATER:
        if f"{prefix}{name}" in version.tags:
            mlflow.delete_version_tag(version.name, version.version, f"{prefix}{name}")
    origin = {
        "requester": call.origin.actor,
        "proposal": call.origin.proposal,
        "thread": call.origin.thread,
        "at": call.now.isoformat(timespec="seconds"),
    }
    _write(mlflow, version, prefix, {**own, **origin})
    mlflow.set_version_tag(version.name, version.version, f"{prefix}key", call.key)


def _write(mlflow: MlflowBackend, version: ModelVersion, prefix: str, values: dict[str, str]) -> None:
    """Write tags in this order, as far as the version does not have them already: MLflow takes one at a time."""
    for name, value in values.items():
        if version.tags.get(f"{prefix}{name}") != value:
            mlflow.set_version_tag(version.name, version.version, f"{prefix}{name}", value)


def _read(version: ModelVersion, prefix: str) -> Record:
    names = Record.__dataclass_fields__
    return Record(**{name: version.tags.get(f"{prefix}{name}", "") for name in names})


def _of_move(alias: str) -> str:
    return f"{PREFIX}{alias}."


def _of_removal(alias: str) -> str:
    return f"{PREFIX}{alias}.removed."


def aliases_told_of(version: ModelVersion) -> tuple[str, ...]:
    """The aliases that a version's tags tell a move of, by name."""
    keys = (tag.removeprefix(PREFIX).removesuffix(".key") for tag in version.tags if tag.startswith(PREFIX))
    return tuple(sorted(key for key in keys if "." not in key))
