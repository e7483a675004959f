"""Schedules on a real Prefect server: the half of the adapter that starts runs by itself."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import objects
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.client.schemas.sorting import DeploymentSort
from prefect.exceptions import ObjectNotFound
from typing_extensions import override

from tools.errors import BadArguments, Unavailable
from tools.prefect import filters, nouns
from tools.prefect.base import MOST_PIPELINES, PAGE, ServerBase
from tools.prefect.results import Schedule
from tools.prefect.scheduling import OURS, PipelineSchedules, ScheduleRequest, SchedulesBackend
from tools.prefect.transport import SYSTEM


class SchedulesServer(ServerBase, SchedulesBackend):
    """`SchedulesBackend` by Prefect's own client."""

    @override
    def scheduled(self) -> tuple[PipelineSchedules, ...]:
        found = self._paged(
            lambda client, offset: client.read_deployments(sort=DeploymentSort.NAME_ASC, limit=PAGE, offset=offset),
            most=MOST_PIPELINES,
        )
        with_schedules = [deployment for deployment in found if deployment.schedules]
        self._learn_flow_names(deployment.flow_id for deployment in with_schedules)
        made = (
            PipelineSchedules(
                pipeline=self._pipeline(deployment),
                schedules=tuple(nouns.schedule(each) for each in deployment.schedules),
            )
            for deployment in with_schedules
        )
        return tuple(sorted(made, key=lambda each: (each.pipeline.name, each.pipeline.deployment)))

    @override
    def set_schedule(self, request: ScheduleRequest) -> Schedule:
        deployment = self._deployment(request.pipeline_id)
        if done := _with_slug(deployment, request.slug):
            return nouns.schedule(done)
        ours = [each for each in deployment.schedules if (each.slug or "").startswith(OURS)]
        # Those too many go first and the slug is written last: where it stands, all is done.
        self.remove_schedules(request.pipeline_id, tuple(str(each.id) for each in ours[1:]))
        with suppress(BadArguments):  # somebody else was faster with the same key: its slug is there, as seen below
            self._connection.call(lambda client: _write(client, deployment, ours, request))
        done = _with_slug(self._deployment(request.pipeline_id), request.slug)
        if done is None:
            raise Unavailable(SYSTEM, "it took the schedule and does not have it", maybe_done=True)
        return nouns.schedule(done)

    @override
    def switch_schedules(self, pipeline_id: str, schedule_ids: tuple[str, ...], *, active: bool) -> None:
        for found in self._deployment(pipeline_id).schedules:
            if str(found.id) in schedule_ids and found.active is not active:
                self._connection.call(partial(_switch, pipeline_id=pipeline_id, found=found, active=active))

    @override
    def remove_schedules(self, pipeline_id: str, schedule_ids: tuple[str, ...]) -> None:
        deployment_id = filters.identifier(pipeline_id, "pipeline")

        def remove(client: SyncPrefectClient) -> None:
            for schedule_id in schedule_ids:
                with suppress(ObjectNotFound):
                    client.delete_deployment_schedule(deployment_id, filters.identifier(schedule_id, "schedule"))

        self._connection.call(remove)

    @override
    def unpause(self, pipeline_id: str) -> None:
        deployment = self._deployment(pipeline_id)
        if deployment.paused:
            self._connection.call(lambda client: client.resume_deployment(deployment.id))


def _with_slug(deployment: DeploymentResponse, slug: str) -> objects.DeploymentSchedule | None:
    return next((each for each in deployment.schedules if each.slug == slug), None)


def _write(
    client: SyncPrefectClient,
    deployment: DeploymentResponse,
    ours: list[objects.DeploymentSchedule],
    request: ScheduleRequest,
) -> None:
    rule = _rule(request)
    if ours:
        client.update_deployment_schedule(
            deployment.id,
            ours[0].id,
            active=True,
            schedule=rule,
            parameters=ours[0].parameters,
            slug=request.slug,
        )
    else:
        made = DeploymentScheduleCreate(schedule=rule, active=True, slug=request.slug)
        client.create_deployment_schedules(deployment.id, [made])


def _rule(request: ScheduleRequest) -> CronSchedule | IntervalSchedule:
    if request.cron:
        return CronSchedule(cron=request.cron, timezone=request.timezone)
    return IntervalSchedule(
        interval=timedelta(seconds=request.seconds), anchor_date=request.anchor, timezone=request.timezone
    )


def _switch(client: SyncPrefectClient, *, pipeline_id: str, found: objects.DeploymentSchedule, active: bool) -> None:
    # Prefect takes parameters that are left out for none at all, and would throw away those that people set.
    client.update_deployment_schedule(
        filters.identifier(pipeline_id, "pipeline"), found.id, active=active, parameters=found.parameters
    )
