"""A worker that dies at any step of an approval: the change is made once, and everything says so."""

import contextlib
from collections import Counter

import pytest

from bot.events import Actor, Command, Thread, proposal_told_of
from bot.mailbox import READY, proposal_box
from bot.proposals import State
from bot.views import actions
from tests.fakes.churn import ALICE, BOB, asks, champion, click, form, moves, policy, register, said, talk
from tests.fakes.mortal import Fate, Killed, MortalRedis
from tests.fakes.world import CHANNEL, TEAM, World
from worker.attend import attend

APPLIED = {
    "proposal.made": 1,
    "proposal.approved": 1,
    "proposal.applying": 1,
    "proposal.applied": 1,
    "call.made": 1,
}
REJECTED = {"proposal.made": 1, "proposal.rejected": 1}


@pytest.fixture
def mortal(mortal: World) -> World:
    """The same where Bob approves, and where the worker may die around a change in MLflow as well."""
    assert isinstance(mortal.worker, MortalRedis)
    fate = mortal.worker.fate
    mortal.mlflow.before_change = lambda what: fate.step(f"before {what}")
    mortal.mlflow.after_change = lambda what: fate.step(f"after {what}")
    mortal.decides_by(policy(approvers='["U0BOB"]'))
    return mortal


def fate_of(world: World) -> Fate:
    assert isinstance(world.worker, MortalRedis)
    return world.worker.fate


def dies(world: World, box: str, point: int) -> list[str]:
    """Let a worker take what is in a box, die after so many steps, and be replaced; what it did, empty if it lived."""
    fate = fate_of(world)
    fate.arm(point)
    with contextlib.suppress(Killed):
        attend(world.services, box)
    steps = fate.steps
    died = fate.disarm()
    world.restart_worker()
    for budget in world.redis.scan_iter(f"tm:{TEAM}:budget:*"):
        world.redis.delete(budget)  # a minute later Slack answers as much again
    while world.redis.zcard(READY) or any(not one.announced for one in world.services.proposals.recent(1)):
        world.work()
    return steps if died else []


def events_of(world: World, proposal: str) -> dict[str, int]:
    """How often each event of a proposal is in the audit log."""
    mine = [one for one in world.audited() if one.subject == proposal or one.details.get("proposal") == proposal]
    return dict(Counter(str(one.action) for one in mine))


def told_of(world: World, here: Thread) -> str:
    """The proposal of whose end the conversation was told last, if that was once."""
    *others, last = (proposal_told_of(one.turn) for one in world.services.conversations.load(here.ref))
    return last if last not in others else ""


def test_killed_after_any_step_of_deciding_and_applying_it_is_applied_once_and_all_agree(mortal: World) -> None:
    here = talk(mortal)
    point, died, places = 0, True, set()
    while died:
        point += 1
        model = f"churn{point}"
        register(mortal, model)
        proposal = asks(mortal, here, model=model)
        before = moves(mortal)
        mortal.services.mailbox.accept(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
        steps = dies(mortal, proposal_box(TEAM, proposal), point)
        died = bool(steps)
        places.add(steps[-1] if died else "")
        where = f"killed after step {point}: {steps[-1:]}"
        assert (champion(mortal, model), moves(mortal) - before) == ("2", 1), where
        assert mortal.proposal_now(proposal).state is State.APPLIED, where
        assert mortal.mlflow.model_version(model, "2").tags["trainmaster.alias.champion.approvers"] == BOB, where
        assert events_of(mortal, proposal) == APPLIED, where
        assert "Approved and done" in said(mortal, f"proposal:{proposal}:card"), where
        assert "Approved and done" in said(mortal, f"proposal:{proposal}:told"), where
        assert told_of(mortal, here) == proposal, where
    assert point > 20
    assert {"before set alias champion", "after set alias champion"} <= places
    assert mortal.services.auditor.log.verify().intact
    assert not mortal.redis.keys("tm:*:resource:*")


def test_killed_after_any_step_of_a_rejection_it_is_told_once(mortal: World) -> None:
    register(mortal)
    here = talk(mortal)
    point, died = 0, True
    while died:
        point += 1
        proposal = asks(mortal, here, number=point)
        no = form(actions.PROPOSAL_REJECT, proposal, "Not on a Friday.", by=BOB, at=here)
        mortal.services.mailbox.accept(no)
        steps = dies(mortal, proposal_box(TEAM, proposal), point)
        died = bool(steps)
        where = f"killed after step {point}: {steps[-1:]}"
        assert mortal.proposal_now(proposal).state is State.REJECTED, where
        assert events_of(mortal, proposal) == REJECTED, where
        for entry in ("card", "told"):
            assert "Not on a Friday." in said(mortal, f"proposal:{proposal}:{entry}"), where
        assert told_of(mortal, here) == proposal, where
    assert point > 5
    assert (champion(mortal), moves(mortal)) == ("1", 0)


def test_killed_after_any_step_of_a_withdrawal_its_end_is_told_all_the_same(mortal: World) -> None:
    register(mortal)
    here = talk(mortal)
    alice = Actor(user=ALICE, team=TEAM)
    point, died = 0, True
    while died:
        point += 1
        proposal = asks(mortal, here, number=point)
        line = Command(
            id=f"c{point}", team=TEAM, channel=CHANNEL, actor=alice, text=f"withdraw {proposal}", response_url=""
        )
        mortal.services.mailbox.accept(line)
        died = bool(dies(mortal, f"{TEAM}:{CHANNEL}:@{ALICE}", point))
        assert mortal.proposal_now(proposal).state is State.WITHDRAWN, point
        assert events_of(mortal, proposal)["proposal.withdrawn"] == 1, point
        for entry in ("card", "told"):
            assert "Withdrawn" in said(mortal, f"proposal:{proposal}:{entry}"), point
        assert told_of(mortal, here) == proposal, point
    assert point > 5
