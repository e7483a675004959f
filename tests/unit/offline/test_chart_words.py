import pytest

from tests.fakes.offline_thread import Thread


@pytest.fixture
def thread() -> Thread:
    made = Thread()
    run = made.mlflow.add_run("churn", name="able-ant", metrics={"accuracy": 0.9})
    for _ in range(4):
        made.mlflow.add_version("churn", run_id=run.id)
    return made


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("plot accuracy of the last run", "chart_metric", {"metrics": ["accuracy"]}),
        ("plot the accuracy", "chart_metric", {"metrics": ["accuracy"]}),
        ("chart the loss over time", "chart_metric", {"metrics": ["loss"]}),
        ("show me a graph of test_log_loss", "chart_metric", {"metrics": ["test_log_loss"]}),
        ("draw the loss of the last 3 runs", "chart_metric", {"metrics": ["loss"], "last": 3}),
        ("plot train_log_loss and test_log_loss", "chart_metric", {"metrics": ["train_log_loss", "test_log_loss"]}),
        ("plot the loss of able-ant", "chart_metric", {"metrics": ["loss"], "runs": ["able-ant"]}),
        ("bar chart of test_log_loss", "chart_comparison", {"metrics": ["test_log_loss"]}),
        ("show me the learning curve", "chart_metric", {}),
        ("show me a bar chart of the last 3 runs' accuracy", "chart_comparison", {"metrics": ["accuracy"], "last": 3}),
        ("bar chart of the last two runs", "chart_comparison", {"last": 2}),
        ("compare the last 4 runs in a chart", "chart_comparison", {"last": 4}),
        ("confusion matrix of the last run", "chart_confusion", {}),
        ("show me the confusion matrix", "chart_confusion", {}),
        ("draw the confusion matrix", "chart_confusion", {}),
        ("bar chart of the versions of churn", "chart_versions", {"model": "churn"}),
        ("chart v3 and v4 of churn", "chart_versions", {"model": "churn", "versions": ["3", "4"]}),
        (
            "plot the accuracy of churn versions 2 and 3",
            "chart_versions",
            {"model": "churn", "versions": ["2", "3"], "metrics": ["accuracy"]},
        ),
    ],
)
def test_charts_are_asked_for_in_words(thread: Thread, text: str, tool: str, arguments: dict[str, object]) -> None:
    thread.says(text)
    assert thread.called[-1] == (tool, arguments)
