from datetime import UTC, datetime

import pytest

from tests.unit.tools_prefect.conftest import THREAD, Bench
from tools.errors import BadArguments
from tools.prefect.client import RunQuery
from tools.prefect.results import Started, StateType
from tools.prefect.starting import retry_run, run_pipeline
from tools.spec import Done, JSONDict, NotDone

SCHEMA: JSONDict = {
    "type": "object",
    "properties": {"max_depth": {"type": "integer", "default": 5}, "seed": {"type": "integer"}},
    "required": [],
}


@pytest.fixture
def churn(bench: Bench) -> Bench:
    bench.prefect.add_pipeline("churn-prediction", parameter_schema=SCHEMA, digest="a" * 64)
    bench.prefect.add_pipeline("sentiment-analysis")
    return bench


def runs(bench: Bench) -> int:
    return len(bench.prefect.runs(RunQuery(limit=200)).runs)


def test_a_run_is_started_with_its_parameters_and_origin(churn: Bench) -> None:
    result = churn.use(run_pipeline, pipeline="churn-prediction", parameters={"max_depth": 3})
    assert isinstance(result.data, Started)
    run = result.data.run
    assert run.parameters == {"max_depth": 3}
    assert set(run.tags) >= {"trainmaster", f"thread:{THREAD}", "actor:U0ALICE", "digest:" + "a" * 12}
    assert churn.prefect.environments[run.id] == {"TRAINMASTER_THREAD": THREAD, "TRAINMASTER_ACTOR": "U0ALICE"}
    assert result.text.startswith("Started **churn-prediction** with `max_depth=3`: run ")
    assert run.name in result.text


def test_a_name_that_was_guessed_is_told(churn: Bench) -> None:
    result = churn.use(run_pipeline, pipeline="churn")
    assert result.text.startswith("I took “churn” for the pipeline **churn-prediction**.")


def test_nothing_starts_when_a_parameter_does_not_fit(churn: Bench) -> None:
    for parameters in ({"max_dept": 3}, {"max_depth": "deep"}):
        with pytest.raises(BadArguments):
            churn.use(run_pipeline, pipeline="churn-prediction", parameters=parameters)
    assert runs(churn) == 0


def test_an_unknown_pipeline_is_answered_with_the_nearest(churn: Bench) -> None:
    with pytest.raises(BadArguments, match="The nearest: sentiment-analysis"):
        churn.use(run_pipeline, pipeline="sentinel")


def test_the_same_key_starts_one_run(churn: Bench) -> None:
    first = churn.use(run_pipeline, key="turn:1", pipeline="churn-prediction")
    again = churn.use(run_pipeline, key="turn:1", pipeline="churn-prediction")
    assert first.data == again.data
    assert runs(churn) == 1


def test_a_plan_names_what_would_run_and_starts_nothing(churn: Bench) -> None:
    plan = churn.plan(run_pipeline, pipeline="churn", parameters={"max_depth": "3"})
    assert plan.arguments == {"pipeline": "churn-prediction/trainmaster", "parameters": {"max_depth": 3}}
    assert plan.summary == "Run churn-prediction with `max_depth=3` on the pool local."
    assert plan.resources == ("prefect:pipeline:churn-prediction",)
    assert plan.preconditions == {"version": "a" * 64}
    assert runs(churn) == 0
    started = churn.use(run_pipeline, **plan.arguments).data
    assert isinstance(started, Started)
    assert started.run.pipeline == "churn-prediction"


def test_a_probe_tells_whether_the_run_was_started(churn: Bench) -> None:
    assert churn.probe(run_pipeline, key="turn:1", pipeline="churn-prediction") == NotDone()
    started = churn.use(run_pipeline, key="turn:1", pipeline="churn-prediction")
    probed = churn.probe(run_pipeline, key="turn:1", pipeline="churn-prediction")
    assert isinstance(probed, Done)
    assert probed.result.data == started.data


def test_a_retry_repeats_the_parameters_and_names_the_run_it_repeats(churn: Bench) -> None:
    first = churn.use(run_pipeline, pipeline="churn-prediction", parameters={"max_depth": 3}).data
    assert isinstance(first, Started)
    churn.prefect.advance(first.run.id, StateType.FAILED)
    result = churn.use(retry_run, run=first.run.id)
    assert isinstance(result.data, Started)
    assert result.data.run.id != first.run.id
    assert result.data.run.parameters == {"max_depth": 3}
    assert (result.data.retry_of, result.data.run.tagged("retry-of:")) == (first.run.id, first.run.id)
    assert churn.prefect.run(first.run.id).state_type is StateType.FAILED


def test_a_retry_says_when_the_pipeline_has_changed_since(churn: Bench) -> None:
    churn.use(run_pipeline, pipeline="churn-prediction")
    known = churn.prefect.registered("churn-prediction")
    assert known is not None
    churn.prefect._pipelines[known.id] = known.model_copy(update={"digest": "b" * 64})
    result = churn.use(retry_run, run="last")
    assert f"that ran source `{'a' * 12}`, this runs `{'b' * 12}`" in result.text


def test_a_retry_with_the_same_key_starts_one_run(churn: Bench) -> None:
    churn.use(run_pipeline, pipeline="churn-prediction")
    run = churn.prefect.runs(RunQuery()).runs[0].id
    churn.use(retry_run, key="turn:9", run=run)
    churn.use(retry_run, key="turn:9", run=run)
    assert runs(churn) == 2
    probed = churn.probe(retry_run, key="turn:9", run=run)
    assert isinstance(probed, Done)


def test_a_run_whose_pipeline_was_removed_cannot_be_repeated(churn: Bench) -> None:
    first = churn.use(run_pipeline, pipeline="churn-prediction").data
    assert isinstance(first, Started)
    churn.prefect.advance(first.run.id, StateType.COMPLETED)
    churn.prefect.remove_pipeline(first.run.deployment_id)
    with pytest.raises(BadArguments, match="its pipeline churn-prediction has been removed"):
        churn.use(retry_run, run=first.run.id)


def test_a_retry_plan_binds_the_run_by_its_id(churn: Bench) -> None:
    first = churn.use(run_pipeline, pipeline="churn-prediction", parameters={"seed": 1}).data
    assert isinstance(first, Started)
    plan = churn.plan(retry_run, run="last")
    assert plan.arguments == {"run": first.run.id}
    assert plan.summary == f"Run churn-prediction again as in {first.run.name}: `seed=1`."


def test_a_run_begins_at_the_time_that_the_person_reads_off_their_clock(churn: Bench) -> None:
    churn.timezone = "Europe/Berlin"
    plan = churn.plan(run_pipeline, pipeline="churn", at="tonight at 22:00")
    assert plan.arguments["at"] == "2026-01-05 22:00 Europe/Berlin"
    assert "with its defaults, Mon 5 Jan 2026, 22:00 (Europe/Berlin), on the pool" in plan.summary
    churn.timezone = "UTC"  # whoever applies it reads another clock
    result = churn.use(run_pipeline, **plan.arguments)
    assert isinstance(result.data, Started)
    assert result.data.run.expected_start == datetime(2026, 1, 5, 21, 0, tzinfo=UTC)
    assert result.text.startswith("Planned **churn-prediction** with its defaults: run ")
    assert "begins in 11 h" in result.text or "begins in 12 h" in result.text
    assert "Mon 5 Jan 2026, 21:00 (UTC)" in result.text


def test_a_time_that_is_not_understood_starts_nothing(churn: Bench) -> None:
    for at in ("tonight", "every day at 9", "2020-01-01 08:00"):
        with pytest.raises(BadArguments):
            churn.use(run_pipeline, pipeline="churn", at=at)
    assert runs(churn) == 0
    assert "Started" in churn.use(run_pipeline, pipeline="churn", at="now").text


def test_a_run_carries_the_tags_that_were_asked_for_beside_ours(churn: Bench) -> None:
    plan = churn.plan(run_pipeline, pipeline="churn", tagged="nightly, ticket-7")
    assert plan.arguments["tagged"] == ["nightly", "ticket-7"]
    result = churn.use(run_pipeline, **plan.arguments)
    assert isinstance(result.data, Started)
    assert set(result.data.run.tags) >= {"trainmaster", "actor:U0ALICE", "nightly", "ticket-7"}


@pytest.mark.parametrize("tag", ["actor:U0BOB", "Thread:T:C:1", "trainmaster", "digest:abc"])
def test_the_tags_by_which_runs_are_found_are_not_written_by_people(churn: Bench, tag: str) -> None:
    with pytest.raises(BadArguments, match="is one by which I find runs again"):
        churn.use(run_pipeline, pipeline="churn", tagged=[tag])
    assert runs(churn) == 0
