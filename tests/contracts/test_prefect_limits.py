"""How much may go on at once, and how that changes, in memory and on a real Prefect."""

import pytest

from tests.contracts.prefect_samples import NOWHERE, registered, started
from tests.contracts.prefect_worlds import PrefectWorld
from tools.errors import BadArguments
from tools.prefect.circumstances import Slots
from tools.prefect.limits import Limited, LimitOf
from tools.prefect.results import StateType

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)


def numbers(slots: Slots | None) -> tuple[int, int] | None:
    return (slots.limit, slots.taken) if slots else None


def test_limits_of_a_pool_and_a_queue_are_set_changed_and_taken_away(apart: PrefectWorld, name: str) -> None:
    backend = apart.backend
    pool = backend.work_pool
    run = started(apart, registered(apart, name))
    apart.advance(run.id, StateType.RUNNING)
    for limited in (Limited(of=LimitOf.POOL, name=pool), Limited(of=LimitOf.QUEUE, name="default", pool=pool)):
        assert backend.limit_of(limited) is None
        for limit in (1, 3, 2):
            backend.set_limit(limited, limit)
            assert numbers(backend.limit_of(limited)) == (limit, 1)
        backend.set_limit(limited, None)
        assert backend.limit_of(limited) is None
    queue = backend.queue_called(pool, "default")
    assert queue is not None
    assert not queue.paused


def test_a_pipelines_limit_is_raised_while_runs_hold_it_and_the_next_one_begins(apart: PrefectWorld, name: str) -> None:
    backend, pipeline = apart.backend, registered(apart, name)
    apart.add_schedule(pipeline.id, "0 9 * * 1")
    limited = Limited(of=LimitOf.PIPELINE, name=pipeline.id)
    assert backend.limit_of(limited) is None
    backend.set_limit(limited, 1)
    first, waiting = started(apart, pipeline), started(apart, pipeline)
    apart.take(first.id)
    apart.take(waiting.id)
    assert backend.run(waiting.id).state_name == "AwaitingConcurrencySlot"
    assert numbers(backend.limit_of(limited)) == (1, 1)
    backend.set_limit(limited, 2)
    apart.take(waiting.id)
    assert backend.run(waiting.id).state_type is StateType.PENDING
    assert numbers(backend.limit_of(limited)) == (2, 2)
    backend.set_limit(limited, None)
    assert backend.limit_of(limited) is None
    assert len(backend.pipeline_detail(pipeline.id).schedules) == 1


def test_a_pipelines_limit_that_is_switched_off_gives_no_slots_until_it_is_set_again(
    apart: PrefectWorld, name: str
) -> None:
    backend, pipeline = apart.backend, registered(apart, name)
    limited = Limited(of=LimitOf.PIPELINE, name=pipeline.id)
    apart.limit_pipeline(pipeline.id, 2)
    apart.switch_limit_off(pipeline.id)
    run = started(apart, pipeline)
    apart.take(run.id)
    slots = backend.circumstances(run.id).pipeline_slots
    assert slots is not None
    assert (slots.off, numbers(slots), backend.run(run.id).state_name) == (True, (2, 0), "AwaitingConcurrencySlot")
    backend.set_limit(limited, 2)
    apart.take(run.id)
    found = backend.limit_of(limited)
    assert found is not None
    assert (found.off, numbers(found), backend.run(run.id).state_type) == (False, (2, 1), StateType.PENDING)


def test_a_tags_limit_is_set_changed_and_taken_away_while_a_task_holds_it(apart: PrefectWorld, name: str) -> None:
    backend, pipeline, tag = apart.backend, registered(apart, name), f"gpu: {name}"
    limited = Limited(of=LimitOf.TAG, name=tag)
    assert backend.limit_of(limited) is None
    backend.set_limit(limited, 1)
    assert tag in backend.limited_tags()
    run = started(apart, pipeline)
    apart.advance(run.id, StateType.RUNNING)
    apart.begin_task(run.id, "train", tag)
    assert numbers(backend.limit_of(limited)) == (1, 1)
    backend.set_limit(limited, 2)
    assert numbers(backend.limit_of(limited)) == (2, 1)
    backend.set_limit(limited, None)
    assert backend.limit_of(limited) is None
    assert tag not in backend.limited_tags()
    backend.set_limit(limited, None)


def test_what_does_not_exist_has_no_limit_to_be_changed(apart: PrefectWorld) -> None:
    pool = apart.backend.ensure_pool().name
    for limited in (
        Limited(of=LimitOf.POOL, name="nowhere"),
        Limited(of=LimitOf.QUEUE, name="nowhere", pool=pool),
        Limited(of=LimitOf.PIPELINE, name=NOWHERE),
    ):
        with pytest.raises(BadArguments):
            apart.backend.set_limit(limited, 1)
