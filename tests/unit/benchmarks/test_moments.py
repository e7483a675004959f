import pytest

from tests.benchmarks.asking import Exchange
from tests.benchmarks.measures.turn import parts_of
from tests.benchmarks.moments import Moment, own_seconds, within


def moment(part: str, begun: float, ended: float, about: str = "") -> Moment:
    return Moment(part, about, begun, ended)


def test_what_a_part_took_is_told_without_the_parts_within_it() -> None:
    whole = [
        moment("tool", 4, 6),
        moment("guard", 3, 8),
        moment("loop", 2, 9),
        moment("rest", 0, 10),
        moment("loop", 9.5, 10),
    ]
    assert own_seconds(whole, until=10) == {"rest": 2.5, "loop": 2.5, "guard": 3, "tool": 2}


def test_two_parts_that_follow_each_other_are_not_within_each_other() -> None:
    assert own_seconds([moment("a", 0, 1), moment("b", 1, 3), moment("a", 3, 4)], until=9) == {"a": 2, "b": 2}


def test_what_comes_later_does_not_count_and_what_goes_on_counts_so_far() -> None:
    assert own_seconds([moment("rest", 0, 10), moment("a", 2, 6), moment("b", 7, 8)], until=5) == {"rest": 2, "a": 3}


def test_what_lies_in_another_moment_includes_itself() -> None:
    outer, inner, across = moment("rest", 1, 5), moment("a", 1, 2), moment("post", 4, 6)
    assert within([outer, inner, across], outer) == [outer, inner]


def test_the_parts_of_a_turn_add_up_to_the_whole() -> None:
    noted = [
        moment("rest", 2, 9, "T:C:77"),
        moment("model", 3, 4),
        moment("outbox", 5, 6, "turn:T-C-77:progress"),
        moment("outbox", 7, 8, "turn:T-C-77:answer:0"),
        moment("post", 8.5, 11, "turn:T-C-77:answer:0"),
        moment("rest", 20, 30, "T:C:88"),
    ]
    exchange = Exchange("C", "77", asked=0, noticed=1, answered=10)
    parts = parts_of(exchange, noted)
    assert parts == {"arrival": 2, "rest": 3, "model": 1, "outbox": 2, "wait": 0.5, "post": 1.5}
    assert sum(parts.values()) == pytest.approx(exchange.seconds)
