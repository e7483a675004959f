"""MLflow in memory, for tests that need what it answers and not how."""

import re
from datetime import UTC, datetime, timedelta

from tests.fakes.mlflow_registry import URL, FakeRegistry
from tools.errors import BadArguments
from tools.mlflow.client import RunSearch
from tools.mlflow.results import (
    FLOW_RUN_TAG,
    ArtifactFile,
    Dataset,
    Experiment,
    ExperimentPage,
    MetricSeries,
    ModelVersion,
    Ping,
    Point,
    RunSearchPage,
    RunSummary,
)

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
COMPARISON = re.compile(
    r"^(?P<kind>metrics|params|tags|attributes)\.(?P<name>`[^`]+`|[\w./-]+)\s*(?P<op>!=|>=|<=|=|>|<)\s*(?P<value>.+)$"
)


class FakeMlflow(FakeRegistry):
    """An `MlflowBackend` that holds everything in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._experiments: dict[str, Experiment] = {}
        self._runs: dict[str, RunSummary] = {}
        self._histories: dict[tuple[str, str], list[Point]] = {}
        self._files: dict[str, dict[str, bytes]] = {}
        self._ticks = 0

    # ---- what a test puts in -------------------------------------------------------------------------------------

    def add_experiment(self, name: str) -> Experiment:
        """Create an experiment, or give back the one with this name."""
        known = next((e for e in self._experiments.values() if e.name == name), None)
        if known is not None:
            return known
        number = str(len(self._experiments) + 1)
        at = self._now()
        made = Experiment(id=number, name=name, created=at, updated=at, url=f"{URL}/#/experiments/{number}")
        self._experiments[number] = made
        return made

    def add_run(
        self,
        experiment: str,
        *,
        name: str = "",
        flow_run_id: str = "",
        metrics: dict[str, float] | None = None,
        params: dict[str, str] | None = None,
        tags: dict[str, str] | None = None,
        datasets: tuple[Dataset, ...] = (),
        status: str = "FINISHED",
    ) -> RunSummary:
        """Create a run; `flow_run_id` tags it as made by that Prefect run."""
        home = self.add_experiment(experiment)
        number = f"{len(self._runs) + 1:032x}"
        at = self._now()
        own = {FLOW_RUN_TAG: flow_run_id} if flow_run_id else {}
        made = RunSummary(
            id=number,
            name=name or f"run-{len(self._runs) + 1}",
            experiment_id=home.id,
            experiment=home.name,
            status=status,
            start=at,
            end=at + timedelta(seconds=5) if status != "RUNNING" else None,
            params=params or {},
            tags={**(tags or {}), **own},
            datasets=datasets,
            url=f"{URL}/#/experiments/{home.id}/runs/{number}",
        )
        self._runs[number] = made
        for metric, value in (metrics or {}).items():
            self.log_metric(number, metric, value)
        return self._runs[number]

    def log_metric(self, run_id: str, name: str, value: float, *, step: int = 0) -> None:
        """Log one value of a metric."""
        self._histories.setdefault((run_id, name), []).append(Point(step=step, value=value, at=self._now()))
        run = self.run(run_id)
        self._runs[run_id] = run.model_copy(update={"metrics": {**run.metrics, name: value}})

    def add_file(self, owner: RunSummary | ModelVersion, path: str, content: bytes) -> None:
        """Keep a file of a run or of a version."""
        self._files.setdefault(_owner(owner), {})[path] = content

    # ---- MlflowBackend -------------------------------------------------------------------------------------------

    def ping(self) -> Ping:
        self._answer()
        return Ping(system="MLflow", version="3.17.2", milliseconds=1, url=URL)

    def experiments(self, *, limit: int = 1000) -> ExperimentPage:
        self._answer()
        found = sorted(self._experiments.values(), key=lambda e: e.updated or EPOCH, reverse=True)
        return ExperimentPage(experiments=tuple(found[:limit]), more=len(found) > limit)

    def experiment(self, experiment_id: str) -> Experiment:
        self._answer()
        if experiment_id not in self._experiments:
            raise BadArguments(f"MLflow has no experiment with the id {experiment_id}.")
        return self._experiments[experiment_id]

    def runs(self, search: RunSearch) -> RunSearchPage:
        self._answer()
        found = [
            run
            for run in self._runs.values()
            if (not search.experiment_ids or run.experiment_id in search.experiment_ids)
            and all(_fits(run, part) for part in _conditions(search.where))
        ]
        found.sort(key=lambda run: run.start or EPOCH, reverse=True)
        if search.order_by:
            found = _ordered(found, search.order_by)
        return RunSearchPage(runs=tuple(found[: search.limit]), more=len(found) > search.limit)

    def run(self, run_id: str) -> RunSummary:
        self._answer()
        if run_id not in self._runs:
            raise BadArguments(f"MLflow has no run with the id {run_id}.")
        return self._runs[run_id]

    def metric_history(self, run_id: str, name: str) -> MetricSeries:
        self._answer()
        points = sorted(self._histories.get((run_id, name), []), key=lambda p: (p.step, p.at))
        return MetricSeries(name=name, points=tuple(points), count=len(points))

    def runs_of_flow_run(self, flow_run_id: str) -> tuple[RunSummary, ...]:
        self._answer()
        return tuple(run for run in self._runs.values() if run.tags.get(FLOW_RUN_TAG) == flow_run_id)

    def files_of(self, owner: RunSummary | ModelVersion) -> tuple[ArtifactFile, ...]:
        self._answer()
        files = self._kept(owner)
        return tuple(ArtifactFile(path=path, size=len(files[path])) for path in sorted(files))

    def file_of(self, owner: RunSummary | ModelVersion, path: str, *, limit: int) -> bytes:
        self._answer()
        files = self._kept(owner)
        if path not in files:
            raise BadArguments(f"MLflow has no file {path} there.")
        if len(files[path]) > limit:
            raise BadArguments(f"{path} is larger than {limit:,} bytes, which is the most that I take.")
        return files[path]

    # ---- inside --------------------------------------------------------------------------------------------------

    def _kept(self, owner: RunSummary | ModelVersion) -> dict[str, bytes]:
        """Files by their paths; those of a version may be a folder of its run's."""
        files = self._files.get(_owner(owner), {})
        if files or isinstance(owner, RunSummary):
            return files
        of_run = self._files.get(owner.run_id, {}).items()
        return {path.removeprefix("model/"): content for path, content in of_run if path.startswith("model/")}

    def _now(self) -> datetime:
        self._ticks += 1
        return EPOCH + timedelta(seconds=self._ticks)


def _conditions(where: str) -> list[re.Match[str]]:
    """MLflow's filter, for the comparisons that tests use."""
    if not where.strip():
        return []
    parts = [COMPARISON.match(part.strip()) for part in re.split(r"\s+and\s+", where, flags=re.IGNORECASE)]
    if not all(parts):
        raise BadArguments(f"MLflow cannot read the filter: {where}")
    return [part for part in parts if part]


def _fits(run: RunSummary, part: re.Match[str]) -> bool:
    name, wanted = part["name"].strip("`"), part["value"].strip().strip("\"'")
    match part["kind"]:
        case "metrics":
            held: float | str | None = run.metrics.get(name)
            return held is not None and _compare(float(held), part["op"], float(wanted))
        case "params":
            held = run.params.get(name)
        case "tags":
            held = run.tags.get(name)
        case _:
            if name == "start_time":
                started = (run.start or EPOCH).timestamp() * 1000
                return _compare(started, part["op"], float(wanted))
            held = {"status": run.status, "run_name": run.name}.get(name)
    return held is not None and (held == wanted) is (part["op"] == "=")


def _compare(held: float, op: str, wanted: float) -> bool:
    return {
        "=": held == wanted,
        "!=": held != wanted,
        ">": held > wanted,
        "<": held < wanted,
        ">=": held >= wanted,
        "<=": held <= wanted,
    }[op]


def _ordered(runs: list[RunSummary], order_by: str) -> list[RunSummary]:
    """Sorted as MLflow does it: runs without the value come last."""
    key, _, direction = order_by.strip().partition(" ")
    kind, _, name = key.partition(".")
    name = name.strip("`")
    if kind != "metrics":
        return runs if direction.upper() != "ASC" else list(reversed(runs))
    having = [run for run in runs if name in run.metrics]
    having.sort(key=lambda run: run.metrics[name], reverse=direction.strip().upper() == "DESC")
    return having + [run for run in runs if name not in run.metrics]


def _owner(owner: RunSummary | ModelVersion) -> str:
    return f"{owner.name} v{owner.version}" if isinstance(owner, ModelVersion) else owner.id
