import math
from datetime import UTC, datetime

import pytest

from tests.unit.tools_charts.pictures import height_of
from tools.charts.history import MOST_LINES, Line, course, history
from tools.charts.sheet import Picture
from tools.errors import BadArguments
from tools.mlflow.results import MetricSeries, Point

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOURCE = "from MLflow, run brave-fox of churn"


def line(name: str, *values: float, metric: str = "loss", count: int = 0, step: int = -1) -> Line:
    points = tuple(Point(step=at if step < 0 else step, value=value, at=AT) for at, value in enumerate(values))
    return Line(name, MetricSeries(name=metric, points=points, count=count or len(points)))


def test_a_history_is_a_png_with_title_source_takeaway_and_the_same_in_words() -> None:
    picture = history((line("brave-fox", 0.9, 0.4, 0.5),), source=SOURCE)
    assert height_of(picture) == 842
    assert picture.title == "loss by step, from MLflow, run brave-fox of churn"
    assert picture.takeaway == (
        "brave-fox went from 0.9 (step 0) to 0.5 (step 2). Its best value was 0.4 at step 1; the last one is worse."
    )
    assert picture.alt == (
        "Line chart of loss by step, from MLflow, run brave-fox of churn:\n"
        "- brave-fox: first 0.9 (step 0), last 0.5 (step 2), lowest 0.4, highest 0.9"
    )


def test_the_unit_stands_in_the_title_where_the_name_says_it() -> None:
    assert history((line("a", 1.0, 2.0, metric="latency_ms"),), source=SOURCE).title.startswith("latency_ms (ms) by")
    assert "accuracy (from 0 to 1) by" in history((line("a", 0.1, 0.2, metric="accuracy"),), source=SOURCE).title


@pytest.mark.parametrize("bad", [math.nan, -math.inf, 1.7e308])
def test_what_cannot_be_drawn_is_left_out_and_said_so(bad: float) -> None:
    picture = history((line("brave-fox", 0.9, bad, 0.5),), source=SOURCE)
    assert "last 0.5 (step 2)" in picture.alt
    assert "left out 1 of 3 points that are NaN, infinite or too large" in picture.alt


def test_a_last_value_that_is_not_a_number_is_not_told_as_the_last_step() -> None:
    assert "last 0.5 (step 1)" in course(line("brave-fox", 0.9, 0.5, math.nan))


def test_one_point_is_drawn_as_one_and_called_so() -> None:
    one, elsewhere = (history((line("brave-fox", value),), source=SOURCE) for value in (0.5, math.pi))
    assert one.png != elsewhere.png
    assert one.takeaway == "brave-fox has one value only: 0.5 at step 0."


def test_values_that_all_have_one_step_are_drawn_in_the_order_they_were_logged() -> None:
    picture = history((line("brave-fox", 0.9, 0.4, 0.5, step=0),), source=SOURCE)
    assert picture.title.startswith("loss in the order logged")
    assert "went from 0.9 to 0.5, all at step 0" in picture.takeaway


def test_of_several_runs_the_best_at_the_end_is_named_with_the_next_one() -> None:
    picture = history(
        (line("able-ant", 0.9, 0.4), line("shy-owl", 0.9, 0.3), line("no-value", math.nan)), source=SOURCE
    )
    assert picture.takeaway == ("In the end shy-owl is best with 0.3, before able-ant with 0.4. no-value has no value.")
    alike = history((line("a", 0.9, 0.4), line("b", 0.8, 0.4)), source=SOURCE).takeaway
    assert alike == "In the end a and b are alike at 0.4; none is better."
    odd = history((line("a", 1, metric="depth"), line("b", 2, metric="depth")), source=SOURCE).takeaway
    assert odd == "In the end: a at 1 (step 0), b at 2 (step 0). The name does not say which way is better."


def test_several_metrics_of_one_run_are_told_each() -> None:
    lines = (line("train_loss", 0.9, 0.1, metric="train_loss"), line("test_loss", 0.9, 0.5, metric="test_loss"))
    picture = history(lines, source=SOURCE)
    assert picture.title.startswith("train_loss, test_loss by step")
    assert "train_loss went from 0.9" in picture.takeaway
    assert "test_loss went from 0.9" in picture.takeaway


def test_ten_runs_are_told_apart_and_more_are_refused() -> None:
    lines = tuple(line(f"run-{number}", 0.9 - number / 20, 0.5 - number / 20) for number in range(MOST_LINES))
    picture = history(lines, source=SOURCE)
    assert height_of(picture) == 1012, "a row for every two names"
    assert [f"- run-{number}: " in picture.alt for number in range(MOST_LINES)] == [True] * MOST_LINES
    with pytest.raises(BadArguments, match="That is 11 lines; a chart shows at most 10"):
        history((*lines, line("run-10", 0.5)), source=SOURCE)


def test_a_chart_of_nothing_is_refused() -> None:
    with pytest.raises(BadArguments, match="no value of loss that can be drawn"):
        history((line("brave-fox", math.nan),), source=SOURCE)


def test_thinned_values_are_said_to_be_thinned() -> None:
    assert "3 of 900 values looked at" in course(line("brave-fox", 3.0, 2.0, 1.0, count=900))


@pytest.fixture(scope="module")
def nameless() -> Picture:
    return history((line("", 0.5, 0.4),), source=SOURCE)


@pytest.mark.parametrize("name", ["_hidden", r"$\frac{$", "x" * 200, "漢字"])
def test_any_name_is_drawn_without_a_formula_or_a_warning(name: str, nameless: Picture) -> None:
    named = history((line(name, 0.5, 0.4, metric="loss"),), source=SOURCE)
    height_of(named)
    assert named.png != nameless.png


def test_a_metric_and_a_source_are_no_formulas() -> None:
    height_of(history((line("brave-fox", 0.5, metric=r"$\frac{$"),), source=r"$\sqrt{$"))


def test_words_that_would_not_fit_are_counted() -> None:
    lines = tuple(line("x" * 200, -1.23456e-300, 1.23456e-300, math.nan, count=25_000) for _ in range(MOST_LINES))
    alt = history(lines, source=SOURCE).alt
    shown = alt.count("first")
    assert shown > 2
    assert alt.endswith(f"- and {MOST_LINES - shown} more")
