"""Older turns in short: by the model that thinks, where it is one that writes; by rules otherwise."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage

from worker.agent import prompts
from worker.agent.digest import digest
from worker.agent.fitting import SUMMARY_CHARACTERS, TURN_CHARACTERS, fenced
from worker.agent.limits import Heed, Stop, Uncounted
from worker.agent.loop import Account
from worker.agent.model import Thinker, writers
from worker.agent.trimming import trimmed

log = structlog.get_logger()

RULES = "rules"  #: who wrote a summary that no model did
SECONDS = 20.0  #: for a model to write one: who asks next in the thread does not wait for it
_ASKED, _GAVE, _ANSWERED = 2_000, 500, 1_500  #: characters that it is given of each
_ABOUT = "The summary so far, and the turns that follow it:"

Spoken = tuple[str, Sequence[AnyMessage]]  #: who asked, and the messages of one turn


class Awaited(Stop):
    """Somebody waits in the thread, and a summary can be written later."""


class _TooSlow(Stop):
    """It has taken long enough."""


@dataclass(frozen=True, slots=True)
class _Paid(Uncounted):
    """Attempts that are paid for."""

    account: Account

    def lost(self, message: AIMessage) -> None:
        """See `Attempts`."""
        self.account.thought(message, seconds=0.0)


@dataclass(frozen=True, slots=True)
class Summariser:
    """Writes summaries.

    Attributes:
        thinker: Who thinks in this installation.
        account: Where what a model takes is counted.
        clock: Seconds, of a clock that nobody sets.
        heed: Raises what is to end the wait for a model; the rules write the summary then.
    """

    thinker: Thinker
    account: Account
    clock: Callable[[], float]
    heed: Heed

    def write(self, before: str, turns: Sequence[Spoken]) -> tuple[str, str]:
        """A summary of these turns and of what was before them, and who wrote it; whatever happens there is one.

        Raises:
            Awaited: It is better written later.
        """
        for model in writers(self.thinker):
            try:
                return self._by(model, before, turns), model.name
            except Awaited:
                raise
            except Stop as stop:
                log.info("summary_by_rules", model=model.name, reason=type(stop).__name__)
                break
        return digest(before, turns, limit=SUMMARY_CHARACTERS), RULES

    def _by(self, model: Thinker, before: str, turns: Sequence[Spoken]) -> str:
        begun = self.clock()

        def heed() -> None:
            self.heed()
            if self.clock() - begun > SECONDS:
                raise _TooSlow

        self.account.allow()
        self.account.pay([])
        said = trimmed("\n\n".join([before or "(none)", *map(_told, turns)]), TURN_CHARACTERS // 2)
        question = HumanMessage(fenced(_ABOUT, said, seed=said))
        rules = SystemMessage(prompts.render("summary", most=f"{SUMMARY_CHARACTERS // 8:,}"))
        answer = AIMessage("")
        try:
            answer = model.think([rules, question], (), heed, attempts=_Paid(self.account))
        finally:
            self.account.thought(answer, seconds=self.clock() - begun)
        return trimmed(answer.text.strip(), SUMMARY_CHARACTERS)


def _told(turn: Spoken) -> str:
    """One turn, as a model reads it that is to sum it up."""
    who, messages = turn
    return "\n".join(_line(who, message) for message in messages if message.text.strip() or _calls(message))


def _line(who: str, message: AnyMessage) -> str:
    if isinstance(message, HumanMessage):
        return f"{who}: {trimmed(message.text, _ASKED)}"
    if isinstance(message, ToolMessage):
        return f"{message.name} gave: {trimmed(message.text, _GAVE)}"
    called = "".join(f"\nTrainmaster called {name} {arguments}" for name, arguments in _calls(message))
    words = f"Trainmaster: {trimmed(message.text, _ANSWERED)}" if message.text.strip() else ""
    return f"{words}{called}".lstrip("\n")


def _calls(message: AnyMessage) -> list[tuple[str, str]]:
    if not isinstance(message, AIMessage):
        return []
    return [(call["name"], trimmed(json.dumps(call["args"], default=str), _GAVE)) for call in message.tool_calls]
