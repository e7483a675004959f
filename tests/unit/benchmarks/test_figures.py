import pytest

from tests.benchmarks.figures import RATIO, Figure, Readings, percentile


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(50, 50), (95, 95), (99, 99), (99.1, 100), (100, 100), (0.5, 1)],
)
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(percent: float, expected: int) -> None:
    assert percentile(list(reversed(range(1, 101))), percent) == expected


def test_the_percentile_of_few_values_is_one_of_them() -> None:
    assert percentile([3.0, 1.0, 2.0], 95) == 3.0
    assert percentile([7.0], 1) == 7.0


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_a_percentile_of_nothing_or_beyond_all_is_refused(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, percent)


def test_a_figure_is_its_median_and_its_spread() -> None:
    figure = Figure("ours", "ms", (3.0, 1.0, 2.0, 10.0, 2.5))
    assert (figure.median, figure.spread) == (2.5, (1.0, 10.0))


def test_a_goal_is_met_when_the_median_is_within_it() -> None:
    assert Figure("ours", "ms", (1.0, 9.0, 2.0), goal=2.0).met is True
    assert Figure("ours", "ms", (1.0, 9.0, 2.1), goal=2.0).met is False
    assert Figure("ours", "ms", (1.0,)).met is None


def test_readings_collect_one_value_from_each_repeat_in_the_order_of_their_first() -> None:
    readings = Readings()
    for value in (1.0, 2.0):
        readings.add("b", RATIO, value)
        readings.add("a", "ms", value * 10, means="tenfold", goal=5)
    assert readings.figures == (
        Figure("b", RATIO, (1.0, 2.0)),
        Figure("a", "ms", (10.0, 20.0), means="tenfold", goal=5),
    )
