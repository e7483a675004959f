"""How large a prompt may be, in characters, and how its parts are made to fit: nothing is left out without a word.

What tools gave is foreign text: it is fenced, and its source is named. The fence carries a mark that depends on the
call, so that no text can close it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from bot.views.text import plain
from tools.reference import SYSTEMS
from tools.spec import Tool
from worker.agent.limits import BudgetSpent
from worker.agent.outcome import RECALLED
from worker.agent.trimming import trimmed

RULES_CHARACTERS = 8_000  #: the rules, and who asks where and when
TOOLS_CHARACTERS = 80_000  #: every tool with its arguments, once
SUMMARY_CHARACTERS = 8_000  #: what older turns of the thread were about
EARLIER_CHARACTERS = 24_000  #: the turns before this one that are given whole
OVERHEARD_CHARACTERS = 8_000  #: what people said in the thread among themselves, and before we were called in
TURN_CHARACTERS = 100_000  #: this turn: what was asked, called and given
MEMORY_CHARACTERS = SUMMARY_CHARACTERS + EARLIER_CHARACTERS + OVERHEARD_CHARACTERS
PROMPT_CHARACTERS = RULES_CHARACTERS + TOOLS_CHARACTERS + MEMORY_CHARACTERS + TURN_CHARACTERS

EARLIER_RESULT = 1_500  #: of what a tool gave in an earlier turn
SMALLEST_RESULT = 300  #: of what a tool gave, where there is no room for more
LONGEST_NAME = 60  #: of a tool that a model made up, where it is named
FENCE_CHARACTERS = 200  #: what stands around a result, at most


def fitted(messages: Sequence[BaseMessage], tools: Sequence[Tool]) -> list[BaseMessage]:
    """A conversation as a model is given it: this turn within its size, and all that tools gave fenced.

    Args:
        messages: The rules, what was said before, and this turn, which begins with the last message of a person.
        tools: What may be called.

    Raises:
        BudgetSpent: This turn has become larger than a turn may be, whatever is left out.
    """
    begun = max((place for place, one in enumerate(messages) if isinstance(one, HumanMessage)), default=0)
    sources = {tool.name: _source(tool) for tool in tools}
    whole = [*messages[:begun], *_within(messages[begun:], TURN_CHARACTERS)]
    return [_as_told(one, sources) for one in whole]


def weight(message: BaseMessage) -> int:
    """Characters of a message in a prompt: words, calls, signatures, and the fence around what a tool gave."""
    size = len(message.text)
    if isinstance(message, HumanMessage):
        size += len(message.name or "") + len("<@>: ")
    if isinstance(message, ToolMessage):
        size += len(message.name or "") + FENCE_CHARACTERS
    if isinstance(message, AIMessage):
        size += sum(len(call["name"]) + len(json.dumps(call["args"], default=str)) for call in message.tool_calls)
        size += sum(len(str(value)) for value in message.additional_kwargs.values())
        if isinstance(message.content, list):  # words with a signature
            size += len(json.dumps(message.content, default=str)) - len(message.text)
    return size


def smaller(message: BaseMessage, most: int) -> BaseMessage:
    """The message; what a tool gave has at most so many characters, and says what is left out."""
    if not isinstance(message, ToolMessage) or len(message.text) <= most:
        return message
    return message.model_copy(update={"content": trimmed(message.text, most)})


def fenced(about: str, text: str, *, seed: str) -> str:
    """A foreign text as data, between two marks that it does not hold.

    Args:
        about: What it is, and where it comes from.
        text: It.
        seed: What the mark is made of, such as a call's id.
    """
    mark = hashlib.sha256(seed.encode()).hexdigest()[:8]
    while mark in text:
        mark = hashlib.sha256(f"{mark}{seed}".encode()).hexdigest()[:8]
    return f"{about}\n<<<data {mark}\n{text}\n>>>{mark}"


def _source(tool: Tool) -> str:
    system = tool.permission.partition(":")[0]
    return SYSTEMS.get(system, system)


def _within(messages: Sequence[BaseMessage], limit: int) -> list[BaseMessage]:
    """A turn's messages, what the oldest calls gave made smaller first."""
    fitting = list(messages)
    left = limit - sum(map(weight, fitting))
    for most in (EARLIER_RESULT, SMALLEST_RESULT):
        for place, message in enumerate(fitting):
            if left >= 0:
                return fitting
            fitting[place] = smaller(message, most)
            left += weight(message) - weight(fitting[place])
    if left < 0:
        raise BudgetSpent(f"This question, and what came of it, outgrew the {limit:,} characters that I can work with.")
    return fitting


def _as_told(message: BaseMessage, sources: Mapping[str, str]) -> BaseMessage:
    """A message as a model is given it: with who wrote it, in a thread of several people, or which tool gave it."""
    if isinstance(message, ToolMessage):
        return _fenced_result(message, sources)
    if isinstance(message, HumanMessage) and message.name and message.name != RECALLED:
        return message.model_copy(update={"content": f"<@{message.name}>: {message.text}"})
    return message


def _fenced_result(message: ToolMessage, sources: Mapping[str, str]) -> ToolMessage:
    name = plain(message.name or "a tool", LONGEST_NAME)
    source = sources.get(message.name or "", "Trainmaster itself")
    what = "What" if message.status != "error" else "It did not work. What"
    about = f"{what} `{name}` gave, from {source}:"
    text = fenced(about, message.text, seed=str(message.tool_call_id))
    return message.model_copy(update={"content": text})
