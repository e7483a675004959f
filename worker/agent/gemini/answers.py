"""Which of Gemini's messages are answers, and what of them is kept."""

import uuid
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import tool_call

from worker.agent.limits import ModelAway

#: How the client files the signatures of calls; they have to be sent back with them, else the next request is refused.
SIGNATURES = "__gemini_function_call_thought_signatures__"
ASKED = "asked"  #: under which name a message's model was asked
CUT = "\n\n_This is where the model's answer was cut off: it had reached its greatest length._"
MOST_CHARACTERS = (
    100_000  #: of one message; more than five messages of Slack hold, and nothing that is meant for people
)
LONGEST_NAME = (
    128  #: of a function, by the API: a longer one, which a model made up, would have the next request refused
)
OTHERWISE = "Please say it in other words."

_REFUSALS = {
    "SAFETY": "its safety filter stopped the answer",
    "IMAGE_SAFETY": "its safety filter stopped the answer",
    "PROHIBITED_CONTENT": "its filter for prohibited content stopped the answer",
    "BLOCKLIST": "its list of forbidden words stopped the answer",
    "SPII": "its filter for personal data stopped the answer",
    "RECITATION": "the answer repeated published text, which it does not let through",
    "LANGUAGE": "it does not speak the language",
    "MODEL_ARMOR": "its safety filter stopped the question",
    "JAILBREAK": "its safety filter stopped the question",
}
_BROKEN = {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"}


class Broken(Exception):
    """What came back is no answer by accident: asked again it may well be one. The message says what was wrong."""


def judged(message: AIMessage, *, name: str) -> AIMessage:
    """The message as it is kept: its words, its calls under ids of ours, its signatures, and what it cost.

    Args:
        message: As the client gave it.
        name: The model's name.

    Raises:
        Broken: It is no answer, by accident.
        ModelAway: It is no answer, for a reason that stays.
    """
    finish = str(message.response_metadata.get("finish_reason") or "")
    _let_through(message, finish, name)
    text, called = message.text.strip(), message.tool_calls
    if finish in _BROKEN or message.invalid_tool_calls or any(not call["name"] for call in called):
        raise Broken(f"it called a tool in a way that nobody can read ({finish or 'no name'})")
    if finish == "MAX_TOKENS" and (called or not text):
        raise ModelAway(
            f"The model ({name}) reached its greatest length before its answer was complete (MAX_TOKENS), "
            "so I did nothing of it.",
            remedy="Please ask for less at once.",
        )
    if not called and not text:
        raise Broken(f"it gave an empty answer{f' ({finish})' if finish and finish != 'STOP' else ''}")
    return _kept(message, name, cut=finish == "MAX_TOKENS")


def too_long(name: str) -> ModelAway:
    """What is said of an answer that does not end."""
    return ModelAway(
        f"The model ({name}) sent more than {MOST_CHARACTERS:,} characters in one answer, so I used nothing of it.",
        remedy="Please ask for less at once, or in other words.",
    )


def wordless(message: AIMessage, *, name: str) -> AIMessage:
    """What is left of a message that cannot be used: whose it was, and what it cost."""
    return AIMessage("", response_metadata={ASKED: name}, usage_metadata=message.usage_metadata)


def size(message: BaseMessage) -> int:
    """Characters of a message, its calls included."""
    called = sum(len(str(call["args"])) + len(call["name"]) for call in getattr(message, "tool_calls", ()))
    return len(str(message.content)) + called


def for_model(message: BaseMessage, name: str) -> BaseMessage:
    """An earlier message as a model may see it: signatures are for the model that made them alone."""
    if not isinstance(message, AIMessage) or message.response_metadata.get(ASKED) == name:
        return message
    content = [_unsigned(block) for block in message.content] if isinstance(message.content, list) else message.content
    return message.model_copy(update={"content": content, "additional_kwargs": {}})


def _let_through(message: AIMessage, finish: str, name: str) -> None:
    feedback = message.response_metadata.get("prompt_feedback") or {}
    blocked = getattr(feedback.get("block_reason"), "name", "")
    reason = blocked or finish
    if blocked or reason in _REFUSALS:
        words = _REFUSALS.get(reason, "it refused the question")
        raise ModelAway(f"The model ({name}) gave no answer: {words} ({reason}).", remedy=OTHERWISE)


def _kept(message: AIMessage, name: str, *, cut: bool) -> AIMessage:
    signatures: dict[str, str] = dict(message.additional_kwargs.get(SIGNATURES) or {})
    calls = [
        tool_call(name=c["name"][:LONGEST_NAME], args=c["args"], id=f"call_{uuid.uuid4().hex}")
        for c in message.tool_calls
    ]
    found = [(call["id"], signatures.pop(str(c["id"]), "")) for call, c in zip(calls, message.tool_calls, strict=True)]
    signed = {made: signature for made, signature in found if signature}
    content = message.content if _signed(message.content) else message.text
    if cut:
        content = f"{message.text.rstrip()}{CUT}"
    return AIMessage(
        content=content,
        tool_calls=calls,
        additional_kwargs={SIGNATURES: signed} if signed else {},
        response_metadata={ASKED: name, "model_name": str(message.response_metadata.get("model_name") or "")},
        usage_metadata=message.usage_metadata,
    )


def _signed(content: Any) -> bool:
    return isinstance(content, list) and any(block != _unsigned(block) for block in content)


def _unsigned(block: Any) -> Any:
    if not isinstance(block, dict):
        return block
    return {name: value for name, value in block.items() if name not in {"extras", "signature"}}
