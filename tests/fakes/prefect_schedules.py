"""The half of Prefect in memory that starts runs by itself: it keeps schedules, and starts nothing."""

from datetime import datetime

from tools.errors import BadArguments, ToolError
from tools.prefect.results import Pipeline, Schedule
from tools.prefect.scheduling import OURS, PipelineSchedules, ScheduleRequest


class FakeSchedules:
    """`SchedulesBackend` on the pipelines of the fake."""

    broken: ToolError | None
    _pipelines: dict[str, Pipeline]
    _schedules: dict[str, tuple[Schedule, ...]]

    def add_schedule(self, pipeline_id: str, cron: str, *, slug: str = "") -> None:
        """Let people have a pipeline run by itself."""
        made = Schedule(id=self._id(), when=f"cron {cron}", timezone="UTC", active=True, cron=cron, slug=slug)
        self._schedules[pipeline_id] = (*self._schedules[pipeline_id], made)

    def pause_pipeline(self, pipeline_id: str) -> None:
        """Let people pause a pipeline in Prefect: its schedules start nothing."""
        self._pipelines[pipeline_id] = self._pipelines[pipeline_id].model_copy(update={"paused": True})

    def scheduled(self) -> tuple[PipelineSchedules, ...]:
        self._answer()
        found = [
            PipelineSchedules(pipeline=pipeline, schedules=self._schedules[pipeline.id])
            for pipeline in self._pipelines.values()
            if self._schedules[pipeline.id]
        ]
        return tuple(sorted(found, key=lambda each: (each.pipeline.name, each.pipeline.deployment)))

    def set_schedule(self, request: ScheduleRequest) -> Schedule:
        known = self._schedules_of(request.pipeline_id)
        if done := next((each for each in known if each.slug == request.slug), None):
            return done
        ours = [each for each in known if each.slug.startswith(OURS)]
        made = Schedule(
            id=ours[0].id if ours else self._id(),
            when=f"cron {request.cron}" if request.cron else f"every {request.seconds} s",
            timezone=request.timezone,
            active=True,
            slug=request.slug,
            cron=request.cron,
            seconds=request.seconds,
            anchor=request.anchor,
            updated=self.now(),
        )
        self._schedules[request.pipeline_id] = (*(each for each in known if each not in ours), made)
        return made

    def switch_schedules(self, pipeline_id: str, schedule_ids: tuple[str, ...], *, active: bool) -> None:
        self._schedules[pipeline_id] = tuple(
            each.model_copy(update={"active": active}) if each.id in schedule_ids else each
            for each in self._schedules_of(pipeline_id)
        )

    def remove_schedules(self, pipeline_id: str, schedule_ids: tuple[str, ...]) -> None:
        known = self._schedules_of(pipeline_id)
        self._schedules[pipeline_id] = tuple(each for each in known if each.id not in schedule_ids)

    def unpause(self, pipeline_id: str) -> None:
        self._schedules_of(pipeline_id)
        self._pipelines[pipeline_id] = self._pipelines[pipeline_id].model_copy(update={"paused": False})

    def _schedules_of(self, pipeline_id: str) -> tuple[Schedule, ...]:
        self._answer()
        if pipeline_id not in self._pipelines:
            raise BadArguments(f"Prefect has no pipeline with the id {pipeline_id}.")
        return self._schedules[pipeline_id]

    def _answer(self) -> None:
        raise NotImplementedError

    def now(self) -> datetime:
        raise NotImplementedError

    def _id(self) -> str:
        raise NotImplementedError
