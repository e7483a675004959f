"""A model with a champion and a better version, and the policies by which tests decide about it."""

from bot.events import Actor, Click, Submission, Thread
from bot.views import actions
from tests.fakes.world import CHANNEL, TEAM, World
from worker.attend import attend

ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
APPROVERS = "S0APPROVERS"  #: a user group of the local workspace; Bob is in it

#: Alice asks, the approvers decide.
POLICY = """
[roles.scientist]
members = ["U0ALICE"]
permissions = ["*"]

[roles.everyone]
members = ["*"]
permissions = ["*:*:read", "trainmaster:*:*"]

[[rules]]
name = "aliases"
permission = "mlflow:alias:*"
approvers = ["S0APPROVERS"]

[[rules]]
name = "runs-of-others"
permission = "prefect:run:cancel"
where = { owner = "other" }
approvers = ["*"]
"""


def policy(*, approvers: str = '["S0APPROVERS"]', members: str = '["U0ALICE"]', more: str = "") -> str:
    """The policy with another rule for aliases; `more` are lines of that rule."""
    changed = POLICY.replace('approvers = ["S0APPROVERS"]', f"approvers = {approvers}\n{more}")
    return changed.replace('members = ["U0ALICE"]', f"members = {members}")


def register(world: World, model: str = "churn") -> None:
    """A model with two versions, of which the first is the champion."""
    for version, auc in (("1", 0.81), ("2", 0.87)):
        run = world.mlflow.add_run(model, metrics={"roc_auc": auc}, params={"max_depth": version})
        world.mlflow.add_version(model, run_id=run.id)
    world.mlflow.move_by_hand(model, "champion", "1")


def champion(world: World, model: str = "churn") -> str:
    """The version that is the champion now."""
    return world.mlflow.model(model).aliases.get("champion", "")


def moves(world: World) -> int:
    """How often we have moved an alias."""
    return sum(change.startswith("set alias") for change in world.mlflow.changes)


def thread(root: str) -> Thread:
    """A thread of #ml-pipelines."""
    return Thread(team=TEAM, channel=CHANNEL, root=root)


def click(action: str, value: str, *, by: str, at: Thread, number: str = "1", team: str = TEAM) -> Click:
    """A press as the bot takes it in."""
    return Click(
        id=f"{by}-{action}-{value}-{number}",
        thread=at,
        actor=Actor(user=by, team=team),
        action=action,
        value=value,
        message_ts=at.root,
        response_url="",
    )


def form(action: str, value: str, text: str, *, by: str, at: Thread, number: str = "1") -> Submission:
    """A form as the bot takes it in."""
    actor = Actor(user=by, team=TEAM)
    name = f"{by}-{action}-{value}-{number}"
    return Submission(id=name, thread=at, actor=actor, action=action, value=value, text=text)


def said(world: World, entry: str) -> str:
    """What a message says that is to be delivered, or was."""
    return str(world.redis.hget(f"tm:{TEAM}:outbox:v1:{entry}", "view"))


def talk(world: World) -> Thread:
    """A thread in which people talk."""
    return thread(world.workspace.post("alice", "#ml-pipelines", "Which one is better?").ts)


def asks(
    world: World, at: Thread, *, model: str = "churn", version: str = "2", by: str = ALICE, number: int = 1
) -> str:
    """Have the better version proposed, as by the button on a run's card; the proposal's id."""
    asked = click(actions.MODEL_PROMOTE, f"{model}:{version}", by=by, at=at, number=str(number))
    world.services.mailbox.accept(asked)
    attend(world.services, at.ref)
    return world.proposal.id
