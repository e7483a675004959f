"""What became of turns, from what was posted."""

import math

import pytest

from tests.benchmarks.load.verdict import Asked, Heard, first_signs, judge, percentile, turn_of

THREAD = ("C1", "1.0")
OTHER = ("C1", "9.0")


def asked(*names: str, thread: tuple[str, str] = THREAD) -> list[Asked]:
    return [Asked(name, thread, float(number)) for number, name in enumerate(names)]


def answer(turn: str, at: float, *, part: int = 0, thread: tuple[str, str] = THREAD) -> Heard:
    return Heard(f"turn:{turn}:answer:{part}", thread, at)


def test_turns_answered_once_and_in_order_are_well() -> None:
    verdict = judge(asked("a", "b"), [answer("a", 2.0), answer("a", 2.5, part=1), answer("b", 4.0)])
    assert (verdict.lost, verdict.doubled, verdict.misordered, verdict.failed) == (0, 0, 0, 0)
    assert verdict.answered == (2.0, 3.0)
    assert verdict.last == 4.0


def test_a_turn_without_any_message_is_lost() -> None:
    verdict = judge(asked("a", "b"), [answer("b", 4.0), Heard("queued:a", THREAD, 3.0)])
    assert (verdict.lost, len(verdict.answered)) == (1, 1)


def test_the_same_message_twice_is_one_too_many() -> None:
    assert judge(asked("a"), [answer("a", 2.0), answer("a", 3.0), answer("a", 4.0)]).doubled == 2


def test_an_answer_beside_a_failure_is_one_too_many() -> None:
    verdict = judge(asked("a"), [answer("a", 2.0), Heard("turn:a:failed", THREAD, 3.0)])
    assert (verdict.doubled, verdict.failed, verdict.lost) == (1, 1, 0)


def test_a_turn_told_that_it_failed_is_not_lost() -> None:
    verdict = judge(asked("a"), [Heard("turn:a:failed", THREAD, 3.0)])
    assert (verdict.lost, verdict.failed, verdict.doubled) == (0, 1, 0)


def test_an_answer_in_another_thread_is_one_too_many() -> None:
    assert judge(asked("a"), [answer("a", 2.0, thread=OTHER)]).doubled == 1


def test_a_card_that_is_posted_twice_is_one_too_many() -> None:
    assert judge([], [Heard("run:1:card", THREAD, 1.0), Heard("run:1:card", THREAD, 2.0)]).doubled == 1


def test_an_answer_after_that_to_a_later_turn_of_its_thread_is_out_of_order() -> None:
    assert judge(asked("a", "b", "c"), [answer("b", 4.0), answer("a", 5.0), answer("c", 6.0)]).misordered == 1
    assert judge(asked("a", "b", "c"), [answer("c", 4.0), answer("a", 5.0), answer("b", 6.0)]).misordered == 1


@pytest.mark.parametrize(
    ("entry", "turn"),
    [
        ("turn:T1-C1-1.5:answer:0", "T1-C1-1.5"),
        ("turn:T1-C1-1.5:answer:12", "T1-C1-1.5"),
        ("turn:T1-C1-1.5:failed", "T1-C1-1.5"),
        ("turn:T1-C1-1.5:progress", ""),
        ("run:1:card", ""),
        ("unnamed:C1:1.5", ""),
    ],
)
def test_progress_is_no_answer(entry: str, turn: str) -> None:
    assert turn_of(entry) == turn


def test_threads_may_overtake_one_another() -> None:
    turns = [*asked("a"), *asked("b", thread=OTHER)]
    assert judge(turns, [answer("b", 2.0, thread=OTHER), answer("a", 3.0)]).misordered == 0


def test_the_first_sign_is_the_first_after_the_question() -> None:
    turns = [Asked("a", THREAD, 10.0), Asked("b", OTHER, 20.0)]
    assert first_signs(turns, {THREAD: [9.0, 10.5, 11.0]}) == [0.5, None]


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 5.0), (0.95, 10.0), (1.0, 10.0)])
def test_a_percentile_is_a_value_that_was_seen(share: float, value: float) -> None:
    assert percentile([float(n) for n in range(10, 0, -1)], share) == value


def test_nothing_has_no_percentile() -> None:
    assert math.isnan(percentile([], 0.5))
