"""A gated change from the question to its end: proposed, decided by the right people, applied once."""

import pytest

from bot.views import actions
from tests.fakes.world import World, buttons, words

ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"


@pytest.fixture
def churn(world: World) -> World:
    """A model with two versions, of which the first is the champion."""
    for version, auc in (("1", 0.81), ("2", 0.87)):
        run = world.mlflow.add_run("churn", metrics={"roc_auc": auc}, params={"max_depth": version})
        world.mlflow.add_version("churn", run_id=run.id)
    world.mlflow.move_by_hand("churn", "champion", "1")
    return world


def promoted(world: World) -> str:
    return world.mlflow.model("churn").aliases["champion"]


def test_a_promotion_waits_for_somebody_else_and_is_then_made_once(churn: World) -> None:
    thread = churn.says("@trainmaster promote churn v2 to champion")
    card = churn.card(thread, actions.PROPOSAL_APPROVE)
    assert "roc_auc" in words(card)
    assert promoted(churn) == "1"
    churn.presses(card, actions.PROPOSAL_APPROVE, user="alice")
    assert "somebody else" in churn.private(thread, user="alice")[-1]
    assert promoted(churn) == "1"
    churn.presses(card, actions.PROPOSAL_APPROVE, user="bob")
    assert promoted(churn) == "2"
    assert "Approved and done" in churn.texts(thread)[-1]
    assert not set(buttons(churn.card(thread, actions.MODEL_ROLL_BACK))) & actions.DECISIONS
