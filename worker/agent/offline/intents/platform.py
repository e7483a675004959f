"""The installation itself: its systems, its cloud project, what it costs."""

from worker.agent.offline.intent import Intent, either_word
from worker.agent.offline.intents.plays import relay
from worker.agent.offline.steps import Step, failure


def _status(step: Step) -> str:
    """The status tool's answer; without one, whether a read from each system is answered."""
    found = step.toolbox.find(step.wish.intent.tools, reading=True)
    if found is not None:
        return step.call(found).text
    lines: list[str] = []
    for system, name in (("Prefect", "list_pipelines"), ("MLflow", "list_experiments")):
        tool = step.toolbox.find((name,))
        if tool is None:
            continue
        reply = step.attempt(tool, {})
        lines.append(f"- {failure(reply.text, changes=False)}" if reply.failed else f"- {system} answers.")
    return "\n".join(lines) or step.cannot()


_BACKENDS = either_word(
    """
    prefect mlflow redis server servers backend backends system systems platform infrastructure infra stack
    services service everything environment dependencies cluster
    """
)
_UP = either_word(
    """
    reach up down ok okay healthy reachable working alive running fine online available broken status health state
    respond responding operational offline work good well connected smoothly outage wrong dead green red problems
    issues check
    """
)

INTENTS = (
    Intent(
        name="system_status",
        does="say whether all systems answer",
        example="`system status`",
        play=_status,
        tools=("system_status", "check_health", "health*", "*health", "ping*"),
        signs=f"""
            {_BACKENDS} {_UP} !run !name !pipeline @3.15
            {_BACKENDS} {_UP} =is|=are|=all|=how|=your @3.35
            {_BACKENDS} howdid|how|state @3.3
            =vertex|=gcp =connected|=reachable|=up|=down|=reach|=available =is|=are|=can !run !name @3.4
            =anything|=something =down|=broken|=offline @2.8
            =health @2.6
            =health =check @3.2
            =outage|=outages|=downtime @2.8
            =system|=platform|=infrastructure|=infra =status|=state|=health|=healthy @3.4
            =connection|=connectivity|=connected =prefect|=mlflow|=server|=backend @3.2
            workpool =online|=up|=alive|=running|=healthy|=there|=status|=many|=offline|=down|=working|=connected @3
            =everything =ok|=okay|=fine|=up|=alright|=working|=good|=right @2.9
            =doctor|=heartbeat|=uptime|=diagnostics @2.6
            =are =you =up|=alive|=online|=working|=ok|=healthy|=there|=working @2.5
            =ping #short @2.6
        """,
    ),
    Intent(
        name="cloud_project_buckets",
        does="tell the cloud project and its buckets",
        example="`which GCP project are we on?`",
        play=relay,
        tools=("list_buckets", "*bucket*", "describe_project", "*project*"),
        instead="Google Cloud tools are not part of this installation.",
        signs="""
            =gs @3.3
            =cloud what|which|where @2.9
            bucket @2.3
            =bucket|=buckets|=gcs @3.3
            =bucket|=buckets|=gcs what|show|where|exist|howmany @3.6
            =storage what|show|where|=our|=cloud @3.2
            =project|=gcp|=region what|which|show|where|tell|=our @3.5
            =gcp|=google_cloud|=gcloud @3
            =cloud =project|=account|=storage|=region @3.4
            =artifacts|=artifact where|show|what|=stored|=list @3.2
            =files =stored|=storage|=bucket|=gcs @3.2
            where =stored|=store|=saved|=save|=land|=kept @2.7
        """,
    ),
    Intent(
        name="cost",
        does="tell what it costs",
        example="`what did we spend this month?`",
        play=relay,
        tools=("*cost*", "*billing*", "*spend*"),
        instead="Look at the billing page of your cloud.",
        signs="cost @2.5\ncost what|howmany|show|how|=we|=our @3.1\n=how =expensive @3",
    ),
)
