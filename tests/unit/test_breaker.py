"""When a system is left alone, and when it is asked again."""

import threading
from datetime import UTC, datetime

import pytest

from tools import deadline
from tools.breaker import FAILURES, REST_SECONDS, SPREAD, Breaker
from tools.errors import BadArguments, Busy, Failing, Late, Refused, Resting, Unavailable

NOON = datetime(2026, 1, 5, 12, 3, tzinfo=UTC)
LATE = Unavailable("Prefect", "no answer within 10 s")


class Bench:
    """A breaker whose clock a test moves, and a system that does as it is told."""

    def __init__(self) -> None:
        self.at = 0.0
        self.asked = 0
        self.fails: Exception | None = None
        self.breaker = Breaker("Prefect", clock=lambda: self.at, now=lambda: NOON)

    def attempt(self) -> str:
        self.asked += 1
        if self.fails:
            raise self.fails
        return "here"

    def call(self, times: int = 1) -> None:
        for _ in range(times):
            try:
                self.breaker.call(self.attempt)
            except (Unavailable, BadArguments, Refused, ValueError):
                continue

    def rest(self) -> None:
        self.fails = LATE
        self.call(FAILURES)
        assert self.breaker.resting is not None


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_system_is_left_alone_after_enough_attempts_without_an_answer(bench: Bench) -> None:
    bench.fails = LATE
    bench.call(FAILURES - 1)
    assert bench.breaker.resting is None
    bench.call(10)
    assert bench.asked == FAILURES


def test_an_answer_in_between_begins_the_count_anew(bench: Bench) -> None:
    bench.fails = LATE
    bench.call(FAILURES - 1)
    bench.fails = None
    bench.call()
    bench.fails = LATE
    bench.call(FAILURES - 1)
    assert bench.breaker.resting is None


@pytest.mark.parametrize(
    "answer",
    [
        Busy("Prefect", "it has too much to do"),
        Failing("Prefect", "HTTP 500"),
        BadArguments("no such run"),
        Refused("no"),
        ValueError("ours"),
    ],
)
def test_whoever_says_no_has_answered(bench: Bench, answer: Exception) -> None:
    bench.fails = answer
    bench.call(10 * FAILURES)
    assert bench.breaker.resting is None
    assert bench.asked == 10 * FAILURES


def test_a_call_that_is_not_made_says_since_when_why_and_when_the_next_one_is(bench: Bench) -> None:
    bench.rest()
    with pytest.raises(Resting) as caught:
        bench.breaker.call(bench.attempt)
    said = str(caught.value)
    assert said.startswith(
        "I could not reach Prefect: it has not answered since 12:03 UTC (no answer within 10 s); I try again in 1"
    )
    assert said.endswith(" s, and `/mlops status` looks at once.")


def test_after_a_while_one_call_finds_out_and_others_wait_for_it_but_not_for_long(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.breaker.TRIAL_SECONDS", 0.05)
    bench.rest()
    bench.at += REST_SECONDS * (1 + SPREAD)
    asked, go = threading.Event(), threading.Event()

    def slow() -> str:
        asked.set()
        go.wait(10)
        return "here"

    trial = threading.Thread(target=lambda: bench.breaker.call(slow))
    trial.start()
    assert asked.wait(10)
    with pytest.raises(Resting, match="I am trying again right now"):
        bench.breaker.call(bench.attempt)
    monkeypatch.setattr("tools.breaker.TRIAL_SECONDS", 10)
    bench.fails = None
    answers: list[str] = []
    other = threading.Thread(target=lambda: answers.append(bench.breaker.call(bench.attempt)))
    other.start()
    go.set()
    trial.join()
    other.join()
    assert answers == ["here"]
    assert bench.breaker.resting is None


def test_a_trial_without_an_answer_leaves_the_system_alone_for_as_long_again(bench: Bench) -> None:
    bench.rest()
    bench.at += REST_SECONDS * (1 + SPREAD)
    bench.call(5)
    assert bench.asked == FAILURES + 1
    bench.at += REST_SECONDS * (1 - SPREAD) - 0.1
    bench.call()
    assert bench.asked == FAILURES + 1


def test_a_look_asks_at_once_and_lets_everybody_ask_again_when_it_is_answered(bench: Bench) -> None:
    bench.rest()
    with pytest.raises(
        Unavailable, match="no answer within 10 s; it has not answered since 12:03 UTC, and calls fail at once"
    ):
        bench.breaker.look(bench.attempt)
    bench.fails = None
    assert bench.breaker.look(bench.attempt) == "here"
    assert bench.breaker.resting is None


def test_an_attempt_that_its_tool_cut_short_says_nothing_about_the_system(bench: Bench) -> None:
    bench.fails = LATE
    with deadline.within(0):
        bench.call(2 * FAILURES)
    assert bench.breaker.resting is None


def test_a_late_answer_to_a_call_from_before_does_not_count(bench: Bench) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        go.wait(10)
        raise LATE

    def ask() -> None:
        with pytest.raises(Unavailable):
            bench.breaker.call(slow)

    early = threading.Thread(target=ask)
    early.start()
    assert begun.wait(10)
    bench.rest()
    bench.at += REST_SECONDS * (1 + SPREAD)
    bench.fails = None
    bench.breaker.look(bench.attempt)
    go.set()
    early.join()
    assert bench.breaker.resting is None


def test_a_system_that_hangs_is_left_alone_after_two_calls_each_of_which_waited_once(bench: Bench) -> None:
    bench.fails = Late("Prefect", "no answer within 4 s")
    bench.call(1)
    assert bench.breaker.resting is None
    bench.call(10)
    assert bench.asked == 2
    assert bench.breaker.resting is not None


def test_within_one_call_of_a_tool_a_system_that_hung_once_is_not_asked_again(bench: Bench) -> None:
    bench.fails = Late("Prefect", "no answer within 4 s")
    with deadline.within(60):
        bench.call(1)
        with pytest.raises(Resting, match="I could not reach Prefect: no answer within 4 s"), deadline.within(10):
            bench.breaker.call(bench.attempt)
    assert bench.asked == 1
    bench.fails = None
    with deadline.within(60):
        assert bench.breaker.call(bench.attempt) == "here"


def test_whoever_listens_hears_when_a_system_is_left_alone_and_when_it_is_asked_again(bench: Bench) -> None:
    news: list[tuple[str, str]] = []
    bench.breaker.hear(lambda system, rest: news.append((system, str(rest or ""))))
    bench.rest()
    bench.call(3)
    assert news == [("Prefect", "since 12:03 UTC (no answer within 10 s)")]
    bench.fails = None
    bench.breaker.look(bench.attempt)
    bench.call(3)
    assert news[1:] == [("Prefect", "")]
