"""The model behind the loop: Gemini when there are credentials, else the offline one; one seam for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_google_genai.chat_models import ChatGoogleGenerativeAIError

from bot.settings import Settings
from tools.spec import Tool
from worker.agent.limits import ModelAway
from worker.agent.offline import OfflineModel

CALL_SECONDS = 60.0
TRIES = 2


class Thinker(Protocol):
    """What the loop needs of a model."""

    @property
    def name(self) -> str:
        """What the small print under an answer calls it."""

    def think(self, messages: Sequence[BaseMessage], tools: Sequence[Tool]) -> AIMessage:
        """The next message: words, tool calls, or both.

        Raises:
            ModelAway: There was no usable answer; the message says why.
        """


@dataclass(frozen=True, slots=True)
class ChatThinker:
    """A LangChain chat model.

    Attributes:
        name: What the reply's footer calls it.
        model: The model itself.
    """

    name: str
    model: BaseChatModel

    def think(self, messages: Sequence[BaseMessage], tools: Sequence[Tool]) -> AIMessage:
        """The next message.

        Raises:
            ModelAway: The model did not answer, refused to, or answered with nothing.
        """
        bound = self.model.bind_tools([function_of(tool) for tool in tools])
        try:
            answer = bound.invoke(list(messages))
        except (ChatGoogleGenerativeAIError, httpx.HTTPError) as exc:
            raise ModelAway(f"The model ({self.name}) did not answer: {_reason(exc)}.") from exc
        if not isinstance(answer, AIMessage) or not (answer.tool_calls or answer.text.strip()):
            raise ModelAway(f"The model ({self.name}) gave an empty answer{_because(answer)}.")
        return answer


def thinker(settings: Settings) -> Thinker:
    """The model that the settings name; nothing is called yet."""
    name = settings.model_name
    if name == "offline":
        return ChatThinker(name=name, model=OfflineModel())
    vertex = settings.google_api_key is None
    return ChatThinker(
        name=name,
        model=ChatGoogleGenerativeAI(
            model=name,
            api_key=settings.google_api_key,
            vertexai=vertex,
            project=settings.google_cloud_project if vertex else None,
            location=settings.google_cloud_location if vertex else None,
            base_url=settings.gemini_api_endpoint,
            timeout=CALL_SECONDS,
            max_retries=TRIES,
            temperature=0.0,
        ),
    )


@cache
def function_of(tool: Tool) -> dict[str, object]:
    """A tool as a model is told of it: name, description, JSON Schema of the arguments. To be read, not changed."""
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.arguments.model_json_schema(),
        },
    }


def _reason(exc: Exception) -> str:
    if isinstance(exc, httpx.TimeoutException):
        return f"no answer within {CALL_SECONDS:.0f} s"
    if isinstance(exc, httpx.HTTPError):
        return "the connection failed"
    return type(exc).__name__.removeprefix("Google").removesuffix("Error") or "an error of the service"


def _because(answer: BaseMessage) -> str:
    finish = str(answer.response_metadata.get("finish_reason") or "")
    return f" (it stopped with {finish})" if finish and finish != "STOP" else ""
