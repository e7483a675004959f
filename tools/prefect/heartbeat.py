"""The automation that notices runs whose worker died.

Prefect leaves such a run `Running` for ever. A worker with `PREFECT_FLOWS_HEARTBEAT_FREQUENCY` set lets its runs send a
heartbeat; a run that has sent one and then falls silent is put into `Crashed`.
"""

from datetime import timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture

NAME = "Trainmaster: a run whose worker died becomes Crashed"
HEARTBEAT = "prefect.flow-run.heartbeat"
#: After one of these a run owes no heartbeat.
SILENCE = frozenset(
    f"prefect.flow-run.{state}"
    for state in ("Completed", "Failed", "Crashed", "Cancelled", "Paused", "Suspended", "AwaitingRetry")
)
RESOURCE = "prefect.resource.id"


def automation(*, within_seconds: int) -> AutomationCore:
    """What the automation must be; the description tells its version."""
    return AutomationCore(
        name=NAME,
        description=f"Made by Trainmaster. Silent for {within_seconds} s after a heartbeat means crashed. Version 1.",
        enabled=True,
        trigger=EventTrigger(
            after={HEARTBEAT},
            expect={HEARTBEAT, *SILENCE},
            match={RESOURCE: "prefect.flow-run.*"},
            for_each={RESOURCE},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=within_seconds),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                message=f"The run was not heard of for {within_seconds} s; its worker has probably died.",
            )
        ],
    )


def ensure(client: SyncPrefectClient, *, within_seconds: int) -> str:
    """The automation's id; it is made when missing, and rewritten when it is an older one of ours.

    One that people switched off stays off.
    """
    wanted = automation(within_seconds=within_seconds)
    known: list[Automation] = client.read_automations_by_name(NAME)
    if not known:
        return str(client.create_automation(wanted))
    if known[0].description != wanted.description:
        client.update_automation(known[0].id, wanted.model_copy(update={"enabled": known[0].enabled}))
    return str(known[0].id)
