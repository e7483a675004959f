"""Turns as they are remembered, for tests of memory and prompts."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage, messages_to_dict

from bot.conversations import Exchange


def looked_up(asked: str, *results: str, answer: str = "Here.") -> list[AnyMessage]:
    """A turn in which a tool was called for each result."""
    messages: list[AnyMessage] = [HumanMessage(asked)]
    for number, result in enumerate(results):
        call = {"name": "list_runs", "args": {"limit": number}, "id": f"{asked}-{number}", "type": "tool_call"}
        messages += [
            AIMessage("", tool_calls=[call]),
            ToolMessage(result, tool_call_id=str(call["id"]), name="list_runs", artifact={"number": number}),
        ]
    return [*messages, AIMessage(answer)]


def stated(said: str, answer: str = "Noted.") -> list[AnyMessage]:
    """A turn in which no tool was called."""
    return [HumanMessage(said), AIMessage(answer)]


def exchange(turn: str, messages: Sequence[AnyMessage], actor: str = "U0ALICE") -> Exchange:
    """A turn as it is kept."""
    return Exchange(turn=turn, messages=messages_to_dict(list(messages)), actor=actor)
