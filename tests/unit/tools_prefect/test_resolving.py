import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments
from tools.prefect.client import RunRequest
from tools.prefect.resolving import Place, find_pipeline, find_run
from tools.prefect.results import FlowRun

THREAD = "T:C:1.1"
OTHER = "T:C:2.2"


def start(bench: Bench, pipeline: str, *, thread: str = OTHER) -> FlowRun:
    known = bench.prefect.registered(pipeline) or bench.prefect.add_pipeline(pipeline)
    request = RunRequest(pipeline_id=known.id, key=f"k{bench.prefect.now()}", tags=(f"thread:{thread}",))
    return bench.prefect.start(request)


def test_last_is_the_last_of_this_thread_before_all_others(bench: Bench) -> None:
    mine, other = start(bench, "churn", thread=THREAD), start(bench, "churn")
    here, anywhere = Place(thread=THREAD), Place(thread="T:C:9.9")
    found = find_run(bench.prefect, "last", here)
    assert (found.run.id, found.note) == (mine.id, f"This is the last run of this thread: **{mine.name}** of churn.")
    assert find_run(bench.prefect, "last", anywhere).run.id == other.id


@pytest.mark.parametrize("text", ["", "last", "Last run", "the latest run", "the last one", "newest", "most recent"])
def test_many_words_mean_the_last_run(bench: Bench, text: str) -> None:
    run = start(bench, "churn")
    assert find_run(bench.prefect, text, Place()).run.id == run.id


@pytest.mark.parametrize(
    "text",
    ["last churn", "last run of churn", "the latest churn run", "last churn-prediction", "churn", "Churn Prediction"],
)
def test_a_pipelines_name_means_its_last_run(bench: Bench, text: str) -> None:
    run = start(bench, "churn-prediction")
    start(bench, "sentiment-analysis")
    found = find_run(bench.prefect, text, Place())
    assert found.run.id == run.id
    assert "the last run of churn-prediction" in found.note


def test_a_run_is_found_by_id_by_the_beginning_of_it_and_by_name(bench: Bench) -> None:
    run = start(bench, "churn")
    start(bench, "churn")
    for text in (run.id, run.id[:8], run.id[:13], run.name, f"`{run.name}`", f" {run.id} "):
        assert find_run(bench.prefect, text, Place()).run.id == run.id


def test_a_name_that_is_nearly_right_is_taken_and_told(bench: Bench) -> None:
    known = bench.prefect.add_pipeline("churn")
    run = bench.prefect.start(RunRequest(pipeline_id=known.id, key="k"))
    bench.prefect._runs[run.id] = run.model_copy(update={"name": "graceful-walrus"})
    found = find_run(bench.prefect, "gracefull walrus", Place())
    assert (found.run.id, found.note) == (run.id, "I took “gracefull walrus” for the run **graceful-walrus**.")


def test_several_runs_that_begin_alike_are_asked_about(bench: Bench) -> None:
    first, second = start(bench, "churn"), start(bench, "churn")
    assert first.id[:4] == second.id[:4]
    with pytest.raises(BadArguments, match=f"{second.name} .* or {first.name} "):
        find_run(bench.prefect, first.id[:4], Place())


def test_a_run_that_is_only_planned_is_not_the_last(bench: Bench) -> None:
    run = start(bench, "churn")
    now = bench.prefect.now()
    start(bench, "churn")
    assert find_run(bench.prefect, "last", Place(now=now)).run.id == run.id


def test_when_nothing_has_run_it_is_said(bench: Bench) -> None:
    with pytest.raises(BadArguments, match="Nothing has run yet"):
        find_run(bench.prefect, "last", Place())
    bench.prefect.add_pipeline("churn")
    with pytest.raises(BadArguments, match="churn has not run yet"):
        find_run(bench.prefect, "last churn", Place())


def test_a_reference_to_nothing_is_answered_with_what_there_is(bench: Bench) -> None:
    run = start(bench, "churn")
    with pytest.raises(BadArguments, match=f"There is no run “zzzzzz”. There are: {run.name}"):
        find_run(bench.prefect, "zzzzzz", Place())


def test_our_own_probe_is_no_pipeline_of_people(bench: Bench) -> None:
    bench.prefect.add_pipeline("trainmaster-pool-probe", deployment="local")
    with pytest.raises(BadArguments, match="There are no pipelines yet"):
        find_pipeline(bench.prefect, "trainmaster-pool-probe")


def test_deployments_of_others_are_named_with_both_names_where_a_flow_has_several(bench: Bench) -> None:
    ours = bench.prefect.add_pipeline("churn")
    theirs = bench.prefect.add_pipeline("churn", deployment="nightly")
    alone = bench.prefect.add_pipeline("reports", deployment="weekly")
    assert find_pipeline(bench.prefect, "churn").pipeline == ours
    assert find_pipeline(bench.prefect, "churn/nightly").pipeline == theirs
    assert find_pipeline(bench.prefect, "reports").pipeline == alone
    assert find_pipeline(bench.prefect, alone.id).pipeline == alone
