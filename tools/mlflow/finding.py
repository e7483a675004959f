"""Which model, version and alias a person means; the answer says what was understood."""

import re
from dataclasses import dataclass

from tools import names
from tools.errors import BadArguments, Refused
from tools.mlflow.client import MlflowBackend
from tools.mlflow.results import ModelVersion, RegisteredModel
from tools.prefect import wording

LOOKED_AT = 1_000
OFFERED = 5
NUMBER = re.compile(r"(?:versions?\s*|v\.?\s*|#)?(\d{1,9})", re.IGNORECASE)
LATEST = re.compile(r"(?:the\s+)?(?:latest|newest|last|new)(?:\s+(?:one|version))?", re.IGNORECASE)
ALIAS = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
CHAMPION = "champion"  #: the alias of what is in production
WHICH_MODEL = "The registered model's name, or enough of it to know which is meant."
WHICH_VERSION = "A version's number such as `4`, `latest`, or an alias such as `challenger`."
#: These are read as versions.
RESERVED = re.compile(r"latest|v?\d+")


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model, and what was understood; empty when it was named exactly."""

    model: RegisteredModel
    note: str = ""


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """A version, and what was understood; empty when it was named by its number."""

    version: ModelVersion
    note: str = ""


@dataclass(frozen=True, slots=True)
class FoundAlias:
    """An alias as MLflow has it, or as it would be made, and what was understood.

    Attributes:
        alias: The alias.
        note: What was understood; empty when it was named exactly.
        new: Whether the model has no such alias yet.
    """

    alias: str
    note: str = ""
    new: bool = False


def find_model(mlflow: MlflowBackend, text: str) -> FoundModel:
    """The registered model that is meant by a name or a part of one; its aliases are read now.

    Raises:
        BadArguments: None is near, or several are; the message names the near ones.
    """
    if exactly := _exactly(mlflow, text):
        return FoundModel(exactly)
    page = mlflow.models(limit=LOOKED_AT)
    known = {model.name: model for model in page.models}
    try:
        found = names.match(text, list(known), noun="model")
    except BadArguments as error:
        more = f" I looked at the first {LOOKED_AT:,} models by name." if page.more else ""
        raise BadArguments(f"{error}{more}") from error
    note = "" if found.exact else f"I took “{names.shown(text)}” for the model **{found.name}**."
    return FoundModel(known[found.name], note)


def _exactly(mlflow: MlflowBackend, text: str) -> RegisteredModel | None:
    """The model of that very name, asked for alone: a list of all of them takes the longer the more there are."""
    try:
        return mlflow.model(text)
    except (BadArguments, Refused):  # who may not read it is told of it as of one that is not there
        return None


def find_version(mlflow: MlflowBackend, model: RegisteredModel, text: str) -> FoundVersion:
    """The version of a model that is meant by a number, `latest` or an alias.

    Raises:
        BadArguments: There is no such version; the message names those there are.
    """
    text = text.strip().strip("`*")
    if number := NUMBER.fullmatch(text):  # before any alias: MLflow lets an alias be called `4`
        return FoundVersion(_numbered(mlflow, model, str(int(number[1]))))
    if LATEST.fullmatch(text):
        found = mlflow.model_version(model.name, _newest(model))
        return FoundVersion(found, f"The latest version of {model.name} is v{found.version}.")
    if not model.aliases:
        raise BadArguments(
            f"{model.name} has no alias “{names.shown(text)}”, nor any other. {_versions(mlflow, model)}"
        )
    alias = names.match(text, list(model.aliases), noun=f"alias of {model.name}").name
    found = mlflow.model_version(model.name, model.aliases[alias])
    return FoundVersion(found, f"{alias} of {model.name} is v{found.version} now.")


def _numbered(mlflow: MlflowBackend, model: RegisteredModel, number: str) -> ModelVersion:
    try:
        return mlflow.model_version(model.name, number)
    except BadArguments as error:
        raise BadArguments(f"{model.name} has no version {number}. {_versions(mlflow, model)}") from error


def _newest(model: RegisteredModel) -> str:
    if not model.latest:
        raise BadArguments(f"{model.name} has no versions yet.")
    return model.latest


def _versions(mlflow: MlflowBackend, model: RegisteredModel) -> str:
    page = mlflow.model_versions(model.name, limit=OFFERED)
    numbers = [f"v{version.version}" for version in page.versions]
    if not numbers:
        return "It has no versions yet."
    return f"Its newest are {wording.listed(numbers)}." if page.more else f"It has {wording.listed(numbers)}."


def alias_to_set(model: RegisteredModel, text: str) -> FoundAlias:
    """The alias that is to be set: one that the model has, however it is written, or a new one in lower case.

    A near one is never taken for it: whoever moves an alias must have named that alias.

    Raises:
        BadArguments: It cannot be an alias.
    """
    wanted = text.strip().strip("`*")
    if wanted in model.aliases:
        return FoundAlias(wanted)
    same = [alias for alias in model.aliases if names.plain(alias) == names.plain(wanted)]
    if len(same) == 1:
        return FoundAlias(same[0], f"I took “{names.shown(text)}” for the alias **{same[0]}**.")
    wanted = wanted.lower()
    if not ALIAS.fullmatch(wanted) or RESERVED.fullmatch(wanted):
        raise BadArguments(
            f"“{names.shown(text)}” cannot be an alias: it takes letters, digits, `-` and `_`, and neither `latest` "
            "nor a version such as `v4` or `4`. The usual one is `champion`."
        )
    return FoundAlias(wanted, new=True)


def alias_there_is(model: RegisteredModel, text: str) -> FoundAlias:
    """The alias of the model that is meant.

    Raises:
        BadArguments: None is near, or several are; the message names the near ones.
    """
    wanted = text.strip().strip("`*")
    if wanted in model.aliases:
        return FoundAlias(wanted)
    if not model.aliases:
        raise BadArguments(f"{model.name} has no aliases, so no {names.shown(wanted)} either; nothing was changed.")
    found = names.match(wanted, list(model.aliases), noun=f"alias of {model.name}")
    note = "" if found.exact else f"I took “{names.shown(text)}” for the alias **{found.name}**."
    return FoundAlias(found.name, note)
