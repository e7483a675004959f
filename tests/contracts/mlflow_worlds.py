"""An MLflow that a test fills: the fake, and a real server filled through its own client."""

import tempfile
import time
from pathlib import Path
from typing import Protocol

from mlflow.exceptions import RestException
from mlflow.tracking import MlflowClient

from tests.fakes.mlflow import FakeMlflow
from tools.errors import Unavailable
from tools.mlflow.client import MlflowBackend
from tools.mlflow.results import FLOW_RUN_TAG, RunSummary
from tools.mlflow.server import MlflowServer


class MlflowWorld(Protocol):
    """MLflow as a test sees it: what the tools use, and what pipelines put in."""

    @property
    def backend(self) -> MlflowBackend: ...

    def add_experiment(self, name: str) -> str: ...

    def add_run(
        self,
        experiment: str,
        *,
        flow_run_id: str = "",
        metrics: dict[str, float] | None = None,
        params: dict[str, str] | None = None,
    ) -> RunSummary: ...

    def log_metric(self, run_id: str, name: str, value: float, *, step: int) -> None: ...

    def add_version(self, name: str, *, run_id: str, aliases: tuple[str, ...] = ()) -> None: ...

    def add_logged_model(self, run: RunSummary, name: str) -> str: ...

    def add_file(self, run: RunSummary, path: str, content: bytes) -> None: ...

    def away(self) -> MlflowBackend: ...


class FakeWorld:
    """The fake."""

    def __init__(self) -> None:
        self.fake = FakeMlflow()

    @property
    def backend(self) -> MlflowBackend:
        return self.fake

    def add_experiment(self, name: str) -> str:
        return self.fake.add_experiment(name).id

    def add_run(
        self,
        experiment: str,
        *,
        flow_run_id: str = "",
        metrics: dict[str, float] | None = None,
        params: dict[str, str] | None = None,
    ) -> RunSummary:
        return self.fake.add_run(experiment, flow_run_id=flow_run_id, metrics=metrics, params=params)

    def log_metric(self, run_id: str, name: str, value: float, *, step: int) -> None:
        self.fake.log_metric(run_id, name, value, step=step)

    def add_version(self, name: str, *, run_id: str, aliases: tuple[str, ...] = ()) -> None:
        self.fake.add_version(name, run_id=run_id, aliases=aliases, signature=None)  # no files, as in the real one

    def add_logged_model(self, run: RunSummary, name: str) -> str:
        return self.fake.add_logged_model(run, name).id

    def add_file(self, run: RunSummary, path: str, content: bytes) -> None:
        self.fake.add_file(run, path, content)

    def away(self) -> MlflowBackend:
        fake = FakeMlflow()
        fake.broken = Unavailable("MLflow", "connection refused")
        return fake


class ServerWorld:
    """A real server."""

    def __init__(self, url: str) -> None:
        self._client = MlflowClient(tracking_uri=url, registry_uri=url)
        self._backend = MlflowServer(url)

    @property
    def backend(self) -> MlflowBackend:
        return self._backend

    def add_experiment(self, name: str) -> str:
        known = self._client.get_experiment_by_name(name)
        return known.experiment_id if known else self._client.create_experiment(name)

    def add_run(
        self,
        experiment: str,
        *,
        flow_run_id: str = "",
        metrics: dict[str, float] | None = None,
        params: dict[str, str] | None = None,
    ) -> RunSummary:
        tags = {FLOW_RUN_TAG: flow_run_id} if flow_run_id else {}
        started = time.time_ns() // 1_000_000
        made = self._client.create_run(self.add_experiment(experiment), start_time=started, tags=tags)
        for name, value in (metrics or {}).items():
            self._client.log_metric(made.info.run_id, name, value)
        for name, text in (params or {}).items():
            self._client.log_param(made.info.run_id, name, text)
        self._client.set_terminated(made.info.run_id)
        return self._backend.run(made.info.run_id)

    def log_metric(self, run_id: str, name: str, value: float, *, step: int) -> None:
        self._client.log_metric(run_id, name, value, step=step)

    def add_file(self, run: RunSummary, path: str, content: bytes) -> None:
        folder, _, name = path.rpartition("/")
        with tempfile.TemporaryDirectory() as home:
            file = Path(home) / name
            file.write_bytes(content)
            self._client.log_artifact(run.id, str(file), folder or None)

    def add_version(self, name: str, *, run_id: str, aliases: tuple[str, ...] = ()) -> None:
        try:
            self._client.create_registered_model(name)
        except RestException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        made = self._client.create_model_version(name, source=f"runs:/{run_id}/model", run_id=run_id)
        for alias in aliases:
            self._client.set_registered_model_alias(name, alias, made.version)

    def add_logged_model(self, run: RunSummary, name: str) -> str:
        made = self._client.create_logged_model(run.experiment_id, name=name, source_run_id=run.id)
        self._client.finalize_logged_model(made.model_id, "READY")
        return str(made.model_id)

    def away(self) -> MlflowBackend:
        return MlflowServer("http://127.0.0.1:1")
