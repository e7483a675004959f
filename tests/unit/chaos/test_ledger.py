"""What is found wrong with proposals at the end of a run, and what is not."""

from dataclasses import replace

import pytest

from bot.audit import Action
from bot.proposals import State
from bot.views import actions
from tests.chaos.ledger import Found, faults

APPLIED = Found(
    proposal="P-AAA",
    model="churn",
    version="2",
    may_end=frozenset({State.APPLIED}),
    state=State.APPLIED,
    alias="2",
    told=1,
    card="✅ *Approved and done:* Promote churn v2",
    buttons=frozenset({actions.MODEL_ROLL_BACK}),
    records={
        Action.PROPOSAL_MADE: 1,
        Action.PROPOSAL_APPROVED: 1,
        Action.PROPOSAL_APPLYING: 1,
        Action.PROPOSAL_APPLIED: 1,
    },
    approvers="U0BOB",
)
PENDING = Found(
    proposal="P-BBB",
    model="sentiment",
    version="2",
    may_end=frozenset({State.PENDING}),
    state=State.PENDING,
    alias="1",
    told=0,
    card="✋ *Approval needed:* Promote sentiment v2",
    buttons=frozenset({actions.PROPOSAL_APPROVE, actions.PROPOSAL_REJECT, actions.PROPOSAL_WITHDRAW}),
    records={Action.PROPOSAL_MADE: 1},
)
EITHER = frozenset({State.APPLIED, State.SUPERSEDED})
FIRST = replace(APPLIED, may_end=EITHER)
SECOND = Found(
    proposal="P-CCC",
    model="churn",
    version="3",
    may_end=EITHER,
    state=State.SUPERSEDED,
    alias="2",
    told=1,
    card="🔀 *Overtaken, nothing was changed:* Promote churn v3",
    records={Action.PROPOSAL_MADE: 1, Action.PROPOSAL_APPROVED: 1, Action.PROPOSAL_SUPERSEDED: 1},
)


def test_what_was_approved_is_applied_and_what_was_not_still_waits() -> None:
    assert faults([APPLIED, PENDING], moved=1) == []


def test_of_two_that_were_approved_for_one_model_one_is_applied() -> None:
    assert faults([FIRST, SECOND], moved=1) == []


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (replace(APPLIED, state=State.APPLYING), "it is applying, not applied"),
        (replace(APPLIED, told=0), "its outcome was told 0 times"),
        (replace(APPLIED, told=2), "its outcome was told 2 times"),
        (replace(APPLIED, card="⚙️ *Approved, being applied:*"), "the card says: ⚙️ *Approved, being applied:*"),
        (replace(APPLIED, buttons=frozenset({actions.PROPOSAL_APPROVE})), "the card offers: proposal.approve"),
        (replace(APPLIED, alias="1"), "the alias points to v1"),
        (replace(APPLIED, approvers=""), "MLflow was not told who approved it"),
        (replace(APPLIED, records={}), "proposal.applied was written down 0 times, not 1"),
        (replace(PENDING, state=State.APPLIED), "it is applied, not pending"),
        (replace(PENDING, buttons=frozenset()), "the card offers: nothing"),
    ],
)
def test_a_proposal_that_is_not_as_promised_is_named_with_what_is_wrong(found: Found, fault: str) -> None:
    told = faults([found], moved=int(found.state is State.APPLIED))
    assert any(fault in one and found.proposal in one for one in told)


def test_two_that_were_both_applied_to_one_model_are_one_too_many() -> None:
    both = replace(SECOND, state=State.APPLIED)
    assert "churn: 2 of its proposals were applied, not 1" in faults([FIRST, both], moved=2)


def test_an_alias_that_was_moved_more_often_than_proposals_were_applied_is_a_fault() -> None:
    assert faults([APPLIED], moved=2) == ["MLflow moved 2 aliases for 1 applied proposals"]
