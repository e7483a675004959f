"""The account of one turn: what it spends is counted, and nothing is spent where nothing is left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from langchain_core.messages import AIMessage, AnyMessage

from bot.allowances import Allowance, Allowances, Spent
from bot.spending import Spending
from bot.views.text import duration, money
from worker.agent.limits import BudgetSpent, Limits
from worker.agent.model import tokens_of, usages_of

MEANWHILE = "Exact commands go on meanwhile: `/mlops help` lists them."


@dataclass(frozen=True, slots=True)
class TurnAccount:
    """What one turn spends, on its own account, its thread's and its person's.

    Attributes:
        allowances: What the policy says.
        spending: Where it is counted.
        thread: The thread's name there.
        person: The person's name there.
        now: The time.
    """

    allowances: Allowances
    spending: Spending
    thread: str
    person: str
    now: Callable[[], datetime]

    def allow(self) -> None:
        """Allow one more step, by whoever takes it.

        Raises:
            BudgetSpent: The calls or the time of a day are used up.
        """
        self._left("This thread has", self.allowances.thread.of_work, self.thread)
        self._left("You have", self.allowances.person.of_work, self.person)

    def pay(self, messages: Sequence[AnyMessage]) -> None:
        """Allow one more step by a model that somebody pays for.

        Raises:
            BudgetSpent: The tokens or the cost of this question, or of a day, are used up.
        """
        allowed = self.allowances.turn.cost
        if allowed is not None and self.cost(messages) >= allowed:
            limit = money(allowed, self.allowances.currency)
            raise BudgetSpent(f"This used up the cost of {limit} that one question may have.")
        self._left("This thread has", self.allowances.thread.of_money, self.thread)
        self._left("You have", self.allowances.person.of_money, self.person)

    def thought(self, message: AIMessage, *, seconds: float) -> None:
        """Count a message of the model."""
        self._add(Spent(tokens=tokens_of(message), seconds=seconds, cost=self.cost([message])))

    def called(self, *, seconds: float) -> None:
        """Count a call of a tool."""
        self._add(Spent(calls=1, seconds=seconds))

    def cost(self, messages: Sequence[AnyMessage]) -> float:
        """What these messages cost, as far as their models have a price."""
        total = 0.0
        for message in messages:
            for name, usage in usages_of(message) if isinstance(message, AIMessage) else ():
                price = self.allowances.price_of(name)
                total += price.of(read=usage["input_tokens"], written=usage["output_tokens"]) if price else 0.0
        return total

    def _left(self, who: str, allowance: Allowance, scope: str) -> None:
        if allowance == Allowance():
            return
        now = self.now()
        if used := allowance.used_up(self.spending.of(now.date(), scope), currency=self.allowances.currency):
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            wait = duration((midnight - now).total_seconds())
            raise BudgetSpent(
                f"{who} used up the {used} allowed in a day. There is more at 00:00 UTC, in {wait}.",
                remedy=MEANWHILE,
            )

    def _add(self, spent: Spent) -> None:
        self.spending.add(self.now().date(), (self.thread, self.person), spent)


def limited(usual: Limits, turn: Allowance) -> Limits:
    """The limits of a turn, as the policy has them."""
    return replace(
        usual,
        tool_calls=usual.tool_calls if turn.calls is None else turn.calls,
        tokens=usual.tokens if turn.tokens is None else turn.tokens,
        turn_seconds=usual.turn_seconds if turn.time is None else turn.time,
    )
