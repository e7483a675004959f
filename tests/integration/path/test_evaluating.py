"""A version held against the policy in force, by words and by command."""

import pytest

from bot import policy_file
from tests.fakes.world import World

GATE = '[[gates]]\nmodel = "churn"\nmetric = "auc"\ndirection = "higher"\nminimum = 0.8\nminimum_delta = 0.0\n'


@pytest.fixture
def trained(world: World) -> World:
    """A champion, and a version that measures less."""
    for auc, aliases in ((0.9, ("champion",)), (0.7, ())):
        run = world.mlflow.add_run("churn", metrics={"auc": auc})
        world.mlflow.add_version("churn", run_id=run.id, aliases=aliases)
    world.decides_by(f"{policy_file.DEFAULT}\n{GATE}")
    return world


def test_what_a_version_fails_of_the_policy_is_told(trained: World) -> None:
    thread = trained.says("@trainmaster does churn v2 meet the thresholds?")
    for said in (trained.texts(thread)[-1], trained.commands("/mlops evaluate churn 2")):
        assert "is 0.7: at least 0.8 is asked for" in said
        assert "it may not get worse" in said


def test_a_policy_that_has_changed_counts_at_once(trained: World) -> None:
    trained.decides_by(policy_file.DEFAULT)
    assert "no thresholds for churn" in trained.commands("/mlops evaluate churn 2")
