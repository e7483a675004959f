"""What is asked for, as Prefect's filters. Pure."""

from uuid import UUID

from prefect.client.schemas import filters, objects

from tools.errors import BadArguments
from tools.prefect.client import RunQuery


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
        expected_start_time=filters.FlowRunFilterExpectedStartTime.model_validate({"before_": query.due_before})
        if query.due_before
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
