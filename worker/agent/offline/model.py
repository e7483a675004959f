"""`MODEL=offline`: a chat model made of rules, behind the same seam as any other."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from worker.agent.offline import dialogue as dialogues
from worker.agent.offline import toolbox as toolboxes
from worker.agent.offline.planner import Use, next_move

_CHARACTERS_PER_TOKEN = 4  #: the usual rule of thumb; nothing is billed by it


class OfflineModel(BaseChatModel):
    """A deterministic chat model with tool calls that needs no network.

    It understands the requests of an MLOps thread by rules (`intents/` has a row for each), calls only tools that were
    bound, and composes answers of what they told. The same messages always give the same answer. Token counts are
    estimates: a quarter of the characters.
    """

    @property
    def _llm_type(self) -> str:
        return "trainmaster-offline"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,  # noqa: ARG002 - part of the interface; rules choose by themselves
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with tools to call; each one's own schema says how its arguments are filled."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - part of the interface; answers are composed, not sampled
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the same
        **kwargs: Any,
    ) -> ChatResult:
        toolbox = toolboxes.from_schemas(kwargs.get("tools") or ())
        move = next_move(dialogues.read(messages), toolbox)
        message = _calling(move, messages) if isinstance(move, Use) else AIMessage(move.text)
        message.usage_metadata = _usage(messages, message)
        return ChatResult(generations=[ChatGeneration(message=message)])


def _calling(move: Use, messages: Sequence[BaseMessage]) -> AIMessage:
    """A message that calls a tool; the call's id is a hash of what led to it."""
    said = [[message.type, message.text] for message in messages if message.type != "system"]
    seed = json.dumps([said, move.tool, move.arguments], sort_keys=True, default=str)
    name = f"call_{hashlib.sha256(seed.encode()).hexdigest()[:24]}"
    return AIMessage("", tool_calls=[tool_call(name=move.tool, args=move.arguments, id=name)])


def _usage(messages: Sequence[BaseMessage], answer: AIMessage) -> UsageMetadata:
    given = sum(len(message.text) for message in messages) // _CHARACTERS_PER_TOKEN
    made = (
        len(answer.text) + sum(len(json.dumps(call["args"], default=str)) for call in answer.tool_calls)
    ) // _CHARACTERS_PER_TOKEN
    return UsageMetadata(input_tokens=given, output_tokens=max(made, 1), total_tokens=given + max(made, 1))
