"""Which pipeline or run a person means; the answer says what was understood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tools import names
from tools.errors import BadArguments
from tools.pipelines.pool_probe import PROBE_FLOW
from tools.prefect.client import DEPLOYMENT, PrefectBackend, RunQuery
from tools.prefect.results import FlowRun, FlowRunPage, Pipeline

#: How far back a run is looked for by a part of its id or name.
LOOKED_AT = 200
MOST_RUNS = 200  #: that Prefect tells of at once
LAST = re.compile(
    r"(the\s+)?(last|latest|newest|most recent|previous)(\s+(run|one))?(\s+(of|for))?\b\s*", re.IGNORECASE
)
PART_OF_ID = re.compile(r"[0-9a-f]{4,}(-[0-9a-f-]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """From where `last` is looked at.

    Attributes:
        now: Runs that are only planned for later are not meant.
        thread: Runs that this thread asked for go before all others; empty when there is no thread.
    """

    now: datetime | None = None
    thread: str = ""


@dataclass(frozen=True, slots=True)
class FoundPipeline:
    """A pipeline, and what was understood; empty when it was named exactly."""

    pipeline: Pipeline
    note: str = ""


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run.

    Attributes:
        run: The run.
        note: What was understood; empty when it was named exactly.
        pipeline_id: The pipeline that was named, whose last run it is; empty when the run was.
    """

    run: FlowRun
    note: str = ""
    pipeline_id: str = ""


def people_pipelines(prefect: PrefectBackend) -> tuple[Pipeline, ...]:
    """The pipelines that are people's business; our own probe of the pool is not."""
    return tuple(pipeline for pipeline in prefect.pipelines() if pipeline.name != PROBE_FLOW)


def peoples_runs(prefect: PrefectBackend, query: RunQuery) -> FlowRunPage:
    """The runs that are people's business, as many as are asked for, and how many more there are."""
    ours = prefect.runs(replace(query, tags=(*query.tags, PROBE_FLOW), limit=1))
    probes = len(ours.runs) + ours.left_out
    page = prefect.runs(replace(query, limit=min(MOST_RUNS, query.limit + probes)))
    found = _without_probes(page.runs)
    left_out = len(page.runs) + page.left_out - probes - min(query.limit, len(found))
    return FlowRunPage(runs=found[: query.limit], left_out=max(0, left_out))


def label(pipeline: Pipeline, among: Sequence[Pipeline]) -> str:
    """What people call it: the flow's name, and the deployment's too where the flow has several."""
    same = [other for other in among if other.name == pipeline.name]
    alone = len(same) == 1 or pipeline.deployment == DEPLOYMENT
    return pipeline.name if alone else pipeline.exact


def find_pipeline(prefect: PrefectBackend, text: str) -> FoundPipeline:
    """The pipeline that is meant by a name, a part of one, or an id.

    Raises:
        BadArguments: None is near, or several are; the message names the near ones.
    """
    known = people_pipelines(prefect)
    by_label = {label(pipeline, known): pipeline for pipeline in known}
    by_full_name = {pipeline.exact: pipeline for pipeline in known}
    by_id = {pipeline.id: pipeline for pipeline in known}
    if text in by_full_name or text in by_id:
        return FoundPipeline(by_full_name.get(text) or by_id[text])
    found = names.match(text, list(by_label), noun="pipeline")
    note = "" if found.exact else f"I took “{text}” for the pipeline **{found.name}**."
    return FoundPipeline(by_label[found.name], note)


def find_run(prefect: PrefectBackend, text: str, place: Place) -> FoundRun:
    """The run that is meant by an id, its beginning, a name, `last`, `last PIPELINE`, or a pipeline's name.

    Raises:
        BadArguments: There is no such run, or several could be meant; the message names them.
    """
    text = text.strip().strip("`*")
    last = LAST.match(text)
    if not text or (last and last.end() == len(text)):
        return _last(prefect, place)
    if last:
        return _last_of(prefect, re.sub(r"\s+run$", "", text[last.end() :], flags=re.IGNORECASE), place)
    if _is_id(text):
        return FoundRun(prefect.run(text))
    return _by_part_of_id(prefect, text) or _by_name(prefect, text) or _of_pipeline_or_near(prefect, text, place)


def _last(prefect: PrefectBackend, place: Place) -> FoundRun:
    here = RunQuery(tags=(f"thread:{place.thread}",), due_before=place.now, limit=1)
    found = prefect.runs(here).runs if place.thread else ()
    where = "the last run of this thread"
    if not found:
        found = _without_probes(prefect.runs(RunQuery(due_before=place.now, limit=20)).runs)
        where = "the last run of all"
    if not found:
        raise BadArguments("Nothing has run yet.")
    return FoundRun(found[0], f"This is {where}: **{found[0].name}** of {found[0].pipeline}.")


def _last_of(prefect: PrefectBackend, name: str, place: Place) -> FoundRun:
    wanted = find_pipeline(prefect, name)
    query = RunQuery(pipeline_id=wanted.pipeline.id, due_before=place.now, limit=1)
    found = prefect.runs(query).runs
    if not found:
        raise BadArguments(f"{wanted.pipeline.name} has not run yet.")
    note = f"This is the last run of {wanted.pipeline.name}: **{found[0].name}**."
    return FoundRun(found[0], note, pipeline_id=wanted.pipeline.id)


def _by_part_of_id(prefect: PrefectBackend, text: str) -> FoundRun | None:
    if not PART_OF_ID.fullmatch(text):
        return None
    recent = prefect.runs(RunQuery(limit=LOOKED_AT)).runs
    found = [run for run in recent if run.id.startswith(text.lower())]
    if len(found) > 1:
        raise BadArguments(f"Several runs begin with {text}: {_named(found)}. Which one do you mean?")
    return FoundRun(found[0]) if found else None


def _by_name(prefect: PrefectBackend, text: str) -> FoundRun | None:
    found = prefect.runs(RunQuery(name=text, limit=2)).runs
    if not found:
        return None
    several = len(found) > 1
    return FoundRun(found[0], f"Several runs are called {text}; this is the newest." if several else "")


def _of_pipeline_or_near(prefect: PrefectBackend, text: str, place: Place) -> FoundRun:
    """The last run of the pipeline with this name, else the recent run with the nearest name."""
    known = people_pipelines(prefect)
    labels = [label(pipeline, known) for pipeline in known]
    if any(names.plain(each).startswith(names.plain(text)) for each in labels):
        return _last_of(prefect, text, place)
    recent = _without_probes(prefect.runs(RunQuery(limit=LOOKED_AT)).runs)
    newest = {run.name: run for run in reversed(recent)}
    found = names.match(text, list(newest), noun="run")
    return FoundRun(newest[found.name], f"I took “{text}” for the run **{found.name}**.")


def _without_probes(runs: tuple[FlowRun, ...]) -> tuple[FlowRun, ...]:
    return tuple(run for run in runs if run.pipeline != PROBE_FLOW)


def _named(runs: list[FlowRun]) -> str:
    return names.either([f"{run.name} ({run.id[:13]})" for run in runs])


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
