"""The tool that follows a version back to its run, pipeline, file, thread and approval, and on to where it serves."""

from datetime import datetime

from pydantic import ConfigDict, Field

from tools.errors import BadArguments, ToolError
from tools.google.whereabouts import Whereabout, whereabouts
from tools.mlflow import comparing, evidence, finding, records
from tools.mlflow.client import MlflowBackend
from tools.mlflow.finding import CHAMPION
from tools.mlflow.models import Promotion, promotion_in_words, promotions_of
from tools.mlflow.records import Record
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
from tools.pipelines.store import Source
from tools.prefect import wording
from tools.prefect.results import FlowRun
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

METRICS_SHOWN = 3
ENDPOINTS_SHOWN = 5
MODELS_SHOWN = 20


class TraceModel(Arguments):
    """Which version to trace."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(
        default="",
        max_length=200,
        description=f"{finding.WHICH_MODEL} Left out where there is one only; of several, every champion is told of.",
    )
    version: str = Field(
        default=CHAMPION,
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
        version: The version; None when several models were told of in short.
        hops: The steps back, from the version to where it was asked for; missing ones are there and say why.
        promotions: What is written down about aliases that were moved to it.
        deployed: The endpoints that it is deployed on, with its share of their traffic.
        run: The MLflow run that made it.
        flow_run: The Prefect run that this was part of.
        digest: The SHA-256 of the pipeline's source.
        thread: Where the run was asked for.
        note: What was understood.
    """

    version: ModelVersion | None = None
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
        "lineage", "[MODEL] [VERSION]", "Trace a version, the champion unless told else, to where it is from."
    ),
)
def trace_model(args: TraceModel, backends: Backends, call: Call) -> ToolResult:
    """Trace a model version: what is in production, where it is deployed, which run and file made it, who approved it.

    Traces the champion unless told otherwise. What is not known is said to be missing, with the reason. The thread gets
    a card of all steps with their pages, so answer what was asked in a sentence or two.
    """
    name = args.model or _only(backends.mlflow)
    if not name and args.version == CHAMPION:
        return _every_champion(backends.mlflow)
    found = finding.find_model(backends.mlflow, name)
    version = finding.find_version(backends.mlflow, found.model, args.version)
    lineage = _traced(version.version, backends, now=call.now)
    lineage = lineage.model_copy(update={"note": wording.joined(found.note, version.note)})
    return ToolResult(wording.joined(lineage.note, "\n".join(_line(hop) for hop in lineage.hops)), lineage)


def _only(mlflow: MlflowBackend) -> str:
    """The name of the one model that there is; empty when there are several.

    Raises:
        BadArguments: There is none.
    """
    known = mlflow.models(limit=2).models
    if not known:
        raise BadArguments("MLflow has no registered models yet, so nothing is in production.")
    return known[0].name if len(known) == 1 else ""


def _every_champion(mlflow: MlflowBackend) -> ToolResult:
    """What is in production of each model, in short."""
    page = mlflow.models(limit=finding.LOOKED_AT)
    serving = [model for model in page.models if CHAMPION in model.aliases]
    hops = tuple(
        Hop(what=wording.shortened(model.name), value=f"{CHAMPION} is v{model.aliases[CHAMPION]}", url=model.url)
        for model in serving[:MODELS_SHOWN]
    )
    left_out = len(serving) - len(hops)
    heading = f"In production, by the alias {CHAMPION}, of {len(page.models)} models{' and more' if page.more else ''}:"
    text = wording.joined(
        heading if hops else f"None of {len(page.models)} models has a {CHAMPION}.",
        "\n".join(_line(hop) for hop in hops),
        f"{left_out} more models have one." if left_out else "",
        "Name one of them to have it traced." if hops else "",
    )
    return ToolResult(text, Lineage(hops=hops))


def _traced(version: ModelVersion, backends: Backends, *, now: datetime) -> Lineage:
    side = evidence.side(backends.mlflow, version)
    tags = side.run.tags if side.run else {}
    flow_run, prefect_hop = _flow_run(tags.get(FLOW_RUN_TAG, ""), backends, known=side.run is not None)
    promotions = promotions_of(version)
    places, deployed = _deployed(version, backends, now=now)
    digest, source, unread = side.digest, *_kept(side.digest, backends)
    return Lineage(
        version=version,
        hops=(
            _version(version, now=now),
            *_promoted(version, promotions, now=now),
            *deployed,
            _run(side.run, side.unread, now=now),
            prefect_hop,
            _source(tags.get(PIPELINE_TAG, ""), digest, source, unread, backends),
            _file(source, unread, backends),
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


def _deployed(
    version: ModelVersion, backends: Backends, *, now: datetime
) -> tuple[tuple[Whereabout, ...], tuple[Hop, ...]]:
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
    shown = found[:ENDPOINTS_SHOWN]
    hops = [
        hop
        for each in shown
        for hop in (
            Hop(what=what, value=f"{wording.shortened(each.endpoint)}, {_share(each.traffic)}", url=each.url),
            _let(records.deployed_to(version, each.endpoint), each.endpoint, now=now),
        )
    ]
    more = len(found) - len(shown)
    hops += [Hop(what=what, value=f"on {more} more endpoints")] if more > 0 else []
    return found, tuple(hops)


def _let(told: Record, endpoint: str, *, now: datetime) -> Hop:
    """Who let a version be deployed to an endpoint."""
    what = f"Deployment to {wording.shortened(endpoint)}"
    if not told.proposal:
        return Hop(what=what, missing="nothing is written down about an approval of it")
    approvers = wording.listed([wording.person(one.strip()) for one in told.approvers.split(",") if one.strip()])
    value = (
        f"{told.proposal}, {wording.ago(told.moment, now=now)}, asked for by {wording.person(told.requester)}, "
        f"approved by {approvers or 'nobody'}"
    )
    return Hop(what=what, value=value, url=told.link if "://" in told.link else "")


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


def _kept(digest: str, backends: Backends) -> tuple[Source | None, str]:
    """The pipeline's source, or why it is not there."""
    if not digest:
        return None, "the run does not say from which file"
    try:
        return backends.sources.get(digest), ""
    except ToolError as error:
        return None, str(error).rstrip(".")


def _file(source: Source | None, unread: str, backends: Backends) -> Hop:
    """Who shared the file in Slack, and where."""
    what = "Slack file"
    if source is None:
        return Hop(what=what, missing=unread)
    if source.shared is None:
        return Hop(what=what, missing=f"nothing is written down about who shared {source.filename}")
    place, link = _place(source.shared.thread, backends)
    return Hop(what=what, value=f"{source.filename}, shared {place} by {wording.person(source.shared.by)}", url=link)


def _source(pipeline: str, digest: str, source: Source | None, unread: str, backends: Backends) -> Hop:
    what = "Pipeline"
    if not digest:
        return Hop(
            what=what, value=wording.shortened(pipeline), missing="" if pipeline else f"the run has no {DIGEST_TAG}"
        )
    of = f"{wording.shortened(pipeline)} from " if pipeline else ""
    url = _page_of(pipeline, backends)
    if source is None:
        return Hop(what=what, value=f"{of}SHA-256 {digest[:12]}; its file could not be read: {unread}", url=url)
    return Hop(what=what, value=f"{of}{source.filename}, SHA-256 {digest[:12]}", url=url)


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
    place, link = _place(thread, backends)
    return Hop(what="Asked for", value=f"{place}{f' by {wording.person(actor)}' if actor else ''}", url=link)


def _place(thread: str, backends: Backends) -> tuple[str, str]:
    """A thread in words, and where it can be read."""
    _, channel, *_ = (*thread.split(":"), "")
    try:
        link = backends.desk.thread_link(thread)
    except ToolError:  # nobody is there who knows Slack
        link = ""
    return f"in a thread{f' of <#{channel}>' if channel and not link else ''}", link  # Slack shows none inside a link


def _line(hop: Hop) -> str:
    if hop.missing:
        return f"- **{hop.what}**: missing, {hop.missing}."
    value = hop.value.rstrip(".")
    return f"- **{hop.what}**: [{value}]({hop.url})" if hop.url and "[" not in value else f"- **{hop.what}**: {value}"
