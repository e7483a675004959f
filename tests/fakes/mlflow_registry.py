"""MLflow's registry in memory."""

from collections.abc import Callable
from datetime import datetime

from tools.errors import BadArguments, ToolError
from tools.mlflow.results import (
    LoggedModel,
    ModelVersion,
    ModelVersionPage,
    RegisteredModel,
    RegisteredModelPage,
    RunSummary,
)

URL = "http://mlflow.invalid"


def nothing(_: str) -> None:
    """Let it happen."""


class FakeRegistry:
    """The part of `MlflowBackend` that is about registered models.

    Attributes:
        broken: When set, every call raises it.
        unreadable: When set, every look at a version's files raises it.
        before_change: Hears of each change before it is made, such as `set alias champion` or `set tag a.b`; may raise.
        after_change: The same, when it has been made and nobody has been told.
        changes: Every change that was made, in order.
    """

    def __init__(self) -> None:
        self.broken: Exception | None = None
        self.unreadable: ToolError | None = None
        self.before_change: Callable[[str], None] = nothing
        self.after_change: Callable[[str], None] = nothing
        self.changes: list[str] = []
        self._versions: list[ModelVersion] = []
        self._descriptions: dict[str, str] = {}
        self._signatures: dict[tuple[str, str], bool | None] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._numbers: dict[str, int] = {}
        self._logged: list[LoggedModel] = []

    # ---- what a test puts in -------------------------------------------------------------------------------------

    def add_version(
        self,
        name: str,
        *,
        run_id: str = "",
        aliases: tuple[str, ...] = (),
        status: str = "READY",
        signature: bool | None = True,
        description: str = "",
    ) -> ModelVersion:
        """Register a version of a model; it takes its aliases from older versions."""
        number = self._next(name)
        made = ModelVersion(
            name=name,
            version=number,
            run_id=run_id,
            status=status,
            created=self._now(),
            source=f"runs:/{run_id}/model",
            url=f"{URL}/#/models/{name}/versions/{number}",
        )
        self._versions.append(made)
        self._signatures[name, number] = signature
        self._descriptions.setdefault(name, description)
        for alias in aliases:
            self.move_by_hand(name, alias, number)
        return self.model_version(name, number)

    def add_logged_model(self, run: RunSummary, name: str = "model") -> LoggedModel:
        """Log a model in a run, as pipelines do; nothing is registered."""
        number = f"m-{len(self._logged) + 1:032x}"
        self._logged.append(LoggedModel(id=number, name=name, run_id=run.id, created=self._now()))
        return self._logged[-1]

    def move_by_hand(self, name: str, alias: str, version: str) -> None:
        """Let an alias point to a version, as somebody does in MLflow itself; an empty version takes it away."""
        self._versions = [
            v.model_copy(update={"aliases": _aliases(v, alias, held=v.version == version)}) if v.name == name else v
            for v in self._versions
        ]

    def remove_version(self, name: str, version: str) -> None:
        """Delete a version, and its aliases with it."""
        self._versions = [v for v in self._versions if (v.name, v.version) != (name, version)]

    # ---- MlflowBackend -------------------------------------------------------------------------------------------

    def models(self, *, limit: int = 1000, after: str = "") -> RegisteredModelPage:
        self._answer()
        names = [name for name in sorted(self._descriptions) if name > after]
        shown, more = names[:limit], len(names) > limit
        found = tuple(self.model(name) for name in shown)
        return RegisteredModelPage(models=found, more=more, next=shown[-1] if more else "")

    def model(self, name: str) -> RegisteredModel:
        self._answer()
        own = self._of(name)
        newest = own[0] if own else None
        aliases = {alias: v.version for v in own for alias in v.aliases}
        return RegisteredModel(
            name=name,
            description=self._descriptions.get(name, ""),
            aliases=dict(sorted(aliases.items())),
            latest=newest.version if newest else "",
            tags=dict(sorted(self._tags.get(name, {}).items())),
            created=own[-1].created if own else None,
            updated=newest.created if newest else None,
            url=f"{URL}/#/models/{name}",
        )

    def model_versions(self, name: str, *, limit: int = 50) -> ModelVersionPage:
        self._answer()
        own = self._of(name)
        return ModelVersionPage(versions=tuple(own[:limit]), more=len(own) > limit)

    def model_version(self, name: str, version: str) -> ModelVersion:
        self._answer()
        if not version.isdecimal():
            raise BadArguments(f"“{version}” is not a version of a model; versions are numbers.")
        found = next((v for v in self._versions if (v.name, v.version) == (name, version)), None)
        if found is None:
            raise BadArguments(f"MLflow has no version {version} of a model {name}.")
        return found

    def version_by_alias(self, name: str, alias: str) -> ModelVersion | None:
        number = self.model(name).aliases.get(alias)
        return self.model_version(name, number) if number else None

    def versions_of_run(self, run_id: str) -> tuple[ModelVersion, ...]:
        self._answer()
        return tuple(version for version in self._versions if version.run_id == run_id)

    def has_signature(self, version: ModelVersion) -> bool | None:
        self._answer()
        if self.unreadable is not None:
            raise self.unreadable
        return self._signatures[version.name, version.version]

    def logged_models(self, run: RunSummary) -> tuple[LoggedModel, ...]:
        self._answer()
        return tuple(reversed([each for each in self._logged if each.run_id == run.id]))

    def create_model(self, name: str) -> None:
        self._change(f"create model {name}", lambda: self._descriptions.setdefault(name, ""))

    def create_version(self, name: str, logged: LoggedModel, tags: dict[str, str]) -> ModelVersion:
        self._of(name)
        number = str(self._numbers.get(name, 0) + 1)
        made = ModelVersion(
            name=name,
            version=number,
            run_id=logged.run_id,
            status="READY",
            created=self._now(),
            tags=dict(sorted(tags.items())),
            source=f"models:/{logged.id}",
            model_id=logged.id,
            url=f"{URL}/#/models/{name}/versions/{number}",
        )
        self._signatures[name, number] = True

        def make() -> None:
            self._next(name)
            self._versions.append(made)

        self._change(f"create version {number}", make)
        return made

    def delete_version(self, name: str, version: str) -> None:
        self.model_version(name, version)
        self._change(f"delete version {version}", lambda: self.remove_version(name, version))

    def describe(self, name: str, version: str, text: str) -> None:
        self.model_version(name, version) if version else self.model(name)
        self._change(f"describe {version or name}", lambda: self._redescribe(name, version, text))

    def set_model_tag(self, name: str, tag: str, value: str) -> None:
        self.model(name)
        self._change(f"set tag {tag}", lambda: self._tags.setdefault(name, {}).update({tag: value}))

    def delete_model_tag(self, name: str, tag: str) -> None:
        self.model(name)
        self._change(f"delete tag {tag}", lambda: self._tags.get(name, {}).pop(tag, None))

    def set_alias(self, name: str, alias: str, version: str) -> None:
        self.model_version(name, version)
        if alias.lower() == "latest":
            raise BadArguments("MLflow refused this: 'latest' alias name (case insensitive) is reserved.")
        self._change(f"set alias {alias}", lambda: self.move_by_hand(name, alias, version))

    def delete_alias(self, name: str, alias: str) -> None:
        self.model(name)
        self._change(f"delete alias {alias}", lambda: self.move_by_hand(name, alias, ""))

    def set_version_tag(self, name: str, version: str, tag: str, value: str) -> None:
        self._change(f"set tag {tag}", lambda: self._retag(name, version, tag, value))

    def delete_version_tag(self, name: str, version: str, tag: str) -> None:
        self._change(f"delete tag {tag}", lambda: self._retag(name, version, tag, None))

    # ---- inside --------------------------------------------------------------------------------------------------

    def _of(self, name: str) -> list[ModelVersion]:
        own = sorted((v for v in self._versions if v.name == name), key=lambda v: -int(v.version))
        if name not in self._descriptions:
            raise BadArguments(f"MLflow has no registered model called {name}.")
        return own

    def _retag(self, name: str, version: str, tag: str, value: str | None) -> None:
        found = self.model_version(name, version)
        others = {key: held for key, held in found.tags.items() if key != tag}
        tags = others if value is None else {**others, tag: value}
        self._versions[self._versions.index(found)] = found.model_copy(update={"tags": dict(sorted(tags.items()))})

    def _redescribe(self, name: str, version: str, text: str) -> None:
        if not version:
            self._descriptions[name] = text
            return
        found = self.model_version(name, version)
        self._versions[self._versions.index(found)] = found.model_copy(update={"description": text})

    def _next(self, name: str) -> str:
        """The number of the next version; that of a deleted one is not given again."""
        self._numbers[name] = self._numbers.get(name, 0) + 1
        return str(self._numbers[name])

    def _change(self, what: str, make: Callable[[], object]) -> None:
        self._answer()
        self.before_change(what)
        make()
        self.changes.append(what)
        self.after_change(what)

    def _answer(self) -> None:
        if self.broken is not None:
            raise self.broken

    def _now(self) -> datetime:
        raise NotImplementedError


def _aliases(version: ModelVersion, alias: str, *, held: bool) -> tuple[str, ...]:
    """Its aliases, with one of them held or not."""
    others = {each for each in version.aliases if each != alias}
    return tuple(sorted(others | {alias} if held else others))
