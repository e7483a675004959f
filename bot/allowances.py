"""What may be spent on the model: by one question, in one thread and by one person in a day; pure arithmetic."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.globs import matches
from bot.views.text import many, money, span

TURN_SECONDS = 600.0  #: no question may take longer: whoever works on it is given up a minute later
TURN_CALLS = 100
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent.

    Attributes:
        tokens: That the model read and wrote.
        calls: Of tools.
        seconds: Of work.
        cost: By the policy's prices, in their currency.
    """

    tokens: int = 0
    calls: int = 0
    seconds: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be spent; None where nothing is said.

    Attributes:
        tokens: See `Spent`.
        calls: See `Spent`.
        time: Seconds of work.
        cost: See `Spent`.
    """

    tokens: int | None = None
    calls: int | None = None
    time: float | None = None
    cost: float | None = None

    @property
    def of_work(self) -> "Allowance":
        """The part that whoever answers takes of: calls and time."""
        return Allowance(calls=self.calls, time=self.time)

    @property
    def of_money(self) -> "Allowance":
        """The part that only a model takes of which somebody pays for: tokens and cost."""
        return Allowance(tokens=self.tokens, cost=self.cost)

    def used_up(self, spent: Spent, *, currency: str = "") -> str:
        """What there is nothing left of, in words such as `2,000 tokens`; empty while there is of everything."""
        return next(self._used_up(spent, currency), "")

    def _used_up(self, spent: Spent, currency: str) -> Iterator[str]:
        if self.tokens is not None and spent.tokens >= self.tokens:
            yield many(self.tokens, "token")
        if self.calls is not None and spent.calls >= self.calls:
            yield many(self.calls, "tool call")
        if self.time is not None and spent.seconds >= self.time:
            yield f"{span(self.time)} of work"
        if self.cost is not None and spent.cost >= self.cost:
            yield f"cost of {money(self.cost, currency)}"


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs.

    Attributes:
        model: Glob over model names.
        input: Of a million tokens that it reads.
        output: Of a million tokens that it writes, thoughts included.
        currency: Such as `USD`; empty where nobody said.
    """

    model: str
    input: float
    output: float
    currency: str = ""

    def of(self, *, read: int, written: int) -> float:
        """The cost of one message."""
        return (read * self.input + written * self.output) / _MILLION


@dataclass(frozen=True, slots=True)
class Allowances:
    """Everything that a policy says about spending.

    Attributes:
        turn: What one question may take.
        thread: What one thread may take in a day.
        person: What one person's questions may take in a day.
        prices: The first that fits a model counts.
    """

    turn: Allowance = field(default_factory=lambda: Allowance(tokens=500_000, calls=25, time=TURN_SECONDS))
    thread: Allowance = field(default_factory=lambda: Allowance(tokens=5_000_000))
    person: Allowance = field(default_factory=lambda: Allowance(tokens=10_000_000))
    prices: tuple[Price, ...] = ()

    @property
    def currency(self) -> str:
        """Of all prices; empty where nobody said."""
        return next((price.currency for price in self.prices if price.currency), "")

    def price_of(self, model: str) -> Price | None:
        """The price of a model; None when the policy names none."""
        return next((price for price in self.prices if matches(model, price.model)), None)


def merged(usual: Allowance, said: Allowance) -> Allowance:
    """What is said, and what is usual where nothing is."""
    given = {name: value for name in Allowance.__slots__ if (value := getattr(said, name)) is not None}
    return replace(usual, **given)
