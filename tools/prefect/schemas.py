"""What Prefect's client puts off until its first answer, done early.

Its classes build their validators at their first use, which takes some 15 MB. A process that forks does it before, and
its children share that.
"""

from prefect.client.schemas import objects, responses

#: What our calls read, and all that these are made of.
READ = (
    responses.DeploymentResponse,
    responses.OrchestrationResult,
    objects.Flow,
    objects.FlowRun,
    objects.Log,
    objects.TaskRun,
    objects.WorkPool,
)


def complete() -> None:
    """Have the classes of what we read built now; opens nothing, and a second call does nothing."""
    for model in READ:
        model.model_rebuild()
