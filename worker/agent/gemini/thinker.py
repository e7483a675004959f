"""One Gemini model: asked, asked again when that may help, and left alone while it does not answer."""

import asyncio
import ipaddress
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from urllib.parse import urlsplit

import google.auth
import httpx
import structlog
from google.auth.credentials import Credentials
from google.genai import types
from google.oauth2.credentials import Credentials as Fixed
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, message_chunk_to_message
from langchain_google_genai import ChatGoogleGenerativeAI

from bot.settings import OFFLINE, Settings
from tools.breaker import Breaker
from tools.errors import Resting, Unavailable
from tools.punctual import authorities
from tools.spec import Tool
from worker.agent.fitting import fitted
from worker.agent.gemini.answers import MOST_CHARACTERS, Broken, for_model, judged, size, too_long, wordless
from worker.agent.gemini.faults import FAULTS, Fault, fault_of
from worker.agent.gemini.patience import Patience
from worker.agent.limits import UNCOUNTED, Attempts, Hear, Heed, Instead, ModelAway, nothing, unheard
from worker.agent.waiting import Waiting, pause

CALL_SECONDS = 60.0
MOST_TOKENS = 16_384  #: of one message, its thoughts included
GOOGLE = "https://generativelanguage.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
SYSTEM = "Gemini"
log = structlog.get_logger()


class _NoAnswer(Exception):
    """An attempt that ended without an answer, although somebody was there."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.words)
        self.fault = fault


class _Gone(Unavailable):
    """An attempt that found nobody, as the breaker counts them."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(SYSTEM, fault.words)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class GeminiThinker:
    """One Gemini model.

    Attributes:
        name: What Google calls it.
        client: Makes the client, when it is first needed.
        patience: How much is tried for one message.
        seconds: How long one attempt may take.
        breaker: Leaves it alone while it does not answer.
        waiting: Where its calls are waited for.
    """

    name: str
    client: Callable[[], ChatGoogleGenerativeAI]
    patience: Patience = field(default_factory=Patience)
    seconds: float = CALL_SECONDS
    breaker: Breaker = field(default_factory=lambda: Breaker(SYSTEM))
    waiting: Waiting = field(default_factory=Waiting)
    _made: list[ChatGoogleGenerativeAI] = field(init=False, default_factory=list, repr=False, compare=False)

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
            ModelAway: There was no usable answer.
            BudgetSpent: The turn has become too large to be asked about.
            Stop: What `heed` raised.
        """
        question = [for_model(message, self.name) for message in fitted(messages, tools)]
        begun = not isinstance(messages[-1], HumanMessage)
        attempt, waited = 1, 0.0
        while True:
            heed()
            try:
                return self.breaker.call(partial(self._attempt, question, tools, heed, hear, attempts))
            except Resting:
                raise self._away(self._left_alone()) from None
            except (_Gone, _NoAnswer) as error:
                fault = error.fault
            wait = self.patience.after(fault, attempt=attempt, waited=waited, begun=begun)
            log.info("model_gave_no_answer", model=self.name, reason=fault.words, attempt=attempt, again_in=wait)
            if wait is None:
                raise self._away(fault)
            attempts.put_off(wait)
            pause(wait, heed=heed)
            attempts.put_off(0.0)
            attempt, waited = attempt + 1, waited + wait

    def _attempt(
        self, question: Sequence[BaseMessage], tools: Sequence[Tool], heed: Heed, hear: Hear, attempts: Attempts
    ) -> AIMessage:
        hear("")
        written: list[AIMessageChunk] = []
        answer: AIMessage | None = None
        try:
            message = self.waiting.answer(self._asked(question, tools, hear, written), heed=heed)
            answer = judged(message, name=self.name)
        except Broken as broken:
            raise _NoAnswer(Fault(str(broken), again=True, instead=Instead.ANOTHER)) from None
        except FAULTS as error:
            fault = fault_of(error, seconds=self.seconds)
            raise (_Gone(fault) if fault.gone else _NoAnswer(fault)) from error
        else:
            return answer
        finally:
            if answer is None and written:
                attempts.lost(wordless(written[0], name=self.name))

    async def _asked(
        self, question: Sequence[BaseMessage], tools: Sequence[Tool], hear: Hear, written: list[AIMessageChunk]
    ) -> AIMessage:
        """The whole message; what has come of it so far stands in `written`."""
        whole: AIMessageChunk | None = None
        length = 0
        declared = [types.Tool(function_declarations=[declared_as(tool) for tool in tools])] if tools else None
        model = await asyncio.to_thread(self._model)  # finding credentials may take a while
        async with asyncio.timeout(self.seconds):
            async for chunk in model.astream(list(question), tools=declared):
                length += size(chunk)
                whole = chunk if whole is None else whole + chunk
                written[:] = [whole]
                if length > MOST_CHARACTERS:
                    raise too_long(self.name)
                hear("" if whole.tool_call_chunks else whole.text)  # words beside calls are no answer
        message = message_chunk_to_message(whole) if whole is not None else AIMessage("")
        return message if isinstance(message, AIMessage) else AIMessage("")

    def _left_alone(self) -> Fault:
        rest = self.breaker.resting
        return Fault(
            f"it has not answered {rest}" if rest else "it did not answer", again=False, instead=Instead.ANOTHER
        )

    def _model(self) -> ChatGoogleGenerativeAI:
        if not self._made:
            self._made.append(self.client())
        return self._made[0]

    def _away(self, fault: Fault) -> ModelAway:
        text = f"The model ({self.name}) did not answer: {fault.words}."
        return ModelAway(text, instead=fault.instead, remedy=fault.remedy)


@cache
def declared_as(tool: Tool) -> types.FunctionDeclaration:
    """A tool as Gemini is told of it.

    With its JSON Schema as it is: LangChain's own conversion drops the definitions that a schema refers to.
    """
    return types.FunctionDeclaration(
        name=tool.name, description=tool.description, parameters_json_schema=tool.arguments.model_json_schema()
    )


def geminis(settings: Settings) -> tuple[GeminiThinker, ...]:
    """The Gemini models that the settings name, in their order; nothing is called yet."""
    return tuple(
        GeminiThinker(name=name, client=partial(_client, name, settings))
        for name in settings.model_names
        if name != OFFLINE  # which stands alone
    )


def _client(name: str, settings: Settings) -> ChatGoogleGenerativeAI:
    """The client of a model, by Vertex AI or by the Gemini API.

    Raises:
        google.auth.exceptions.GoogleAuthError: There are no application-default credentials on this machine.
    """
    vertex = settings.by_vertex
    return ChatGoogleGenerativeAI(
        model=name,
        vertexai=vertex,
        api_key=None if vertex else settings.google_api_key,
        credentials=_credentials(settings) if vertex else None,
        project=settings.google_cloud_project if vertex else None,
        location=settings.google_cloud_location if vertex else None,
        base_url=settings.gemini_api_endpoint,
        timeout=CALL_SECONDS,
        max_retries=1,  # attempts, in the client's words: we try again by ourselves
        temperature=None,  # Google advises against any for its thinking models
        max_output_tokens=MOST_TOKENS,
        client_args={
            "transport": _Transport(verify=authorities(), proxy=_proxy(settings.gemini_api_endpoint or GOOGLE)),
            "verify": authorities(),
        },
    )


class _Transport(httpx.AsyncHTTPTransport):
    """One HTTP library everywhere: without a transport the client takes aiohttp where that happens to be installed."""

    def close(self) -> None:
        """Called by the synchronous client, which gets the same transport and never uses it."""


def _credentials(settings: Settings) -> Credentials:
    if settings.gemini_api_endpoint and _is_loopback(settings.gemini_api_endpoint):
        return Fixed(token="loopback")  # type: ignore[no-untyped-call]  # noqa: S106 - nobody checks it there
    credentials, _ = google.auth.default(scopes=[SCOPE])
    return credentials


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for an address: a transport of one's own does not look for it."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    return urllib.request.getproxies().get(parts.scheme)
