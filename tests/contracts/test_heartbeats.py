"""What Prefect itself does with runs that fall silent; its own machinery decides, so only a real server can tell."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.events.schemas.automations import EventTrigger

from tests.contracts.prefect_samples import registered, started
from tests.contracts.prefect_worlds import ServerWorld
from tools.prefect import heartbeat
from tools.prefect.results import FlowRun, StateType
from tools.prefect.server import PrefectServer

#: The first test waits for the server to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)

SECONDS = 10  # the shortest wait that Prefect allows
BEAT_SECONDS = 2
APART_SECONDS = 0.5  # between two changes: events that are milliseconds apart may be taken in any order, or lost
SLOWLY = 60  # when a test gives up

#: What happens to the runs, one after the other; a run that is not in it was never taken by a worker. Those that are to
#: crash come last: when Prefect has waited for them, it has waited for all.
CHANGES = (
    ("unmarked", StateType.RUNNING),
    ("speaking", StateType.RUNNING),
    ("slow", StateType.PENDING),
    ("paused", StateType.RUNNING),
    ("again", StateType.RUNNING),
    ("paused", StateType.PAUSED),
    ("again", StateType.SCHEDULED),
    ("silent", StateType.RUNNING),
    ("stuck", StateType.PENDING),
)


@pytest.fixture
def client(prefect_api_url: str) -> Iterator[SyncPrefectClient]:
    """Prefect's own client; no wait of these tests is left for the runs of others."""
    with SyncPrefectClient(prefect_api_url) as client:
        _forget(client)
        yield client
        _forget(client)


def _forget(client: SyncPrefectClient) -> None:
    for name in (heartbeat.SILENT, heartbeat.STARTING):
        for automation in client.read_automations_by_name(name):
            client.delete_automation(automation.id)


def _unmarked(client: SyncPrefectClient, pool: str, name: str) -> str:
    """A run of a pipeline from before runs were told to send heartbeats."""
    deployment = client.create_deployment(
        flow_id=client.create_flow_from_name(name), name="trainmaster", work_pool_name=pool, tags=["trainmaster"]
    )
    return str(client.create_flow_run_from_deployment(deployment).id)


def _beat(api_url: str, run: FlowRun) -> None:
    """Say what a run's process says every thirty seconds."""
    event = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run.id}"},
        "related": [
            {"prefect.resource.id": f"prefect.tag.{tag}", "prefect.resource.role": "tag"} for tag in sorted(run.tags)
        ],
    }
    httpx.post(f"{api_url}/events", json=[event]).raise_for_status()


def _until(ended: Callable[[], bool], *, meanwhile: Callable[[], object]) -> bool:
    """Whether it has come true."""
    begun = time.monotonic()
    while time.monotonic() - begun < SLOWLY:
        meanwhile()
        if ended():
            return True
        time.sleep(BEAT_SECONDS)  # the beat of the run that speaks, within the deadline above
    return False


@dataclass(frozen=True)
class Aftermath:
    """What became of the runs once Prefect had waited long enough, and what it says about the dead ones."""

    states: dict[str, StateType]
    messages: dict[str, str]


@pytest.fixture(scope="module")
def aftermath(prefect_server_world: ServerWorld, prefect_api_url: str) -> Aftermath:
    """Runs of every kind, waited for together: Prefect lets no wait be shorter than ten seconds.

    Prefect on SQLite may drop an event when something else writes while it takes it (four times "database is locked",
    at once). The test is about what it does with events that it took, so it changes one run at a time.
    """
    world, backend, name = prefect_server_world, prefect_server_world.backend, f"churn-{uuid4().hex[:8]}"
    with SyncPrefectClient(prefect_api_url) as client:
        _forget(client)
        client.create_work_pool(WorkPoolCreate(name=name, type="docker"))
        elsewhere = ServerWorld(prefect_api_url, pool=name)
        backend.ensure_heartbeat_automation(silent_seconds=SECONDS, starting_seconds=SECONDS)
        pipeline = registered(world, name)
        runs = {each: started(world, pipeline).id for each in ("silent", "paused", "again", "stuck", "waiting")}
        speaking = started(world, pipeline)
        runs["speaking"] = speaking.id
        runs["unmarked"] = _unmarked(client, backend.work_pool, f"{name}-before")
        runs["slow"] = started(elsewhere, registered(elsewhere, f"{name}-slow")).id
        for run, state in CHANGES:
            world.advance(runs[run], state)
            time.sleep(APART_SECONDS)
            _beat(prefect_api_url, speaking)
            time.sleep(APART_SECONDS)
        assert _until(
            lambda: backend.run(runs["silent"]).finished and backend.run(runs["stuck"]).finished,
            meanwhile=lambda: _beat(prefect_api_url, speaking),
        )
        last = {each: backend.run(run) for each, run in runs.items()}
        elsewhere.close()
        _forget(client)
    return Aftermath(
        {each: run.state_type for each, run in last.items()}, {each: run.message for each, run in last.items()}
    )


@pytest.mark.parametrize(
    ("run", "state"),
    [
        ("silent", StateType.CRASHED),
        ("speaking", StateType.RUNNING),
        ("paused", StateType.PAUSED),
        ("again", StateType.SCHEDULED),
        ("unmarked", StateType.RUNNING),
    ],
)
def test_only_a_run_that_promised_heartbeats_and_falls_silent_is_crashed(
    run: str, state: StateType, aftermath: Aftermath
) -> None:
    assert aftermath.states[run] == state


@pytest.mark.parametrize(
    ("run", "state"),
    [("stuck", StateType.CRASHED), ("waiting", StateType.SCHEDULED), ("slow", StateType.PENDING)],
)
def test_a_run_that_does_not_begin_is_crashed_on_a_process_pool_only(
    run: str, state: StateType, aftermath: Aftermath
) -> None:
    assert aftermath.states[run] == state


def test_a_crashed_run_says_why(aftermath: Aftermath) -> None:
    silence = f"The run was not heard of for {SECONDS} s; its worker has probably died."
    standing = f"The run did not begin within {SECONDS} s; its worker has probably died."
    assert (aftermath.messages["silent"], aftermath.messages["stuck"]) == (silence, standing)


def test_an_older_automation_is_rewritten_and_one_that_is_switched_off_stays_off(
    prefect_api_url: str, client: SyncPrefectClient
) -> None:
    backend = PrefectServer(prefect_api_url, work_pool="idle")
    silent, starting = (UUID(each) for each in backend.ensure_heartbeat_automation(silent_seconds=SLOWLY))
    client.pause_automation(starting)
    backend.ensure_heartbeat_automation(silent_seconds=2 * SLOWLY, starting_seconds=2 * SLOWLY)
    backend.close()
    [changed] = client.read_automations_by_name(heartbeat.SILENT)
    [off] = client.read_automations_by_name(heartbeat.STARTING)
    assert [(each.id, each.enabled) for each in (changed, off)] == [(silent, True), (starting, False)]
    for trigger in (changed.trigger, off.trigger):
        assert isinstance(trigger, EventTrigger)
        assert trigger.within == timedelta(seconds=2 * SLOWLY)


def test_every_run_and_every_pipeline_is_told_to_send_heartbeats(
    prefect_server_world: ServerWorld, client: SyncPrefectClient, name: str
) -> None:
    pipeline = registered(prefect_server_world, name)
    run = started(prefect_server_world, pipeline)
    told = client.read_flow_run(UUID(run.id)), client.read_deployment(UUID(pipeline.id))
    for each in told:
        assert each.job_variables is not None
        assert each.job_variables["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"
        assert heartbeat.MARK in each.tags
