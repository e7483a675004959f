"""The model behind the loop: Gemini when there are credentials, else the offline one; one seam for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.messages.ai import UsageMetadata

from bot.settings import OFFLINE, Settings
from tools.spec import Tool
from worker.agent.functions import function_of
from worker.agent.gemini.answers import ASKED
from worker.agent.limits import UNCOUNTED, Attempts, BudgetSpent, Hear, Heed, Instead, ModelAway, Stop, nothing, unheard
from worker.agent.offline import OfflineModel

LOST = "lost"  #: what models took for a message before they gave it, in attempts that came to nothing
INSTEAD = "instead"  #: why another model answered than the one that is asked first


class Thinker(Protocol):
    """What the loop needs of a model."""

    @property
    def name(self) -> str:
        """What the small print under an answer calls it."""

    def think(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Tool],
        heed: Heed = nothing,
        hear: Hear = unheard,
        attempts: Attempts = UNCOUNTED,
    ) -> AIMessage:
        """The next message: words, tool calls, or both.

        Args:
            messages: The conversation, the rules first.
            tools: What may be called.
            heed: Asked again and again while a server is waited for.
            hear: Told the words so far while they are written, by whatever thread; each time all of them.
            attempts: Told of those that came to nothing, by the thread that calls.

        Raises:
            ModelAway: There was no usable answer; the message says why.
            Stop: What `heed` raised.
        """


@dataclass(frozen=True, slots=True)
class ChatThinker:
    """A LangChain chat model in this process.

    Attributes:
        name: What the reply's footer calls it.
        model: The model itself.
    """

    name: str
    model: BaseChatModel

    def think(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Tool],
        heed: Heed = nothing,
        hear: Hear = unheard,
        attempts: Attempts = UNCOUNTED,
    ) -> AIMessage:
        """The next message.

        Raises:
            ModelAway: The model answered with nothing.
            Stop: What `heed` raised.
        """
        del hear, attempts  # it writes nothing that could be read meanwhile, and nobody pays for it
        heed()
        answer = self.model.bind_tools([function_of(tool) for tool in tools]).invoke(list(messages))
        if not isinstance(answer, AIMessage) or not (answer.tool_calls or answer.text.strip()):
            raise ModelAway(f"The model ({self.name}) gave an empty answer.")
        answer.response_metadata[ASKED] = self.name
        return answer


@dataclass(frozen=True, slots=True)
class FirstToAnswer:
    """Several models, of which the first one that is there answers; the offline one always is.

    A turn ends with the model that began it: what one model has planned, another one would plan anew, and perhaps do
    twice.

    Attributes:
        models: In the order in which they are asked.
        rules: The offline model.
    """

    models: tuple[Thinker, ...]
    rules: Thinker

    @property
    def name(self) -> str:
        """The model that is asked first."""
        return self.models[0].name

    def think(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Tool],
        heed: Heed = nothing,
        hear: Hear = unheard,
        attempts: Attempts = UNCOUNTED,
    ) -> AIMessage:
        """The next message, of whichever model answers first; one that stands in for another says why.

        Raises:
            ModelAway: The model that began this turn is away, or nobody else can answer this question.
            Stop: What `heed` raised.
        """
        if begun := _begun_by(messages):
            mine = next((model for model in self._all() if model.name == begun), self.models[0])
            return mine.think(messages, tools, heed, hear, attempts)
        away: ModelAway | None = None
        for model in self.models:
            try:
                return _standing_in(model.think(messages, tools, heed, hear, attempts), model.name, away)
            except ModelAway as error:
                if error.instead is Instead.NOBODY:
                    raise
                away = away or error
                if error.instead is Instead.RULES:
                    break
        return _standing_in(self.rules.think(messages, tools, heed, hear, attempts), self.rules.name, away)

    def _all(self) -> tuple[Thinker, ...]:
        return (*self.models, self.rules)


@dataclass(frozen=True, slots=True)
class StandIn:
    """A model that answers in another's place, and says why.

    Attributes:
        thinker: The model.
        why: Why the other one was not asked.
    """

    thinker: Thinker
    why: Stop

    @property
    def name(self) -> str:
        """The model's own."""
        return self.thinker.name

    def think(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Tool],
        heed: Heed = nothing,
        hear: Hear = unheard,
        attempts: Attempts = UNCOUNTED,
    ) -> AIMessage:
        """The next message; see `Thinker`."""
        return _standing_in(self.thinker.think(messages, tools, heed, hear, attempts), self.name, self.why)


def thinker(settings: Settings) -> Thinker:
    """The model that the settings name; nothing is called yet."""
    rules = ChatThinker(name=OFFLINE, model=OfflineModel())
    if set(settings.model_names) <= {OFFLINE}:
        return rules
    from worker.agent.gemini.thinker import geminis  # noqa: PLC0415 - who has the rules alone waits for no client

    return FirstToAnswer(geminis(settings), rules)


def writers(thinker: Thinker) -> tuple[Thinker, ...]:
    """The models that can write freely, in the order in which they are asked; none where rules alone answer."""
    return thinker.models if isinstance(thinker, FirstToAnswer) else ()


def usages_of(message: AIMessage) -> list[tuple[str, UsageMetadata]]:
    """Which models read and wrote how much for a message, as far as somebody pays for it: what was lost before, too.

    The offline model's tokens are made up.
    """
    own = (str(message.response_metadata.get(ASKED) or ""), message.usage_metadata)
    every = [*message.response_metadata.get(LOST, ()), own]
    return [(name, usage) for name, usage in every if usage and name != OFFLINE]


def tokens_of(message: AIMessage) -> int:
    """How many tokens of a message somebody pays for."""
    return sum(usage["total_tokens"] for _, usage in usages_of(message))


def with_lost(message: AIMessage, lost: Sequence[AIMessage]) -> AIMessage:
    """The message, with what was paid for before it and came to nothing."""
    if not lost:
        return message
    spent = [(name, usage) for one in lost for name, usage in usages_of(one)]
    return message.model_copy(update={"response_metadata": {**message.response_metadata, LOST: spent}})


def without_paying(thinker: Thinker, spent: BudgetSpent, messages: Sequence[BaseMessage]) -> Thinker:
    """Who goes on with a turn while nothing may be paid: the offline model, which then says why it was asked.

    Args:
        thinker: Who thinks otherwise.
        spent: What is used up.
        messages: This turn's.

    Raises:
        BudgetSpent: A model that somebody pays for has begun this turn, and another would plan it anew.
    """
    rules = thinker.rules if isinstance(thinker, FirstToAnswer) else thinker
    begun = _begun_by(messages)
    if rules.name != OFFLINE or begun not in {"", OFFLINE}:
        raise spent
    return rules if begun or rules is thinker else StandIn(rules, spent)


def _begun_by(messages: Sequence[BaseMessage]) -> str:
    """Which model has spoken since the person did last; empty when none has."""
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return ""
        if isinstance(message, AIMessage):
            return str(message.response_metadata.get(ASKED) or "")
    return ""


def _standing_in(answer: AIMessage, name: str, away: Stop | None) -> AIMessage:
    if away is None:
        return answer
    knows = " It knows fewer words, and `/mlops help` lists exact commands." if name == OFFLINE else ""
    note = f"{away} So {'the offline model' if name == OFFLINE else f'`{name}`'} answered.{knows}"
    return answer.model_copy(update={"response_metadata": {**answer.response_metadata, INSTEAD: note}})
