"""A model that takes no time: it asks for one read, then answers. Both sides of a comparison think with it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

READ = "list_pipelines"
ANSWER = "There is one pipeline: `churn-prediction`."


class ZeroModel(BaseChatModel):
    """Calls `list_pipelines` once in each turn, and then says what there is.

    Attributes:
        seconds: How long it pretends to think, each time.
    """

    seconds: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "zero"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model; the tools are handed on as for any other."""
        return self.bind(tools=list(tools), **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self.seconds:
            time.sleep(self.seconds)
        asked = isinstance(messages[-1], HumanMessage)
        call = {"name": READ, "args": {}, "id": f"call-{len(messages)}", "type": "tool_call"}
        answer = AIMessage("", tool_calls=[call]) if asked else AIMessage(ANSWER)
        return ChatResult(generations=[ChatGeneration(message=answer)])
