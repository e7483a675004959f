"""A model that was really trained, from a real MLflow to the stand-in, which answers with it in its own process."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import mlflow as tracking
import pandas as pd  # type: ignore[import-untyped]  # it ships no types
import pytest
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression

from demo.cloud.server import PROJECT, CloudServer
from tests.fakes.desk import FakeDesk
from tests.fakes.prefect import FakePrefect
from tools.errors import BadArguments
from tools.google.deployment import ModelDeployed, deploy_model
from tools.google.endpoints import PredictionTold, predict
from tools.google.place import Identity, Place
from tools.google.storage import StorageServer
from tools.google.undeploying import undeploy_model
from tools.google.vertex import VertexServer
from tools.mlflow.lineage import trace_model
from tools.mlflow.server import MlflowServer
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Call, Origin

pytestmark = pytest.mark.timeout(400)  # the servers start, and MLflow loads a model once more to see what it needs

NAME = f"lines-{uuid4().hex[:8]}"


@pytest.fixture
def systems(mlflow_url: str, mlflow_environment: None, tmp_path: Path) -> Iterator[Backends]:
    """A real MLflow, and a Google Cloud that loads what is uploaded to it."""
    with CloudServer(tmp_path / "cloud") as cloud:
        cloud.buckets.make("data")
        place = Place(PROJECT, location="us-central1", storage_url=cloud.url, vertex_url=cloud.url)
        yield Backends(
            prefect=FakePrefect(),
            mlflow=MlflowServer(mlflow_url),
            sources=FolderStore(tmp_path / "sources"),
            desk=FakeDesk("data"),
            storage=StorageServer(place, Identity(), default_bucket="data"),
            vertex=VertexServer(place, Identity()),
        )


@pytest.fixture
def model(mlflow_url: str, mlflow_environment: None) -> str:
    """A model that learned to double a number and add one, registered with an example."""
    tracking.set_tracking_uri(mlflow_url)
    rows = pd.DataFrame({"x": [0.0, 1.0, 2.0]})
    fitted = LinearRegression().fit(rows, [1.0, 3.0, 5.0])
    tracking.set_experiment(NAME)
    with tracking.start_run():
        tracking.sklearn.log_model(
            fitted,
            name="model",
            signature=infer_signature(rows, fitted.predict(rows)),
            input_example=rows.head(1),
            registered_model_name=NAME,
        )
    return NAME


def test_what_was_trained_is_what_answers_until_it_is_taken_off(systems: Backends, model: str) -> None:
    call = Call(key=f"k-{NAME}", origin=Origin(), now=FakePrefect().now())
    arguments = deploy_model.arguments.model_validate({"model": model, "version": "1", "endpoint": NAME})
    answer = deploy_model.function(arguments, systems, call)
    assert isinstance(answer.data, ModelDeployed)
    assert json.loads(answer.data.answer) == [pytest.approx(1.0)], answer.text
    asked = predict.arguments.model_validate({"endpoint": NAME, "parameters": {"x": 10.0}})
    told = predict.function(asked, systems, call)
    assert isinstance(told.data, PredictionTold)
    assert told.data.prediction.predictions[0] == pytest.approx(21.0)
    wrong = predict.arguments.model_validate({"endpoint": NAME, "parameters": {"y": "text"}})
    with pytest.raises(BadArguments, match="The model could not answer: Model is missing inputs"):
        predict.function(wrong, systems, call)
    traced = trace_model.arguments.model_validate({"model": model, "version": "1"})
    assert f"{NAME}, 100 % of its traffic" in trace_model.function(traced, systems, call).text
    gone = undeploy_model.arguments.model_validate({"endpoint": NAME, "model": f"{model} v1"})
    answer = undeploy_model.function(gone, systems, replace(call, key=f"gone-{NAME}"))
    assert answer.text.endswith("It answers nothing now.")
    assert "it is on no endpoint of Vertex AI" in trace_model.function(traced, systems, call).text
