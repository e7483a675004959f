"""How long a backlog takes, by the limits."""

import pytest

from bot import budgets
from demo.workspace.limits import POST_BURST
from tests.benchmarks.load import arithmetic


@pytest.mark.parametrize(("calls", "seconds"), [(0, 0.0), (20, 0.0), (21, 0.25), (1000, 245.0)])
def test_a_limit_lets_its_burst_pass_and_then_one_at_a_time(calls: int, seconds: float) -> None:
    assert arithmetic.drained(calls, every=0.25, burst=20) == seconds


def test_posts_spread_over_channels_wait_for_the_workspace() -> None:
    _, whole = budgets.posts("C")
    spread = {f"C{number}": 50 for number in range(20)}
    expected = arithmetic.posts(spread)
    assert expected.ours == (1000 - whole.burst) * whole.every
    assert expected.slacks == max((1000 - 300) / 5, 50 - POST_BURST)
    assert expected.seconds == expected.ours


def test_posts_to_one_channel_wait_for_that_channel() -> None:
    channel, _ = budgets.posts("C1")
    expected = arithmetic.posts({"C1": 50, "C2": 1})
    assert expected.ours == (50 - channel.burst) * channel.every
    assert expected.slacks == 50 - POST_BURST


def test_nothing_to_post_takes_no_time() -> None:
    assert arithmetic.posts({}).seconds == 0


def test_progress_has_less_of_the_edits_than_decisions_have() -> None:
    assert arithmetic.edits(100, urgent=False).ours > arithmetic.edits(100, urgent=True).ours
    assert arithmetic.edits(100, urgent=True).slacks == 60.0


def test_what_a_budget_allows_is_its_burst_and_what_flows_in() -> None:
    assert arithmetic.most_edits(60) == budgets.EDITS.burst + 60 / budgets.EDITS.every
