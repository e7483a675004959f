"""Searching runs by metric, parameter, tag, text and time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments
from tools.mlflow import narrowing
from tools.mlflow.results import Dataset, RunSearchPage
from tools.mlflow.searching import search_runs


@pytest.fixture(autouse=True)
def runs(bench: Bench) -> None:
    """Three runs that differ in everything."""
    add = bench.mlflow.add_run
    add("churn", name="shallow", metrics={"auc": 0.7, "loss": 0.5}, params={"max_depth": "3"}, tags={"team": "growth"})
    add("churn", name="deep", metrics={"auc": 0.9, "loss": 0.2}, params={"max_depth": "9"}, tags={"team": "fraud"})
    add("fraud", name="odd", metrics={"auc": float("nan")}, datasets=(Dataset(name="may-2026", digest="d"),))


def found(bench: Bench, **arguments: Any) -> list[str]:
    """The names of the runs that a search finds."""
    page = bench.use(search_runs, **arguments).data
    assert isinstance(page, RunSearchPage)
    return [run.name for run in page.runs]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"metric": "auc > 0.6"}, ["deep", "shallow"]),
        ({"metric": "auc > 0.6 and loss <= 0.2"}, ["deep"]),
        ({"metric": "auc>=.9"}, ["deep"]),
        ({"parameter": "max_depth = 3"}, ["shallow"]),
        ({"parameter": "max_depth != 3"}, ["deep"]),
        ({"parameter": 'max_depth == "9"'}, ["deep"]),
        ({"tag": "team = fraud"}, ["deep"]),
        ({"tag": "team = fraud", "metric": "auc < 0.5"}, []),
        ({"text": "MAY-2026"}, ["odd"]),
        ({"text": "growth"}, ["shallow"]),
        ({"text": "max_depth"}, ["deep", "shallow"]),
        ({"text": "nowhere"}, []),
        ({"since": "2026-01-05"}, ["odd", "deep", "shallow"]),
        ({"metric": "auc > 0.6", "where": "attributes.run_name = 'deep'"}, ["deep"]),
    ],
)
def test_runs_are_found_by_what_they_hold(bench: Bench, arguments: dict[str, object], names: list[str]) -> None:
    assert found(bench, **arguments) == names


def test_runs_that_began_before_are_left_out(bench: Bench) -> None:
    assert narrowing.begun(datetime(2026, 1, 5, tzinfo=UTC)) == ["attributes.start_time >= 1767571200000"]
    assert found(bench, since="2026-01-06") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"metric": "auc is good"},
            "I cannot read “auc is good” as a condition on a metric. Say it as `accuracy > 0.8`.",
        ),
        ({"metric": "auc > high"}, "A metric is compared with a number, and “high” is none."),
        (
            {"parameter": "max_depth > 3"},
            "MLflow keeps a parameter as text: it can be `=` or `!=` a value, and not `>`.",
        ),
        ({"tag": "fraud"}, "I cannot read “fraud” as a condition on a tag."),
        ({"tag": 'note = it\'s "odd"'}, "both kinds of quotation marks"),
        ({"since": "soon"}, "I cannot read “soon” as a time since when."),
    ],
)
def test_what_cannot_be_read_is_said(bench: Bench, arguments: dict[str, str], said: str) -> None:
    with pytest.raises(BadArguments) as caught:
        bench.use(search_runs, **arguments)
    assert said in str(caught.value)


def test_no_condition_leaves_the_filter_of_another() -> None:
    [one] = narrowing.of_texts('team = x" or 1=1', kind="tag")
    assert one == "tags.`team` = 'x\" or 1=1'"


def test_a_text_is_looked_for_in_a_bounded_number_of_runs_and_that_is_said(bench: Bench) -> None:
    for _ in range(200):
        bench.mlflow.add_run("many")
    text = bench.use(search_runs, text="deep").text
    assert "I looked for “deep” in the first 200 runs; there are more." in text
    assert bench.use(search_runs, text="many", limit=5).text.startswith("I looked for")


@pytest.mark.parametrize(
    ("order_by", "first"),
    [
        ("loss", "good"),
        ("loss desc", "bad"),
        ("auc", "good"),
        ("auc asc", "bad"),
        ("odd", "bad"),
        ("metrics.loss", "good"),
    ],
)
def test_the_best_comes_first_where_no_direction_is_given(bench: Bench, order_by: str, first: str) -> None:
    bench.mlflow.add_run("churn", name="bad", metrics={"loss": 9.0, "auc": 0.1, "odd": 2.0})
    bench.mlflow.add_run("churn", name="good", metrics={"loss": 0.1, "auc": 0.9, "odd": 1.0})
    assert bench.use(search_runs, order_by=order_by).text.split("- **[")[1].startswith(f"{first}]")
