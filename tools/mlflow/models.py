"""Tools that tell which models are registered, and all about one of them."""

from datetime import datetime

from pydantic import ConfigDict, Field

from tools.errors import ToolError
from tools.mlflow import comparing, finding, records
from tools.mlflow.client import MlflowBackend
from tools.mlflow.finding import LOOKED_AT
from tools.mlflow.results import ModelVersion, RegisteredModel, RegisteredModelPage, RunSummary
from tools.mlflow.searching import figure
from tools.prefect import wording
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

METRICS_SHOWN = 3
LONGEST_DESCRIPTION = 300


class ListModels(Arguments):
    """Which models to list."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    search: str = Field(default="", max_length=100, description="Only models whose name holds this.")
    limit: int = Field(default=20, ge=1, le=50, description="At most this many, by name.")


class DescribeModel(Arguments):
    """Which model to describe."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    limit: int = Field(default=10, ge=1, le=20, description="At most this many versions, newest first.")


class Promotion(Result):
    """How an alias came to a version, as the version's tags tell it; whoever may write to MLflow may write those.

    Attributes:
        alias: The alias.
        at: When it was moved here; None when unknown.
        previous: The version that it goes back to; empty when unknown.
        requester: Who asked for it.
        approvers: Who approved it.
        proposal: The approval.
        link: Where the approval can be read.
        here: Whether the alias points to this version now.
    """

    alias: str
    at: datetime | None = None
    previous: str = ""
    requester: str = ""
    approvers: str = ""
    proposal: str = ""
    link: str = ""
    here: bool = False


class VersionDetail(Result):
    """A version with what made it.

    Attributes:
        version: The version.
        run: The run that made it; None when there is none or it could not be read.
        unread: Why the run could not be read; empty when it was.
        promotions: What is written down about aliases that were moved to it.
    """

    version: ModelVersion
    run: RunSummary | None = None
    unread: str = ""
    promotions: tuple[Promotion, ...] = ()


class ModelDetail(Result):
    """A registered model with its newest versions.

    Attributes:
        model: The model.
        versions: Its versions, newest first.
        more: Whether there are older ones.
        note: What was understood.
    """

    model: RegisteredModel
    versions: tuple[VersionDetail, ...]
    more: bool = False
    note: str = ""


@tool(
    permission="mlflow:model:read",
    effect=Effect.READ,
    timeout=25,
    arguments=ListModels,
    result=RegisteredModelPage,
    command=Command("models", "[SEARCH]", "List the registered models with their aliases."),
    remembered=True,
)
def list_models(args: ListModels, backends: Backends, call: Call) -> ToolResult:
    """List the registered models with their newest version and the version that each alias points to.

    `champion` is the alias of what is in production. Says how many more there are.
    """
    known = backends.mlflow.models(limit=LOOKED_AT)
    wanted = args.search.strip().lower()
    found = [model for model in known.models if wanted in model.name.lower()]
    shown = tuple(found[: args.limit])
    page = RegisteredModelPage(models=shown, more=known.more or len(found) > len(shown))
    if not found:
        text = f"No model has “{args.search}” in its name." if wanted else "MLflow has no registered models yet."
        return ToolResult(text, page)
    total = f"more than {len(found)}" if known.more else str(len(found))
    plural = "s" if len(found) != 1 or known.more else ""
    heading = f"{total} registered model{plural}{f', showing {len(shown)}' if page.more else ''}:"
    return ToolResult(wording.joined(heading, "\n".join(_line(model, now=call.now) for model in shown)), page)


def _line(model: RegisteredModel, *, now: datetime) -> str:
    newest = f"newest v{model.latest}" if model.latest else "no versions yet"
    said = f": {wording.shortened(model.description)}" if model.description else ""
    return f"- **{_linked(model)}**, {newest}, {_aliases(model)}, changed {wording.ago(model.updated, now=now)}{said}"


def _linked(model: RegisteredModel) -> str:
    return f"[{model.name}]({model.url})" if model.url else model.name


def _aliases(model: RegisteredModel) -> str:
    return wording.listed([f"{alias} is v{version}" for alias, version in model.aliases.items()]) or "no aliases"


@tool(
    permission="mlflow:model:read",
    effect=Effect.READ,
    timeout=40,
    arguments=DescribeModel,
    result=ModelDetail,
    command=Command("model", "MODEL", "Show a model's versions, their metrics, and who promoted which."),
)
def describe_model(args: DescribeModel, backends: Backends, call: Call) -> ToolResult:
    """Tell about one registered model: its versions, their aliases and metrics, and who promoted which when.

    For all about one version use describe_version; for what differs between two, compare_versions.
    """
    found = finding.find_model(backends.mlflow, args.model)
    page = backends.mlflow.model_versions(found.model.name, limit=args.limit)
    versions = tuple(detail_of(backends.mlflow, version) for version in page.versions)
    detail = ModelDetail(model=found.model, versions=versions, more=page.more, note=found.note)
    heading = f"**{_linked(found.model)}**: {_aliases(found.model)}."
    lines = "\n".join(_version_line(each, now=call.now) for each in versions)
    text = wording.joined(
        found.note,
        heading,
        wording.shortened(found.model.description, LONGEST_DESCRIPTION),
        _tags(found.model),
        lines or "It has no versions yet.",
        f"These are the newest {len(versions)} versions; there are older ones." if page.more else "",
    )
    return ToolResult(text, detail)


def _tags(model: RegisteredModel) -> str:
    told = [f"`{wording.shortened(name)}={wording.shortened(value)}`" for name, value in model.tags.items()]
    return f"Tags: {wording.listed(told)}." if told else ""


def detail_of(mlflow: MlflowBackend, version: ModelVersion) -> VersionDetail:
    """A version with its run, as far as that can be read, and how its aliases came to it."""
    promotions = promotions_of(version)
    if not version.run_id:
        return VersionDetail(version=version, unread="it names no run", promotions=promotions)
    try:
        return VersionDetail(version=version, run=mlflow.run(version.run_id), promotions=promotions)
    except ToolError as error:
        return VersionDetail(version=version, unread=str(error), promotions=promotions)


def promotions_of(version: ModelVersion) -> tuple[Promotion, ...]:
    """What is written on a version about the aliases that were moved to it; what was begun only is left out."""
    told = {alias: records.moved_to(version, alias) for alias in records.aliases_told_of(version)}
    return tuple(
        Promotion(
            alias=alias,
            at=record.moment,
            previous=record.previous,
            requester=record.requester,
            approvers=record.approvers,
            proposal=record.proposal,
            link=record.link,
            here=alias in version.aliases,
        )
        for alias, record in told.items()
        if record.complete
    )


def _version_line(detail: VersionDetail, *, now: datetime) -> str:
    version = detail.version
    link = f"[v{version.version}]({version.url})" if version.url else f"v{version.version}"
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    state = "" if version.status == "READY" else f", {version.status}"
    head = f"- **{link}**{aliases}{state}, registered {wording.ago(version.created, now=now)}"
    promoted = "".join(f"; {promotion_in_words(each, now=now)}" for each in detail.promotions)
    return f"{head}: {_metrics(detail)}{promoted}"


def _metrics(detail: VersionDetail) -> str:
    if detail.run is None:
        return f"metrics unknown, {detail.unread.rstrip('.')}"
    names = comparing.in_order(detail.run.metrics)
    shown = ", ".join(f"{name} {figure(detail.run.metrics[name])}" for name in names[:METRICS_SHOWN])
    more = f" and {len(names) - METRICS_SHOWN} more metrics" if len(names) > METRICS_SHOWN else ""
    return f"{shown}{more}" if shown else "its run has no metrics"


def promotion_in_words(promotion: Promotion, *, now: datetime) -> str:
    """One promotion, such as `made champion 2 h ago by <@U0ALICE>, approved by <@U0BOB>`."""
    verb = "made" if promotion.here else "was made"
    by = f" by {wording.person(promotion.requester)}" if promotion.requester else ""
    people = wording.listed([wording.person(one.strip()) for one in promotion.approvers.split(",")])
    approved = f", approved by {people}" if promotion.approvers else ""
    return f"{verb} {promotion.alias} {wording.ago(promotion.at, now=now)}{by}{approved}"
