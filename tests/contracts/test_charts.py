"""Charts of what MLflow holds, in memory and on a real server."""

import json

import pytest

from tests.contracts.mlflow_worlds import MlflowWorld
from tests.fakes.prefect import FakePrefect
from tools.errors import BadArguments
from tools.mlflow.charting import chart_metric
from tools.mlflow.charting_confusion import chart_confusion
from tools.mlflow.charting_runs import chart_comparison, chart_versions
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Call, Origin, Tool, ToolResult

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)

PNG = b"\x89PNG\r\n\x1a\n"


class Bench:
    """Tools that draw, called on an MLflow."""

    def __init__(self, mlflow: MlflowWorld, sources: FolderStore) -> None:
        self.prefect = FakePrefect()
        self.backends = Backends(prefect=self.prefect, mlflow=mlflow.backend, sources=sources)

    def draws(self, tool: Tool, **arguments: object) -> ToolResult:
        call = Call(key="k", origin=Origin(), now=self.prefect.now())
        result = tool.function(tool.arguments.model_validate(arguments), self.backends, call)
        [file] = result.files
        assert file.content.startswith(PNG)
        return result


@pytest.fixture
def bench(mlflow: MlflowWorld, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(mlflow, FolderStore(tmp_path_factory.mktemp("sources")))


def test_a_metric_is_drawn_as_it_went_what_is_no_number_left_out(mlflow: MlflowWorld, bench: Bench, name: str) -> None:
    run = mlflow.add_run(name, metrics={"accuracy": 0.9})
    for step, value in enumerate((0.9, float("nan"), 0.4, 0.5)):
        mlflow.log_metric(run.id, "test_loss", value, step=step)
    text = bench.draws(chart_metric, runs=run.id).text
    assert f"test_loss by step, from MLflow, run {run.name} of {name}" in text
    assert "first 0.9 (step 0), last 0.5 (step 3), lowest 0.4, highest 0.9; left out 1 of 4 points" in text


def test_runs_and_versions_are_drawn_side_by_side(mlflow: MlflowWorld, bench: Bench, name: str) -> None:
    runs = [mlflow.add_run(name, metrics={"accuracy": accuracy}) for accuracy in (0.5, 0.75)]
    for run in runs:
        mlflow.add_version(name, run_id=run.id)
    said = "is best with 0.75, 0.25 ahead of the next."
    assert said in bench.draws(chart_comparison, experiment=name).text
    assert f"v2 {said}" in bench.draws(chart_versions, model=name).text


def test_a_matrix_is_found_among_the_files_of_a_run(mlflow: MlflowWorld, bench: Bench, name: str) -> None:
    run = mlflow.add_run(name)
    with pytest.raises(BadArguments, match=r"logged no confusion matrix\. It has no files"):
        bench.draws(chart_confusion, run=run.id)
    matrix = {"columns": ["actual", "predicted", "count"], "data": [["a", "a", 3], ["a", "b", 1], ["b", "b", 4]]}
    mlflow.add_file(run, "tables/confusion.json", json.dumps(matrix).encode())
    text = bench.draws(chart_confusion, run=run.id).text
    assert "7 of 8 are right (87.5%). Most often a was taken for b (once, 25.0% of all a)." in text
