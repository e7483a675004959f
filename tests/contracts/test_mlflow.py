from uuid import uuid4

import pytest

from tests.contracts.mlflow_worlds import MlflowWorld
from tools.errors import BadArguments, Unavailable
from tools.mlflow.client import RunSearch
from tools.mlflow.results import FLOW_RUN_TAG, RunSummary

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)


def test_a_ping_tells_the_version(mlflow: MlflowWorld) -> None:
    assert mlflow.backend.ping().version.startswith("3.")


def test_an_mlflow_that_is_away_is_named_with_the_reason(mlflow: MlflowWorld) -> None:
    with pytest.raises(Unavailable, match="could not reach MLflow: connection refused") as caught:
        mlflow.away().ping()
    assert caught.value.system == "MLflow"


def test_experiments_come_with_the_newest_first(mlflow: MlflowWorld, name: str) -> None:
    older, newer = mlflow.add_experiment(name + "-1"), mlflow.add_experiment(name + "-2")
    listed = [each.id for each in mlflow.backend.experiments().experiments if each.name.startswith(name)]
    assert listed == [newer, older]
    assert mlflow.backend.experiment(newer).name == name + "-2"


def test_a_short_list_of_experiments_says_that_there_are_more(mlflow: MlflowWorld, name: str) -> None:
    for ending in "ab":
        mlflow.add_experiment(name + ending)
    page = mlflow.backend.experiments(limit=1)
    assert (len(page.experiments), page.more) == (1, True)


def test_a_run_has_metrics_parameters_and_an_end(mlflow: MlflowWorld, name: str) -> None:
    made = mlflow.add_run(name, metrics={"accuracy": 0.91}, params={"max_depth": "5"})
    run = mlflow.backend.run(made.id)
    assert (run.metrics, run.params, run.status) == ({"accuracy": 0.91}, {"max_depth": "5"}, "FINISHED")
    assert run.experiment == name
    assert run.start is not None
    assert run.end is not None
    assert run.end >= run.start
    assert run.url.endswith(f"/#/experiments/{run.experiment_id}/runs/{run.id}")
    assert not any(tag.startswith("mlflow.") for tag in run.tags)


def test_what_mlflow_does_not_have_is_said_so(mlflow: MlflowWorld) -> None:
    with pytest.raises(BadArguments, match="no run with the id 0123456789abcdef0123456789abcdef"):
        mlflow.backend.run("0123456789abcdef0123456789abcdef")
    with pytest.raises(BadArguments, match="no experiment with the id 999999"):
        mlflow.backend.experiment("999999")


def test_runs_are_searched_newest_first(mlflow: MlflowWorld, name: str) -> None:
    runs = [mlflow.add_run(name) for _ in range(3)]
    page = mlflow.backend.runs(RunSearch(experiment_ids=(runs[0].experiment_id,), limit=2))
    assert [run.id for run in page.runs] == [runs[2].id, runs[1].id]
    assert page.more
    assert not mlflow.backend.runs(RunSearch(experiment_ids=(runs[0].experiment_id,), limit=3)).more


def test_runs_are_searched_by_metric_and_sorted_by_it(mlflow: MlflowWorld, name: str) -> None:
    low, high, best = (mlflow.add_run(name, metrics={"accuracy": value}) for value in (0.1, 0.8, 0.9))
    search = RunSearch(
        experiment_ids=(low.experiment_id,), where="metrics.accuracy > 0.5", order_by="metrics.`accuracy` DESC"
    )
    assert [run.id for run in mlflow.backend.runs(search).runs] == [best.id, high.id]


def test_runs_are_searched_by_parameter_tag_and_name(mlflow: MlflowWorld, name: str) -> None:
    deep = mlflow.add_run(name, params={"max_depth": "9"}, flow_run_id="f1")
    mlflow.add_run(name, params={"max_depth": "2"})

    def found(where: str) -> list[str]:
        search = RunSearch(experiment_ids=(deep.experiment_id,), where=where)
        return [run.id for run in mlflow.backend.runs(search).runs]

    assert found('params.max_depth = "9"') == [deep.id]
    assert found(f"tags.`{FLOW_RUN_TAG}` = 'f1' and params.max_depth = '9'") == [deep.id]
    assert found(f"attributes.run_name = '{deep.name}'") == [deep.id]


def test_a_filter_that_mlflow_cannot_read_is_the_callers_to_correct(mlflow: MlflowWorld, name: str) -> None:
    mlflow.add_run(name)
    with pytest.raises(BadArguments):
        mlflow.backend.runs(RunSearch(where="accuracy is good"))


def test_a_metric_is_told_step_by_step(mlflow: MlflowWorld, name: str) -> None:
    run = mlflow.add_run(name)
    for step, value in enumerate((0.9, 0.5, 0.3)):
        mlflow.log_metric(run.id, "loss", value, step=step)
    series = mlflow.backend.metric_history(run.id, "loss")
    assert [(point.step, point.value) for point in series.points] == [(0, 0.9), (1, 0.5), (2, 0.3)]
    assert series.count == 3
    assert mlflow.backend.metric_history(run.id, "no_such_metric").points == ()


def test_the_runs_of_a_prefect_run_are_found_in_every_experiment(mlflow: MlflowWorld, name: str) -> None:
    flow_run = str(uuid4())
    first = mlflow.add_run(name + "-1", flow_run_id=flow_run)
    second = mlflow.add_run(name + "-2", flow_run_id=flow_run)
    mlflow.add_run(name + "-2", flow_run_id=str(uuid4()))
    assert [run.id for run in mlflow.backend.runs_of_flow_run(flow_run)] == [first.id, second.id]
    assert mlflow.backend.runs_of_flow_run(str(uuid4())) == ()


def test_the_versions_of_a_run_have_the_aliases_they_carry_now(mlflow: MlflowWorld, name: str) -> None:
    first, second = mlflow.add_run(name), mlflow.add_run(name)
    mlflow.add_version(name, run_id=first.id, aliases=("champion", "stable"))
    mlflow.add_version(name, run_id=second.id, aliases=("champion",))
    (older,) = mlflow.backend.versions_of_run(first.id)
    (newer,) = mlflow.backend.versions_of_run(second.id)
    assert (older.name, older.version, older.aliases, older.run_id) == (name, "1", ("stable",), first.id)
    assert (newer.version, newer.aliases) == ("2", ("champion",))
    assert newer.url.endswith(f"/#/models/{name}/versions/2")
    assert mlflow.backend.versions_of_run(mlflow.add_run(name).id) == ()


def test_results_survive_a_trip_through_json(mlflow: MlflowWorld, name: str) -> None:
    run = mlflow.add_run(name, metrics={"accuracy": 0.5})
    assert RunSummary.model_validate_json(run.model_dump_json()) == run


def test_the_files_of_a_run_are_listed_and_read(mlflow: MlflowWorld, name: str) -> None:
    run = mlflow.add_run(name)
    for path, content in (("model/MLmodel", b"flavors: {}"), ("model/data/a b.bin", b"\0\1"), ("notes.txt", b"")):
        mlflow.add_file(run, path, content)
    found = mlflow.backend.files_of(run)
    assert [(each.path, each.size) for each in found] == [
        ("model/MLmodel", 11),
        ("model/data/a b.bin", 2),
        ("notes.txt", 0),
    ]
    assert mlflow.backend.file_of(run, "model/data/a b.bin", limit=2) == b"\0\1"
    with pytest.raises(BadArguments, match="larger than 1 bytes"):
        mlflow.backend.file_of(run, "model/data/a b.bin", limit=1)
    with pytest.raises(BadArguments, match="MLflow has no file model/nothing there"):
        mlflow.backend.file_of(run, "model/nothing", limit=9)
    assert mlflow.backend.files_of(mlflow.add_run(name)) == ()
