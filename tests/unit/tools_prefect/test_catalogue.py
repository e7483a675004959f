import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.unit.tools_prefect.conftest import Bench
from tools.catalogue import CATALOGUE
from tools.errors import BadArguments, Unavailable
from tools.spec import Arguments, Effect, Result, Tool
from tools.system import system_status

CONTRACTS = "\n".join(path.read_text("utf-8") for path in Path("tests/contracts").glob("*.py"))
TOOLS = pytest.mark.parametrize("tool", CATALOGUE, ids=lambda tool: tool.name)


def test_the_catalogue_is_in_alphabetical_order_and_names_each_once() -> None:
    names = [tool.name for tool in CATALOGUE]
    assert names == sorted(set(names))


@TOOLS
def test_a_tool_is_told_to_a_model_in_a_sentence_with_every_argument_described(tool: Tool) -> None:
    assert len(tool.description) > 40
    assert tool.description.splitlines()[0].endswith(".")
    assert all(field.description for field in tool.arguments.model_fields.values())


@TOOLS
def test_a_tool_has_a_permission_a_time_limit_and_its_own_models(tool: Tool) -> None:
    system, noun, verb = tool.permission.split(":")
    assert system in {"google", "mlflow", "prefect", "storage", "system", "trainmaster", "vertex"}
    assert noun
    assert (verb == "read") is (tool.effect is Effect.READ)
    assert 0 < tool.timeout <= 60
    assert issubclass(tool.arguments, Arguments)
    assert tool.arguments is not Arguments
    assert issubclass(tool.result, Result)
    assert tool.result is not Result


@TOOLS
def test_a_tool_is_called_on_its_real_system_by_a_contract_test(tool: Tool) -> None:
    real = tool.permission.split(":")[0] in {"mlflow", "prefect", "system"}
    called = re.search(rf"\b{tool.name}\b", CONTRACTS)
    assert not real or called, f"tests/contracts calls {tool.name} nowhere: only the real system tells that it works"


@TOOLS
def test_a_tool_that_reads_plans_nothing_and_one_that_changes_can_be_asked(tool: Tool) -> None:
    assert (tool.plan is None) is (tool.probe is None) is (tool.effect is Effect.READ)


@TOOLS
def test_the_schema_that_a_model_gets_refuses_unknown_arguments(tool: Tool) -> None:
    schema = tool.arguments.model_json_schema()
    assert schema["additionalProperties"] is False


@TOOLS
def test_a_command_names_only_arguments_that_exist(tool: Tool) -> None:
    assert tool.command is not None
    places = [word.strip("[]").removesuffix("…") for word in tool.command.usage.split() if word.strip("[]…").isupper()]
    assert {place.lower() for place in places} <= set(tool.arguments.model_fields)


def smallest(tool: Tool) -> BaseModel:
    given = {
        "digest": "a" * 64,
        "pipeline": "churn",
        "run": "last",
        "of": "pool",
        "limit": "2",
        "model": "churn",
        "tag": "team",
        "version": "1",
        "alias": "champion",
        "metric": "auc",
        "when": "every Monday at 9",
        "object": "data.csv",
        "endpoint": "churn",
        "instances": [1],
        "split": {"churn v1": 100},
    }
    wanted = {name for name, field in tool.arguments.model_fields.items() if field.is_required()}
    return tool.arguments.model_validate({name: given[name] for name in wanted})


@pytest.mark.parametrize(
    "tool",
    [
        tool
        for tool in CATALOGUE
        if tool.permission.split(":")[0] in {"prefect", "mlflow", "storage", "google", "vertex"}
    ],
    ids=lambda tool: tool.name,
)
def test_every_tool_says_which_system_is_away(tool: Tool, bench: Bench) -> None:
    bench.prefect.broken = Unavailable("Prefect", "connection refused")
    bench.mlflow.broken = Unavailable("MLflow", "connection refused")
    bench.storage.away = Unavailable("Cloud Storage", "connection refused")
    bench.vertex.away = Unavailable("Vertex AI", "connection refused")
    bench.desk.files["data.csv"] = b"a,b"
    with pytest.raises((Unavailable, BadArguments)) as caught:
        tool.function(smallest(tool), bench.backends, bench.call())
    said = "is kept" if tool.name == "register_pipeline" else "connection refused"
    assert said in str(caught.value)


def test_the_systems_that_are_away_are_named_in_one_answer(bench: Bench) -> None:
    bench.mlflow.broken = Unavailable("MLflow", "connection refused")
    answer = bench.use(system_status)
    assert "✅ **Prefect**" in answer.text
    assert "❌ **MLflow**: I could not reach MLflow: connection refused." in answer.text
