"""The tools that need no run to go on, in memory and on a real Prefect and a real MLflow."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.contracts.mlflow_worlds import MlflowWorld
from tests.contracts.prefect_samples import registered, started
from tests.contracts.prefect_worlds import PrefectWorld
from tools.errors import Busy
from tools.mlflow.experiments import list_experiments
from tools.pipelines.store import FolderStore
from tools.prefect.artifacts import run_artifacts
from tools.prefect.client import RunRequest
from tools.prefect.diagnosis import Diagnosis, why_late
from tools.prefect.limiting import set_concurrency_limit
from tools.prefect.pausing import pause_pool, resume_pool
from tools.prefect.pipelines import describe_pipeline, list_pipelines
from tools.prefect.removing import remove_pipeline
from tools.prefect.runs import list_runs
from tools.prefect.schedules import list_schedules, set_schedule
from tools.prefect.switching import pause_schedule, remove_schedule, resume_schedule
from tools.spec import Backends, Call, Done, NotDone, Origin, Tool, ToolResult
from tools.system import SystemsHealth, system_status

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)


class Desk:
    """The tools on both systems, as Alice calls them."""

    def __init__(self, prefect: PrefectWorld, mlflow: MlflowWorld, folder: Path) -> None:
        self._backends = Backends(prefect=prefect.backend, mlflow=mlflow.backend, sources=FolderStore(folder))

    def text(self, tool: Tool, **arguments: Any) -> str:
        return self.use(tool, **arguments).text

    def use(self, tool: Tool, **arguments: Any) -> ToolResult:
        """What a tool gives; asked once more where Prefect's SQLite was locked for seconds by something else."""
        args = tool.arguments(**arguments)
        try:
            return tool.function(args, self._backends, _call())
        except Busy:
            return tool.function(args, self._backends, _call())

    def changes(self, tool: Tool, **arguments: Any) -> str:
        """What a change says; before it the tool tells that it is not made, afterwards that it is."""
        assert tool.plan is not None
        assert tool.probe is not None
        args = tool.arguments(**arguments)
        assert tool.plan(args, self._backends, _call()).summary
        assert tool.probe(args, self._backends, _call()) == NotDone()
        said = self.use(tool, **arguments).text
        assert isinstance(tool.probe(args, self._backends, _call()), Done)
        return said


def _call() -> Call:
    return Call(key=uuid4().hex, origin=Origin(thread="T:C:1", actor="U0ALICE"), now=datetime.now(UTC))


@pytest.fixture
def desk(apart: PrefectWorld, mlflow: MlflowWorld, tmp_path: Path) -> Desk:
    return Desk(apart, mlflow, tmp_path)


def test_pipelines_and_runs_are_listed_and_described(desk: Desk, apart: PrefectWorld, name: str) -> None:
    pipeline = registered(apart, name)
    mine, other = started(apart, pipeline, "actor:U0ALICE"), started(apart, pipeline, depth=9)
    assert f"**{name}" in desk.text(list_pipelines, search=name)
    described = desk.text(describe_pipeline, pipeline=name)
    assert "max_depth" in described
    assert "Predicts who leaves." in described
    listed = desk.text(list_runs, pipeline=name)
    assert mine.name in listed
    assert other.name in listed
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    later = apart.backend.start(RunRequest(pipeline_id=pipeline.id, key=uuid4().hex, at=tomorrow))
    assert "Planned for later: 1; `planned=yes` lists it." in desk.text(list_runs, pipeline=name)
    assert later.name in desk.text(list_runs, pipeline=name, planned=True)
    assert f"1 run of {name} that you asked for" in desk.text(list_runs, pipeline=name, who="me")
    assert f"There are no failed runs of {name}." in desk.text(list_runs, pipeline=name, state="failed")


def test_a_schedule_is_set_listed_paused_resumed_and_removed(desk: Desk, apart: PrefectWorld, name: str) -> None:
    registered(apart, name)
    desk.use(set_schedule, pipeline=name, when="every Monday at 9")
    assert "every Monday at 09:00" in desk.text(list_schedules, pipeline=name)
    assert "is paused." in desk.changes(pause_schedule, pipeline=name)
    held = desk.use(why_late, run=name).data
    assert isinstance(held, Diagnosis)
    assert "resume_schedule" in {fix.tool for fix in held.fixes}
    assert "is on again." in desk.changes(resume_schedule, pipeline=name)
    assert "is removed" in desk.changes(remove_schedule, pipeline=name)
    assert "no schedule" in desk.text(list_schedules, pipeline=name)
    desk.use(remove_pipeline, pipeline=name)
    assert f"**{name}" not in desk.text(list_pipelines, search=name)


def test_a_pool_is_paused_and_resumed(desk: Desk, apart: PrefectWorld, name: str) -> None:
    run = started(apart, registered(apart, name))
    assert "is paused." in desk.changes(pause_pool)
    assert "it is paused; runs wait" in desk.text(system_status)
    assert "is paused: it hands out no runs" in desk.text(why_late, run=run.id)
    assert "hands out runs again." in desk.changes(resume_pool)
    assert "is paused." in desk.changes(pause_pool, queue="default")
    assert "hands out runs again." in desk.changes(resume_pool, queue="default")


def test_a_limit_is_changed_and_the_diagnosis_offers_it(desk: Desk, apart: PrefectWorld, name: str) -> None:
    pipeline = registered(apart, name)
    for which in ({"of": "pool"}, {"of": "queue"}, {"of": "tag", "name": name}, {"of": "pipeline", "name": name}):
        assert "is 1 now; there was none before" in desk.changes(set_concurrency_limit, **which, limit="1")
    first, waiting = started(apart, pipeline), started(apart, pipeline)
    apart.take(first.id)
    apart.take(waiting.id)
    held = desk.use(why_late, run=waiting.id).data
    assert isinstance(held, Diagnosis)
    assert [(cause.slots.limit, cause.slots.taken) for cause in held.causes if cause.slots] == [(1, 1)] * 3
    raising = [fix for fix in held.fixes if fix.tool == "set_concurrency_limit"]
    assert [fix.label for fix in raising] == [f"Raise {what} limit to 2" for what in ("queue", "pool", "pipeline")]
    for fix in raising:
        assert "is 2 now; it was 1" in desk.changes(set_concurrency_limit, **fix.arguments)
    assert f"The concurrency limit of the pipeline {name}" not in desk.text(why_late, run=waiting.id)
    assert "is taken away" in desk.changes(set_concurrency_limit, of="tag", name=name, limit="none")


def test_what_a_run_published_is_told(desk: Desk, apart: PrefectWorld, name: str) -> None:
    run = started(apart, registered(apart, name))
    apart.publish(run.id, "rows", "markdown", "We kept *12* rows.", about="What was kept")
    text = desk.text(run_artifacts, run=run.id)
    assert "**rows** (markdown): What was kept" in text
    assert "We kept *12* rows." in text


def test_experiments_are_listed_and_the_systems_answer(desk: Desk, mlflow: MlflowWorld, name: str) -> None:
    mlflow.add_experiment(name)
    assert name in desk.text(list_experiments, search=name)
    health = desk.use(system_status).data
    assert isinstance(health, SystemsHealth)
    assert {one.name: one.good for one in health.systems if "pool" not in one.name} == {"Prefect": True, "MLflow": True}
