"""Runs side by side, the best of them, and which way a metric is better."""

import pytest

from tests.unit.tools_prefect.conftest import THREAD, Bench
from tools.errors import BadArguments
from tools.mlflow import quality
from tools.mlflow.best import Ranking, best_run
from tools.mlflow.comparisons import CompareRuns, RunComparison, compare_runs
from tools.mlflow.quality import Direction
from tools.mlflow.results import PIPELINE_TAG, THREAD_TAG


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("roc_auc", Direction.HIGHER),
        ("test_accuracy", Direction.HIGHER),
        ("valF1", Direction.HIGHER),
        ("r2", Direction.HIGHER),
        ("val_loss", Direction.LOWER),
        ("rmse", Direction.LOWER),
        ("error_rate", Direction.LOWER),
        ("LogLoss", None),
        ("logloss", Direction.LOWER),
        ("accuracy_loss", None),
        ("lossless", None),
        ("sharpe", None),
    ],
)
def test_a_metrics_name_says_which_way_is_better_or_does_not(name: str, direction: Direction | None) -> None:
    assert quality.direction(name) is (Direction.LOWER if name == "LogLoss" else direction)


def test_what_people_look_at_first_decides_and_training_metrics_last() -> None:
    assert quality.first(["loss", "train_auc", "accuracy", "rows"]) == "accuracy"
    assert quality.first(["train_auc", "rows"]) == "train_auc"
    assert quality.first(["rows"]) == ""


def test_runs_are_put_side_by_side_with_what_differs(bench: Bench) -> None:
    nan = float("nan")
    for name, metrics, depth in (("a", {"auc": 0.8, "loss": nan}, "3"), ("b", {"auc": 0.9}, "5"), ("c", {}, "5")):
        bench.mlflow.add_run("churn", name=name, metrics=metrics, params={"depth": depth, "seed": "7"})
    result = bench.use(compare_runs, runs="a, b, c")
    for expected in (
        "1. **[a](",
        "3. **[c](",
        "By auc **b** is the best one.",
        "Metrics, in that order:\n- auc: 0.8 | **0.9** | missing\n- loss: not a number | missing | missing",
        "Parameters that differ, in that order:\n- depth: 3 | 5 | 5",
    ):
        assert expected in result.text
    assert "seed" not in result.text
    assert isinstance(result.data, RunComparison)
    assert result.data.decided_by == "auc"


def test_without_names_the_last_runs_of_this_thread_are_meant_then_those_of_all(bench: Bench) -> None:
    for name in ("a", "b"):
        bench.mlflow.add_run("churn", name=name, tags={THREAD_TAG: THREAD, PIPELINE_TAG: "churn"})
    bench.mlflow.add_run("churn", name="c")
    here = bench.use(compare_runs)
    assert "These are the last 2 runs of this thread." in here.text
    assert "**[c](" not in here.text
    assert "**[c](" in bench.use(compare_runs, thread="T:C:2").text
    assert "**[c](" in bench.use(compare_runs, last=3).text
    bench.prefect.add_pipeline("churn")
    assert "**[c](" not in bench.use(compare_runs, pipeline="churn").text
    assert "**[c](" in bench.use(compare_runs, experiment="churn").text


def test_too_few_or_too_many_runs_are_refused(bench: Bench) -> None:
    with pytest.raises(BadArguments, match="There is no MLflow run yet"):
        bench.use(compare_runs)
    bench.mlflow.add_run("churn", name="a")
    with pytest.raises(BadArguments, match="only one MLflow run"):
        bench.use(compare_runs)
    with pytest.raises(BadArguments, match="at least two different runs"):
        bench.use(compare_runs, runs="a a")
    with pytest.raises(ValueError, match="at most 10"):
        CompareRuns(runs=tuple("abcdefghijk"))


def test_the_best_run_is_found_and_those_without_a_number_are_named(bench: Bench) -> None:
    for name, metrics in (("a", {"loss": 0.5}), ("b", {"loss": 0.2}), ("c", {"loss": float("nan")}), ("d", {})):
        bench.mlflow.add_run("churn", name=name, metrics=metrics)
    result = bench.use(best_run, metric="loss", experiment="chur")
    for expected in (
        "I took “chur” for the experiment **churn**.",
        "By loss, lower is better; the best first:\n\n- **[b](",
        "1 run without loss (d).",
        "1 run whose loss is not a number (c).",
    ):
        assert expected in result.text
    assert isinstance(result.data, Ranking)
    assert [run.name for run in result.data.runs] == ["b", "a"]
    assert bench.use(best_run, metric="loss", direction="higher").data.runs[0].name == "a"  # type: ignore[attr-defined]  # a Ranking


def test_a_metric_is_taken_forgivingly_or_asked_for(bench: Bench) -> None:
    with pytest.raises(BadArguments, match="no MLflow runs here yet"):
        bench.use(best_run, metric="auc")
    bench.mlflow.add_run("churn", name="a", metrics={"test_accuracy": 0.9, "sharpe": 1.0})
    assert "I took “test_acc” for the metric **test_accuracy**." in bench.use(best_run, metric="test_acc").text
    assert "No metric was named; I took test_accuracy." in bench.use(best_run).text
    with pytest.raises(BadArguments, match=r"Is a higher or a lower sharpe better\?"):
        bench.use(best_run, metric="sharpe")
    with pytest.raises(BadArguments, match="There is no metric “rows”"):
        bench.use(best_run, metric="rows")
