"""A change of the policy, a freeze and its lifting are in the audit log, also when a process dies in the middle."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bot import settings as configuration
from bot.access import digest_of
from bot.freeze import Freezer, Frozen
from bot.policy_store import PolicyStore
from tests.fakes.churn import BOB
from tests.fakes.world import TEAM, World
from worker.desk import Desk
from worker.wiring import put_in_force

POLICY = "[roles.all]\nmembers = ['*']\npermissions = ['*']\n"


class Killed(BaseException):
    """The process is gone."""


class DyingFreezer(Freezer):
    """A process dies right after it changed something."""

    def set(self, frozen: Frozen) -> None:
        """Freeze, and die."""
        super().set(frozen)
        raise Killed

    def lift(self) -> None:
        """Lift, and die."""
        super().lift()
        raise Killed


class DyingPolicies(PolicyStore):
    """The same."""

    def publish(self, text: str, source: str) -> bool:
        """Publish, and die."""
        super().publish(text, source)
        raise Killed


def dying(world: World) -> Desk:
    """The desk of a process that dies."""
    desk = Desk()
    desk.attach(replace(world.services, freezer=DyingFreezer(world.redis, team=TEAM)))
    return desk


def test_every_change_of_the_policy_is_written_down_once(world: World, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    settings = configuration.load({"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "policy_file": file})
    texts = [POLICY, POLICY + "# more\n", POLICY]
    for text in texts:
        file.write_text(text)
        with pytest.raises(Killed):
            put_in_force(settings, DyingPolicies(world.redis, team=TEAM), world.services.auditor)
        for _ in range(2):
            put_in_force(settings, world.services.policies, world.services.auditor)
    found = world.audited(action="policy.changed")
    assert [(one.subject, one.details["policy"]) for one in found] == [
        ("policy.toml", digest_of(text)) for text in texts
    ]


def test_a_freeze_is_written_down_before_it_counts(world: World) -> None:
    with pytest.raises(Killed):
        dying(world).freeze("an incident", actor=BOB, key="k1")
    assert world.services.freezer.current() is not None
    assert len(world.audited(action="freeze.set")) == 1
    cast("Desk", world.services.backends.desk).freeze("an incident", actor=BOB, key="k1")
    assert "frozen" in world.commands('/mlops freeze "another one"')
    found = world.audited(action="freeze.set")
    assert [(one.actor, one.details["reason"]) for one in found] == [(BOB, "an incident"), ("U0ALICE", "another one")]


def test_that_a_freeze_is_lifted_is_written_down_before_anything_can_be_changed(world: World) -> None:
    world.commands("/mlops freeze an incident", user="bob")
    with pytest.raises(Killed):
        dying(world).unfreeze(actor=BOB, key="k1")
    assert world.services.freezer.current() is None
    assert "Nothing is frozen" in world.commands("/mlops unfreeze")
    found = world.audited(action="freeze.lifted")
    assert [(one.actor, one.details["reason"]) for one in found] == [(BOB, "an incident")]
