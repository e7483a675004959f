"""Rate limits by tier."""

from demo.workspace.limits import RateLimits

from .samples import Clock


def test_a_tier_takes_its_minute_at_once_and_then_refills(clock: Clock) -> None:
    limits = RateLimits(clock)
    assert [limits.wait("chat.update", 50) for _ in range(50)] == [0] * 50
    assert limits.wait("chat.update", 50) == 2
    clock.passes(1.2)
    assert limits.wait("chat.update", 50) == 0
    assert limits.wait("chat.update", 50) > 0


def test_methods_do_not_share_a_limit(clock: Clock) -> None:
    limits = RateLimits(clock)
    for _ in range(20):
        limits.wait("users.list", 20)
    assert limits.wait("users.list", 20) > 0
    assert limits.wait("conversations.list", 20) == 0


def test_a_refused_post_costs_the_workspace_nothing(clock: Clock) -> None:
    limits = RateLimits(clock)
    for _ in range(500):
        limits.wait("chat.postMessage", 300, "C1")
    assert limits.wait("chat.postMessage", 300, "C2") == 0


def test_switched_off_they_let_everything_pass(clock: Clock) -> None:
    limits = RateLimits(clock, enabled=False)
    assert {limits.wait("users.list", 20) for _ in range(100)} == {0}
