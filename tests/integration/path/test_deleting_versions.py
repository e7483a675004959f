"""A version of a model is deleted: asked for, approved by somebody else who types which, and gone once."""

import pytest

from bot.proposals import State
from bot.views import actions
from bot.views.modals import FIELD
from tests.fakes.world import World, buttons


@pytest.fixture
def thread(world: World) -> str:
    """A thread in which Alice asked for the second version of churn to be deleted."""
    for _ in range(2):
        run = world.mlflow.add_run("churn", metrics={"auc": 0.9})
        world.mlflow.add_version("churn", run_id=run.id)
    world.mlflow.move_by_hand("churn", "champion", "1")
    return world.says("@trainmaster delete version 2 of churn")


def versions(world: World) -> list[str]:
    """The versions of churn, the newest first."""
    return [version.version for version in world.mlflow.model_versions("churn").versions]


def test_an_approver_types_which_version_and_it_is_gone_once(world: World, thread: str) -> None:
    assert (world.proposal.state, world.proposal.terms.confirmation) == (State.PENDING, "churn v2")
    card = world.card(thread, actions.PROPOSAL_CONFIRM)
    assert actions.PROPOSAL_APPROVE not in buttons(card)
    world.presses(card, actions.PROPOSAL_CONFIRM, user="bob")
    wrong = world.submits("bob", {FIELD: "churn"})
    assert "Please type exactly: churn v2" in wrong.body["errors"][FIELD]
    assert versions(world) == ["2", "1"]
    assert world.submits("bob", {FIELD: "churn v2"}).ok
    assert world.proposal.state is State.APPLIED
    assert versions(world) == ["1"]
    assert world.mlflow.changes.count("delete version 2") == 1


def test_who_asked_for_it_cannot_approve_it(world: World, thread: str) -> None:
    world.commands(f'/mlops approve {world.proposal.id} "churn v2"', user="alice")
    assert world.proposal.state is State.PENDING
    assert versions(world) == ["2", "1"]
    assert thread


def test_a_version_that_became_the_champion_meanwhile_is_left_alone(world: World, thread: str) -> None:
    world.mlflow.move_by_hand("churn", "champion", "2")
    world.commands(f'/mlops approve {world.proposal.id} "churn v2"', user="bob")
    assert world.proposal.state is State.SUPERSEDED
    assert versions(world) == ["2", "1"]
    assert thread


def test_by_command_a_version_with_an_alias_opens_no_thread(world: World, thread: str) -> None:
    assert "churn v1 is champion, so I do not delete it" in world.commands("/mlops model delete churn 1")
    assert thread
