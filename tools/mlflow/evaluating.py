"""The tool that holds a version of a model against the thresholds of the policy."""

from pydantic import ConfigDict, Field

from tools.desk.client import Held
from tools.mlflow import evidence, finding
from tools.mlflow.results import ModelVersion, RegisteredModel
from tools.prefect import wording
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

SHOWN = 20  # sentences of each kind
LONGEST = 300  # characters of one: the policy's own words


class EvaluateVersion(Arguments):
    """Which version to hold against the thresholds."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    version: str = Field(default="latest", min_length=1, max_length=100, description=finding.WHICH_VERSION)


class Evaluation(Result):
    """A version held against the thresholds of the policy.

    Attributes:
        version: The version.
        champion: The number of the champion that it was compared with; empty when it was compared with none.
        held: What it fails, and what it meets.
        unread: Why metrics are not known, a sentence each.
        note: What was understood.
    """

    version: ModelVersion
    champion: str = ""
    held: Held
    unread: tuple[str, ...] = ()
    note: str = ""


@tool(
    permission="mlflow:model:read",
    effect=Effect.READ,
    timeout=30,
    arguments=EvaluateVersion,
    result=Evaluation,
    command=Command("evaluate", "MODEL [VERSION]", "Hold a version against the policy's thresholds."),
)
def evaluate_version(args: EvaluateVersion, backends: Backends, _: Call) -> ToolResult:
    """Say whether a version of a registered model meets the policy's thresholds, and which of them it fails.

    The latest version unless told otherwise, compared with the champion where a threshold asks for that. Changes
    nothing and asks nobody; the card of a promotion shows the same. For all metrics side by side use compare_versions.
    """
    found = finding.find_model(backends.mlflow, args.model)
    meant = finding.find_version(backends.mlflow, found.model, args.version)
    new = evidence.side(backends.mlflow, meant.version)
    champion = _champion(backends, found.model, meant.version)
    old = evidence.side(backends.mlflow, champion)
    evaluation = Evaluation(
        version=meant.version,
        champion=champion.version if champion else "",
        held=backends.desk.gates(meant.version.name, evidence.measured(new, old if champion else None)),
        unread=tuple(filter(None, (new.unread, old.unread))),
        note=wording.joined(found.note, meant.note),
    )
    return ToolResult(_told(evaluation), evaluation)


def _champion(backends: Backends, model: RegisteredModel, version: ModelVersion) -> ModelVersion | None:
    """The version that this one would follow; None where there is none, or it is that one itself."""
    number = model.aliases.get(finding.CHAMPION, "")
    return backends.mlflow.model_version(model.name, number) if number not in {"", version.version} else None


def _told(evaluation: Evaluation) -> str:
    version, held = evaluation.version, evaluation.held
    name = f"{version.name} v{version.version}"
    named = f"**{f'[{name}]({version.url})' if version.url else name}**"
    if not held.failing and not held.holding:
        return wording.joined(
            evaluation.note,
            f"The policy has no thresholds for {version.name} ([[gates]]): there is nothing to hold {named} against.",
        )
    verdict = "does not meet" if held.failing else "meets"
    beside = f"compared with the champion v{evaluation.champion}" if evaluation.champion else "compared with no other"
    return wording.joined(
        evaluation.note,
        f"{named} {verdict} the policy's thresholds, {beside}.",
        "\n".join([*_lines("❌", held.failing), *_lines("✅", held.holding)]),
        " ".join(evaluation.unread),
    )


def _lines(mark: str, sentences: tuple[str, ...]) -> list[str]:
    left_out = len(sentences) - SHOWN
    more = [f"- {mark} {left_out} more, not shown"] if left_out > 0 else []
    return [*(f"- {mark} {each[:LONGEST]}" for each in sentences[:SHOWN]), *more]
