"""What is asked for, as Prefect's filters. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from prefect.client.schemas import filters, objects

from tools.errors import BadArguments
from tools.prefect.client import RunQuery
from tools.prefect.results import StateType


def flow_runs(query: RunQuery) -> filters.FlowRunFilter:
    """Which runs.

    Raises:
        BadArguments: The pipeline's id is not an id.
    """
    states = [objects.StateType(state.value) for state in sorted(query.states)]
    return filters.FlowRunFilter(
        deployment_id=filters.FlowRunFilterDeploymentId(any_=[identifier(query.pipeline_id, "pipeline")])
        if query.pipeline_id
        else None,
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=states)) if states else None,
        tags=filters.FlowRunFilterTags(all_=list(query.tags)) if query.tags else None,
        name=filters.FlowRunFilterName(any_=[query.name]) if query.name else None,
        expected_start_time=filters.FlowRunFilterExpectedStartTime.model_validate(
            {"before_": query.due_before, "after_": query.due_after}
        )
        if query.due_before or query.due_after
        else None,
    )


def flow_runs_by_key(key: str) -> filters.FlowRunFilter:
    """The run that was started with an idempotency key."""
    return filters.FlowRunFilter(idempotency_key=filters.FlowRunFilterIdempotencyKey(any_=[key]))


def of_run(run_id: str) -> filters.FlowRunFilter:
    """One run."""
    return filters.FlowRunFilter(id=filters.FlowRunFilterId(any_=[identifier(run_id, "run")]))


def logs_of_run(run_id: str, *, min_level: int) -> filters.LogFilter:
    """The log of one run, its tasks included."""
    return filters.LogFilter(
        flow_run_id=filters.LogFilterFlowRunId(any_=[identifier(run_id, "run")]),
        level=filters.LogFilterLevel(ge_=min_level) if min_level else None,
    )


def identifier(text: str, noun: str) -> UUID:
    """An id as Prefect writes it.

    Raises:
        BadArguments: It is none.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise BadArguments(f"“{text}” is not the id of a {noun}.") from error


def artifacts_of(run_id: UUID) -> filters.ArtifactFilter:
    """What a run published."""
    return filters.ArtifactFilter(flow_run_id=filters.ArtifactFilterFlowRunId(any_=[run_id]))


def tasks(ids: list[UUID]) -> filters.TaskRunFilter:
    """Some tasks by their ids."""
    return filters.TaskRunFilter(id=filters.TaskRunFilterId(any_=ids))


def tasks_in(states: tuple[StateType, ...]) -> filters.TaskRunFilter:
    """Tasks in one of some types of state."""
    types = [objects.StateType(state.value) for state in states]
    return filters.TaskRunFilter(state=filters.TaskRunFilterState(type=filters.TaskRunFilterStateType(any_=types)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Runs by where they are; every condition that is set must hold.

    Attributes:
        states: Runs in one of these types of state.
        pool: Runs of this pool.
        queue: Runs of this queue; only with `pool`.
        deployment: Runs of this deployment.
        due_before: Runs that are to start next before this moment.
        due_after: Runs that are to start next after this moment.
        without: Not this run.
    """

    states: tuple[StateType, ...]
    pool: str = ""
    queue: str = ""
    deployment: UUID | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    without: UUID | None = None

    def filters(self) -> "Filters":
        """As Prefect's client takes them."""
        types = [objects.StateType(state.value) for state in self.states]
        runs = filters.FlowRunFilter(
            state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=types)),
            deployment_id=filters.FlowRunFilterDeploymentId(any_=[self.deployment]) if self.deployment else None,
            next_scheduled_start_time=filters.FlowRunFilterNextScheduledStartTime.model_validate(
                {"before_": self.due_before, "after_": self.due_after}
            )
            if self.due_before or self.due_after
            else None,
            id=filters.FlowRunFilterId.model_validate({"not_any_": [self.without]}) if self.without else None,
        )
        found = Filters(flow_run_filter=runs)
        if self.pool:
            found["work_pool_filter"] = filters.WorkPoolFilter(name=filters.WorkPoolFilterName(any_=[self.pool]))
        if self.queue:
            found["work_queue_filter"] = filters.WorkQueueFilter(name=filters.WorkQueueFilterName(any_=[self.queue]))
        return found


class Filters(TypedDict, total=False):
    """Keyword arguments of the client's calls that read runs."""

    flow_run_filter: filters.FlowRunFilter
    work_pool_filter: filters.WorkPoolFilter
    work_queue_filter: filters.WorkQueueFilter
