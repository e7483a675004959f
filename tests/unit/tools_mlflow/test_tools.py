from datetime import UTC, datetime

import pytest

from tests.unit.tools_prefect.conftest import THREAD, Bench
from tools.errors import BadArguments
from tools.mlflow.experiments import list_experiments
from tools.mlflow.metrics import run_metrics
from tools.mlflow.nouns import thinned
from tools.mlflow.results import PIPELINE_TAG, Point, RunMetrics, RunSearchPage
from tools.mlflow.searching import order, search_runs
from tools.prefect.client import RunRequest
from tools.prefect.results import FlowRun, StateType


def flow_run(bench: Bench, pipeline: str = "churn-prediction") -> FlowRun:
    known = bench.prefect.registered(pipeline) or bench.prefect.add_pipeline(pipeline)
    key = f"k{bench.prefect.now()}"
    return bench.prefect.start(RunRequest(pipeline_id=known.id, key=key, tags=(f"thread:{THREAD}",)))


def test_experiments_are_listed_with_the_rest_counted(bench: Bench) -> None:
    assert bench.use(list_experiments).text == "MLflow has no experiments yet."
    for name in ("churn-a", "churn-b", "fraud"):
        bench.mlflow.add_experiment(name)
    text = bench.use(list_experiments, search="churn", limit=1).text
    assert text.startswith("2 experiments, showing 1:\n\n- **[churn-b](")
    assert bench.use(list_experiments, search=5).text == "No experiment has “5” in its name."


def test_runs_are_searched_by_experiment_and_sorted_by_metric(bench: Bench) -> None:
    for accuracy in (0.7, 0.9, 0.8):
        bench.mlflow.add_run("churn", metrics={"accuracy": accuracy, "auc": 0.5})
    bench.mlflow.add_run("fraud", metrics={"accuracy": 1.0})
    result = bench.use(search_runs, experiment="chur", order_by="accuracy", limit=2)
    assert isinstance(result.data, RunSearchPage)
    assert [run.metrics["accuracy"] for run in result.data.runs] == [0.9, 0.8]
    assert "I took “chur” for the experiment **churn**." in result.text
    assert "The first 2 MLflow runs of churn, there are more:" in result.text
    assert ": accuracy 0.9, auc 0.5" in result.text


def test_runs_are_searched_by_the_pipeline_that_made_them(bench: Bench) -> None:
    bench.prefect.add_pipeline("churn-prediction")
    ours = bench.mlflow.add_run("e", tags={PIPELINE_TAG: "churn-prediction"})
    bench.mlflow.add_run("e", tags={PIPELINE_TAG: "other"})
    result = bench.use(search_runs, pipeline="churn-prediction")
    assert isinstance(result.data, RunSearchPage)
    assert [run.id for run in result.data.runs] == [ours.id]


def test_a_search_without_a_match_says_so(bench: Bench) -> None:
    bench.mlflow.add_run("churn", metrics={"accuracy": 0.5})
    assert bench.use(search_runs, experiment="churn", where="metrics.accuracy > 0.9").text == (
        "No MLflow run of churn fits."
    )
    with pytest.raises(BadArguments, match="There is no experiment “fraud”"):
        bench.use(search_runs, experiment="fraud")


@pytest.mark.parametrize(
    ("text", "mlflows"),
    [
        ("accuracy", "metrics.`accuracy` DESC"),
        ("loss asc", "metrics.`loss` ASC"),
        ("val loss DESC", "metrics.`val loss` DESC"),
        ("metrics.accuracy desc", "metrics.`accuracy` DESC"),
        ("metrics.`val.loss` asc", "metrics.`val.loss` ASC"),
        ("attributes.start_time ASC", "attributes.`start_time` ASC"),
        ("", ""),
    ],
)
def test_an_order_is_written_as_mlflow_wants_it(text: str, mlflows: str) -> None:
    assert order(text) == mlflows


def test_the_metrics_of_a_prefect_run_are_found_through_its_tags(bench: Bench) -> None:
    run = flow_run(bench)
    tracked = bench.mlflow.add_run(
        "churn", name="fit", flow_run_id=run.id, metrics={"accuracy": 0.912345678}, params={"max_depth": "5"}
    )
    bench.mlflow.add_run("churn", flow_run_id="another", metrics={"accuracy": 0.1})
    for step, value in enumerate((0.9, 0.2, 0.4)):
        bench.mlflow.log_metric(tracked.id, "loss", value, step=step)
    bench.mlflow.add_version("churn-model", run_id=tracked.id, aliases=("champion",))
    result = bench.use(run_metrics)
    assert isinstance(result.data, RunMetrics)
    assert result.data.run.id == tracked.id
    for expected in (
        "This is the last run of this thread",
        "- accuracy: **0.912346**",
        "- loss: 3 values, first 0.9, last 0.4, lowest 0.2, highest 0.9",
        "Parameters: `max_depth=5`",
        "[churn-model v1](",
        "(champion)",
    ):
        assert expected in result.text


def test_the_metrics_of_an_mlflow_run_are_found_by_id_and_name(bench: Bench) -> None:
    tracked = bench.mlflow.add_run("churn", name="able-ant", metrics={"accuracy": 0.5})
    for text in (tracked.id, "able-ant", "`able-ant`"):
        result = bench.use(run_metrics, run=text)
        assert isinstance(result.data, RunMetrics)
        assert result.data.run.id == tracked.id


def test_several_mlflow_runs_of_one_prefect_run_are_named(bench: Bench) -> None:
    run = flow_run(bench)
    bench.mlflow.add_run("churn", name="small", flow_run_id=run.id)
    bench.mlflow.add_run("churn", name="full", flow_run_id=run.id, metrics={"a": 1, "b": 2})
    text = bench.use(run_metrics, run=run.name).text
    assert "It tracked 2 MLflow runs; this is full, others: small." in text


def test_a_prefect_run_that_tracked_nothing_says_so(bench: Bench) -> None:
    run = flow_run(bench)
    with pytest.raises(BadArguments, match="has tracked nothing in MLflow yet; it has not ended"):
        bench.use(run_metrics, run=run.name)
    bench.prefect.advance(run.id, StateType.COMPLETED)
    with pytest.raises(BadArguments, match="tracked nothing in MLflow, so there are no metrics"):
        bench.use(run_metrics, run=run.name)


def test_a_run_without_metrics_says_so(bench: Bench) -> None:
    bench.mlflow.add_run("churn", name="bare")
    assert "It has no metrics." in bench.use(run_metrics, run="bare").text


def test_a_long_series_keeps_its_first_and_last_value() -> None:
    points = [Point(step=step, value=step, at=datetime(2026, 1, 1, tzinfo=UTC)) for step in range(12_345)]
    kept = thinned(points)
    assert len(kept) == 100
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert [point.step for point in kept] == sorted({point.step for point in kept})
