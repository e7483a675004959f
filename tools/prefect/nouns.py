"""Prefect's objects into the tools' nouns, and where their pages are. Pure."""

import json
import re
from datetime import UTC, datetime, timedelta

from prefect.client.schemas import objects, schedules
from prefect.client.schemas.responses import DeploymentResponse

from tools.prefect.client import DEPLOYMENT
from tools.prefect.published import Artifact
from tools.prefect.results import FlowRun, LogLine, Pipeline, Schedule, StateType, TaskRun

DIGEST = re.compile(r"[0-9a-f]{64}")
LONGEST_ARTIFACT = 20_000
CLOUD_API = re.compile(r"https://api\.prefect\.cloud/api/accounts/(?P<account>[^/]+)/workspaces/(?P<workspace>[^/]+)")


def pages_at(api_url: str) -> str:
    """Where Prefect's pages are, given the address of its API."""
    cloud = CLOUD_API.match(api_url)
    if cloud:
        return f"https://app.prefect.cloud/account/{cloud['account']}/workspace/{cloud['workspace']}"
    return api_url.removesuffix("/").removesuffix("/api")


def pipeline(deployment: DeploymentResponse, *, flow: str, pages: str) -> Pipeline:
    """A deployment as a pipeline; `flow` is its flow's name."""
    version = deployment.version or ""
    ours = deployment.name == DEPLOYMENT and DIGEST.fullmatch(version)
    return Pipeline(
        id=str(deployment.id),
        name=flow,
        deployment=deployment.name,
        description=deployment.description or "",
        version=version,
        digest=version if ours else "",
        entrypoint=deployment.entrypoint or "",
        tags=tuple(deployment.tags),
        work_pool=deployment.work_pool_name or "",
        paused=deployment.paused,
        updated=_plain(deployment.updated),
        url=f"{pages}/deployments/deployment/{deployment.id}",
    )


def schedule(found: objects.DeploymentSchedule) -> Schedule:
    """A schedule with its rule in words."""
    rule = found.schedule
    made = Schedule(
        id=str(found.id),
        when="never",
        timezone=getattr(rule, "timezone", None) or "UTC",
        active=found.active,
        slug=found.slug or "",
        updated=_plain(found.updated),
    )
    match rule:
        case schedules.CronSchedule():
            more: dict[str, object] = {"when": f"cron {rule.cron}", "cron": rule.cron}
        case schedules.IntervalSchedule():
            seconds = rule.interval.total_seconds()
            more = {"when": f"every {_span(rule.interval)}", "seconds": seconds, "anchor": plain_time(rule.anchor_date)}
        case schedules.RRuleSchedule():
            more = {"when": f"rule {rule.rrule}", "rrule": rule.rrule}
        case _:
            more = {}
    return made.model_copy(update=more)


def _span(interval: timedelta) -> str:
    seconds = int(interval.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}s" if count != 1 else unit
    return f"{seconds} s"


def flow_run(run: objects.FlowRun, *, flow: str, pages: str) -> FlowRun:
    """A flow run; `flow` is its flow's name."""
    return FlowRun(
        id=str(run.id),
        name=run.name,
        pipeline=flow,
        deployment_id=str(run.deployment_id or ""),
        version=run.deployment_version or "",
        state_type=StateType(run.state_type or "SCHEDULED"),
        state_name=run.state_name or (run.state_type or "Scheduled").capitalize(),
        message=(run.state.message if run.state else "") or "",
        created=_plain(run.created),
        expected_start=_plain(run.expected_start_time),
        start=_plain(run.start_time),
        end=_plain(run.end_time),
        parameters=run.parameters,
        tags=tuple(run.tags),
        run_count=run.run_count,
        url=f"{pages}/runs/flow-run/{run.id}",
    )


def task_run(run: objects.TaskRun) -> TaskRun:
    """A task run; its task's name is what is left of its own without the counter that Prefect appends."""
    counter = f"-{run.dynamic_key[:3]}"
    return TaskRun(
        id=str(run.id),
        name=run.name,
        task=run.name.removesuffix(counter).removesuffix(f"-{run.dynamic_key}"),
        state_type=StateType(run.state_type or "PENDING"),
        state_name=run.state_name or (run.state_type or "Pending").capitalize(),
        message=(run.state.message if run.state else "") or "",
        expected_start=_plain(run.expected_start_time),
        start=_plain(run.start_time),
        end=_plain(run.end_time),
        run_count=run.run_count,
    )


def artifact(found: objects.Artifact) -> Artifact:
    """Something that a run published, its content as text and cut at 20,000 characters."""
    data = found.data if isinstance(found.data, str) else json.dumps(found.data, ensure_ascii=False, default=str)
    return Artifact(
        id=str(found.id),
        key=found.key or "",
        type=found.type or "unknown",
        about=found.description or "",
        data=data[:LONGEST_ARTIFACT],
        created=_plain(found.created),
    )


def in_order(tasks: list[TaskRun]) -> tuple[TaskRun, ...]:
    """Tasks in the order they started; those that wait come last."""
    return tuple(sorted(tasks, key=lambda task: (task.start is None, _moment(task.start or task.expected_start))))


def _moment(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def log_line(log: objects.Log) -> LogLine:
    """A line of a log."""
    return LogLine(
        at=plain_time(log.timestamp),
        level=log.level,
        message=log.message,
        task_run_id=str(log.task_run_id or ""),
    )


def plain_time(at: datetime) -> datetime:
    """A time in Python's own type; Prefect has one of its own."""
    return datetime.fromtimestamp(at.timestamp(), tz=UTC)


def _plain(at: datetime | None) -> datetime | None:
    return plain_time(at) if at else None
