"""A version held against the thresholds of the policy."""

import math

import pytest

from bot.gates import Gate
from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments
from tools.mlflow.evaluating import SHOWN, Evaluation, evaluate_version
from tools.spec import ToolResult

AUC = Gate("churn*", "auc", "higher", minimum=0.8, minimum_delta=0.01)
LOSS = Gate("*", "loss", "lower", maximum=0.5)


def evaluated(result: ToolResult) -> Evaluation:
    assert isinstance(result.data, Evaluation)
    assert Evaluation.model_validate_json(result.data.model_dump_json()) == result.data
    return result.data


def add_version(bench: Bench, *aliases: str, **metrics: float) -> None:
    run = bench.mlflow.add_run("churn", metrics=metrics)
    bench.mlflow.add_version("churn", run_id=run.id, aliases=aliases)


@pytest.fixture(autouse=True)
def thresholds(bench: Bench) -> None:
    """Two thresholds, and a champion."""
    bench.desk.asked = [AUC, LOSS]
    add_version(bench, "champion", auc=0.85, loss=0.4)


def test_a_version_is_compared_with_the_champion_and_each_threshold_is_told(bench: Bench) -> None:
    add_version(bench, auc=0.855, loss=0.3)
    result = bench.use(evaluate_version, model="churn")
    assert "does not meet the policy's thresholds, compared with the champion v1." in result.text
    assert "- ❌ `auc` is 0.855, before it was 0.85: it has to be higher by at least 0.01." in result.text
    assert "- ✅ loss at most 0.5" in result.text
    assert (evaluated(result).champion, len(evaluated(result).held.failing)) == ("1", 1)


def test_one_that_meets_them_all_is_said_to(bench: Bench) -> None:
    add_version(bench, auc=0.9, loss=0.3)
    text = bench.use(evaluate_version, model="churn", version=2).text
    assert "meets the policy's thresholds, compared with the champion v1." in text
    assert "❌" not in text


def test_the_champion_itself_is_compared_with_no_other(bench: Bench) -> None:
    text = bench.use(evaluate_version, model="churn", version="champion").text
    assert "meets the policy's thresholds, compared with no other." in text


def test_a_metric_that_is_no_number_or_was_not_measured_fails(bench: Bench) -> None:
    add_version(bench, auc=math.nan)
    text = bench.use(evaluate_version, model="churn").text
    assert "- ❌ `auc` is no number (nan), and at least 0.8" in text
    assert "- ❌ `loss` was not measured, and at most 0.5 is asked for." in text


def test_a_version_without_a_run_says_why_nothing_is_known(bench: Bench) -> None:
    bench.mlflow.add_version("churn")
    text = bench.use(evaluate_version, model="churn").text
    assert "`auc` is not known" in text
    assert "v2 names no run, so its metrics are not known." in text


def test_a_model_that_nothing_is_asked_of_is_said_so(bench: Bench) -> None:
    bench.desk.asked = []
    assert "The policy has no thresholds for churn ([[gates]])" in bench.use(evaluate_version, model="churn").text


def test_many_thresholds_are_counted_and_not_all_shown(bench: Bench) -> None:
    bench.desk.asked = [Gate("*", f"m{number}", "higher", minimum=1.0) for number in range(SHOWN + 5)]
    text = bench.use(evaluate_version, model="churn").text
    assert "- ❌ 5 more, not shown" in text
    assert text.count("❌") == SHOWN + 1


def test_what_there_is_not_is_said(bench: Bench) -> None:
    with pytest.raises(BadArguments, match="no model “weather”"):
        bench.use(evaluate_version, model="weather")
