"""What a turn may spend, checked before it is spent; and the ways in which a turn ends early.

Stop
├── BudgetSpent   the turn has used what it may
├── Cancelled     somebody wants the turn to end
├── Draining      this process is stopping: another one goes on from the last checkpoint
└── ModelAway     the model did not give a usable answer
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from langchain_core.messages import AIMessage

from bot.views.text import many, span

Heed = Callable[[], None]  #: raises the `Stop` that ends what is being waited for, if there is one
Hear = Callable[[str], None]  #: told all words of a message so far, while it is written; no words: it begins anew


class Stop(Exception):
    """Base of everything that ends the loop on purpose."""


class BudgetSpent(Stop):
    """What may be spent is spent; the message says which budget, its size, and when there is more.

    Attributes:
        remedy: What the person can do; empty for the usual: ask for less.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Instead(Enum):
    """Who else may answer a question that a model has not answered."""

    ANOTHER = auto()  #: any model: this one is not there
    RULES = auto()  #: the offline model alone: others of its kind would say the same
    NOBODY = auto()  #: nobody: the question is the matter, or what came back


class ModelAway(Stop):
    """The model gave no usable answer; the message says why, for a person.

    Attributes:
        instead: Who else may answer.
        remedy: What the person can do; empty for the usual: exact commands.
    """

    def __init__(self, message: str, *, instead: Instead = Instead.NOBODY, remedy: str = "") -> None:
        super().__init__(message)
        self.instead = instead
        self.remedy = remedy


class Cancelled(Stop):
    """Somebody wants the turn to end.

    Attributes:
        by: The user id of who wants that.
        undone: Names of the tools that were to be called next.
    """

    def __init__(self, by: str, undone: tuple[str, ...] = ()) -> None:
        super().__init__("somebody wants this to end")
        self.by = by
        self.undone = undone


class Draining(Stop):
    """This process is stopping; nothing is lost."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The budgets of one turn.

    Attributes:
        tool_calls: Calls of tools.
        model_seconds: Time spent waiting for the model.
        turn_seconds: Time of work on it, over all attempts.
        tokens: What the model reads and writes.
        alike: How often the same call may be made; a model that wants it once more goes round in circles.
    """

    tool_calls: int = 25
    model_seconds: float = 120.0
    turn_seconds: float = 600.0
    tokens: int = 500_000
    alike: int = 3

    def check(self, *, calls: int, model_seconds: float, seconds: float, tokens: int) -> None:
        """Allow one more step.

        Raises:
            BudgetSpent: There is nothing left to spend it from.
        """
        if seconds >= self.turn_seconds:
            raise BudgetSpent(f"This took longer than the {span(self.turn_seconds)} that one question may.")
        if model_seconds >= self.model_seconds:
            raise BudgetSpent(
                f"The model used up the {many(round(self.model_seconds), 'second')} that one question may take."
            )
        if tokens >= self.tokens:
            raise BudgetSpent(f"The model used up the {many(self.tokens, 'token')} that one question may take.")
        if calls > self.tool_calls:
            raise BudgetSpent(
                f"This needed more than the {many(self.tool_calls, 'tool call')} that one question may make."
            )


def nothing() -> None:
    """Heed nothing."""


class Attempts(Protocol):
    """Told how a message of a model comes about, where that takes several attempts."""

    def lost(self, message: AIMessage) -> None:
        """One was paid for and came to nothing; what is left of its message has no words."""

    def put_off(self, seconds: float) -> None:
        """The next one is made in so many seconds; 0 when it is made."""


class Uncounted:
    """Attempts of which nobody is told."""

    def lost(self, message: AIMessage) -> None:
        """See `Attempts`."""

    def put_off(self, seconds: float) -> None:
        """See `Attempts`."""


UNCOUNTED = Uncounted()


def unheard(words: str) -> None:
    """Hear nothing."""
    del words
