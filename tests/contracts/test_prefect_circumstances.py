import pytest

from tests.contracts.prefect_samples import NOWHERE, registered, started
from tests.contracts.prefect_worlds import INPUT, UNTIL, PrefectWorld
from tools.errors import BadArguments
from tools.prefect.circumstances import Circumstances, Slots
from tools.prefect.results import StateType

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)


def numbers(slots: Slots | None) -> tuple[int, int, list[str]]:
    assert slots is not None
    return slots.limit, slots.taken, [holder.name for holder in slots.holders]


def test_a_run_that_waits_tells_its_pool_its_queue_and_since_when(apart: PrefectWorld, name: str) -> None:
    pipeline = registered(apart, name)
    run = started(apart, pipeline)
    at = apart.backend.circumstances(run.id)
    assert at.run == run
    assert at.pipeline == pipeline
    assert (at.pool_name, at.pool) == (apart.backend.work_pool, apart.backend.pool())
    assert at.queue is not None
    assert (at.queue.name, at.queue.paused, at.queue.slots) == ("default", False, None)
    assert (at.pool_slots, at.pipeline_slots, at.tag_slots, at.full_limits) == (None, None, (), ())
    assert (at.ahead, at.pause, at.schedules, at.waiting_tasks, at.served) == (0, None, (), (), True)
    assert at.since is not None
    assert at.due == run.expected_start


def test_runs_that_were_due_earlier_are_counted(apart: PrefectWorld, name: str) -> None:
    pipeline = registered(apart, name)
    first, second, third = (started(apart, pipeline) for _ in range(3))
    apart.advance(first.id, StateType.RUNNING)
    assert apart.backend.circumstances(second.id).ahead == 0
    assert apart.backend.circumstances(third.id).ahead == 1


def test_a_pools_limit_tells_who_holds_its_slots(apart: PrefectWorld, name: str) -> None:
    pipeline = registered(apart, name)
    apart.limit_pool(2)
    first, second, waiting = (started(apart, pipeline) for _ in range(3))
    apart.advance(first.id, StateType.RUNNING)
    assert numbers(apart.backend.circumstances(waiting.id).pool_slots) == (2, 1, [first.name])
    apart.advance(second.id, StateType.RUNNING)
    slots = apart.backend.circumstances(waiting.id).pool_slots
    assert numbers(slots) == (2, 2, [first.name, second.name])
    assert slots is not None
    assert slots.full
    assert {holder.pipeline for holder in slots.holders} == {name}


def test_a_queues_limit_and_pause_are_told(apart: PrefectWorld, name: str) -> None:
    pipeline = registered(apart, name)
    apart.limit_queue(1)
    apart.pause_queue()
    first, waiting = started(apart, pipeline), started(apart, pipeline)
    apart.advance(first.id, StateType.RUNNING)
    queue = apart.backend.circumstances(waiting.id).queue
    assert queue is not None
    assert queue.paused
    assert numbers(queue.slots) == (1, 1, [first.name])


def test_a_paused_pool_is_told(apart: PrefectWorld, name: str) -> None:
    run = started(apart, registered(apart, name))
    apart.pause_pool()
    pool = apart.backend.circumstances(run.id).pool
    assert pool is not None
    assert (pool.paused, pool.online_workers) == (True, 0)


def test_a_pipelines_limit_makes_the_next_run_wait_and_tells_for_whom(apart: PrefectWorld, name: str) -> None:
    pipeline = registered(apart, name)
    apart.limit_pipeline(pipeline.id, 1)
    first, waiting = started(apart, pipeline), started(apart, pipeline)
    apart.take(first.id)
    apart.take(waiting.id)
    at = apart.backend.circumstances(waiting.id)
    assert at.run is not None
    assert (at.run.state_type, at.run.state_name) == (StateType.SCHEDULED, "AwaitingConcurrencySlot")
    assert numbers(at.pipeline_slots) == (1, 1, [first.name])
    assert at.due is not None
    assert at.since is not None
    assert at.due > at.since


def test_a_tags_limit_is_told_of_a_task_that_waits_for_it(apart: PrefectWorld, name: str) -> None:
    pipeline, tag = registered(apart, name), f"database-{name}"
    apart.limit_tag(tag, 1)
    holding, waiting = started(apart, pipeline), started(apart, pipeline)
    for run in (holding, waiting):
        apart.advance(run.id, StateType.RUNNING)
        apart.begin_task(run.id, "load", tag)
    at = apart.backend.circumstances(waiting.id)
    assert [task.task for task in at.waiting_tasks] == ["load"]
    assert [numbers(slots) for slots in at.tag_slots] == [(1, 1, [holding.name])]
    assert at.tag_slots[0].name == tag
    assert apart.backend.circumstances(holding.id).tag_slots == ()


def test_a_run_that_is_paused_tells_until_when(apart: PrefectWorld, name: str) -> None:
    run = started(apart, registered(apart, name))
    apart.advance(run.id, StateType.RUNNING)
    apart.pause(run.id)
    pause = apart.backend.circumstances(run.id).pause
    assert pause is not None
    assert (pause.asks, pause.until, pause.input_schema) == (False, UNTIL, {})


def test_a_run_that_waits_for_input_tells_what_it_asks_for(apart: PrefectWorld, name: str) -> None:
    run = started(apart, registered(apart, name))
    apart.advance(run.id, StateType.RUNNING)
    apart.pause(run.id, asks="How many rows?")
    pause = apart.backend.circumstances(run.id).pause
    assert pause is not None
    assert (pause.asks, pause.about, pause.input_schema) == (True, "How many rows?", INPUT)


def test_a_pipeline_tells_what_its_next_run_depends_on(apart: PrefectWorld, name: str) -> None:
    pipeline = registered(apart, name)
    apart.add_schedule(pipeline.id, "0 9 * * 1")
    at = apart.backend.pipeline_circumstances(pipeline.id)
    assert (at.run, at.pool_name) == (None, apart.backend.work_pool)
    assert [schedule.cron for schedule in at.schedules] == ["0 9 * * 1"]
    assert Circumstances.model_validate_json(at.model_dump_json()) == at


def test_what_does_not_exist_is_said_so(apart: PrefectWorld) -> None:
    with pytest.raises(BadArguments, match=f"no run with the id {NOWHERE}"):
        apart.backend.circumstances(NOWHERE)
    with pytest.raises(BadArguments, match=f"no pipeline with the id {NOWHERE}"):
        apart.backend.pipeline_circumstances(NOWHERE)


def test_pools_and_queues_are_found_paused_and_resumed(apart: PrefectWorld) -> None:
    backend = apart.backend
    pool = backend.ensure_pool().name
    for paused in (True, False):
        backend.pause_pool(pool, paused=paused)
        backend.pause_queue(pool, "default", paused=paused)
        found, queue = backend.pool_called(pool), backend.queue_called(pool, "default")
        assert found is not None
        assert queue is not None
        assert (found.paused, queue.paused) == (paused, paused)
    assert backend.pool_called("nowhere") is None
    assert backend.queue_called(pool, "nowhere") is None
    with pytest.raises(BadArguments):
        backend.pause_pool("nowhere", paused=True)
    with pytest.raises(BadArguments):
        backend.pause_queue(pool, "nowhere", paused=True)
