"""Which models there are, all about one, and two versions side by side."""

import pytest

from tests.unit.tools_mlflow.registries import promoted, trained
from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments
from tools.mlflow.comparisons import compare_runs
from tools.mlflow.models import ModelDetail, describe_model, list_models
from tools.mlflow.results import RegisteredModelPage
from tools.mlflow.rollback import roll_back_model
from tools.mlflow.versions import VersionComparison, compare_versions


def compared(bench: Bench, **arguments: str) -> VersionComparison:
    result = bench.use(compare_versions, model="churn", **arguments).data
    assert isinstance(result, VersionComparison)
    return result


def test_models_are_listed_with_aliases_and_the_rest_counted(bench: Bench) -> None:
    assert bench.use(list_models).text == "MLflow has no registered models yet."
    trained(bench)
    bench.mlflow.move_by_hand("churn", "champion", "1")
    bench.mlflow.add_version("churn-eu", description="For Europe")
    bench.mlflow.add_version("fraud")
    result = bench.use(list_models, search="churn", limit=1)
    assert result.text.startswith(
        "2 registered models, showing 1:\n\n- **[churn](http://mlflow.invalid/#/models/churn)**"
    )
    assert "newest v1, champion is v1, changed " in result.text
    assert isinstance(result.data, RegisteredModelPage)
    assert result.data.more
    assert ", no aliases, changed 1" not in bench.use(list_models, search="eu").text
    assert bench.use(list_models, search="eu").text.endswith(": For Europe")
    assert bench.use(list_models, search=5).text == "No model has “5” in its name."


def test_a_model_is_described_with_metrics_and_who_promoted_what(bench: Bench) -> None:
    for auc in (0.91, 0.89):
        trained(bench, roc_auc=auc, loss=0.1)
    promoted(bench, 1)
    promoted(bench, 2)
    result = bench.use(describe_model, model="chur")
    assert "I took “chur” for the model **churn**." in result.text
    assert "**[churn](http://mlflow.invalid/#/models/churn)**: champion is v2." in result.text
    newest, oldest = result.text.splitlines()[-2:]
    assert "(champion), registered" in newest
    assert ": roc_auc 0.89, loss 0.1; made champion " in newest
    assert newest.endswith(" by <@U0ALICE>")
    assert "; was made champion " in oldest
    assert isinstance(result.data, ModelDetail)
    assert [promotion.previous for each in result.data.versions for promotion in each.promotions] == ["1", ""]


def test_a_promotion_that_was_only_begun_is_not_told_as_one(bench: Bench) -> None:
    trained(bench)
    bench.mlflow.set_version_tag("churn", "1", "trainmaster.alias.champion.key", "k1")
    bench.mlflow.move_by_hand("churn", "champion", "1")
    assert "made champion" not in bench.use(describe_model, model="churn").text


def test_a_model_with_many_versions_says_that_there_are_more(bench: Bench) -> None:
    for _ in range(3):
        trained(bench)
    bench.mlflow.add_version("churn", run_id="gone", status="FAILED_REGISTRATION")
    text = bench.use(describe_model, model="churn", limit=2).text
    assert "These are the newest 2 versions; there are older ones." in text
    assert ", FAILED_REGISTRATION, registered" in text
    assert "metrics unknown, MLflow has no run with the id gone" in text


def test_the_champion_is_compared_with_the_latest(bench: Bench) -> None:
    for auc, loss in ((0.91, 0.3), (0.9, 0.5), (0.95, 0.5)):
        trained(bench, roc_auc=auc, loss=loss)
    bench.mlflow.move_by_hand("churn", "champion", "1")
    text = bench.use(compare_versions, model="churn").text
    for expected in (
        "champion of churn is v1 now. The latest version of churn is v3.",
        "By roc_auc **v3** is the better one.",
        "Metrics, v1 → v3:\n- roc_auc: 0.91 → 0.95 (+0.04, better)\n- loss: 0.3 → 0.5 (+0.2, worse)",
        "Their parameters are the same.",
    ):
        assert expected in text
    found = compared(bench, a="1", b="2")
    assert (found.decided_by, found.better) == ("roc_auc", "1")


def test_what_cannot_be_compared_is_named(bench: Bench) -> None:
    trained(bench, roc_auc=0.9, sharpe=1.0)
    trained(bench, roc_auc=float("nan"), sharpe=2.0)
    bench.mlflow.add_version("churn", run_id="gone")
    text = bench.use(compare_versions, model="churn", a="1", b="2").text
    assert "Which one is better I cannot tell" in text
    assert "roc_auc: 0.9 → none" in text
    assert "- roc_auc of v2 is not a number." in text
    assert "I could not read the run of v3" in bench.use(compare_versions, model="churn", a="1", b="3").text
    assert "Both are" in bench.use(compare_versions, model="churn", a="1", b="v1").text
    with pytest.raises(BadArguments, match="churn has no alias “champion”, nor any other"):
        bench.use(compare_versions, model="churn")


def test_alike_is_not_better(bench: Bench) -> None:
    trained(bench, roc_auc=0.9)
    trained(bench, roc_auc=0.9)
    assert "By roc_auc they are alike." in bench.use(compare_versions, model="churn", a="1", b="2").text


def test_no_answer_is_longer_than_a_model_gets(bench: Bench) -> None:
    long = "a_metric_with_a_rather_long_name_that_people_like"
    for _ in range(20):
        run = bench.mlflow.add_run(
            "churn",
            metrics={f"{long}_{place}_auc": 0.123456789 for place in range(100)},
            params={f"{long}_{place}": "v" * 300 + str(bench.mlflow._ticks) for place in range(100)},
        )
        bench.mlflow.add_version("churn", run_id=run.id)
    for result in (
        bench.use(describe_model, model="churn", limit=20),
        bench.use(compare_versions, model="churn", a=1, b=2),
        bench.use(compare_runs, last=10),
    ):
        assert len(result.text) <= 8_000


def test_rolling_back_is_told_as_a_promotion_of_its_own(bench: Bench) -> None:
    for number in (1, 2):
        trained(bench)
        promoted(bench, number)
    bench.use(roll_back_model, model="churn")
    oldest = bench.use(describe_model, model="churn").text.splitlines()[-1]
    assert "(champion)" in oldest
    assert "; made champion " in oldest
