"""A real MLflow server's registry of models behind the tools' nouns."""

from mlflow.entities.model_registry import ModelVersion as MlflowVersion
from mlflow.entities.model_registry import RegisteredModel as MlflowModel
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from typing_extensions import override

from tools.breaker import Breaker
from tools.deadline import LONG_SECONDS
from tools.errors import BadArguments
from tools.mlflow import nouns, signatures
from tools.mlflow.client import RegistryBackend
from tools.mlflow.connection import Connection
from tools.mlflow.paging import Page, everything
from tools.mlflow.results import (
    LoggedModel,
    ModelVersion,
    ModelVersionPage,
    RegisteredModel,
    RegisteredModelPage,
    RunSummary,
)

MOST_MODELS = 1_000  # that MLflow gives at once
MOST_VERSIONS = 200
MOST_LOGGED = 50
BY_NAME = ["name ASC"]
ALREADY_THERE = "RESOURCE_ALREADY_EXISTS"
NEWEST_FIRST = ["version_number DESC"]


class RegistryServer(RegistryBackend):
    """The part of the adapter that is about registered models."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection
        uri = connection.tracking_uri
        self._pages = uri if uri.startswith(("http://", "https://")) else ""

    @property
    def breaker(self) -> Breaker:
        """What leaves it alone while it does not answer."""
        return self._connection.breaker

    @override
    def models(self, *, limit: int = MOST_MODELS, after: str = "") -> RegisteredModelPage:
        most = min(limit, MOST_MODELS)
        found = self._connection.read(
            lambda client: client.search_registered_models(max_results=most, order_by=BY_NAME, page_token=after or None)
        )
        models = tuple(nouns.registered_model(each, pages=self._pages) for each in found)
        return RegisteredModelPage(models=models, more=bool(found.token), next=str(found.token or ""))

    @override
    def model(self, name: str) -> RegisteredModel:
        return nouns.registered_model(self._model(name), pages=self._pages)

    @override
    def model_versions(self, name: str, *, limit: int = 50) -> ModelVersionPage:
        by_version = nouns.aliases_by_version(self._model(name))
        where, most = f"name = '{_quoted(name)}'", min(limit, MOST_VERSIONS)
        found = self._connection.read(
            lambda client: client.search_model_versions(where, max_results=most, order_by=NEWEST_FIRST)
        )
        versions = tuple(
            nouns.version(each, aliases=by_version.get(str(each.version), ()), pages=self._pages) for each in found
        )
        return ModelVersionPage(versions=versions, more=bool(found.token))

    @override
    def model_version(self, name: str, version: str) -> ModelVersion:
        if not version.isdecimal():
            raise BadArguments(f"“{version}” is not a version of a model; versions are numbers.")
        try:
            found = self._connection.read(lambda client: client.get_model_version(name, version))
        except BadArguments as error:
            raise BadArguments(f"MLflow has no version {version} of a model {name}.") from error
        return nouns.version(found, aliases=tuple(sorted(found.aliases)), pages=self._pages)

    @override
    def version_by_alias(self, name: str, alias: str) -> ModelVersion | None:
        number = self.model(name).aliases.get(alias)
        return self.model_version(name, number) if number else None

    @override
    def versions_of_run(self, run_id: str) -> tuple[ModelVersion, ...]:
        if not run_id.isalnum():
            raise BadArguments(f"“{run_id}” is not the id of an MLflow run.")
        found = everything(self._connection, _versions(f"run_id = '{run_id}'"), most=MOST_VERSIONS)
        aliases = {name: nouns.aliases_by_version(self._model(name)) for name in sorted({each.name for each in found})}
        return tuple(
            nouns.version(each, aliases=aliases[each.name].get(str(each.version), ()), pages=self._pages)
            for each in sorted(found, key=lambda each: (each.name, int(each.version)))
        )

    @override
    def has_signature(self, version: ModelVersion) -> bool | None:
        return self._connection.read(lambda client: signatures.found(client, version), seconds=LONG_SECONDS)

    @override
    def logged_models(self, run: RunSummary) -> tuple[LoggedModel, ...]:
        if not run.id.isalnum():
            raise BadArguments(f"“{run.id}” is not the id of an MLflow run.")
        found = self._connection.read(
            lambda client: client.search_logged_models(
                [run.experiment_id], f"source_run_id = '{run.id}'", max_results=MOST_LOGGED
            )
        )
        models = [nouns.logged_model(each) for each in found]
        return tuple(sorted(models, key=lambda each: (each.created or nouns.BEGINNING, each.id), reverse=True))

    @override
    def create_model(self, name: str) -> None:
        self._connection.change(lambda client: _created(client, name))

    @override
    def create_version(self, name: str, logged: LoggedModel, tags: dict[str, str]) -> ModelVersion:
        made = self._connection.change(
            lambda client: client.create_model_version(
                name,
                source=f"{nouns.LOGGED_MODEL}{logged.id}",
                run_id=logged.run_id,
                tags=tags,
                model_id=logged.id,
                await_creation_for=0,
            )
        )
        return nouns.version(made, aliases=(), pages=self._pages)

    @override
    def delete_version(self, name: str, version: str) -> None:
        self._connection.change(lambda client: client.delete_model_version(name, version))

    @override
    def describe(self, name: str, version: str, text: str) -> None:
        if version:
            self._connection.change(lambda client: client.update_model_version(name, version, text))
        else:
            self._connection.change(lambda client: client.update_registered_model(name, text))

    @override
    def set_model_tag(self, name: str, tag: str, value: str) -> None:
        self._connection.change(lambda client: client.set_registered_model_tag(name, tag, value))

    @override
    def delete_model_tag(self, name: str, tag: str) -> None:
        self._connection.change(lambda client: client.delete_registered_model_tag(name, tag))

    @override
    def set_alias(self, name: str, alias: str, version: str) -> None:
        self._connection.change(lambda client: client.set_registered_model_alias(name, alias, version))

    @override
    def delete_alias(self, name: str, alias: str) -> None:
        self._connection.change(lambda client: client.delete_registered_model_alias(name, alias))

    @override
    def set_version_tag(self, name: str, version: str, tag: str, value: str) -> None:
        self._connection.change(lambda client: client.set_model_version_tag(name, version, tag, value))

    @override
    def delete_version_tag(self, name: str, version: str, tag: str) -> None:
        self._connection.change(lambda client: client.delete_model_version_tag(name, version, tag))

    def _model(self, name: str) -> MlflowModel:
        try:
            return self._connection.read(lambda client: client.get_registered_model(name))
        except BadArguments as error:
            raise BadArguments(f"MLflow has no registered model called {name}.") from error


def _created(client: MlflowClient, name: str) -> None:
    """Make a model, unless it is there."""
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != ALREADY_THERE:
            raise


def _quoted(name: str) -> str:
    """A name for MLflow's filter, which knows no escapes; a name with a quote in it fits nothing."""
    return name.replace("'", "")


def _versions(where: str) -> Page[MlflowVersion]:
    return lambda client, token: client.search_model_versions(where, max_results=MOST_VERSIONS, page_token=token)
