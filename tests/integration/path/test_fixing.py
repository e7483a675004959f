"""What helps against what holds a run, offered as buttons under the answer."""

import pytest

from bot.views import actions
from demo.workspace.model import Message
from tests.fakes.world import CHANNEL, TEAM, World, buttons
from tools.prefect.client import RunRequest
from tools.prefect.results import FlowRun, StateType

FIRST = actions.DIAGNOSIS_FIXES[0]


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
    assert offered(answer) == {FIRST: f"Cancel {holder.name}"}
    world.presses(answer, FIRST)
    assert world.prefect.run(holder.id).state_type is StateType.RUNNING
    assert (world.proposal.tool, world.proposal.arguments) == ("cancel_run", {"run": holder.id})
    assert actions.PROPOSAL_APPROVE in buttons(world.card(thread, actions.PROPOSAL_APPROVE))


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
