"""No reading tool of Google's says more than reaches a model, however much there is, and each says what it left out."""

from typing import Any

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.catalogue import CATALOGUE
from tools.errors import Refused
from tools.google.client import NewObject
from tools.spec import Effect, Tool, ToolResult
from worker.agent.guard import MOST_CHARACTERS

MANY = 250
READS = tuple(
    tool
    for tool in CATALOGUE
    if tool.effect is Effect.READ and tool.permission.partition(":")[0] in {"google", "storage", "vertex"}
)
ASKED: dict[str, dict[str, Any]] = {
    "describe_endpoint": {"endpoint": "the-one"},
    "describe_object": {"object": "gs://ml-data/table.csv"},
    "list_objects": {"bucket": "ml-data", "limit": 100},
    "predict": {"endpoint": "the-one", "instances": ["x" * 900] * 100},
    "read_object": {"object": "gs://ml-data/table.csv"},
}


def long(number: int, length: int = 120) -> str:
    return f"{number:03}-".ljust(length, "n")


@pytest.fixture
def overfull(bench: Bench) -> Bench:
    """As much of everything as Google takes, under names as long as it takes them."""
    model = bench.vertex.add_model(long(0))
    first = bench.vertex.add_endpoint("the-one").id
    for number in range(MANY):
        bench.vertex.add_model(long(number), labels={"trainmaster-run": "r" * 60})
        home = bench.vertex.add_endpoint(long(number)).id
        for _ in range(12 if number % 2 else 1):
            bench.vertex.deploy(home, model, traffic=0)
        bench.vertex.deploy(first, model.model_copy(update={"name": long(number)}), traffic=0 if number else 100)
    table = ",".join(long(column) for column in range(100))
    rows = "\n".join("z" * 500 for _ in range(500))
    names = ("table.csv", *(f"{long(number, 1_000)}" for number in range(MANY)))
    bench.desk.allowed = ("*",)
    for name in names:
        metadata = {long(key, 900): "v" * 900 for key in range(MANY)}
        content = f"{table}\n{rows}".encode()
        bench.storage.write(NewObject(bucket="ml-data", name=name, content=content, metadata=metadata))
    for number in range(MANY):
        bench.storage.allow(long(number, 220))
    return bench


@pytest.mark.parametrize("tool", READS, ids=lambda tool: tool.name)
def test_what_a_tool_says_fits_and_it_says_what_it_left_out(overfull: Bench, tool: Tool) -> None:
    answer = overfull.use(tool, **ASKED.get(tool.name, {}))
    assert len(answer.text) <= MOST_CHARACTERS
    left_out = (
        "there are more",
        "more models were left out",
        "more answers were left out",
        "more buckets",
        "and 230 more",
    )
    assert any(words in answer.text for words in (*left_out, "the rest was not read", "showing"))


def test_the_project_fits_also_when_no_bucket_tells_what_may_be_done(
    overfull: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> tuple[str, ...]:
        raise Refused("Cloud Storage does not allow us to do this: " + "w" * 400)

    monkeypatch.setattr(overfull.storage, "permissions", refuse)
    [tool] = [each for each in READS if each.name == "describe_project"]
    answer: ToolResult = overfull.use(tool)
    assert len(answer.text) <= MOST_CHARACTERS
    assert "more buckets were left out." in answer.text
