import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.prefect.client import RunRequest
from tools.prefect.results import Cancelled, FlowRun, StateType
from tools.prefect.runs import cancel_run
from tools.spec import Done, NotDone


@pytest.fixture
def run(bench: Bench) -> FlowRun:
    pipeline = bench.prefect.add_pipeline("churn-prediction")
    return bench.prefect.start(RunRequest(pipeline_id=pipeline.id, key="k"))


def test_a_run_that_has_not_begun_is_cancelled(bench: Bench, run: FlowRun) -> None:
    result = bench.use(cancel_run, run=run.id)
    assert result.text == f"**{run.name}** of churn-prediction is cancelled."
    assert bench.prefect.run(run.id).state_type is StateType.CANCELLED


def test_a_running_run_is_told_to_be_ending(bench: Bench, run: FlowRun) -> None:
    bench.prefect.advance(run.id, StateType.RUNNING)
    result = bench.use(cancel_run, run=run.name)
    assert "is being cancelled" in result.text
    assert isinstance(result.data, Cancelled)
    assert (result.data.run.state_type, result.data.was_finished) == (StateType.CANCELLING, False)


def test_a_run_that_has_ended_is_left_as_it_is(bench: Bench, run: FlowRun) -> None:
    bench.prefect.advance(run.id, StateType.COMPLETED)
    result = bench.use(cancel_run, run=run.id)
    assert "had ended before (Completed" in result.text
    assert "nothing was changed" in result.text
    assert bench.prefect.run(run.id).state_type is StateType.COMPLETED


def test_a_plan_binds_the_run_by_its_id_and_ends_nothing(bench: Bench, run: FlowRun) -> None:
    plan = bench.plan(cancel_run, run="last")
    assert plan.arguments == {"run": run.id}
    assert plan.resources == (f"prefect:run:{run.id}",)
    assert plan.summary == f"Cancel the run {run.name} of churn-prediction, which is Scheduled."
    assert bench.prefect.run(run.id).state_type is StateType.SCHEDULED


def test_a_probe_tells_by_the_state_whether_it_happened(bench: Bench, run: FlowRun) -> None:
    bench.prefect.advance(run.id, StateType.RUNNING)
    assert bench.probe(cancel_run, key="k", run=run.id) == NotDone()
    bench.use(cancel_run, run=run.id)
    probed = bench.probe(cancel_run, key="k", run=run.id)
    assert isinstance(probed, Done)
    assert "is being cancelled" in probed.result.text


def test_a_cancellation_names_its_run() -> None:
    with pytest.raises(ValueError, match="run"):
        cancel_run.arguments()
