"""How much may go on at once, and how that is changed."""

from typing import Any

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments, Refused
from tools.prefect.client import RunRequest
from tools.prefect.limiting import LimitChanged, set_concurrency_limit
from tools.prefect.results import StateType
from tools.spec import Difference, Done, NotDone, ToolResult

CHURN = {"of": "pipeline", "name": "churn-prediction"}


@pytest.fixture(autouse=True)
def pipeline(bench: Bench) -> str:
    """The id of the one pipeline that there is."""
    return bench.prefect.add_pipeline("churn-prediction").id


def changed(result: ToolResult) -> LimitChanged:
    assert isinstance(result.data, LimitChanged)
    return result.data


def go_on(bench: Bench, runs: int) -> None:
    """Let so many runs of the pipeline go on."""
    for _ in range(runs):
        pipeline = bench.prefect.pipelines()[0].id
        run = bench.prefect.start(RunRequest(pipeline_id=pipeline, key=f"k{bench.prefect.now()}"))
        bench.prefect.advance(run.id, StateType.RUNNING)


@pytest.mark.parametrize(
    ("which", "called"),
    [
        ({"of": "pool"}, "work pool local"),
        ({"of": "queue"}, "work queue default of the pool local"),
        (CHURN, "pipeline churn-prediction"),
        ({"of": "tag", "name": "gpu"}, "tag gpu"),
    ],
)
def test_a_limit_is_set_changed_and_taken_away(bench: Bench, which: dict[str, Any], called: str) -> None:
    assert bench.probe(set_concurrency_limit, key="k1", **which, limit=2) == NotDone()
    said = bench.use(set_concurrency_limit, **which, limit=2).text
    assert f"The concurrency limit of **{called}** is 2 now; there was none before. 0 of 2 slots are taken." in flat(
        said
    )
    assert isinstance(bench.probe(set_concurrency_limit, key="k1", **which, limit="2"), Done)
    said = bench.use(set_concurrency_limit, **which, limit="3").text
    assert f"**{called}** is 3 now; it was 2." in said
    assert "What waits for it begins within half a minute." in said
    again = bench.use(set_concurrency_limit, **which, limit="3")
    assert "was 3 before; nothing was changed." in again.text
    assert not changed(again).changed
    gone = bench.use(set_concurrency_limit, **which, limit="none")
    assert "is taken away: any number may go on at once; it was 3." in gone.text
    assert (changed(gone).limit, changed(gone).slots) == (None, None)
    assert isinstance(bench.probe(set_concurrency_limit, key="k3", **which, limit="none"), Done)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_plan_says_from_what_to_what_binds_it_and_tells_who_goes_on(bench: Bench, pipeline: str) -> None:
    bench.prefect.limits.pipelines[pipeline] = 2
    go_on(bench, 2)
    plan = bench.plan(set_concurrency_limit, of="pipeline", name="churn", limit=1)
    exact = {"of": "pipeline", "name": "churn-prediction/trainmaster", "limit": "1", "pool": ""}
    assert plan.arguments == exact
    assert bench.plan(set_concurrency_limit, **exact).arguments == exact
    assert plan.summary == "Change the concurrency limit of the pipeline churn-prediction from 2 to 1."
    assert plan.resources == ("prefect:pipeline:churn-prediction",)
    assert plan.evidence.differences == (Difference(name="Limit", before="2", after="1"),)
    assert plan.evidence.facts[0].value.startswith("2 of 2 slots are taken by ")
    assert plan.evidence.warnings == ("2 go on now: none begins until fewer than 1 do. What goes on is left alone.",)
    assert plan.rollback == "Set it to 2 again."
    bench.use(set_concurrency_limit, **exact)
    assert bench.plan(set_concurrency_limit, **exact).preconditions != plan.preconditions


@pytest.mark.parametrize(
    ("which", "instead"),
    [
        ({"of": "pool"}, "/mlops pool pause local`"),
        ({"of": "queue"}, "/mlops pool pause local default`"),
        (CHURN, "/mlops schedule pause churn-prediction"),
        ({"of": "tag", "name": "gpu"}, "Say 1 to let one go on at a time"),
    ],
)
def test_zero_is_refused_with_what_to_do_instead(bench: Bench, which: dict[str, str], instead: str) -> None:
    with pytest.raises(BadArguments, match=instead):
        bench.plan(set_concurrency_limit, **which, limit="0")
    with pytest.raises(BadArguments, match="A limit of 0"):
        bench.use(set_concurrency_limit, **which, limit=0)


@pytest.mark.parametrize("limit", ["-1", "2.5", "many", "10001", "99999999", ""])
def test_what_is_no_limit_is_said_with_what_is_one(bench: Bench, limit: str) -> None:
    with pytest.raises(BadArguments, match="say a whole number from 1 to 10,000, or `none`"):
        bench.use(set_concurrency_limit, of="pool", limit=limit)


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ({"of": "pool", "name": "gpu"}, "no work pool gpu"),
        ({"of": "queue", "name": "fast"}, "has no queue fast"),
        ({"of": "pipeline", "name": "weather"}, "no pipeline “weather”"),
        ({"of": "pipeline"}, "Say the name of the pipeline"),
        ({"of": "tag"}, "Say the name of the tag"),
        ({"of": "tag", "name": "team/gpu"}, "no limit for a tag with / in it"),
        ({"of": "tag", "name": "gpu", "pool": "local"}, "leave it out for a tag"),
    ],
)
def test_what_there_is_not_or_was_not_said_is_named(bench: Bench, which: dict[str, str], said: str) -> None:
    with pytest.raises(BadArguments, match=said):
        bench.use(set_concurrency_limit, **which, limit="2")


def test_a_tag_without_a_limit_so_far_is_told_with_those_that_have_one(bench: Bench) -> None:
    bench.prefect.limits.tags |= {"gpu": 1, "database": 3}
    [warning] = bench.plan(set_concurrency_limit, of="tag", name="gpus", limit="2").evidence.warnings
    assert warning == "The tag gpus has no limit so far. These have one: database, gpu."
    assert "I took “GPU” for the tag **gpu**" in bench.use(set_concurrency_limit, of="tag", name="GPU", limit="2").text
    assert bench.prefect.limits.tags == {"gpu": 2, "database": 3}


def test_a_limit_that_others_wait_for_too_is_left_to_its_own_page(bench: Bench, pipeline: str) -> None:
    bench.prefect.limits.pipelines[pipeline] = 1
    bench.prefect.limits.shared[pipeline] = "warehouse"
    with pytest.raises(Refused, match="the global limit warehouse, for which others may wait, too"):
        bench.plan(set_concurrency_limit, **CHURN, limit="2")


@pytest.mark.parametrize("limit", ["2", "none"])
def test_a_limit_that_is_switched_off_is_set_or_taken_away_and_not_taken_for_done(
    bench: Bench, pipeline: str, limit: str
) -> None:
    bench.prefect.limits.pipelines[pipeline] = 2
    bench.prefect.limits.off.add(pipeline)
    assert bench.probe(set_concurrency_limit, key="k1", **CHURN, limit=limit) == NotDone()
    assert "from 2, switched off to" in bench.plan(set_concurrency_limit, **CHURN, limit=limit).summary
    assert changed(bench.use(set_concurrency_limit, **CHURN, limit=limit)).changed
    assert bench.prefect.limits.pipelines == ({} if limit == "none" else {pipeline: 2})
    assert bench.prefect.limits.off == set()
