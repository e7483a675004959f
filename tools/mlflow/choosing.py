"""Which MLflow runs are meant: those that are named, or the last ones of a thread, a pipeline or an experiment."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from tools import names
from tools.errors import BadArguments
from tools.mlflow.client import MlflowBackend, RunSearch
from tools.mlflow.experiments import find_experiment
from tools.mlflow.metrics import find_tracked
from tools.mlflow.results import PIPELINE_TAG, THREAD_TAG, RunSummary
from tools.prefect import wording
from tools.prefect.resolving import find_pipeline
from tools.spec import Arguments, Backends, Call

MOST = 10


def separated(value: Any) -> Any:
    """A text of several names as these names: separated by commas, or else by spaces."""
    if not isinstance(value, str):
        return value
    parts = value.split(",") if "," in value else value.split()
    return tuple(part.strip() for part in parts if part.strip())


Names = Annotated[tuple[str, ...], BeforeValidator(separated)]  #: a command gives all of them as one text


class ChooseRuns(Arguments):
    """Which runs."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    runs: Names = Field(
        default=(),
        max_length=MOST,
        description="Up to 10 runs: MLflow ids or names, or Prefect runs. Left out, the last ones are taken.",
    )
    pipeline: str = Field(default="", max_length=200, description="The last runs of this registered pipeline.")
    experiment: str = Field(default="", max_length=200, description="The last runs of this experiment.")
    last: int = Field(default=2, ge=1, le=MOST, description="How many of the last runs, when none is named.")


def chosen(args: ChooseRuns, backends: Backends, call: Call, *, fewest: int) -> tuple[tuple[RunSummary, ...], str]:
    """The runs that are meant, oldest first, and what was understood.

    Raises:
        BadArguments: There are fewer than `fewest`, or one of them cannot be found.
    """
    runs, note = _named(args, backends, call, fewest) if args.runs else _last(args, backends, call, fewest)
    return tuple(sorted(runs, key=lambda run: (run.start is None, run.start))), note


def metrics_meant(text: str, known: Sequence[str], *, several: bool = False) -> list[str]:
    """The metrics that a text names: one, or all that have it in their names where several are wanted.

    Raises:
        BadArguments: None is near it, or it is not clear which one.
    """
    if text in known:
        return [text]
    holding = [name for name in known if names.plain(text) in names.plain(name)]
    if holding and (several or len(holding) == 1):
        return holding
    return [names.match(text, known, noun="metric").name]


def _named(args: ChooseRuns, backends: Backends, call: Call, fewest: int) -> tuple[tuple[RunSummary, ...], str]:
    found = [find_tracked(text, backends, call) for text in args.runs]
    runs = tuple({each.run.id: each.run for each in found}.values())
    if len(runs) < fewest:
        raise BadArguments(f"Name at least two different runs to compare; {', '.join(args.runs)} is one run.")
    return runs, wording.joined(*(each.note for each in found))


def _last(args: ChooseRuns, backends: Backends, call: Call, fewest: int) -> tuple[tuple[RunSummary, ...], str]:
    home = find_experiment(backends.mlflow, args.experiment) if args.experiment else None
    made_by = find_pipeline(backends.prefect, args.pipeline) if args.pipeline else None
    note = wording.joined(home.note if home else "", made_by.note if made_by else "")
    homes = (home.experiment.id,) if home else ()
    if made_by:
        found = _tagged(backends.mlflow, homes, PIPELINE_TAG, made_by.pipeline.name, args.last)
        return _enough(found, args.last, fewest, f" of {made_by.pipeline.name}"), note
    if home:
        found = backends.mlflow.runs(RunSearch(experiment_ids=homes, limit=args.last)).runs
        return _enough(found, args.last, fewest, f" of {home.experiment.name}"), note
    here = _tagged(backends.mlflow, (), THREAD_TAG, call.origin.thread, args.last) if call.origin.thread else ()
    if len(here) == args.last:
        return here, f"{_these(len(here))} of this thread."
    found = backends.mlflow.runs(RunSearch(limit=args.last)).runs
    return _enough(found, args.last, fewest, ""), f"{_these(len(found))} of all."


def _these(count: int) -> str:
    return f"These are the last {count} runs" if count > 1 else "This is the last run"


def _tagged(mlflow: MlflowBackend, homes: tuple[str, ...], tag: str, value: str, limit: int) -> tuple[RunSummary, ...]:
    where = f"tags.`{tag}` = '{value.replace(chr(39), '')}'"
    return mlflow.runs(RunSearch(experiment_ids=homes, where=where, limit=limit)).runs


def _enough(found: tuple[RunSummary, ...], wanted: int, fewest: int, of: str) -> tuple[RunSummary, ...]:
    if len(found) < fewest:
        there = "no MLflow run" if not found else "only one MLflow run"
        what = f"nothing to compare; {wanted} were asked for" if fewest > 1 else "nothing to draw"
        raise BadArguments(f"There is {there}{of} yet, so there is {what}.")
    return found
