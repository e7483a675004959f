"""A registry with a model in it, and a process that dies at a chosen change."""

from dataclasses import dataclass
from typing import Any

from tests.unit.tools_prefect.conftest import Bench
from tools.mlflow.moving import AliasMoved
from tools.mlflow.promotion import promote_model
from tools.mlflow.results import DIGEST_TAG, ModelVersion
from tools.spec import Done, NotDone, Tool, ToolResult


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Death:
    """Kills whoever makes the change with this number, counted from 0.

    Attributes:
        bench: Where changes are made.
        at: The change.
        made: Whether the change is made before they die.
    """

    bench: Bench
    at: int
    made: bool

    def __post_init__(self) -> None:
        self._seen = 0
        setattr(self.bench.mlflow, "after_change" if self.made else "before_change", self._hear)

    def _hear(self, _: str) -> None:
        self._seen += 1
        if self._seen == self.at + 1:
            raise Killed


def trained(bench: Bench, source: str = "", **metrics: float) -> ModelVersion:
    """A new version of churn with its run."""
    digest = bench.sources.put(source.encode(), "churn.py") if source else ""
    depth = str(len(metrics) + len(source))
    run = bench.mlflow.add_run(
        "churn", metrics=metrics, params={"depth": depth, "seed": "7"}, tags={DIGEST_TAG: digest} if digest else {}
    )
    return bench.mlflow.add_version("churn", run_id=run.id)


def again(bench: Bench, tool: Tool, *, key: str, **arguments: Any) -> ToolResult | str:
    """What comes of a call that is taken up again after a crash: asked for first, made only when it was not made."""
    bench.mlflow.before_change = bench.mlflow.after_change = lambda _: None
    match bench.probe(tool, key=key, **arguments):
        case Done(result):
            return result
        case NotDone():
            return bench.use(tool, key=key, **arguments)
        case unknown:
            return unknown.look_at


def promoted(bench: Bench, version: int, *, key: str = "") -> AliasMoved:
    """What promoting a version of churn gives."""
    result = bench.use(promote_model, key=key, model="churn", version=version).data
    assert isinstance(result, AliasMoved)
    return result


def tags_of(bench: Bench, version: str, alias: str = "champion") -> dict[str, str]:
    """What is written on a version of churn about an alias, by the last part of the tags' names."""
    prefix = f"trainmaster.alias.{alias}."
    tags = bench.mlflow.model_version("churn", version).tags
    return {name.removeprefix(prefix): value for name, value in tags.items() if name.startswith(prefix)}
