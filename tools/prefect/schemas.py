"""What Prefect's client puts off until its first answer, done early.

Its classes build their validators at their first use, which takes some 15 MB. A process that forks does it before, and
its children share that.
"""

from prefect.client.schemas import filters, objects, responses

#: What our calls read and ask with, and all that these are made of.
USED = (
    responses.DeploymentResponse,
    responses.OrchestrationResult,
    filters.DeploymentFilter,
    filters.FlowFilter,
    filters.FlowRunFilter,
    objects.Flow,
    objects.FlowRun,
    objects.Log,
    objects.TaskRun,
    objects.WorkPool,
)


def complete() -> None:
    """Have the classes of what we use built now; opens nothing, and a second call does nothing."""
    for model in USED:
        model.model_rebuild()
