"""The chat model's own promises: deterministic, fast, and only tools that were bound."""

import time

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from worker.agent.offline import OfflineModel
from worker.agent.offline.intents import INTENTS


@tool
def promote_model(model: str, version: str, alias: str) -> str:
    """Move an alias."""
    return f"{model} {version} {alias}"


@tool
def list_pipelines() -> str:
    """List."""
    return "none"


@tool
def undeploy_model(endpoint: str, version: int) -> str:
    """Take down."""
    return f"{endpoint} {version}"


@tool
def delete_bucket() -> str:
    """Delete."""
    return "gone"


def test_the_same_messages_give_the_same_answer_and_call_id() -> None:
    messages = [SystemMessage("rules"), HumanMessage("list pipelines")]
    answers = [OfflineModel().bind_tools([list_pipelines]).invoke(messages) for _ in range(2)]
    assert [answer.tool_calls for answer in answers] == [answers[0].tool_calls] * 2
    assert answers[0].tool_calls[0]["id"]


def test_the_same_request_later_has_another_call_id() -> None:
    model = OfflineModel().bind_tools([list_pipelines])
    first = model.invoke([HumanMessage("list pipelines")])
    done = ToolMessage("none", tool_call_id=first.tool_calls[0]["id"] or "")
    later = [HumanMessage("list pipelines"), first, done, AIMessage("none"), HumanMessage("list pipelines")]
    assert model.invoke(later).tool_calls[0]["id"] != first.tool_calls[0]["id"]


def test_a_tool_that_is_bound_later_is_found_by_its_name_and_filled_by_its_schema() -> None:
    answer = OfflineModel().bind_tools([promote_model]).invoke([HumanMessage("promote churn v5")])
    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [
        ("promote_model", {"model": "churn", "version": "5", "alias": "champion"})
    ]


def test_a_question_never_calls_a_tool_that_changes_something() -> None:
    answer = OfflineModel().bind_tools([delete_bucket]).invoke([HumanMessage("which buckets do we have?")])
    assert answer.tool_calls == []


def test_values_take_the_type_that_the_schema_asks_for() -> None:
    answer = OfflineModel().bind_tools([undeploy_model]).invoke([HumanMessage("undeploy v3 from staging")])
    assert answer.tool_calls[0]["args"] == {"endpoint": "staging", "version": 3}


def test_what_a_tool_still_needs_is_asked_for() -> None:
    answer = OfflineModel().bind_tools([promote_model]).invoke([HumanMessage("promote it")])
    assert answer.tool_calls == []
    assert "`model`" in answer.text
    assert "`version`" in answer.text


@pytest.mark.parametrize("example", [intent.example for intent in INTENTS if intent.example])
def test_without_tools_nothing_is_called(example: str) -> None:
    answer = OfflineModel().invoke([HumanMessage(example.replace("`", ""))])
    assert answer.tool_calls == []
    assert answer.text


def test_tokens_are_estimated() -> None:
    usage = OfflineModel().invoke([HumanMessage("hello there, who are you?")]).usage_metadata
    assert usage is not None
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0


def test_an_answer_takes_less_than_50_milliseconds() -> None:
    model = OfflineModel().bind_tools([list_pipelines, promote_model])
    texts = [
        f"retrain churn number {place} with max_depth {place} and tell me how it did, please" for place in range(20)
    ]
    begun = time.process_time()
    for text in texts:
        model.invoke([HumanMessage(text)])
    assert (time.process_time() - begun) / len(texts) < 0.05


@pytest.mark.parametrize(
    "text", ["", "   ", "?", "!!!", "```", "<@U1>", "=", "🚀", "a" * 40_000, "run " * 3_000, "'" * 500]
)
def test_odd_messages_are_answered(text: str) -> None:
    assert OfflineModel().bind_tools([list_pipelines]).invoke([HumanMessage(text)]).text or text.strip()
