"""The tool that follows a version back to its run, pipeline, file, thread and approval, and on to where it serves."""

from datetime import datetime

from pydantic import ConfigDict, Field

from tools.errors import ToolError
from tools.google.whereabouts import Whereabout, whereabouts
from tools.mlflow import comparing, evidence, finding
from tools.mlflow.models import Promotion, promotion_in_words, promotions_of
from tools.mlflow.results import (
    ACTOR_TAG,
    DIGEST_TAG,
    FLOW_RUN_TAG,
    PIPELINE_TAG,
    THREAD_TAG,
    ModelVersion,
    RunSummary,
)
from tools.mlflow.searching import figure
from tools.prefect import wording
from tools.prefect.results import FlowRun
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

METRICS_SHOWN = 3
ENDPOINTS_SHOWN = 5


class TraceModel(Arguments):
    """Which version to trace."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    version: str = Field(
        default="champion",
        max_length=100,
        description=f"{finding.WHICH_VERSION} Left out, the champion: what is in production.",
    )


class Hop(Result):
    """One step back from a version to where it came from.

    Attributes:
        what: What it is, such as `MLflow run`.
        value: Which one, in words; empty when it is missing.
        url: Its page; empty when it has none.
        missing: Why it is not known; empty when it is.
    """

    what: str
    value: str = ""
    url: str = ""
    missing: str = ""


class Lineage(Result):
    """Where a model version comes from.

    Attributes:
        version: The version.
        hops: The steps back, from the version to where it was asked for; missing ones are there and say why.
        promotions: What is written down about aliases that were moved to it.
        deployed: The endpoints that it is deployed on, with its share of their traffic.
        run: The MLflow run that made it.
        flow_run: The Prefect run that this was part of.
        digest: The SHA-256 of the pipeline's source.
        thread: Where the run was asked for.
        note: What was understood.
    """

    version: ModelVersion
    hops: tuple[Hop, ...]
    promotions: tuple[Promotion, ...] = ()
    deployed: tuple[Whereabout, ...] = ()
    run: RunSummary | None = None
    flow_run: FlowRun | None = None
    digest: str = ""
    thread: str = ""
    note: str = ""


@tool(
    permission="mlflow:model:read",
    effect=Effect.READ,
    timeout=40,
    arguments=TraceModel,
    result=Lineage,
    command=Command(
        "lineage", "MODEL [VERSION]", "Trace a version, the champion unless told else, to where it is from."
    ),
)
def trace_model(args: TraceModel, backends: Backends, call: Call) -> ToolResult:
    """Trace a model version: what is in production, where it is deployed, which run and file made it, who approved it.

    Traces the champion unless told otherwise. What is not known is said to be missing, with the reason.
    """
    found = finding.find_model(backends.mlflow, args.model)
    version = finding.find_version(backends.mlflow, found.model, args.version)
    lineage = _traced(version.version, backends, now=call.now)
    lineage = lineage.model_copy(update={"note": wording.joined(found.note, version.note)})
    return ToolResult(wording.joined(lineage.note, "\n".join(_line(hop) for hop in lineage.hops)), lineage)


def _traced(version: ModelVersion, backends: Backends, *, now: datetime) -> Lineage:
    side = evidence.side(backends.mlflow, version)
    tags = side.run.tags if side.run else {}
    flow_run, prefect_hop = _flow_run(tags.get(FLOW_RUN_TAG, ""), backends, known=side.run is not None)
    promotions = promotions_of(version)
    places, deployed = _deployed(version, backends)
    return Lineage(
        version=version,
        hops=(
            _version(version, now=now),
            *_promoted(version, promotions, now=now),
            *deployed,
            _run(side.run, side.unread, now=now),
            prefect_hop,
            _source(tags.get(PIPELINE_TAG, ""), side.digest, backends),
            _data(side.run),
            _asked(tags.get(THREAD_TAG, ""), tags.get(ACTOR_TAG, ""), backends),
        ),
        promotions=promotions,
        deployed=places,
        run=side.run,
        flow_run=flow_run,
        digest=side.digest,
        thread=tags.get(THREAD_TAG, ""),
    )


def _version(version: ModelVersion, *, now: datetime) -> Hop:
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    value = f"{version.name} v{version.version}{aliases}, registered {wording.ago(version.created, now=now)}"
    return Hop(what="Version", value=value, url=version.url)


def _promoted(version: ModelVersion, promotions: tuple[Promotion, ...], *, now: datetime) -> tuple[Hop, ...]:
    """How each of its aliases came to it."""
    told = {promotion.alias: promotion for promotion in promotions}
    return tuple(
        Hop(what=f"Alias {alias}", value=promotion_in_words(told[alias], now=now), url=told[alias].link)
        if alias in told
        else Hop(what=f"Alias {alias}", missing="it was set in MLflow itself, and nothing is written down about it")
        for alias in version.aliases
    )


def _deployed(version: ModelVersion, backends: Backends) -> tuple[tuple[Whereabout, ...], tuple[Hop, ...]]:
    """Where it is deployed; Vertex AI is not asked where there is none."""
    what = "Deployed"
    if not backends.vertex.configured:
        return (), (Hop(what=what, missing="Google Cloud is not configured here"),)
    try:
        found = whereabouts(backends.vertex, version)
    except ToolError as error:
        return (), (Hop(what=what, missing=f"that could not be read: {str(error).rstrip('.')}"),)
    if not found:
        return (), (Hop(what=what, missing="it is on no endpoint of Vertex AI"),)
    hops = [
        Hop(what=what, value=f"{wording.shortened(each.endpoint)}, {_share(each.traffic)}", url=each.url)
        for each in found[:ENDPOINTS_SHOWN]
    ]
    more = len(found) - len(hops)
    hops += [Hop(what=what, value=f"on {more} more endpoints")] if more > 0 else []
    return found, tuple(hops)


def _share(traffic: int) -> str:
    return f"{traffic} % of its traffic" if traffic else "none of its traffic"


def _run(run: RunSummary | None, unread: str, *, now: datetime) -> Hop:
    if run is None:
        return Hop(what="MLflow run", missing=unread.rstrip("."))
    names = comparing.in_order(run.metrics)[:METRICS_SHOWN]
    metrics = ", ".join(f"{name} {figure(run.metrics[name])}" for name in names)
    value = f"{wording.shortened(run.name)} of {wording.shortened(run.experiment)}, {wording.ago(run.start, now=now)}"
    return Hop(what="MLflow run", value=f"{value}{': ' + metrics if metrics else ''}", url=run.url)


def _flow_run(identifier: str, backends: Backends, *, known: bool) -> tuple[FlowRun | None, Hop]:
    what = "Prefect run"
    if not identifier:
        why = "the MLflow run does not say that a Prefect run made it" if known else "the MLflow run is not known"
        return None, Hop(what=what, missing=why)
    try:
        found = backends.prefect.run(identifier)
    except ToolError as error:
        return None, Hop(what=what, missing=f"{identifier[:8]} could not be read: {str(error).rstrip('.')}")
    return found, Hop(what=what, value=f"{found.name} of {found.pipeline}, {wording.state(found)}", url=found.url)


def _source(pipeline: str, digest: str, backends: Backends) -> Hop:
    what = "Pipeline"
    if not digest:
        return Hop(
            what=what, value=wording.shortened(pipeline), missing="" if pipeline else f"the run has no {DIGEST_TAG}"
        )
    of = f"{wording.shortened(pipeline)} from " if pipeline else ""
    url = _page_of(pipeline, backends)
    try:
        file = backends.sources.get(digest).filename
    except ToolError as error:
        why = str(error).rstrip(".")
        return Hop(what=what, value=f"{of}SHA-256 {digest[:12]}; its file could not be read: {why}", url=url)
    return Hop(what=what, value=f"{of}{file}, SHA-256 {digest[:12]}", url=url)


def _page_of(pipeline: str, backends: Backends) -> str:
    """The pipeline's page in Prefect; empty when it is not registered any more, or Prefect does not tell."""
    try:
        known = backends.prefect.registered(pipeline) if pipeline else None
    except ToolError:
        return ""
    return known.url if known else ""


def _data(run: RunSummary | None) -> Hop:
    used = comparing.data_of(run)
    return Hop(what="Data", value=used, missing="" if used else "the run logged no dataset and has no tag about data")


def _asked(thread: str, actor: str, backends: Backends) -> Hop:
    if not thread:
        return Hop(what="Asked for", missing="the run has no thread")
    by = f" by {wording.person(actor)}" if actor else ""
    _, channel, *_ = (*thread.split(":"), "")
    try:
        link = backends.desk.thread_link(thread)
    except ToolError:  # nobody is there who knows Slack
        link = ""
    named = f" of <#{channel}>" if channel and not link else ""  # Slack shows no channel inside a link
    return Hop(what="Asked for", value=f"in a thread{named}{by}", url=link)


def _line(hop: Hop) -> str:
    if hop.missing:
        return f"- **{hop.what}**: missing, {hop.missing}."
    value = hop.value.rstrip(".")
    return f"- **{hop.what}**: [{value}]({hop.url})" if hop.url and "[" not in value else f"- **{hop.what}**: {value}"
