"""What helps against what holds a run, offered as buttons under the answer."""

import pytest

from bot.views import actions
from demo.workspace.model import Message
from tests.fakes.world import CHANNEL, TEAM, World, buttons
from tools.prefect.client import RunRequest
from tools.prefect.results import FlowRun, StateType

FIRST, SECOND = actions.DIAGNOSIS_FIXES[:2]


@pytest.fixture
def asked(world: World) -> str:
    """A thread in which it was asked why churn-prediction does not run: it is paused as a whole."""
    pipeline = world.prefect.add_pipeline("churn-prediction")
    world.prefect.add_schedule(pipeline.id, "0 9 * * 1")
    world.prefect.pause_pipeline(pipeline.id)
    return world.says("@trainmaster why is churn-prediction late?")


def offered(message: Message) -> dict[str, str]:
    """Labels of a message's buttons by their ids."""
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"]: element["text"]["text"] for row in rows for element in row["elements"]}


def started(world: World, *, by: str) -> FlowRun:
    """A run of churn-prediction that somebody asked for."""
    known = world.prefect.registered("churn-prediction") or world.prefect.add_pipeline("churn-prediction")
    tags = (f"thread:{TEAM}:{CHANNEL}:1.1", f"actor:{world.workspace.person(by).id}")
    return world.prefect.start(RunRequest(pipeline_id=known.id, key=f"k{world.prefect.now()}", tags=tags))


def pool_is_paused(world: World) -> bool:
    """Whether the pool hands out no runs."""
    pool = world.prefect.pool()
    assert pool is not None
    return pool.paused


def told_alone(world: World, line: str) -> Message:
    """What alice alone is answered to a command."""
    world.commands(f"/mlops {line}")
    return world.workspace.ephemerals(world.workspace.person("alice").id, CHANNEL)[-1]


def paused(world: World) -> bool:
    """Whether churn-prediction is."""
    known = world.prefect.registered("churn-prediction")
    assert known is not None
    return known.paused


def test_a_pipeline_that_is_paused_is_resumed_by_its_button(world: World, asked: str) -> None:
    answer = world.card(asked, FIRST)
    assert offered(answer) == {FIRST: "Resume the schedule"}
    world.presses(answer, FIRST)
    assert not paused(world)
    assert "churn-prediction" in world.texts(asked)[-1]


def test_who_may_not_resume_it_is_told_alone_and_nothing_happens(world: World, asked: str) -> None:
    world.decides_by('[roles.viewer]\nmembers = ["*"]\npermissions = ["*:*:read"]\n')
    before = len(world.replies(asked))
    world.presses(world.card(asked, FIRST), FIRST, user="carol")
    assert paused(world)
    assert "prefect:schedule:resume" in world.private(asked, user="carol")[-1]
    assert len(world.replies(asked)) == before


def test_ending_somebody_elses_run_for_its_slot_waits_for_approval(world: World) -> None:
    holder = started(world, by="bob")
    world.prefect.advance(holder.id, StateType.RUNNING)
    waiting = started(world, by="alice")
    world.prefect.limits.pipelines[waiting.deployment_id] = 1
    thread = world.says(f"@trainmaster why is {waiting.name} late?")
    answer = world.card(thread, FIRST)
    assert offered(answer)[FIRST] == f"Cancel {holder.name}"
    world.presses(answer, FIRST)
    assert world.prefect.run(holder.id).state_type is StateType.RUNNING
    assert (world.proposal.tool, world.proposal.arguments) == ("cancel_run", {"run": holder.id})
    assert actions.PROPOSAL_APPROVE in buttons(world.card(thread, actions.PROPOSAL_APPROVE))


def test_raising_a_limit_waits_for_approval_and_is_made_by_it(world: World) -> None:
    world.prefect.advance(started(world, by="bob").id, StateType.RUNNING)
    waiting = started(world, by="alice")
    world.prefect.limits.pipelines[waiting.deployment_id] = 1
    thread = world.says(f"@trainmaster why is {waiting.name} late?")
    answer = world.card(thread, SECOND)
    assert offered(answer)[SECOND] == "Raise pipeline limit to 2"
    world.presses(answer, SECOND)
    assert world.prefect.limits.pipelines[waiting.deployment_id] == 1
    assert world.proposal.tool == "set_concurrency_limit"
    card = world.card(thread, actions.PROPOSAL_APPROVE)
    assert "from 1 to 2" in str(card.blocks)
    world.presses(card, actions.PROPOSAL_APPROVE, user="bob")
    assert world.prefect.limits.pipelines[waiting.deployment_id] == 2


def test_a_paused_pool_is_resumed_by_the_button_of_an_answer_and_of_a_command(world: World) -> None:
    run = started(world, by="alice")
    for _ in range(20):
        world.prefect.now()  # it is late by now
    for line in (f"@trainmaster why is {run.name} late?", f"@trainmaster how is {run.name} doing?"):
        world.prefect.set_pool(paused=True)
        answer = world.card(world.says(line), FIRST)
        assert offered(answer) == {FIRST: "Resume the pool"}
        world.presses(answer, FIRST)
        assert not pool_is_paused(world)
    for line in (f"why {run.name}", f"status {run.name}"):
        world.prefect.set_pool(paused=True)
        told = told_alone(world, line)
        assert offered(told) == {FIRST: "Resume the pool"}
        before = len(world.workspace.ephemerals(world.workspace.person("alice").id, CHANNEL))
        world.presses(told, FIRST)
        assert not pool_is_paused(world)
        [*_, said] = world.workspace.ephemerals(world.workspace.person("alice").id, CHANNEL)
        assert len(world.workspace.ephemerals(world.workspace.person("alice").id, CHANNEL)) == before + 1
        assert "hands out runs again" in said.text


def test_what_waits_for_approval_under_a_commands_answer_gets_a_thread_of_its_own(world: World) -> None:
    for auc, aliases in ((0.9, ("champion",)), (0.95, ())):
        tracked = world.mlflow.add_run("churn", metrics={"roc_auc": auc})
        world.mlflow.add_version("churn", run_id=tracked.id, aliases=aliases)
    told = told_alone(world, "compare churn 1 2")
    assert offered(told) == {FIRST: "Promote churn v2"}
    world.presses(told, FIRST)
    proposal = world.proposal
    assert (proposal.tool, proposal.arguments) == (
        "promote_model",
        {"model": "churn", "version": "2", "alias": "champion"},
    )
    [root] = [each for each in world.workspace.messages(CHANNEL) if each.ts == proposal.thread.root]
    [card] = world.replies(proposal.thread.root)
    assert "asked for `Promote churn v2`" in root.text
    assert actions.PROPOSAL_APPROVE in buttons(card)


@pytest.mark.parametrize("champion", ["2", ""])
def test_what_is_champion_already_or_in_place_of_none_is_not_offered(world: World, champion: str) -> None:
    for number, auc in (("1", 0.9), ("2", 0.95)):
        tracked = world.mlflow.add_run("churn", metrics={"roc_auc": auc})
        world.mlflow.add_version("churn", run_id=tracked.id, aliases=("champion",) if number == champion else ())
    assert offered(told_alone(world, "compare churn 1 2")) == {}


def test_the_best_of_some_runs_is_offered_where_another_one_made_the_champion(world: World) -> None:
    for auc, aliases in ((0.9, ("champion",)), (0.95, ())):
        tracked = world.mlflow.add_run("churn", metrics={"roc_auc": auc})
        world.mlflow.add_version("churn", run_id=tracked.id, aliases=aliases)
    thread = world.says("@trainmaster compare the last two runs")
    answer = world.card(thread, FIRST)
    assert offered(answer) == {FIRST: "Promote churn v2"}
    world.presses(answer, FIRST)
    assert world.proposal.arguments == {"model": "churn", "version": "2", "alias": "champion"}
    assert world.proposal.thread.root == thread


def test_where_nothing_can_be_done_there_is_no_button(world: World) -> None:
    run = started(world, by="alice")
    thread = world.says(f"@trainmaster why is {run.name} late?")
    assert [message for message in world.replies(thread) if FIRST in buttons(message)] == []


@pytest.mark.parametrize("value", ["{}", "no json", '{"label": "x", "tool": "remove_pipeline", "arguments": {}}'])
def test_a_button_asks_for_nothing_but_what_a_diagnosis_offers(world: World, asked: str, value: str) -> None:
    answer = world.card(asked, FIRST)
    forged = next(block for block in answer.blocks if block["type"] == "actions")
    forged["elements"][0]["value"] = value
    world.presses(answer, FIRST)
    assert "stands for nothing that I could do here" in world.private(asked)[-1]
    assert world.prefect.registered("churn-prediction") is not None
