import math

import pytest

from tests.unit.tools_charts.pictures import height_of
from tools.charts.bars import Panel, bars, panels_for
from tools.charts.sheet import DPI, WIDTH
from tools.errors import BadArguments

SOURCE = "from MLflow, 3 runs of churn"


def test_bars_say_their_values_and_which_one_is_best() -> None:
    picture = bars(("able-ant", "shy-owl", "calm-cat"), (Panel("roc_auc", (0.91, 0.89, None)),), source=SOURCE)
    height_of(picture)
    assert picture.title == "roc_auc (from 0 to 1) compared, from MLflow, 3 runs of churn"
    assert picture.takeaway == "By roc_auc able-ant is best with 0.91, 0.02 ahead of the next."
    assert picture.alt.endswith("- roc_auc: able-ant 0.91, the best; shy-owl 0.89; calm-cat missing")


def test_where_less_is_better_the_least_is_best() -> None:
    assert Panel("log_loss", (0.3, 0.2, 0.4)).best == 1
    assert Panel("log_loss", (0.2, 0.2)).best == -1
    assert Panel("depth", (1.0, 2.0)).best == -1
    assert Panel("accuracy", (math.nan, 0.2)).best == -1, "one value alone is not better than anything"


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        (Panel("rmse", (1.0, 1.0)), "By rmse they are alike."),
        (Panel("rmse", (1.0, 1.0, 2.0)), "By rmse they cannot be told apart at the top."),
        (Panel("score", (1.0, 2.0)), "Which way score is better its name does not say."),
    ],
)
def test_where_nothing_decides_it_says_so(panel: Panel, said: str) -> None:
    names = tuple(f"run-{number}" for number in range(len(panel.values)))
    assert bars(names, (panel,), source=SOURCE).takeaway == said


def test_what_has_no_place_on_a_scale_is_named() -> None:
    values = (math.nan, math.inf, 1.7e308, -3.0)
    picture = bars(("a", "b", "c", "d"), (Panel("score", values),), source=SOURCE)
    height_of(picture)
    assert picture.alt.endswith("- score: a not a number; b too large to draw; c too large to draw; d -3")
    with pytest.raises(BadArguments, match="None of them has a value of score"):
        bars(("a", "b"), (Panel("score", (math.nan, None)),), source=SOURCE)


@pytest.mark.parametrize("count", [2, 3, 5, 10])
def test_a_sheet_is_never_much_higher_than_wide(count: int) -> None:
    values = tuple(float(number) for number in range(count))
    panels = tuple(Panel(f"metric_{number}", values) for number in range(panels_for(count)))
    picture = bars(tuple(f"run-{number}" for number in range(count)), panels, source=SOURCE)
    assert height_of(picture) < 1.1 * WIDTH * DPI


def test_too_many_or_too_few_are_refused() -> None:
    panel = Panel("roc_auc", (0.5,))
    with pytest.raises(BadArguments, match="A chart compares 2 to 10; these are 1"):
        bars(("a",), (panel,), source=SOURCE)
    ten = Panel("roc_auc", (0.5,) * 10)
    with pytest.raises(BadArguments, match="A chart of 10 shows at most 1 metric; name fewer"):
        bars(tuple("abcdefghij"), (ten, ten), source=SOURCE)


def test_names_are_no_formulas() -> None:
    height_of(bars((r"$\frac{$", "漢字"), (Panel(r"$\sqrt{$", (1.0, 2.0)),), source=r"$x$"))
