"""The tools against a real Prefect with a worker and a real MLflow: from a kept file to metrics and back."""

import html
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tools.errors import BadArguments
from tools.mlflow.metrics import run_metrics
from tools.mlflow.results import RunMetrics
from tools.mlflow.server import MlflowServer
from tools.pipelines.store import FolderStore
from tools.prefect.causes import CauseKind
from tools.prefect.diagnosis import Diagnosis, why_late
from tools.prefect.explaining import Explanation, explain_failure
from tools.prefect.logs import read_logs
from tools.prefect.registration import register_pipeline
from tools.prefect.results import Cancelled, FlowRun, FlowRunPage, LogPage, Registered, RunStatus, Started, StateType
from tools.prefect.resuming import resume_run
from tools.prefect.runs import cancel_run, list_runs, run_status
from tools.prefect.server import PrefectServer
from tools.prefect.starting import retry_run, run_pipeline
from tools.spec import Backends, Call, Origin, Tool, ToolResult
from worker.cards import final_card
from worker.runs import TAIL

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)

THREAD = "T0LOCAL:C0MLPIPE:1718.01"
PATIENCE = 150  # seconds; two cores are shared with everything else

SOURCE = '''
import pathlib

import mlflow
from prefect import flow, get_run_logger, task

pathlib.Path("LOADED").touch()


@task
def load(rows: int) -> int:
    get_run_logger().info("loaded %s rows", rows)
    return rows


@task
def train(rows: int) -> float:
    if rows < 0:
        raise ValueError(f"no model from {rows} rows")
    return 1 / (1 + rows)


@flow(name="NAME")
def churn(rows: int = 3) -> None:
    """Trains on a number of rows."""
    with mlflow.start_run():
        mlflow.log_param("rows", rows)
        mlflow.log_metric("loss", train(load(rows)))
'''


PAUSING = '''
from prefect import flow, pause_flow_run
from prefect.input import RunInput


class Rows(RunInput):
    rows: int


@flow(name="NAME")
def churn(ask: bool = False) -> None:
    """Waits for somebody."""
    if ask:
        given = pause_flow_run(wait_for_input=Rows.with_initial_data(description="How many rows?"), timeout=900)
        if given.rows != 5:
            raise ValueError(given.rows)
    else:
        pause_flow_run(timeout=900)
'''


SLEEPING = '''
import time

from prefect import flow


@flow(name="NAME")
def churn(wait: int) -> None:
    """Takes its time."""
    time.sleep(wait)
'''


class Bench:
    """Tools called by one person on real servers.

    Attributes:
        loaded: A file that is there once Python has loaded a pipeline's source.
    """

    def __init__(self, backends: Backends, loaded: Path) -> None:
        self.backends = backends
        self.loaded = loaded

    def use(self, tool: Tool, *, key: str = "", **arguments: object) -> ToolResult:
        """Call a tool with arguments as they come from outside."""
        call = Call(key=key or uuid4().hex, origin=Origin(thread=THREAD, actor="U0ALICE"), now=datetime.now(UTC))
        return tool.function(tool.arguments.model_validate(arguments), self.backends, call)

    def registered(self, name: str, source: str = SOURCE) -> Registered:
        """A pipeline with this name, registered from a kept file."""
        text = source.replace("NAME", name).replace("LOADED", str(self.loaded))
        digest = self.backends.sources.put(text.encode(), "churn.py")
        result = self.use(register_pipeline, digest=digest).data
        assert isinstance(result, Registered)
        return result

    def started(self, name: str, **parameters: int) -> FlowRun:
        """A run of it."""
        result = self.use(run_pipeline, pipeline=name, parameters=parameters).data
        assert isinstance(result, Started)
        return result.run

    def logs(self, run: FlowRun, *, containing: str) -> ToolResult:
        """Its log, once it has a text: Prefect stores lines some two seconds late."""
        soon(lambda: self.use(read_logs, run=run.id).text, containing=containing)
        return self.use(read_logs, run=run.id)

    def ended(self, run: FlowRun, *, containing: str) -> str:
        """The words of the message that tells how it ended, once its log has what they quote."""
        return soon(lambda: self._ended(run), containing=containing)

    def _ended(self, run: FlowRun) -> str:
        prefect = self.backends.prefect
        view = final_card(
            prefect.run_detail(run.id),
            tracked=(),
            versions=(),
            log=prefect.logs(run.id, TAIL),
            unread="",
            parameter="",
            pool=prefect.work_pool,
        )
        texts = [block["text"]["text"] for block in view.blocks if block["type"] == "section"]
        return html.unescape("\n".join(texts))

    def until(self, run: FlowRun, reached: Callable[[FlowRun], bool]) -> FlowRun:
        """The run once it is as it should be."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            now = self.backends.prefect.run(run.id)
            if reached(now):
                return now
            time.sleep(0.2)
        raise AssertionError(f"the run stayed {self.backends.prefect.run(run.id)}")


def soon(read: Callable[[], str], *, containing: str, seconds: float = 30) -> str:
    deadline = time.monotonic() + seconds
    while containing not in (text := read()):
        assert time.monotonic() < deadline, text
        time.sleep(0.2)  # between two looks, within the deadline above
    return text


@pytest.fixture(scope="module")
def bench(
    prefect_api_url: str,
    prefect_pool: str,
    mlflow_url: str,
    mlflow_environment: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bench]:
    prefect = PrefectServer(prefect_api_url, work_pool=prefect_pool)
    sources = FolderStore(tmp_path_factory.mktemp("sources"))
    backends = Backends(prefect=prefect, mlflow=MlflowServer(mlflow_url), sources=sources)
    yield Bench(backends, tmp_path_factory.mktemp("loaded") / "by-python")
    prefect.close()


@dataclass(frozen=True)
class Told:
    """A pipeline that worked, was changed, and failed; a run takes seconds, so every test looks at the same two."""

    name: str
    worked_with: Registered
    worked: FlowRun
    failed_with: Registered
    failed: FlowRun


@pytest.fixture(scope="module")
def told(bench: Bench) -> Told:
    name = f"churn-{uuid4().hex[:8]}"
    first = bench.registered(name)
    assert not bench.loaded.exists(), "a file is read to register it, and never run"
    worked = bench.until(bench.started(name, rows=1), lambda run: run.finished)
    second = bench.registered(name, SOURCE.replace("1 / (1 + rows)", "2 / (1 + rows)"))
    failed = bench.until(bench.started(name, rows=-2), lambda run: run.finished)
    return Told(name, first, worked, second, failed)


def test_a_kept_file_becomes_a_run_whose_metrics_are_found_through_it(bench: Bench, told: Told) -> None:
    run = told.worked
    assert run.state_type is StateType.COMPLETED
    assert bench.loaded.exists()

    status = bench.use(run_status, run=run.id).data
    assert isinstance(status, RunStatus)
    assert [(task.task, task.state_type) for task in status.detail.tasks] == [
        ("load", StateType.COMPLETED),
        ("train", StateType.COMPLETED),
    ]

    metrics = bench.use(run_metrics, run=run.name).data
    assert isinstance(metrics, RunMetrics)
    assert (metrics.run.metrics, metrics.run.params) == ({"loss": 0.5}, {"rows": "1"})
    assert metrics.run.tags == {
        "trainmaster.flow_run_id": run.id,
        "trainmaster.thread": THREAD,
        "trainmaster.actor": "U0ALICE",
        "trainmaster.digest": told.worked_with.pipeline.digest,
        "trainmaster.pipeline": told.name,
    }


def test_a_failing_task_is_named_with_its_exception_and_a_retry_repeats_it(bench: Bench, told: Told) -> None:
    run = told.failed
    assert run.state_type is StateType.FAILED
    status = bench.use(run_status, run=run.id)
    assert "Task `train` failed first: `ValueError: no model from -2 rows`" in status.text

    bench.logs(run, containing="loaded -2 rows")
    read = bench.use(read_logs, run=run.id, search="loaded")
    logs = read.data
    assert isinstance(logs, LogPage)
    assert [line.message for line in logs.lines] == ["loaded -2 rows"]
    assert f"INFO {logs.lines[0].task}: loaded -2 rows" in read.text
    assert logs.lines[0].task.startswith("load-")

    again = bench.use(retry_run, run=run.id).data
    assert isinstance(again, Started)
    assert (again.run.parameters, again.run.tagged("retry-of:")) == ({"rows": -2}, run.id)
    assert bench.until(again.run, lambda run: run.finished).state_type is StateType.FAILED


def test_a_failing_tasks_own_line_is_what_its_log_and_its_last_message_show(bench: Bench, told: Told) -> None:
    run = told.failed
    failing = 'in train\n    raise ValueError(f"no model from {rows} rows")\nValueError: no model from -2 rows'

    logs = bench.logs(run, containing=failing)
    ended = bench.ended(run, containing=failing)
    assert 'File "churn.py", line ' in ended
    for shown in (logs.text, str(logs.data.model_dump()), ended):
        assert "frames inside libraries left out" in shown
        assert not re.search("site-packages|trainmaster-[a-z0-9_]{8}/|/lib/python", shown)


@pytest.mark.parametrize(
    ("line", "exception", "remedy"),
    [
        (
            "import a_module_that_nobody_has",
            "ModuleNotFoundError: No module named 'a_module_that_nobody_has'",
            "have the package that brings `a_module_that_nobody_has` installed on the work pool `test-pool`",
        ),
        ("DEPTH = LIMIT + 1", "NameError: name 'LIMIT' is not defined", "fix the file and drop it"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_told_with_its_own_exception_and_what_helps(
    bench: Bench, name: str, line: str, exception: str, remedy: str
) -> None:
    bench.registered(name, f"{line}\n{SOURCE}")
    run = bench.until(bench.started(name), lambda run: run.finished)
    assert run.state_type is StateType.CRASHED
    assert f"Its file could not be loaded: `{exception}`" in bench.use(run_status, run=run.id).text
    ended = bench.ended(run, containing=f'File "churn.py", line 1, in <module>\n    {line}\n')
    assert f"The file could not be loaded: `{exception}`" in ended
    assert remedy in ended
    assert "site-packages" not in ended


def test_a_running_run_ends_when_it_is_cancelled(bench: Bench, name: str) -> None:
    bench.registered(name, SLEEPING)
    run = bench.until(bench.started(name, wait=300), lambda run: run.state_type is StateType.RUNNING)
    cancelled = bench.use(cancel_run, run=run.id).data
    assert isinstance(cancelled, Cancelled)
    assert cancelled.run.state_type in {StateType.CANCELLING, StateType.CANCELLED}
    assert bench.until(run, lambda run: run.finished).state_type is StateType.CANCELLED


def test_a_probe_tells_what_the_pool_can_import(bench: Bench) -> None:
    prefect = bench.backends.prefect
    run = bench.until(prefect.start_pool_probe(key=uuid4().hex), lambda run: run.finished)
    assert run.state_type is StateType.COMPLETED
    environment = prefect.pool_environment()
    assert environment is not None
    assert {"prefect", "mlflow", "trainmaster_pull"} <= environment.modules
    assert "slack_bolt_that_nobody_has" not in environment.modules
    assert environment.as_of == run.end
    listed = bench.use(list_runs)
    assert isinstance(listed.data, FlowRunPage)
    assert run.id not in {each.id for each in listed.data.runs}, "it is our own, no run of anybody"


def test_a_failure_is_explained_with_what_changed_since_it_last_worked(bench: Bench, told: Told) -> None:
    run = told.failed
    bench.logs(run, containing="no model from -2 rows")
    explained = bench.use(explain_failure, run=run.id)
    assert isinstance(explained.data, Explanation)
    assert explained.data.chain == ("ValueError: no model from -2 rows",)
    assert [(each.name, each.before, each.after) for each in explained.data.parameters] == [("rows", "1", "-2")]
    assert explained.data.source is not None
    digests = (told.worked_with.pipeline.digest, told.failed_with.pipeline.digest)
    assert (explained.data.source.before, explained.data.source.after) == digests
    assert "-    return 1 / (1 + rows)\n+    return 2 / (1 + rows)" in explained.text
    assert "Task `train` failed first" in explained.text
    assert "site-packages" not in explained.text


def test_a_run_that_asks_for_input_says_so_and_one_that_is_only_paused_goes_on(bench: Bench, name: str) -> None:
    bench.registered(name, PAUSING)
    asking, paused = bench.started(name, ask=True), bench.started(name)
    for run in (asking, paused):
        bench.until(run, lambda run: run.state_type is StateType.PAUSED)
    diagnosis = bench.use(why_late, run=asking.id)
    assert isinstance(diagnosis.data, Diagnosis)
    assert [cause.kind for cause in diagnosis.data.causes] == [CauseKind.WAITS_FOR_INPUT]
    assert "waiting for input (`rows`)" in diagnosis.text
    assert "“How many rows?”" in diagnosis.text
    with pytest.raises(BadArguments, match="waits for input"):
        bench.use(resume_run, run=asking.id)
    with pytest.raises(BadArguments, match="rows must be a whole number"):
        bench.use(resume_run, run=asking.id, parameters={"rows": "many"})
    assert "goes on" in bench.use(resume_run, run=asking.id, parameters={"rows": "5"}).text
    assert "goes on" in bench.use(resume_run, run=paused.id).text
    for run in (asking, paused):
        assert bench.until(run, lambda run: run.finished).state_type is StateType.COMPLETED
