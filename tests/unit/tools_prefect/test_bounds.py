"""Whatever the systems hold, what is read of an answer has its bound, and says what it left out."""

import json
import re
from typing import Any

import pytest

from bot.gates import Gate
from tests.unit.tools_prefect.conftest import Bench
from tools.catalogue import CATALOGUE
from tools.mlflow.charting_confusion import chart_confusion
from tools.mlflow.lineage import trace_model
from tools.mlflow.results import Dataset
from tools.prefect.client import RunRequest
from tools.prefect.diagnosis import why_late
from tools.prefect.published import Artifact
from tools.prefect.results import FlowRun, Schedule, StateType
from tools.spec import Effect, Tool
from worker.agent.guard import MOST_CHARACTERS, bounded

LONGEST_LINE = MOST_CHARACTERS // 3  #: lines are kept or left out whole, so one that is longer would cost many others
MANY = 60
LONG = "-as-long-as-a-name-can-be" * 7
OMITTED = re.compile(
    r"\bmore\b|left out|The newest \d+ of|showing \d+|These are the newest|there are older ones|The first \d+"
)
READING = [
    tool for tool in CATALOGUE if tool.effect is Effect.READ and tool.permission.split(":")[0] in {"mlflow", "prefect"}
]


def name(what: str, number: int) -> str:
    return f"{what}-{number:03}{LONG}"


@pytest.fixture(scope="module")
def overfull(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench with more of everything than an answer has room for, each with the longest name."""
    bench = Bench(tmp_path_factory.mktemp("sources"))
    weekly = [
        Schedule(id=f"{number:08}", when="cron 0 9 * * 1", timezone="UTC", active=True, cron=f"{number} 9 * * 1")
        for number in range(3)
    ]
    properties = {
        name("parameter", number): {"type": "string", "title": "t" * 300, "default": "d" * 2_000}
        for number in range(MANY)
    }
    for number in range(MANY):
        bench.prefect.add_pipeline(
            name("pipeline", number),
            schedules=tuple(weekly),
            parameter_schema={"type": "object", "properties": properties if number == 0 else {}},
        )
    first = bench.prefect.registered(name("pipeline", 0))
    assert first is not None
    values = dict.fromkeys(properties, "v" * 2000)
    other = bench.prefect.registered(name("pipeline", 1))
    assert other is not None
    for number in range(MANY):
        bench.prefect.start(RunRequest(pipeline_id=other.id, key=f"k{number}"))
    run = bench.prefect.start(RunRequest(pipeline_id=first.id, key="last", parameters=values))
    bench.prefect.advance(run.id, StateType.RUNNING)
    for number in range(MANY):
        bench.prefect.set_task(run.id, name("task", number), StateType.FAILED, message="m" * 5_000)
        bench.prefect.add_log(run.id, f"line {number} " + "l" * 2_000, level=40)
    bench.prefect.published[run.id] = [
        Artifact(id=str(number), key=name("kept", number), type="markdown", data="a" * 20_000, created=run.created)
        for number in range(MANY)
    ]
    bench.prefect.advance(run.id, StateType.FAILED, message="m" * 50_000)
    track(bench, run)
    bench.prefect.limits.others = {name("limit", number): (1, 1) for number in range(MANY)}
    bench.desk.asked = [Gate("*", name("metric", number), "higher", minimum=1.0) for number in range(MANY)]
    return bench


def track(bench: Bench, run: FlowRun) -> None:
    """Fill MLflow; the last of its runs was made by the last of Prefect's."""
    matrix = {"labels": [name("class", each) for each in range(30)], "matrix": [[7] * 30] * 30}
    params = {name("parameter", each): "p" * 6_000 for each in range(MANY)}
    for number in range(MANY):
        last = number == MANY - 1
        tracked = bench.mlflow.add_run(
            name("experiment", number),
            name=name("run", number),
            flow_run_id=run.id if last else "",
            metrics={name("accuracy", each): number / 100 for each in range(MANY if number > MANY - 3 else 12)},
            params={each: f"{number}{value}" for each, value in params.items()},
            tags={name("tag", each): "t" * 5_000 for each in range(MANY)},
            datasets=tuple(Dataset(name=name("data", each), digest="d" * 36) for each in range(MANY)),
        )
        aliases = ("champion",) if number == MANY - 2 else ()
        bench.mlflow.add_version("churn", run_id=tracked.id, description="d" * 5_000, aliases=aliases)
        bench.mlflow.add_version(name("model", number), run_id=tracked.id, description="d" * 5_000)
    for step in range(30):
        bench.mlflow.log_metric(tracked.id, name("accuracy", 0), step / 100, step=step)
    bench.mlflow.add_file(tracked, "confusion_matrix.json", json.dumps(matrix).encode())
    for each in range(30):
        bench.mlflow.set_version_tag("churn", str(MANY), name("tag", each), "t" * 5_000)


def most(tool: Tool, overfull: Bench) -> dict[str, Any]:
    """Arguments with which a tool has the most to say."""
    fields = tool.arguments.model_fields
    known = {"model": "churn", "version": str(MANY), "pipeline": name("pipeline", 0), "metric": name("accuracy", 1)}
    given: dict[str, Any] = {key: known[key] for key, field in fields.items() if field.is_required() and key in known}
    if "limit" in fields:
        given["limit"] = next(each.le for each in fields["limit"].metadata if hasattr(each, "le"))
    if tool is trace_model:  # of one model it tells more than of all
        given["model"] = "churn"
    if tool is why_late:  # a run that is at work while every limit is full
        pipeline = overfull.prefect.registered(name("pipeline", 1))
        assert pipeline is not None
        run = overfull.prefect.start(RunRequest(pipeline_id=pipeline.id, key="at work", tags=()))
        overfull.prefect.advance(run.id, StateType.RUNNING)
        given["run"] = run.id
    return given


@pytest.mark.parametrize("tool", READING, ids=lambda tool: tool.name)
def test_an_answer_from_an_overfull_system_fits_and_says_what_it_left_out(tool: Tool, overfull: Bench) -> None:
    text = overfull.use(tool, **most(tool, overfull)).text
    assert max(map(len, text.split("\n"))) <= LONGEST_LINE
    read = bounded(text)
    assert len(read) <= MOST_CHARACTERS
    assert tool is chart_confusion or OMITTED.search(read)  # which refuses a matrix that it cannot show whole
