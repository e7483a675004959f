"""What a person should see before an alias is moved from one version of a model to another."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tools import names
from tools.errors import ToolError
from tools.mlflow import comparing, records
from tools.mlflow.client import MlflowBackend
from tools.mlflow.moving import spoken
from tools.mlflow.results import DIGEST_TAG, FLOW_RUN_TAG, ModelVersion, RegisteredModel, RunSummary
from tools.pipelines.diff import source_diff
from tools.prefect import wording
from tools.room import fitting
from tools.spec import Backends, Evidence, Fact, Measured

READY = "READY"
FINISHED = "FINISHED"
METRICS_SHOWN = 30
DIFFERENCES_SHOWN = 30
LONGEST_DIFF = 3_000


@dataclass(frozen=True, slots=True)
class Side:
    """A version with the run that made it.

    Attributes:
        version: The version; None when the alias points nowhere.
        run: Its run; None when there is none or it could not be read.
        unread: Why the run could not be read; empty when it was.
    """

    version: ModelVersion | None
    run: RunSummary | None = None
    unread: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the source that the run was made from; empty when unknown."""
        return self.run.tags.get(DIGEST_TAG, "") if self.run else ""


def side(mlflow: MlflowBackend, version: ModelVersion | None) -> Side:
    """A version with its run, as far as that can be read."""
    if version is None:
        return Side(None)
    if not version.run_id:
        return Side(version, unread=f"{spoken(version.version)} names no run, so its metrics are not known.")
    try:
        return Side(version, mlflow.run(version.run_id))
    except ToolError as error:
        return Side(version, unread=f"I could not read the run of {spoken(version.version)}: {error}")


def of_move(
    backends: Backends,
    model: RegisteredModel,
    *,
    alias: str,
    before: ModelVersion | None,
    after: ModelVersion,
    now: datetime,
) -> tuple[Evidence, Measured]:
    """What speaks for and against letting an alias point to a version, and all that both have measured.

    Args:
        backends: MLflow, and the sources of pipelines.
        model: The model.
        alias: The alias.
        before: The version it points to; None when it points nowhere.
        after: The version it is to point to.
        now: The time, for what is told as past.
    """
    old, new = side(backends.mlflow, before), side(backends.mlflow, after)
    metrics = comparing.metric_changes(old.run, new.run)
    differing = comparing.differences(old.run, new.run)
    signed, unsigned = _signature(backends.mlflow, after)
    diff, diff_note, undiffed = _code(backends, old, new)
    worse = tuple(sentence for change in metrics if before and (sentence := comparing.gets_worse(change)))
    left_out = _left_out(len(metrics) - METRICS_SHOWN, "metric") + _left_out(
        len(differing) - DIFFERENCES_SHOWN, "differing parameter"
    )
    shown = Evidence(
        facts=(*_facts(model, alias, old, new, now=now), *left_out),
        metrics=metrics[:METRICS_SHOWN],
        differences=differing[:DIFFERENCES_SHOWN],
        diff=diff,
        diff_note=diff_note,
        warnings=(*worse, *_warnings(model, alias, old, new, after=after), *signed),
        unread=tuple(filter(None, (old.unread, new.unread, unsigned, undiffed))),
    )
    return shown, measured(new, old if before else None)


def measured(new: Side, old: Side | None) -> Measured:
    """All that a version has measured, beside the one in whose place it comes; None when it comes in no one's."""
    after, before = (one.run.metrics if one and one.run else {} for one in (new, old))
    return Measured(after=after, before=before if old else None)


def _facts(model: RegisteredModel, alias: str, old: Side, new: Side, *, now: datetime) -> tuple[Fact, ...]:
    facts = [Fact(label="Model", value=model.name, url=model.url)]
    for label, one in (("From", old), ("To", new)):
        facts.append(_version(label, one, alias))
        if one.run:
            facts.append(Fact(label=f"Run of v{_number(one)}", value=_run(one.run, now=now), url=one.run.url))
        if data := comparing.data_of(one.run):
            facts.append(Fact(label=f"Data of v{_number(one)}", value=data))
        if one.digest and old.digest != new.digest:  # else a line under the tables says that it is the same
            facts.append(Fact(label=f"Source of v{_number(one)}", value=f"SHA-256 {one.digest[:12]}"))
    return tuple(facts)


def _version(label: str, one: Side, alias: str) -> Fact:
    if one.version is None:
        return Fact(label=label, value=f"no version: {alias} is new")
    held = [f"v{one.version.version}, registered {_at(one.version.created)}"]
    record = records.moved_to(one.version, alias)
    if alias in one.version.aliases and record.complete:
        held.append(f"made {alias} {_at(record.moment)}")
    others = [each for each in one.version.aliases if each != alias]
    if others:
        held.append(f"also {wording.listed(others)}")
    return Fact(label=label, value="; ".join(held), url=one.version.url)


def _at(moment: datetime | None) -> str:
    """A moment that is as true when the card is read as when it was posted."""
    return f"{moment.astimezone(UTC):%-d %b %Y %H:%M} UTC" if moment else "at an unknown time"


def _run(run: RunSummary, *, now: datetime) -> str:
    made_by = f", Prefect run {run.tags[FLOW_RUN_TAG][:8]}" if FLOW_RUN_TAG in run.tags else ""
    name, home = wording.shortened(run.name), wording.shortened(run.experiment)
    return f"{name} of {home}, {wording.ago(run.start, now=now)}{made_by}"


def _warnings(model: RegisteredModel, alias: str, old: Side, new: Side, *, after: ModelVersion) -> tuple[str, ...]:
    found = []
    if after.status != READY:
        found.append(f"v{after.version} is {after.status or 'in an unknown state'}, not {READY}.")
    if new.run and new.run.status != FINISHED:
        found.append(f"The run of v{after.version} is {new.run.status}, not {FINISHED}.")
    if new.run and not new.run.metrics:
        found.append(f"The run of v{after.version} has no metrics.")
    found += [f"{name} of v{after.version} is not a number." for name in comparing.not_a_number(new.run)[:5]]
    found += _gone(old, new)
    if old.version and int(old.version.version) > int(after.version):
        found.append(f"v{after.version} is older than v{old.version.version}, which has {alias} now.")
    near = [each for each in names.nearest(alias, list(model.aliases)) if each != alias]
    if alias not in model.aliases and near:
        found.append(f"{model.name} has no alias {alias} yet; there is {names.either(near)}.")
    return tuple(found)


def _gone(old: Side, new: Side) -> list[str]:
    """Metrics that the version in force has and the other one lacks: they cannot be compared."""
    if not old.run or not new.run or not new.run.metrics:
        return []
    gone = [name for name in comparing.in_order(old.run.metrics) if name not in new.run.metrics]
    return [f"v{_number(new)} has no {wording.listed(gone, 5)}, which v{_number(old)} has."] if gone else []


def _signature(mlflow: MlflowBackend, version: ModelVersion) -> tuple[tuple[str, ...], str]:
    """A warning for a version without signature, and why it could not be read."""
    try:
        signed = mlflow.has_signature(version)
    except ToolError as error:
        return (), f"I could not read whether v{version.version} has a signature: {error}"
    if signed is None:
        why = "its files are not kept where I can read them."
        return (), f"I could not read whether v{version.version} has a signature: {why}"
    return () if signed else (f"v{version.version} has no signature: what it takes is not checked.",), ""


def _code(backends: Backends, old: Side, new: Side) -> tuple[str, str, str]:
    """The difference of the sources, what it leaves out or why there is none, and what could not be read."""
    if old.version is None or old.run is None or new.run is None:
        return "", "" if old.version is None else "The code could not be compared.", ""
    unknown = [spoken(_number(one)) for one in (old, new) if not one.digest]
    if unknown:
        return "", f"There is no code to compare: {' and '.join(unknown)} did not come from a pipeline of mine.", ""
    if old.digest == new.digest:
        return "", f"Both were made by the same source (SHA-256 {new.digest[:12]}).", ""
    try:
        changed = source_diff(backends.sources.get(old.digest).source, backends.sources.get(new.digest).source)
    except ToolError as error:
        return "", "The code could not be compared.", f"I could not compare the sources: {error}"
    shown, cut = _cut(changed.text)
    left_out = changed.left_out + cut
    plural = "s" if left_out != 1 else ""
    return shown, f"{left_out} more line{plural} of the difference left out." if left_out else "", ""


def _cut(diff: str) -> tuple[str, int]:
    """As many whole lines as there is room for, and how many were cut."""
    lines = diff.splitlines()
    kept = fitting(lines, room=LONGEST_DIFF)
    return "\n".join(kept), len(lines) - len(kept)


def _left_out(count: int, noun: str) -> tuple[Fact, ...]:
    return (Fact(label="Left out", value=f"{count} more {noun}{'s' if count > 1 else ''}"),) if count > 0 else ()


def _number(one: Side) -> str:
    return one.version.version if one.version else ""
