"""The tool that lists experiments, and which one a name means."""

from dataclasses import dataclass

from pydantic import ConfigDict, Field

from tools import names
from tools.mlflow.client import MlflowBackend
from tools.mlflow.results import Experiment, ExperimentPage
from tools.prefect import wording
from tools.spec import Arguments, Backends, Call, Command, Effect, ToolResult, tool

LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class FoundExperiment:
    """An experiment, and what was understood; empty when it was named exactly."""

    experiment: Experiment
    note: str = ""


def find_experiment(mlflow: MlflowBackend, text: str) -> FoundExperiment:
    """The experiment that is meant by a name, a part of one, or an id.

    Raises:
        BadArguments: None is near, or several are; the message names the near ones.
    """
    known = mlflow.experiments(limit=LOOKED_AT).experiments
    by_name = {each.name: each for each in known}
    by_id = {each.id: each for each in known}
    if text in by_id and text not in by_name:
        return FoundExperiment(by_id[text])
    found = names.match(text, list(by_name), noun="experiment")
    note = "" if found.exact else f"I took “{text}” for the experiment **{found.name}**."
    return FoundExperiment(by_name[found.name], note)


class ListExperiments(Arguments):
    """Which experiments to list."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    search: str = Field(default="", max_length=100, description="Only experiments whose name holds this.")
    limit: int = Field(default=20, ge=1, le=50, description="At most this many, the one changed last first.")


@tool(
    permission="mlflow:experiment:read",
    effect=Effect.READ,
    timeout=25,
    arguments=ListExperiments,
    result=ExperimentPage,
    command=Command("experiments", "[SEARCH]", "List the MLflow experiments."),
)
def list_experiments(args: ListExperiments, backends: Backends, call: Call) -> ToolResult:
    """List MLflow's experiments, the one changed last first. Says when there are more."""
    known = backends.mlflow.experiments(limit=LOOKED_AT)
    wanted = args.search.strip().lower()
    found = [each for each in known.experiments if wanted in each.name.lower()]
    shown = tuple(found[: args.limit])
    page = ExperimentPage(experiments=shown, more=known.more or len(found) > len(shown))
    if not found:
        text = f"No experiment has “{args.search}” in its name." if wanted else "MLflow has no experiments yet."
        return ToolResult(text, page)
    total = f"more than {len(found)}" if known.more else str(len(found))
    plural = "s" if len(found) != 1 or known.more else ""
    heading = f"{total} experiment{plural}{f', showing {len(shown)}' if page.more else ''}:"
    lines = [f"- **[{each.name}]({each.url})**, changed {wording.ago(each.updated, now=call.now)}" for each in shown]
    return ToolResult(wording.joined(heading, "\n".join(lines)), page)
