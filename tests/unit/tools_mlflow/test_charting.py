import json

import pytest

from tests.unit.tools_mlflow.test_tools import flow_run
from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments
from tools.mlflow.charted import Chart
from tools.mlflow.charting import chart_metric
from tools.mlflow.charting_confusion import chart_confusion
from tools.mlflow.charting_runs import chart_comparison, chart_versions
from tools.mlflow.results import PIPELINE_TAG, RunSummary
from tools.spec import ToolResult

PNG = b"\x89PNG\r\n\x1a\n"


def tracked(bench: Bench, name: str = "able-ant", *, experiment: str = "churn", flow: str = "") -> RunSummary:
    """A run with losses by step, and an accuracy that was logged once."""
    run = bench.mlflow.add_run(experiment, name=name, flow_run_id=flow, metrics={"accuracy": 0.9})
    for step, value in enumerate((0.9, 0.4, 0.5)):
        bench.mlflow.log_metric(run.id, "test_loss", value, step=step)
        bench.mlflow.log_metric(run.id, "train_loss", value / 2, step=step)
    return run


def chart(result: ToolResult) -> Chart:
    """The chart of a result, whose one file is its picture."""
    assert isinstance(result.data, Chart)
    [file] = result.files
    assert file.content.startswith(PNG)
    assert (file.title, file.said, file.alt) == (result.data.title, result.data.takeaway, result.data.alt)
    assert file.name.endswith(".png")
    return result.data


def test_the_metric_that_is_named_is_drawn_of_the_last_run_and_told_in_words(bench: Bench) -> None:
    tracked(bench, flow=flow_run(bench).id)
    result = bench.use(chart_metric, metrics="test_loss")
    assert chart(result).title == "test_loss by step, from MLflow, run able-ant of churn"
    assert "This is the last run of this thread" in result.text
    assert "first 0.9 (step 0), last 0.5 (step 2), lowest 0.4" in result.text
    assert "[able-ant](" in result.text


def test_a_part_of_a_name_draws_all_metrics_of_one_run_that_have_it(bench: Bench) -> None:
    tracked(bench)
    result = bench.use(chart_metric, runs="able-ant", metrics="loss")
    assert chart(result).title.startswith("test_loss, train_loss by step")
    assert "I took “loss” for test_loss, train_loss." in result.text


def test_without_a_name_the_first_metric_that_was_logged_again_is_drawn(bench: Bench) -> None:
    tracked(bench)
    result = bench.use(chart_metric, runs="able-ant")
    assert chart(result).title.startswith("test_loss by step")
    assert "Nobody named a metric, so this is test_loss; others: accuracy, train_loss." in result.text


def test_one_value_alone_is_drawn_when_it_is_asked_for_and_said_to_be_one(bench: Bench) -> None:
    tracked(bench)
    assert "one value only: 0.9" in chart(bench.use(chart_metric, runs="able-ant", metrics="accuracy")).takeaway
    bench.mlflow.add_run("churn", name="flat", metrics={"accuracy": 0.9})
    with pytest.raises(BadArguments, match=r"No metric of flat was logged more than once.*`/mlops chart bars`"):
        bench.use(chart_metric, runs="flat")


def test_one_metric_of_several_runs_is_drawn_and_several_are_asked_about(bench: Bench) -> None:
    for name in ("able-ant", "shy-owl", "shy-owl"):
        tracked(bench, name)
    result = bench.use(chart_metric, metrics=("test_loss",), experiment="churn", last=3)
    assert chart(result).title == "test_loss by step, from MLflow, 3 runs of churn"
    assert "shy-owl 000000: " in result.text, "two runs of one name are told apart by their ids"
    with pytest.raises(BadArguments, match="Of several runs I draw one metric: test_loss or train_loss"):
        bench.use(chart_metric, metrics=("test_loss", "train_loss"), last=2)
    with pytest.raises(BadArguments, match="which metric do you mean"):
        bench.use(chart_metric, metrics=("loss",), last=2)


def test_of_runs_that_have_one_value_each_it_says_what_shows_them_better(bench: Bench) -> None:
    for name in ("able-ant", "shy-owl"):
        tracked(bench, name)
    said = "None of them logged accuracy more than once; `/mlops chart bars metrics=accuracy` puts"
    assert said in bench.use(chart_metric, metrics="accuracy", last=2).text
    assert "more than once" not in bench.use(chart_metric, metrics="test_loss", last=2).text


def test_a_metric_that_is_not_there_is_answered_with_those_that_are(bench: Bench) -> None:
    tracked(bench)
    with pytest.raises(BadArguments, match="There is no metric “perplexity”"):
        bench.use(chart_metric, runs="able-ant", metrics="perplexity")
    bench.mlflow.add_run("churn", name="bare")
    with pytest.raises(BadArguments, match=r"It has no metrics \(bare\)"):
        bench.use(chart_metric, runs="bare")


def test_runs_are_compared_by_the_metric_that_decides_unless_one_is_named(bench: Bench) -> None:
    for name, accuracy in (("able-ant", 0.8), ("shy-owl", 0.9)):
        bench.mlflow.add_run("churn", name=name, metrics={"accuracy": accuracy, "log_loss": 1 - accuracy})
    result = bench.use(chart_comparison)
    assert chart(result).takeaway == "By accuracy shy-owl is best with 0.9, 0.1 ahead of the next."
    assert "Nobody named a metric, so this is accuracy; others: log_loss." in result.text
    both = chart(bench.use(chart_comparison, runs="able-ant shy-owl", metrics="accuracy,loss"))
    assert both.title == "accuracy (from 0 to 1), log_loss compared, from MLflow, 2 runs of churn"


def test_metrics_for_which_there_is_no_room_are_named(bench: Bench) -> None:
    for number in range(10):
        bench.mlflow.add_run("churn", name=f"run-{number}", metrics={"accuracy": 0.5, "f1": 0.5, "auc": 0.5})
    result = bench.use(chart_comparison, last=10, metrics=("f1", "auc", "accuracy"))
    assert "10 bars leave room for 1 metric; left out: auc, accuracy." in result.text


def test_a_comparison_takes_two_runs_with_metrics(bench: Bench) -> None:
    bench.mlflow.add_run("churn", name="bare")
    with pytest.raises(BadArguments, match="only one MLflow run"):
        bench.use(chart_comparison)
    bench.mlflow.add_run("churn", name="bare-too")
    with pytest.raises(BadArguments, match="None of them has metrics"):
        bench.use(chart_comparison)


def test_the_last_runs_of_a_pipeline_are_meant_by_its_name(bench: Bench) -> None:
    bench.prefect.add_pipeline("churn-prediction")
    for name in ("one", "two"):
        bench.mlflow.add_run("churn", name=name, metrics={"accuracy": 0.5}, tags={PIPELINE_TAG: "churn-prediction"})
    bench.mlflow.add_run("other", name="three", metrics={"accuracy": 0.6})
    assert "2 runs of churn" in chart(bench.use(chart_comparison, pipeline="churn")).title


def test_versions_are_compared_by_the_runs_that_made_them(bench: Bench) -> None:
    for accuracy in (0.7, 0.9, 0.8):
        run = bench.mlflow.add_run("churn", metrics={"accuracy": accuracy})
        bench.mlflow.add_version("churn", run_id=run.id, aliases=("champion",) if accuracy > 0.85 else ())
    bench.mlflow.add_version("churn", run_id="")
    result = bench.use(chart_versions, model="churn")
    assert chart(result).alt.endswith("- accuracy: v1 0.7; v2 (champion) 0.9, the best; v3 0.8; v4 missing")
    assert "names no run, so its metrics are not known" in result.text
    two = chart(bench.use(chart_versions, model="churn", versions="champion 3"))
    assert two.takeaway == "By accuracy v2 (champion) is best with 0.9, 0.1 ahead of the next."


def test_one_version_is_nothing_to_compare(bench: Bench) -> None:
    bench.mlflow.add_version("churn", run_id="")
    with pytest.raises(BadArguments, match="churn has only one version to draw"):
        bench.use(chart_versions, model="churn")


def test_the_matrix_that_a_run_logged_is_found_by_its_name_and_drawn(bench: Bench) -> None:
    run = tracked(bench, flow=flow_run(bench).id)
    bench.mlflow.add_file(run, "model/MLmodel", b"x")
    bench.mlflow.add_file(run, "confusion.png", PNG)
    matrix = {"labels": ["stays", "leaves"], "matrix": [[80, 20], [5, 95]]}
    bench.mlflow.add_file(run, "tables/confusion_matrix.json", json.dumps(matrix).encode())
    result = bench.use(chart_confusion)
    assert chart(result).takeaway.startswith("175 of 200 are right (87.5%).")
    assert "Read from tables/confusion_matrix.json." in result.text


def test_where_there_is_only_a_picture_it_is_shown_as_it_was_logged(bench: Bench) -> None:
    run = tracked(bench)
    bench.mlflow.add_file(run, "figures/confusion.png", PNG + b"drawn by the run")
    result = bench.use(chart_confusion, run="able-ant")
    [file] = result.files
    assert (file.name, file.content) == ("confusion.png", PNG + b"drawn by the run")
    assert "its figures I cannot read" in result.text
    assert "mlflow.log_dict" in result.text


def test_without_a_matrix_it_says_what_there_is_and_how_to_log_one(bench: Bench) -> None:
    run = tracked(bench)
    with pytest.raises(
        BadArguments, match=r"logged no confusion matrix\. It has no files\. Log it with `mlflow\.log_dict"
    ):
        bench.use(chart_confusion, run="able-ant")
    bench.mlflow.add_file(run, "notes.txt", b"x")
    with pytest.raises(BadArguments, match=r"Its files are notes\.txt"):
        bench.use(chart_confusion, run="able-ant")
    for name in ("a_confusion.json", "b_confusion.json"):
        bench.mlflow.add_file(run, name, b"[[1, 2], [3, 4]]")
    with pytest.raises(BadArguments, match=r"logged several: a_confusion\.json, b_confusion\.json"):
        bench.use(chart_confusion, run="able-ant")
    assert "10 are right" in chart(bench.use(chart_confusion, run="able-ant", artifact="a_confusion.json")).takeaway
    with pytest.raises(BadArguments, match=r"has no JSON, CSV or picture called notes\.txt"):
        bench.use(chart_confusion, run="able-ant", artifact="notes.txt")
