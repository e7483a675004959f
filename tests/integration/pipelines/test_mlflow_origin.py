"""MLflow runs of a pipeline carry their origin, because our folder is on the pool's path and for no other reason."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.unit.tools_pipelines.pool_process import POOL_FOLDER

_TRAIN = """
import json, mlflow
with mlflow.start_run() as outer:
    with mlflow.start_run(nested=True) as inner:
        pass
client = mlflow.MlflowClient()
own = lambda run: {k: v for k, v in client.get_run(run.info.run_id).data.tags.items() if k.startswith("trainmaster.")}
print(json.dumps([own(outer), own(inner)]))
"""

_ORIGIN = {
    "PREFECT__FLOW_RUN_ID": "2f1c0a52-7c3f-4c43-8f30-6f2a8c4e2c11",
    "TRAINMASTER_THREAD": "T0LOCAL:C0MLPIPE:1718000000.000100",
    "TRAINMASTER_ACTOR": "U0ALICE",
    "TRAINMASTER_DIGEST": "0123456789ab",
    "TRAINMASTER_PIPELINE": "churn-prediction",
}


def tags(folder: Path, environment: Mapping[str, str]) -> list[dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "GIT_PYTHON_REFRESH": "quiet",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_runs_inside_a_prefect_run_are_tagged_with_it_and_with_where_it_was_asked_for(tmp_path: Path) -> None:
    expected = {
        "trainmaster.flow_run_id": _ORIGIN["PREFECT__FLOW_RUN_ID"],
        "trainmaster.thread": _ORIGIN["TRAINMASTER_THREAD"],
        "trainmaster.actor": _ORIGIN["TRAINMASTER_ACTOR"],
        "trainmaster.digest": _ORIGIN["TRAINMASTER_DIGEST"],
        "trainmaster.pipeline": _ORIGIN["TRAINMASTER_PIPELINE"],
    }
    assert tags(tmp_path, {"PYTHONPATH": str(POOL_FOLDER), **_ORIGIN}) == [expected, expected]


def test_a_run_outside_of_prefect_is_left_alone(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(POOL_FOLDER), "TRAINMASTER_THREAD": "T:C:1"}
    assert tags(tmp_path, environment) == [{}, {}]
