"""What notices runs whose process or worker died.

Prefect leaves such a run `Running` or `Pending` for ever. So every run that Trainmaster starts or
registers is told to send heartbeats, whatever its pool says, and carries `MARK`. Two automations then wait for signs of
life: one of marked runs that have begun, one of runs that a process pool was to begin. Both start to wait at an event
and not at a heartbeat alone, so that a run which dies before its first one is noticed too.

What Prefect 3.8 does with them (`prefect/server/events/triggers.py`): every event in `after` starts the wait anew, any
other event that is expected ends it. Waits are kept in Prefect's database and outlive its restart, but not a rewriting
of the automation: then a run is waited for again from its next event on. A run keeps the heartbeats that it could not
deliver; but a wait that has ended when Prefect comes back counts before they arrive, so the wait for heartbeats must be
longer than Prefect may be away. One that ended more than a minute before may be thrown away instead. Prefect refuses to
put a run into `Crashed` that has ended or is being cancelled.

On SQLite an event is lost to the automations when something else wrote at each of Prefect's four tries to count it
("database is locked" in its log). A run that beats is heard again in 30 s; one that was just paused is not, and becomes
`Crashed`. Prefect on PostgreSQL has no such limit, and is what it recommends for production.
"""

from datetime import timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture

from tools.prefect.client import SILENT_SECONDS, STARTING_SECONDS, TAG

#: The environment that makes a run send heartbeats: every 30 s, the shortest that Prefect takes. Its default is 180 s.
ENVIRONMENT = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
#: The tag of runs that have this environment. A run without it may be healthy and silent, and is left alone.
MARK = "heartbeats"

SILENT = "Trainmaster: a run whose worker died becomes Crashed"
STARTING = "Trainmaster: a run that does not begin becomes Crashed"

RUN = "prefect.flow-run."
#: After one of these a run that sends heartbeats owes another sign of life.
BEGUN = frozenset(RUN + sign for sign in ("Running", "Retrying", "heartbeat"))
#: After one of these a run is about to begin: its process starts, its source is fetched, its modules are imported.
BEGINNING = frozenset(RUN + sign for sign in ("Pending", "Submitting", "pull-step.executed"))
RESOURCE = "prefect.resource.id"
_VERSION = 2


def automations(*, silent_seconds: int, starting_seconds: int) -> tuple[AutomationCore, ...]:
    """What the automations must be; each one's description tells its version."""
    return (
        _crashing(
            SILENT,
            after=BEGUN,
            related=[{RESOURCE: f"prefect.tag.{MARK}"}],
            seconds=silent_seconds,
            message=f"The run was not heard of for {silent_seconds} s; its worker has probably died.",
        ),
        _crashing(
            STARTING,
            after=BEGINNING,
            # A process pool starts a run at once; a cluster may wait as long as it likes for a machine.
            related=[{RESOURCE: f"prefect.tag.{TAG}"}, {"prefect.work-pool.type": "process"}],
            seconds=starting_seconds,
            message=f"The run did not begin within {starting_seconds} s; its worker has probably died.",
        ),
    )


def _crashing(
    name: str, *, after: frozenset[str], related: list[dict[str, str]], seconds: int, message: str
) -> AutomationCore:
    return AutomationCore(
        name=name,
        description=f"Made by Trainmaster. Silent for {seconds} s means crashed. Version {_VERSION}.",
        enabled=True,
        trigger=EventTrigger(
            after=set(after),
            # Any event, because people may give a state any name: an unknown one must not make a run look dead.
            expect={f"{RUN}*"},
            match={RESOURCE: f"{RUN}*"},
            match_related=related,
            for_each={RESOURCE},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=seconds),
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message=message)],
    )


def ensure(
    client: SyncPrefectClient, *, silent_seconds: int = SILENT_SECONDS, starting_seconds: int = STARTING_SECONDS
) -> tuple[str, ...]:
    """The automations' ids; each is made when missing, and rewritten when it is an older one of ours.

    One that people switched off stays off.
    """
    wanted = automations(silent_seconds=silent_seconds, starting_seconds=starting_seconds)
    return tuple(_ensured(client, each) for each in wanted)


def _ensured(client: SyncPrefectClient, wanted: AutomationCore) -> str:
    known: list[Automation] = client.read_automations_by_name(wanted.name)
    if not known:
        return str(client.create_automation(wanted))
    if known[0].description != wanted.description:
        client.update_automation(known[0].id, wanted.model_copy(update={"enabled": known[0].enabled}))
    return str(known[0].id)
