"""The tool that tells what differs between two versions of a model, and which one is better."""

from datetime import datetime

from pydantic import ConfigDict, Field

from tools.mlflow import comparing, evidence, finding
from tools.mlflow.evidence import Side
from tools.mlflow.results import ModelVersion
from tools.prefect import wording
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Difference,
    Effect,
    MetricChange,
    Result,
    ToolResult,
    tool,
)

METRICS_SHOWN = 25
DIFFERENCES_SHOWN = 20
LONGEST = 60  # characters of a value


class CompareVersions(Arguments):
    """Which two versions."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    a: str = Field(
        default=finding.CHAMPION, max_length=100, description=f"What to compare with. {finding.WHICH_VERSION}"
    )
    b: str = Field(default="latest", max_length=100, description=f"What is compared. {finding.WHICH_VERSION}")


class VersionComparison(Result):
    """Two versions of a model side by side.

    Attributes:
        model: The model's name.
        before: The version that is compared with.
        after: The version that is compared.
        metrics: Their metrics, the one that decides first.
        differences: Parameters that differ.
        decided_by: The metric that says which is better; empty when none does.
        better: The better version by it; empty when they are alike or nothing decides.
        warnings: What cannot be compared.
        unread: What could not be read, and why.
        note: What was understood.
    """

    model: str
    before: ModelVersion
    after: ModelVersion
    metrics: tuple[MetricChange, ...] = ()
    differences: tuple[Difference, ...] = ()
    decided_by: str = ""
    better: str = ""
    warnings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    note: str = ""

    @property
    def promotable(self) -> ModelVersion | None:
        """The better version, where the other one is the champion."""
        sides = (self.before, self.after)
        champion = next((each for each in sides if finding.CHAMPION in each.aliases), None)
        better = next((each for each in sides if each.version == self.better), None)
        return better if champion and better and champion.version != better.version else None


@tool(
    permission="mlflow:model:read",
    effect=Effect.READ,
    timeout=30,
    arguments=CompareVersions,
    result=VersionComparison,
    command=Command("compare", "MODEL [A] [B]", "Compare two versions: the champion with the latest unless told else."),
)
def compare_versions(args: CompareVersions, backends: Backends, call: Call) -> ToolResult:
    """Compare two versions of a model by the metrics and parameters of the runs that made them; says which is better.

    Compares the champion with the latest version unless told otherwise. Which one is better is decided by the first
    metric whose name says which way is better, and the answer names that metric. For runs use compare_runs.
    """
    found = finding.find_model(backends.mlflow, args.model)
    one = finding.find_version(backends.mlflow, found.model, args.a)
    other = finding.find_version(backends.mlflow, found.model, args.b)
    old, new = (evidence.side(backends.mlflow, each.version) for each in (one, other))
    compared = _compared(found.model.name, one.version, other.version, old, new)
    note = wording.joined(found.note, " ".join(dict.fromkeys(filter(None, (one.note, other.note)))))
    compared = compared.model_copy(update={"note": note})
    return ToolResult(_told(compared, now=call.now), compared)


def _compared(model: str, before: ModelVersion, after: ModelVersion, old: Side, new: Side) -> VersionComparison:
    metrics = comparing.metric_changes(old.run, new.run)
    decides = comparing.decided(metrics)
    return VersionComparison(
        model=model,
        before=before,
        after=after,
        metrics=metrics,
        differences=comparing.differences(old.run, new.run),
        decided_by=decides.name if decides else "",
        better={1: after.version, -1: before.version}.get(comparing.verdict(decides), "") if decides else "",
        warnings=tuple(_not_numbers(old) + _not_numbers(new)),
        unread=tuple(dict.fromkeys(filter(None, (old.unread, new.unread)))),
    )


def _not_numbers(one: Side) -> list[str]:
    name = f"v{one.version.version}" if one.version else ""
    return [f"{metric} of {name} is not a number." for metric in comparing.not_a_number(one.run)]


def _told(compared: VersionComparison, *, now: datetime) -> str:
    before, after = compared.before, compared.after
    if before.version == after.version:
        return wording.joined(
            compared.note, f"Both are {_name(after)} of {compared.model}: there is nothing to compare."
        )
    heading = (
        f"{compared.model}: {_name(after)}, registered {wording.ago(after.created, now=now)}, against {_name(before)}, "
        f"registered {wording.ago(before.created, now=now)}."
    )
    problems = [f"- {each}" for each in (*compared.warnings[:10], *compared.unread)]
    return wording.joined(
        compared.note,
        heading,
        verdict_in_words(compared),
        _metrics(compared),
        _differences(compared),
        "\n".join(problems),
    )


def verdict_in_words(compared: VersionComparison) -> str:
    """Which version is better, by which metric; or that nothing decides."""
    if not compared.decided_by:
        return "Which one is better I cannot tell: no metric that both have says by its name which way is better."
    if not compared.better:
        return f"By {compared.decided_by} they are alike."
    return f"By {compared.decided_by} **v{compared.better}** is the better one."


def _name(version: ModelVersion) -> str:
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    return f"[v{version.version}]({version.url}){aliases}" if version.url else f"v{version.version}{aliases}"


def _metrics(compared: VersionComparison) -> str:
    if not compared.metrics:
        return "Neither has metrics." if not compared.unread else ""
    lines = [f"- {comparing.change_in_words(each)}" for each in compared.metrics[:METRICS_SHOWN]]
    left_out = len(compared.metrics) - METRICS_SHOWN
    heading = f"Metrics, v{compared.before.version} → v{compared.after.version}:"
    return "\n".join([heading, *lines, *([f"- and {left_out} more"] if left_out > 0 else [])])


def _differences(compared: VersionComparison) -> str:
    if not compared.differences:
        return "" if compared.unread else "Their parameters are the same."
    shown = compared.differences[:DIFFERENCES_SHOWN]
    lines = [f"- `{each.name}`: {_value(each.before)} → {_value(each.after)}" for each in shown]
    left_out = len(compared.differences) - DIFFERENCES_SHOWN
    return "\n".join(["Parameters that differ:", *lines, *([f"- and {left_out} more"] if left_out > 0 else [])])


def _value(text: str) -> str:
    return wording.shortened(text, LONGEST) or "none"
