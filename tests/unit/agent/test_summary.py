"""Older turns are put in short by the model that thinks, and by rules when it does not, whatever the reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage

from tests.unit.agent.said import looked_up, stated
from tools.spec import Tool
from worker.agent.fitting import SUMMARY_CHARACTERS
from worker.agent.limits import (
    UNCOUNTED,
    Attempts,
    BudgetSpent,
    Cancelled,
    Draining,
    Hear,
    Heed,
    ModelAway,
    Stop,
    nothing,
    unheard,
)
from worker.agent.loop import Account, Unlimited
from worker.agent.model import ChatThinker, FirstToAnswer
from worker.agent.offline import OfflineModel
from worker.agent.summary import RULES, SECONDS, Summariser

RULES_ALONE = ChatThinker("offline", OfflineModel())
TURNS = [
    ("<@U0ALICE>", stated("the champion needs 0.83")),
    ("<@U0BOB>", looked_up("which runs?", "- run-1 COMPLETED", answer="One: run-1.")),
]


@dataclass
class Writer:
    """A model that writes what a test gave it, after so many seconds of a clock that stands still otherwise."""

    answer: str | Stop = "- the champion needs 0.83"
    takes: float = 0.0
    name: str = "gemini-first"
    now: float = 0.0
    asked: list[list[BaseMessage]] = field(default_factory=list)

    def think(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Tool],
        heed: Heed = nothing,
        hear: Hear = unheard,
        attempts: Attempts = UNCOUNTED,
    ) -> AIMessage:
        assert tools == ()
        self.asked.append(list(messages))
        self.now += self.takes
        heed()
        if isinstance(self.answer, Stop):
            raise self.answer
        return AIMessage(self.answer)


class Counted(Unlimited):
    """An account that counts, and has nothing left when a test says so."""

    def __init__(self, *, empty: bool = False) -> None:
        self.empty = empty
        self.seconds = 0.0

    def pay(self, messages: Sequence[AnyMessage]) -> None:
        if self.empty:
            raise BudgetSpent("You have used up the tokens.")

    def thought(self, message: AIMessage, *, seconds: float) -> None:
        self.seconds += seconds


def written(
    writer: Writer, *, account: Account | None = None, heed: Heed = nothing, before: str = "- recall matters"
) -> tuple[str, str]:
    thinker = FirstToAnswer((writer,), RULES_ALONE)
    return Summariser(thinker, account or Unlimited(), lambda: writer.now, heed).write(before, TURNS)


def test_the_model_is_given_the_summary_so_far_and_the_turns_as_data() -> None:
    writer, account = Writer(takes=3.0), Counted()
    assert written(writer, account=account) == ("- the champion needs 0.83", "gemini-first")
    [[rules, question]] = writer.asked
    assert isinstance(rules, SystemMessage)
    assert isinstance(question, HumanMessage)
    assert "champion" not in rules.text
    assert "<<<data" in question.text
    for part in ("- recall matters", "<@U0ALICE>: the champion needs 0.83", "- run-1 COMPLETED", "One: run-1."):
        assert part in question.text
    assert account.seconds == 3.0


def wants_it_to_end() -> None:
    raise Cancelled("U0BOB")


def stops() -> None:
    raise Draining


@pytest.mark.parametrize(
    ("writer", "account", "heed"),
    [
        (Writer(ModelAway("The model did not answer.")), Unlimited(), nothing),
        (Writer(takes=SECONDS + 1), Unlimited(), nothing),
        (Writer(), Counted(empty=True), nothing),
        (Writer(), Unlimited(), wants_it_to_end),
        (Writer(), Unlimited(), stops),
    ],
    ids=["away", "too slow", "nothing left to pay with", "stopped", "this process stops"],
)
def test_rules_write_it_when_the_model_does_not(writer: Writer, account: Account, heed: Heed) -> None:
    text, by = written(writer, account=account, heed=heed)
    assert by == RULES
    assert text.startswith("- recall matters\n- <@U0ALICE> said: the champion needs 0.83")


def test_the_offline_model_is_never_asked_to_write() -> None:
    assert Summariser(RULES_ALONE, Unlimited(), lambda: 0.0, nothing).write("", TURNS)[1] == RULES


def test_what_a_model_writes_too_much_of_is_trimmed_at_a_line_and_says_so() -> None:
    text, by = written(Writer("\n".join(f"- fact {number} " + "x" * 80 for number in range(200))))
    assert by == "gemini-first"
    assert len(text) <= SUMMARY_CHARACTERS
    assert "… left out: " in text
