"""What changes between a card and its decision, or its application: nothing is changed then, and the thread is told."""

from collections.abc import Callable

import pytest

from bot.freeze import Frozen
from bot.mailbox import proposal_box
from bot.proposals import State
from bot.queue import DECISIONS
from bot.views import actions
from tests.fakes.churn import (
    ALICE,
    BOB,
    CAROL,
    POLICY,
    asks,
    champion,
    click,
    moves,
    policy,
    register,
    talk,
)
from tests.fakes.world import World, buttons
from tools.errors import Unavailable
from worker.attend import attend
from worker.noting import PATIENCE_SECONDS
from worker.proposal_desk import look_at

Change = Callable[[World], object]


@pytest.fixture
def churn(world: World) -> World:
    """A better version of churn, and the approvers who decide about it."""
    register(world)
    world.decides_by(POLICY)
    return world


def alias_moved(world: World) -> None:
    world.mlflow.add_version("churn")
    world.mlflow.move_by_hand("churn", "champion", "3")


def version_deleted(world: World) -> None:
    world.mlflow.remove_version("churn", "2")


def group_left(world: World) -> None:
    world.workspace.remove_from_group("ml-approvers", "bob")


def account_gone(world: World) -> None:
    world.decides_by(policy(approvers='["U0BOB"]'))
    world.workspace.deactivate("bob")


def requester_gone(world: World) -> None:
    world.workspace.deactivate("alice")


def frozen(world: World) -> None:
    world.services.freezer.set(Frozen(by=CAROL, at=world.now(), reason="an incident"))


def quorum_raised(world: World) -> None:
    world.decides_by(policy(more="quorum = 2"))


def typing_asked(world: World) -> None:
    world.decides_by(policy(more="confirmation = true"))


def others_decide(world: World) -> None:
    world.decides_by(policy(approvers='["U0CAROL"]'))


def role_lost(world: World) -> None:
    world.decides_by(policy(members='["U0CAROL"]'))


BEFORE_THE_CLICK: dict[Change, tuple[State, str]] = {
    alias_moved: (State.SUPERSEDED, "alias champion of churn was 1 and is 3 now"),
    version_deleted: (State.SUPERSEDED, "churn"),
    quorum_raised: (State.SUPERSEDED, "The access policy has changed"),
    typing_asked: (State.SUPERSEDED, "who type what they approve"),
    frozen: (State.VOID, "an incident"),
    role_lost: (State.VOID, f"<@{ALICE}>, who asked for it, may not ask for it any more"),
}
AFTER_IT: dict[Change, tuple[State, str]] = {
    alias_moved: (State.SUPERSEDED, "alias champion of churn was 1 and is 3 now"),
    version_deleted: (State.SUPERSEDED, "churn"),
    quorum_raised: (State.VOID, "asks for 2 approvals now; there are 1"),
    typing_asked: (State.SUPERSEDED, "who type what they approve"),
    frozen: (State.VOID, "an incident"),
    role_lost: (State.VOID, f"<@{ALICE}>, who asked for it, may not ask for it any more"),
    others_decide: (State.VOID, f"<@{BOB}>, who approved it, may not decide it any more by the rule `aliases`"),
    requester_gone: (State.VOID, f"<@{ALICE}>, who asked for it, may not ask for it any more"),
    group_left: (State.VOID, f"<@{BOB}>, who approved it, may not decide it any more by the rule `aliases`"),
    account_gone: (State.VOID, f"<@{BOB}>, who approved it, may not decide it any more"),
}


def ends(world: World, proposal: str, state: State, why: str) -> None:
    """See that it came to nothing, once, and that card, thread and audit log say why."""
    ended = world.proposal_now(proposal)
    assert (ended.state, moves(world)) == (state, 0)
    assert why in ended.reason
    told = [text for text in world.texts(ended.thread.root) if why in text]
    assert len(told) == 2  # the card and the end as a message of its own
    assert [one.outcome for one in world.audited(action=f"proposal.{state}", subject=proposal)] == [state]
    card = world.card(ended.thread.root, actions.PROPOSAL_AGAIN)
    assert buttons(card) == [actions.PROPOSAL_AGAIN]


@pytest.mark.parametrize("change", BEFORE_THE_CLICK)
def test_what_changed_before_the_click_lets_nothing_be_applied_and_is_asked_for_anew_once(
    churn: World, change: Change
) -> None:
    here = talk(churn)
    proposal = asks(churn, here)
    churn.settle()
    change(churn)
    churn.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    state, why = BEFORE_THE_CLICK[change]
    ends(churn, proposal, state, why)
    again = [click(actions.PROPOSAL_AGAIN, proposal, by=ALICE, at=here, number=str(place)) for place in range(3)]
    for press in again:
        churn.receives(press)
    made = len(churn.services.proposals.recent(10)) - 1
    assert made == (0 if change in {version_deleted, frozen, role_lost} else 1)
    if made:
        assert churn.proposal_now(proposal).successor == churn.proposal.id
        assert "was proposed again already" in churn.private(here.root)[-1]


@pytest.mark.parametrize("change", AFTER_IT)
def test_what_changed_after_the_approval_lets_nothing_be_applied(churn: World, change: Change) -> None:
    if change is account_gone:
        churn.decides_by(policy(approvers='["U0BOB"]'))
    here = talk(churn)
    proposal = asks(churn, here)
    churn.settle()
    held = churn.services.proposals.hold(("mlflow:model:churn",), owner="somebody else", seconds=60)
    assert held == "somebody else"  # so that it is decided and cannot be applied yet
    churn.services.mailbox.accept(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    churn.work()
    assert churn.proposal_now(proposal).state is State.APPROVED
    change(churn)
    churn.services.proposals.release(("mlflow:model:churn",), owner="somebody else")
    churn.settle()
    ends(churn, proposal, *AFTER_IT[change])


def test_evidence_that_cannot_be_read_any_more_keeps_nothing_from_being_applied(churn: World) -> None:
    here = talk(churn)
    proposal = asks(churn, here)
    churn.settle()
    churn.mlflow.unreadable = Unavailable("MLflow", "connection refused")
    churn.mlflow.run = None  # type: ignore[method-assign,assignment]  # a call is a TypeError
    churn.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    assert (churn.proposal_now(proposal).state, champion(churn)) == (State.APPLIED, "2")


def test_what_waits_behind_another_change_is_looked_at_as_soon_as_that_has_ended(churn: World) -> None:
    here, services = talk(churn), churn.services
    churn.mlflow.add_version("churn", run_id=churn.mlflow.add_run("churn", metrics={"roc_auc": 0.9}).id)
    first, second = asks(churn, here), asks(churn, here, version="3", number=2)
    churn.settle()
    services.proposals.hold(("mlflow:model:churn",), owner="somebody else", seconds=60)
    services.mailbox.accept(click(actions.PROPOSAL_APPROVE, second, by=BOB, at=here))
    churn.work()
    assert churn.proposal_now(second).state is State.APPROVED
    services.proposals.release(("mlflow:model:churn",), owner="somebody else")
    churn.redis.delete(f"rq:queue:{DECISIONS}")
    services.mailbox.accept(click(actions.PROPOSAL_APPROVE, first, by=BOB, at=here))
    attend(services, proposal_box(services.team, first))
    assert churn.proposal_now(first).state is State.APPLIED
    assert services.jobs.without([proposal_box(services.team, second)]) == []


def test_who_may_not_decide_any_more_is_told_so_alone_and_it_is_written_down(churn: World) -> None:
    here = talk(churn)
    proposal = asks(churn, here)
    churn.settle()
    group_left(churn)
    churn.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    assert churn.proposal_now(proposal).state is State.PENDING
    assert "You may not decide this" in churn.private(here.root, user="bob")[-1]
    assert [one.actor for one in churn.audited(action="decision.refused")] == [BOB]


def test_a_worker_that_died_before_the_change_looks_again_at_what_changed_meanwhile(churn: World) -> None:
    here = talk(churn)
    proposal = asks(churn, here)
    churn.services.mailbox.accept(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    churn.mlflow.before_change = _die
    with pytest.raises(KeyboardInterrupt):
        churn.work()
    assert churn.proposal_now(proposal).begun
    churn.mlflow.before_change = lambda _: None
    alias_moved(churn)
    churn.restart_worker()
    churn.settle()
    ends(churn, proposal, State.SUPERSEDED, "alias champion of churn was 1 and is 3 now")
    assert champion(churn) == "3"


def _die(_: str) -> None:
    raise KeyboardInterrupt


def test_the_end_comes_without_a_click_and_the_reminder_once(churn: World) -> None:
    here = talk(churn)
    proposal = asks(churn, here)
    churn.settle()
    for _ in range(2):
        churn.waits(44_000)
    texts = churn.texts(here.root)
    assert len([text for text in texts if "still waits for approval" in text]) == 1
    ended = churn.proposal_now(proposal)
    assert ended.state is State.EXPIRED
    assert len([text for text in texts if "Expired, not decided in time" in text]) == 2
    churn.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    assert "it has expired" in churn.private(here.root, user="bob")[-1]
    assert moves(churn) == 0


def test_mlflow_away_when_it_is_applied_puts_it_off_until_it_is_back(churn: World) -> None:
    churn.decides_by(policy(approvers='["U0BOB"]'))
    here = talk(churn)
    proposal = asks(churn, here)
    churn.settle()
    churn.mlflow.before_change = _away
    churn.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    for _ in range(3):
        churn.waits(20)
    waiting = churn.proposal_now(proposal)
    assert (waiting.state, waiting.tries, moves(churn)) == (State.APPROVED, 4, 0)
    assert "I try again for 15 minutes" in churn.texts(here.root)[0] + churn.texts(here.root)[-1]
    churn.mlflow.before_change = lambda _: None
    churn.waits(20)
    assert (churn.proposal_now(proposal).state, champion(churn), moves(churn)) == (State.APPLIED, "2", 1)


def test_mlflow_away_for_a_quarter_of_an_hour_ends_it_in_words(churn: World) -> None:
    churn.decides_by(policy(approvers='["U0BOB"]'))
    here = talk(churn)
    proposal = asks(churn, here)
    churn.settle()
    churn.mlflow.before_change = _away
    churn.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    churn.waits(500)
    assert churn.proposal_now(proposal).state is State.APPROVED
    churn.waits(500)
    assert (churn.proposal_now(proposal).state, moves(churn)) == (State.FAILED, 0)
    assert "I could not reach MLflow" in churn.texts(here.root)[-1]


def test_mlflow_away_for_the_answer_is_asked_for_it_later_and_nothing_is_done_twice(churn: World) -> None:
    churn.decides_by(policy(approvers='["U0BOB"]'))
    here = talk(churn)
    proposal = asks(churn, here)
    churn.settle()

    def die_and_take_mlflow_along(_: str) -> None:
        churn.mlflow.broken = Unavailable("MLflow", "connection refused")
        raise KeyboardInterrupt

    churn.mlflow.after_change = lambda what: die_and_take_mlflow_along(what) if "set alias" in what else None
    churn.services.mailbox.accept(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    with pytest.raises(KeyboardInterrupt):
        churn.work()
    churn.restart_worker()
    churn.settle()
    unclear = churn.proposal_now(proposal)
    assert (unclear.state, unclear.begun) == (State.APPLYING, True)
    assert "I cannot tell yet whether it was done" in unclear.reason
    churn.mlflow.broken, churn.mlflow.after_change = None, lambda _: None
    churn.waits(20)
    assert (churn.proposal_now(proposal).state, champion(churn), moves(churn)) == (State.APPLIED, "2", 1)


def _away(_: str) -> None:
    raise Unavailable("MLflow", "connection refused")


@pytest.mark.parametrize("back", [True, False])
def test_who_approved_is_noted_in_mlflow_once_it_is_back_unless_that_takes_too_long(
    churn: World, *, back: bool
) -> None:
    here = talk(churn)
    proposal = asks(churn, here)

    def away_for_the_note(what: str) -> None:
        if what.endswith((".approvers", ".link")):
            raise Unavailable("MLflow", "connection refused")

    churn.mlflow.before_change = away_for_the_note
    churn.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    told = churn.texts(here.root)
    assert "Approved and done" in told[-1]
    assert (churn.proposal_now(proposal).state, churn.proposal_now(proposal).announced) == (State.APPLIED, False)
    if back:
        churn.mlflow.before_change = lambda _: None
    else:
        churn.later += PATIENCE_SECONDS
    look_at(churn.services, proposal)
    churn.settle()
    assert churn.proposal_now(proposal).announced
    assert churn.mlflow.model_version("churn", "2").tags.get("trainmaster.alias.champion.approvers") == (
        BOB if back else None
    )
    assert churn.texts(here.root) == told
    assert len(churn.audited(action="proposal.applied")) == 1
