"""What the demo's gate says of every change that a model can be put through."""

from pathlib import Path
from typing import Any

import pytest

from bot import policy_file
from tests.unit.tools_prefect.conftest import Bench
from tools.google.deployment import deploy_model
from tools.mlflow.annotating import tag_model, write_description
from tools.mlflow.deleting import delete_version
from tools.mlflow.promotion import promote_model
from tools.mlflow.registering import register_version
from tools.mlflow.removal import remove_alias
from tools.mlflow.results import ModelVersion
from tools.mlflow.rollback import roll_back_model
from tools.spec import Evidence, Tool
from worker.gates import with_gates

DEMO = policy_file.parse(Path("demo/policy.toml").read_text(encoding="utf-8"), team="T1", source="the demo's policy")
HELD = "Gates that hold"
MANY = {f"auc_class_{number:02}": 0.5 for number in range(40)}  #: more than a card shows, all of them before roc_auc


def version(bench: Bench, *aliases: str, **metrics: float) -> ModelVersion:
    run = bench.mlflow.add_run("churn", metrics=metrics)
    made = bench.mlflow.add_version("churn", run_id=run.id, aliases=aliases)
    bench.mlflow.add_file(made, "MLmodel", b"flavors:\n  sklearn:\n    sklearn_version: 1.5.2\n")
    return made


def held(bench: Bench, tool: Tool, **arguments: Any) -> tuple[list[str], list[str]]:
    """What the gate says on the card: what fails, and what holds."""
    shown: Evidence = with_gates(bench.plan(tool, **arguments), DEMO)
    said = [each for each in shown.warnings if each.startswith("`roc_auc`")]
    return said, [fact.value for fact in shown.facts if fact.label == HELD]


def test_a_promotion_is_held_against_all_that_was_measured(bench: Bench) -> None:
    version(bench, "champion", roc_auc=0.9, **MANY)
    version(bench, roc_auc=0.99, **MANY)
    version(bench, roc_auc=0.85, **MANY)
    assert held(bench, promote_model, model="churn", version=2) == (
        [],
        ["roc_auc at least 0.8 and no worse than before"],
    )
    assert held(bench, promote_model, model="churn", version=3) == (
        ["`roc_auc` is 0.85, before it was 0.9: it may not get worse."],
        [],
    )


def test_a_way_back_is_held_against_it_too(bench: Bench) -> None:
    version(bench, "champion", roc_auc=0.9)
    version(bench, roc_auc=0.95)
    bench.use(promote_model, model="churn", version=2)
    assert held(bench, roll_back_model, model="churn") == (
        ["`roc_auc` is 0.9, before it was 0.95: it may not get worse."],
        [],
    )


def test_a_deployment_is_held_against_what_serves_there(bench: Bench) -> None:
    version(bench, "champion", roc_auc=0.9)
    version(bench, roc_auc=0.85)
    version(bench, "untrained")
    where = {"model": "churn", "endpoint": "churn-staging"}
    assert held(bench, deploy_model, **where, version=2) == ([], ["roc_auc at least 0.8"])
    bench.use(deploy_model, **where)
    assert held(bench, deploy_model, **where) == ([], ["roc_auc at least 0.8"])
    assert held(bench, deploy_model, **where, version=2)[0] == [
        "`roc_auc` is 0.85, before it was 0.9: it may not get worse."
    ]
    assert held(bench, deploy_model, **where, version=3)[0] == [
        "`roc_auc` is not known, and at least 0.8 and no worse than before is asked for."
    ]
    bench.mlflow.delete_version("churn", "1")
    unknown = with_gates(bench.plan(deploy_model, **where, version=2), DEMO)
    assert any("I could not read churn v1, which serves there" in each for each in unknown.unread)
    assert "of the version in force it is not known" in unknown.warnings[0]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (delete_version, {"version": 1}),
        (register_version, {"run": f"{2:032x}"}),
        (remove_alias, {"alias": "champion"}),
        (tag_model, {"tag": "team", "value": "fraud"}),
        (write_description, {"text": "Who leaves."}),
    ],
)
def test_nothing_is_said_of_measures_where_no_version_comes_into_force(
    bench: Bench, tool: Tool, arguments: dict[str, object]
) -> None:
    version(bench, f1=0.1)
    made = version(bench, "champion", f1=0.1)
    bench.mlflow.add_logged_model(bench.mlflow.run(made.run_id))
    assert held(bench, tool, model="churn", **arguments) == ([], [])
