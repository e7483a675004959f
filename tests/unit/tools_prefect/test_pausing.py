"""Work pools and queues that hand out no runs, and hand them out again."""

from collections.abc import Callable

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments
from tools.prefect.pausing import PoolSwitched, pause_pool, resume_pool
from tools.spec import Done, NotDone, Tool, ToolResult

QUEUE = {"queue": "default"}


def switched(result: ToolResult) -> PoolSwitched:
    assert isinstance(result.data, PoolSwitched)
    return result.data


def pool_is_paused(bench: Bench) -> bool:
    pool = bench.prefect.pool()
    assert pool is not None
    return pool.paused


def queue_is_paused(bench: Bench) -> bool:
    return bench.prefect.limits.queue_paused


@pytest.mark.parametrize(("which", "paused"), [({}, pool_is_paused), (QUEUE, queue_is_paused)])
def test_a_pool_or_a_queue_is_paused_and_resumed(
    bench: Bench, which: dict[str, str], paused: Callable[[Bench], bool]
) -> None:
    assert bench.probe(pause_pool, key="k1", **which) == NotDone()
    assert switched(bench.use(pause_pool, **which)).changed
    assert paused(bench)
    assert isinstance(bench.probe(pause_pool, key="k1", **which), Done)
    assert bench.probe(resume_pool, key="k2", **which) == NotDone()
    result = bench.use(resume_pool, **which)
    assert "hands out runs again" in result.text
    assert not paused(bench)
    assert pool_is_paused(bench) is queue_is_paused(bench) is False


@pytest.mark.parametrize(("tool", "said"), [(pause_pool, "was paused"), (resume_pool, "was not paused")])
def test_what_is_so_already_is_left_as_it_is(bench: Bench, tool: Tool, said: str) -> None:
    bench.use(tool)
    result = bench.use(tool)
    assert f"The **work pool local** {said} before; nothing was changed." in result.text
    assert not switched(result).changed


def test_what_still_keeps_runs_from_beginning_is_said(bench: Bench) -> None:
    bench.prefect.set_pool(paused=True, online_workers=0)
    bench.prefect.limits.queue_paused = True
    text = bench.use(resume_pool, **QUEUE).text
    assert "The **work queue default of the pool local** hands out runs again." in text
    assert "The work pool local itself is paused." in text
    assert "prefect worker start --pool local" in text


def test_a_plan_binds_how_it_stands_and_warns_whom_a_pause_stops(bench: Bench) -> None:
    plan = bench.plan(pause_pool)
    assert plan.arguments == {"pool": "local", "queue": ""}
    assert plan.summary == "Pause the work pool local."
    assert plan.evidence.warnings == ("No run of anybody's begins there until it is resumed.",)
    bench.use(pause_pool)
    assert bench.plan(pause_pool).preconditions != plan.preconditions
    assert bench.plan(resume_pool, **QUEUE).summary == "Resume the work queue default of the pool local."


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ({"pool": "gpu"}, "no work pool gpu. Pipelines are registered on local."),
        ({"queue": "fast"}, "The work pool local has no queue fast"),
    ],
)
def test_what_there_is_not_is_said_with_what_there_is(bench: Bench, which: dict[str, str], said: str) -> None:
    with pytest.raises(BadArguments, match=said):
        bench.use(resume_pool, **which)
