"""What the tools ask of Prefect about schedules."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.prefect.results import Pipeline, Schedule
from tools.spec import Result

#: How the slug of every schedule begins that Trainmaster set.
OURS = "trainmaster-"


class PipelineSchedules(Result):
    """A pipeline with its schedules."""

    pipeline: Pipeline
    schedules: tuple[Schedule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRequest:
    """A schedule to set; `cron` or `seconds` is given.

    Attributes:
        pipeline_id: Which pipeline.
        slug: The schedule's name within the pipeline, made of the idempotency key by `slug_of`.
        timezone: The zone the rule is read in.
        cron: A cron rule with five fields.
        seconds: The time from one run to the next.
        anchor: A moment that such times are counted from (timezone-aware).
    """

    pipeline_id: str
    slug: str
    timezone: str
    cron: str = ""
    seconds: int = 0
    anchor: datetime | None = None


def slug_of(key: str) -> str:
    """The slug of the schedule that a call with this idempotency key sets."""
    return f"{OURS}{hashlib.sha256(key.encode()).hexdigest()[:16]}"


class SchedulesBackend(Protocol):
    """The half of Prefect that starts runs by itself. See `PrefectBackend` for what is raised."""

    def scheduled(self) -> tuple[PipelineSchedules, ...]:
        """Every pipeline that has a schedule, by name; of at most 1,000 pipelines."""

    def set_schedule(self, request: ScheduleRequest) -> Schedule:
        """Let this be the one schedule of ours that a pipeline has, switched on; those that people made stay.

        The same slug again changes nothing.
        """

    def switch_schedules(self, pipeline_id: str, schedule_ids: tuple[str, ...], *, active: bool) -> None:
        """Switch some schedules of a pipeline on or off; all else about them stays."""

    def remove_schedules(self, pipeline_id: str, schedule_ids: tuple[str, ...]) -> None:
        """Remove some schedules of a pipeline; those that are gone already stay gone."""

    def unpause(self, pipeline_id: str) -> None:
        """Let a pipeline's schedules start runs again after people paused it as a whole."""
