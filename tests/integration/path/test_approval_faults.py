"""Redis away at the press, at the decision and at the application: nothing is let through, nothing decided is lost."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import ValidationError

from bot.mailbox import READY, proposal_box
from bot.proposals import State
from bot.views import actions
from demo.workspace.server import WorkspaceServer
from tests.fakes.churn import BOB, asks, champion, click, moves, policy, register, said, talk
from tests.fakes.world import TEAM, World
from tools.errors import BadArguments, Refused
from tools.mlflow.results import Ping
from worker.attend import attend


class FailingRedis(redis.Redis):
    """A Redis that is away from the nth command on, until it is back."""

    left = -1

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a command, or fail as a broken connection does."""
        self.left -= self.left > 0
        if self.left == 0:
            raise redis.ConnectionError("connection refused")
        return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, *args: Any, **options: Any) -> Any:
        """Several commands in one journey."""
        if self.left == 0:
            raise redis.ConnectionError("connection refused")
        return super().pipeline(*args, **options)


@pytest.fixture
def shaky(slack: WorkspaceServer, connection: "redis.Redis", valkey_url: str, tmp_path: Path) -> Iterator[World]:
    """A world whose worker loses Redis."""
    worker = FailingRedis.from_url(valkey_url, decode_responses=True, socket_timeout=5)
    assert isinstance(worker, FailingRedis)
    made = World(slack, connection, valkey_url, tmp_path, worker=worker)
    made.decides_by(policy(approvers='["U0BOB"]'))
    yield made
    worker.left = -1
    made.close()
    worker.close()


def test_wherever_redis_goes_away_nothing_decided_is_lost_and_it_is_applied_once(shaky: World) -> None:
    worker = shaky.worker
    assert isinstance(worker, FailingRedis)
    here = talk(shaky)
    step, failed = 0, True
    while failed:
        step += 3
        model = f"churn{step}"
        register(shaky, model)
        proposal = asks(shaky, here, model=model)
        before = moves(shaky)
        shaky.services.mailbox.accept(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
        worker.left = step
        try:
            attend(shaky.services, proposal_box(TEAM, proposal))
        except redis.RedisError:
            assert moves(shaky) - before <= 1
        failed, worker.left = worker.left == 0, -1
        shaky.restart_worker()
        for budget in shaky.redis.scan_iter(f"tm:{TEAM}:budget:*"):
            shaky.redis.delete(budget)
        while shaky.redis.zcard(READY) or not shaky.proposal_now(proposal).announced:
            shaky.work()
        assert (champion(shaky, model), moves(shaky) - before) == ("2", 1), f"away from command {step} on"
        assert "Approved and done" in said(shaky, f"proposal:{proposal}:told"), step
    assert step > 40
    assert shaky.services.auditor.log.verify().intact


def test_while_redis_is_away_a_worker_neither_decides_nor_applies(shaky: World) -> None:
    worker = shaky.worker
    assert isinstance(worker, FailingRedis)
    register(shaky)
    here = talk(shaky)
    proposal = asks(shaky, here)
    shaky.services.mailbox.accept(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    worker.left = 1
    for _ in range(3):
        with pytest.raises(redis.ConnectionError):
            attend(shaky.services, proposal_box(TEAM, proposal))
    assert (moves(shaky), champion(shaky)) == (0, "1")
    worker.left = -1
    assert shaky.proposal_now(proposal).state is State.PENDING
    shaky.settle()
    assert champion(shaky) == "2"


def test_slack_away_decides_nothing_and_an_approved_change_waits_for_it(shaky: World) -> None:
    register(shaky)
    here = talk(shaky)
    proposal = asks(shaky, here)
    shaky.settle()
    shaky.slack.faults.on("users.info", "error", times=100)
    shaky.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    assert shaky.proposal_now(proposal).state is State.PENDING
    assert "nothing was decided" in shaky.private(here.root, user="bob")[-1]


def misshapen() -> ValidationError:
    """What a result raises that is not as we said it would be."""
    with pytest.raises(ValidationError) as caught:
        Ping.model_validate({})
    return caught.value


@pytest.mark.parametrize("error", [Refused("no"), BadArguments("gone"), KeyError("aliases"), misshapen()])
def test_a_change_is_never_said_to_have_failed_that_was_made_before_an_error(world: World, error: Exception) -> None:
    world.decides_by(policy(approvers='["U0BOB"]'))

    def at_the_alias(what: str, *, lasts: bool) -> None:
        if what == "set alias champion":
            world.mlflow.broken = error if lasts else None
            raise error

    ends = []
    for model, lasts in (("churn", False), ("risk", True)):
        register(world, model)
        here = talk(world)
        proposal = asks(world, here, model=model)
        world.mlflow.after_change = partial(at_the_alias, lasts=lasts)
        world.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
        world.mlflow.broken = None
        ends.append((world.proposal_now(proposal).state, champion(world, model)))
    assert ends == [(State.APPLIED, "2"), (State.UNCERTAIN, "2")]
    outcomes = [one.outcome for one in world.audited(action="call.made", subject="promote_model")]
    assert [outcomes.count("done"), outcomes[-1]] == [1, "unknown"]


def test_a_change_that_was_refused_before_it_was_made_has_failed(world: World) -> None:
    world.decides_by(policy(approvers='["U0BOB"]'))
    register(world)
    here = talk(world)
    proposal = asks(world, here)

    def refuses(what: str) -> None:
        if what == "set alias champion":
            raise Refused("MLflow said no.")

    world.mlflow.before_change = refuses
    world.receives(click(actions.PROPOSAL_APPROVE, proposal, by=BOB, at=here))
    ended = world.proposal_now(proposal)
    assert (ended.state, ended.reason, champion(world)) == (State.FAILED, "MLflow said no.", "1")
