"""A real MLflow server behind the tools' nouns."""

import time
from collections.abc import Iterable

import httpx
from mlflow.entities import Run, ViewType
from typing_extensions import override

from tools import deadline
from tools.deadline import LONG_SECONDS, LOOK_SECONDS
from tools.errors import BadArguments
from tools.mlflow import artifacts, nouns
from tools.mlflow.client import MlflowBackend, RunSearch
from tools.mlflow.connection import Connection
from tools.mlflow.paging import Page, everything
from tools.mlflow.registry import RegistryServer
from tools.mlflow.results import (
    FLOW_RUN_TAG,
    ArtifactFile,
    Experiment,
    ExperimentPage,
    MetricSeries,
    ModelVersion,
    Ping,
    RunSearchPage,
    RunSummary,
)
from tools.punctual import PunctualTransport

PAGE = 1_000  # experiments that MLflow gives at once
MOST_EXPERIMENTS = 10_000
#: Experiments named in one search; each adds a value to one SQL statement.
SEARCHED_AT_ONCE = 500
MOST_RUNS = 200
HISTORY = 25_000
#: Seconds for all requests that a list of files, or a file with its place, takes.
FILES_SECONDS = 30.0
NEWEST_FIRST = "attributes.start_time DESC"
OLDEST_FIRST = "attributes.start_time ASC"


class MlflowServer(RegistryServer, MlflowBackend):
    """The adapter: `MlflowBackend` by MLflow's own client. Nothing is opened before the first call.

    Its timeouts and credentials come from the variables of `tools.mlflow.environment.exported`.
    """

    def __init__(self, tracking_uri: str) -> None:
        """Remember where MLflow is.

        Args:
            tracking_uri: The server's address.
        """
        super().__init__(Connection(tracking_uri))
        self._uri = self._connection.tracking_uri

    @override
    def ping(self) -> Ping:
        rested = self._connection.breaker.resting
        begun = time.monotonic()
        self._connection.look(lambda client: client.search_experiments(max_results=1))
        return Ping(
            system="MLflow",
            milliseconds=round((time.monotonic() - begun) * 1000),
            version=self._version(),
            url=self._uri,
            rested=str(rested or ""),
        )

    @override
    def experiments(self, *, limit: int = PAGE) -> ExperimentPage:
        found = self._connection.read(
            lambda client: client.search_experiments(
                view_type=ViewType.ACTIVE_ONLY, max_results=limit, order_by=["last_update_time DESC"]
            )
        )
        experiments = tuple(nouns.experiment(each, pages=self._pages) for each in found)
        return ExperimentPage(experiments=experiments, more=bool(found.token))

    @override
    def experiment(self, experiment_id: str) -> Experiment:
        try:
            found = self._connection.read(lambda client: client.get_experiment(experiment_id))
        except BadArguments as error:
            raise BadArguments(f"MLflow has no experiment with the id {experiment_id}.") from error
        return nouns.experiment(found, pages=self._pages)

    @override
    def runs(self, search: RunSearch) -> RunSearchPage:
        homes = search.experiment_ids or self._experiment_ids()[:PAGE]
        if not homes:
            return RunSearchPage(runs=())
        order = [search.order_by or NEWEST_FIRST]
        found = self._connection.read(
            lambda client: client.search_runs(list(homes), search.where, ViewType.ACTIVE_ONLY, search.limit, order)
        )
        return RunSearchPage(runs=self._runs(found), more=bool(found.token))

    @override
    def run(self, run_id: str) -> RunSummary:
        try:
            found = self._connection.read(lambda client: client.get_run(run_id))
        except BadArguments as error:
            raise BadArguments(f"MLflow has no run with the id {run_id}.") from error
        return self._runs([found])[0]

    @override
    def metric_history(self, run_id: str, name: str) -> MetricSeries:
        history = self._connection.read(lambda client: client.get_metric_history(run_id, name), seconds=LONG_SECONDS)
        return nouns.series(name, list(history)[-HISTORY:])

    @override
    def files_of(self, owner: RunSummary | ModelVersion) -> tuple[ArtifactFile, ...]:
        return self._connection.read(
            lambda client: artifacts.listed(client, artifacts.place_of(client, owner)), seconds=FILES_SECONDS
        )

    @override
    def file_of(self, owner: RunSummary | ModelVersion, path: str, *, limit: int) -> bytes:
        return self._connection.read(
            lambda client: artifacts.content(client, artifacts.place_of(client, owner), path, limit=limit),
            seconds=FILES_SECONDS,
        )

    @override
    def runs_of_flow_run(self, flow_run_id: str) -> tuple[RunSummary, ...]:
        if not flow_run_id.replace("-", "").isalnum():
            raise BadArguments(f"“{flow_run_id}” is not the id of a Prefect run.")
        where = f"tags.`{FLOW_RUN_TAG}` = '{flow_run_id}'"
        homes = self._experiment_ids()
        found: list[Run] = []
        for begin in range(0, len(homes), SEARCHED_AT_ONCE):
            some = list(homes[begin : begin + SEARCHED_AT_ONCE])
            found += everything(self._connection, _search(some, where), most=MOST_RUNS)
        found.sort(key=lambda run: run.info.start_time or 0)
        return self._runs(found[:MOST_RUNS])

    def _experiment_ids(self) -> tuple[str, ...]:
        found = everything(
            self._connection,
            lambda client, token: client.search_experiments(
                view_type=ViewType.ACTIVE_ONLY,
                max_results=PAGE,
                order_by=["last_update_time DESC"],
                page_token=token,
            ),
            most=MOST_EXPERIMENTS,
        )
        return tuple(each.experiment_id for each in found)

    def _runs(self, found: Iterable[Run]) -> tuple[RunSummary, ...]:
        runs = list(found)
        names = {home: self.experiment(home).name for home in {run.info.experiment_id for run in runs}}
        return tuple(
            nouns.run(each, experiment_name=names[each.info.experiment_id], pages=self._pages) for each in runs
        )

    def _version(self) -> str:
        """The server's version; it is not worth failing for."""
        if not self._pages:
            return ""
        try:
            with (
                deadline.within(LOOK_SECONDS),
                httpx.Client(transport=PunctualTransport(), timeout=LOOK_SECONDS) as client,
            ):
                answer = client.get(f"{self._uri}/version")
        except httpx.HTTPError:
            return ""
        return answer.text.strip() if answer.is_success and len(answer.text) < 40 else ""  # noqa: PLR2004 - longer than any version is a page


def _search(homes: list[str], where: str) -> Page[Run]:
    return lambda client, token: client.search_runs(
        homes, where, ViewType.ACTIVE_ONLY, MOST_RUNS, [OLDEST_FIRST], token
    )
