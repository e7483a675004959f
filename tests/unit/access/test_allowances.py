"""What may be spent."""

import pytest

from bot.allowances import Allowance, Allowances, Price, Spent, merged
from bot.policy_file import parse

ROLE = '[roles.all]\nmembers = ["*"]\npermissions = ["*"]\n'


@pytest.mark.parametrize(
    ("allowance", "spent", "words"),
    [
        (Allowance(), Spent(tokens=10**9, calls=10**6, seconds=1e6, cost=1e6), ""),
        (Allowance(tokens=2_000), Spent(tokens=1_999), ""),
        (Allowance(tokens=2_000), Spent(tokens=2_000), "2,000 tokens"),
        (Allowance(calls=3), Spent(calls=3), "3 tool calls"),
        (Allowance(time=120), Spent(seconds=121), "2 minutes of work"),
        (Allowance(time=90), Spent(seconds=91), "1 min 30 s of work"),
        (Allowance(time=60), Spent(seconds=61), "1 minute of work"),
        (Allowance(calls=1), Spent(calls=1), "1 tool call"),
        (Allowance(cost=0.5), Spent(cost=0.5), "cost of 0.50 EUR"),
        (Allowance(cost=0.0031), Spent(cost=1), "cost of 0.0031 EUR"),
    ],
)
def test_what_is_used_up_is_named_with_its_size(allowance: Allowance, spent: Spent, words: str) -> None:
    assert allowance.used_up(spent, currency="EUR") == words


def test_calls_and_time_are_work_and_tokens_and_cost_are_money() -> None:
    whole, spent = Allowance(tokens=1, calls=2, time=60, cost=4), Spent(tokens=9, calls=9, seconds=999, cost=9)
    assert whole.of_work.used_up(spent) == "2 tool calls"
    assert whole.of_money.used_up(spent) == "1 token"
    assert merged(whole.of_work, whole.of_money) == whole


def test_a_price_is_that_of_a_million_tokens_and_the_first_that_fits_counts() -> None:
    cheap, dear = Price("gemini-flash*", input=0.5, output=2.0), Price("gemini-*", input=5, output=20)
    allowances = Allowances(prices=(cheap, dear))
    assert allowances.price_of("gemini-flash-latest") == cheap
    assert allowances.price_of("gemini-pro") == dear
    assert allowances.price_of("offline") is None
    assert cheap.of(read=1_000_000, written=500_000) == 1.5


def test_what_a_policy_does_not_say_is_as_usual() -> None:
    text = ROLE + '[budgets.turn]\ncalls = 5\n[budgets.person]\ntime = "1h"\n'
    allowances = parse(text, team="T1", source="policy.toml").allowances
    usual = Allowances()
    assert allowances.turn == merged(usual.turn, Allowance(calls=5))
    assert (allowances.turn.calls, allowances.turn.tokens) == (5, usual.turn.tokens)
    assert (allowances.person.time, allowances.person.tokens) == (3600, usual.person.tokens)
    assert allowances.thread == usual.thread
