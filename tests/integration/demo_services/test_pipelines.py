"""The demo's pipelines: each once in the process pool, as people run it, then in this process."""

import importlib.util
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pandas as pd  # type: ignore[import-untyped]  # ships no types
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE, temporary_settings

FOLDER = Path(__file__).resolve().parents[3] / "demo" / "pipelines"
CHURN, SENTIMENT = "churn-prediction", "sentiment-analysis"
FUNCTIONS = {CHURN: "churn_prediction", SENTIMENT: "sentiment_analysis"}
MODELS = {CHURN: "churn", SENTIMENT: "sentiment"}
ARTIFACTS = {
    CHURN: ["confusion_matrix.json", "importance.png"],
    SENTIMENT: ["confusion.png", "confusion_matrix.json"],
}


pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def client(prefect_api_url: str, mlflow_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SyncPrefectClient]:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_url)
    settings = {PREFECT_API_URL: prefect_api_url, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False}
    with temporary_settings(settings), get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def tracking(mlflow_url: str) -> MlflowClient:
    return MlflowClient(mlflow_url)


def run_in_pool(client: SyncPrefectClient, pool: str, flow: str, parameters: Mapping[str, Any]) -> FlowRun:
    function = FUNCTIONS[flow]
    deployment = client.create_deployment(
        flow_id=client.create_flow_from_name(flow),
        name="as-shipped",
        path=str(FOLDER),
        entrypoint=f"{function}_pipeline.py:{function}",
        work_pool_name=pool,
    )
    started = client.create_flow_run_from_deployment(deployment, parameters=dict(parameters))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        run = client.read_flow_run(started.id)
        if run.state is not None and run.state.is_final():
            return run
        time.sleep(0.1)
    raise AssertionError(f"{flow} did not finish within 120 s")


def last_run(tracking: MlflowClient, flow: str) -> Run:
    experiment = tracking.get_experiment_by_name(flow)
    assert experiment is not None
    return tracking.search_runs([experiment.experiment_id], max_results=1)[0]


@pytest.mark.parametrize("flow", [CHURN, SENTIMENT])
def test_a_pipeline_leaves_parameters_curves_a_figure_and_a_model_version(
    client: SyncPrefectClient, prefect_pool: str, tracking: MlflowClient, flow: str
) -> None:
    finished = run_in_pool(client, prefect_pool, flow, {})
    assert finished.state is not None
    assert finished.state.is_completed(), finished.state.message
    run = last_run(tracking, flow)
    assert run.data.params["test_size"] == "0.2"
    assert 0.75 < run.data.metrics["roc_auc"] < 0.99
    assert len(tracking.get_metric_history(run.info.run_id, "test_log_loss")) >= 10
    assert [artifact.path for artifact in tracking.list_artifacts(run.info.run_id)] == ARTIFACTS[flow]
    versions = tracking.search_model_versions(f"name = '{MODELS[flow]}'")
    version = next(version for version in versions if version.run_id == run.info.run_id)
    assert version.status == "READY"
    loaded = mlflow.pyfunc.load_model(f"models:/{MODELS[flow]}/{version.version}")
    assert loaded.metadata.signature is not None
    example = loaded.input_example
    assert isinstance(example, pd.DataFrame)
    assert set(loaded.predict(example)) <= {0, 1}


def test_a_parameter_out_of_range_fails_the_task_and_says_why(client: SyncPrefectClient, prefect_pool: str) -> None:
    run = run_in_pool(client, prefect_pool, CHURN, {"test_size": 1.5})
    assert run.state is not None
    assert run.state.is_failed()
    assert "between 0 and 1; it cannot be 1.5" in (run.state.message or "")


@dataclass(frozen=True)
class Lesson:
    """What a run of a pipeline left: its test metrics and final log loss, and the processor time that it took."""

    metrics: Mapping[str, float]
    seconds: float


Learn = Callable[..., Lesson]


@pytest.fixture(scope="module")
def lessons() -> dict[str, Lesson]:
    """What was learned already, by flow and parameters: a run takes seconds."""
    return {}


@pytest.fixture
def learn(client: SyncPrefectClient, lessons: dict[str, Lesson]) -> Learn:
    """Runs a pipeline here, which is as real and starts sooner; the same one anew only when told `again`."""
    tracking = MlflowClient()

    def run(flow: str, *, again: bool = False, **parameters: Any) -> Lesson:
        key = f"{flow} {parameters}"
        if again or key not in lessons:
            before = processor_seconds()
            run_here(flow, parameters)
            lessons[key] = Lesson(last_run(tracking, flow).data.metrics, processor_seconds() - before)
        return lessons[key]

    return run


def run_here(flow: str, parameters: Mapping[str, Any]) -> None:
    function = FUNCTIONS[flow]
    spec = importlib.util.spec_from_file_location(function, FOLDER / f"{function}_pipeline.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    getattr(module, function)(**parameters)


def processor_seconds() -> float:
    """What this process has used so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("flow", [CHURN, SENTIMENT])
def test_the_same_seed_gives_the_same_metrics_and_another_seed_gives_others(learn: Learn, flow: str) -> None:
    first, again, other = learn(flow).metrics, learn(flow, again=True).metrics, learn(flow, seed=4).metrics
    assert first == again
    assert first["roc_auc"] != other["roc_auc"]


def test_more_trees_are_better_and_deep_ones_learn_by_heart(learn: Learn) -> None:
    few, usual, deep = (learn(CHURN, **each).metrics for each in ({"n_estimators": 3}, {}, {"max_depth": 9}))
    assert usual["test_log_loss"] < few["test_log_loss"]
    assert usual["test_log_loss"] < deep["test_log_loss"]
    assert deep["train_log_loss"] < 0.1


def test_pairs_of_words_understand_negation_and_single_words_do_not(learn: Learn) -> None:
    pairs, words = learn(SENTIMENT).metrics, learn(SENTIMENT, features="words").metrics
    assert pairs["accuracy"] > words["accuracy"] + 0.1


@pytest.mark.parametrize("flow", [CHURN, SENTIMENT])
def test_a_run_with_default_parameters_needs_less_than_ten_seconds_of_processor_time(learn: Learn, flow: str) -> None:
    assert learn(flow).seconds < 10
