"""A run that waits for input: its form, from the card to the run that goes on."""

import pytest

from bot.asks import AskStore
from bot.views import actions
from demo.workspace.model import Message
from tests.fakes.world import CHANNEL, TEAM, World, buttons, words
from tools.prefect.circumstances import Pause
from tools.prefect.client import RunRequest
from tools.prefect.results import FlowRun, StateType
from tools.spec import JSONDict
from worker.runs import follow

SECRET = "ghp_" + "a1B2" * 9
ROWS: JSONDict = {
    "title": "Rows",
    "type": "object",
    "properties": {"rows": {"type": "integer", "minimum": 1}, "dry": {"type": "boolean", "default": False}},
    "required": ["rows"],
}


@pytest.fixture
def thread(world: World) -> str:
    """A thread with a conversation in it."""
    return world.says("@trainmaster hello")


@pytest.fixture
def run(world: World, thread: str) -> FlowRun:
    """A run of that thread that paused and asks how many rows."""
    pipeline = world.prefect.add_pipeline("churn")
    tags = (f"thread:{TEAM}:{CHANNEL}:{thread}", f"actor:{world.workspace.person('alice').id}")
    made = world.prefect.start(RunRequest(pipeline_id=pipeline.id, key="k", tags=tags))
    world.prefect.advance(made.id, StateType.RUNNING)
    world.prefect.limits.pauses[made.id] = Pause(asks=True, about="How many <!here> rows?", input_schema=ROWS)
    paused = world.prefect.advance(made.id, StateType.PAUSED)
    news(world, paused)
    return paused


def news(world: World, run: FlowRun) -> None:
    """Let Trainmaster hear of a run."""
    follow(world.services, run.id)
    world.settle()


def card(world: World, thread: str) -> Message:
    """The run's card."""
    return next(message for message in world.replies(thread) if actions.RUN_LOGS in buttons(message))


def test_the_run_goes_on_with_what_was_entered_and_the_button_goes(world: World, thread: str, run: FlowRun) -> None:
    shown = card(world, thread)
    assert buttons(shown) == [actions.RUN_ANSWER, actions.RUN_CANCEL, actions.RUN_LOGS]
    assert "It waits for input. How many" in words(shown)
    world.presses(shown, actions.RUN_ANSWER)
    answer = world.submits("alice", {"rows": "5", "dry": "true"})
    assert answer.ok
    assert world.prefect.answers == {run.id: {"rows": 5, "dry": True}}
    assert world.prefect.run(run.id).state_type is StateType.RUNNING
    assert "goes on: it is Running now" in world.private(thread)[-1]
    assert buttons(card(world, thread)) == [actions.RUN_CANCEL, actions.RUN_LOGS]
    assert AskStore(world.redis, team=TEAM).load(run.id) is None
    [event] = world.audited(subject="resume_run")
    assert (event.actor, event.outcome) == (world.workspace.person("alice").id, "done")


def test_no_form_shows_a_secret_that_a_run_asks_with(world: World, thread: str, run: FlowRun) -> None:
    asks = AskStore(world.redis, team=TEAM)
    kept = asks.load(run.id)
    assert kept is not None
    assert asks.keep(kept.model_copy(update={"about": f"Use {SECRET} for", "name": SECRET}))
    world.presses(card(world, thread), actions.RUN_ANSWER)
    shown = str(world.workspace.views_of("alice")[-1])
    assert SECRET not in shown
    assert "Use [hidden] for" in shown


def test_what_does_not_fit_is_said_in_the_form_and_the_run_stays_paused(
    world: World, thread: str, run: FlowRun
) -> None:
    world.presses(card(world, thread), actions.RUN_ANSWER)
    answer = world.submits("alice", {"rows": "many"})
    assert answer.body["errors"] == {"in:rows": "This must be a whole number."}
    assert world.prefect.run(run.id).state_type is StateType.PAUSED
    assert world.submits("alice", {"rows": "7"}).ok
    assert world.prefect.answers == {run.id: {"rows": 7, "dry": False}}


def test_a_resume_elsewhere_closes_the_card_and_an_open_form_says_so(world: World, thread: str, run: FlowRun) -> None:
    before = card(world, thread)
    world.presses(before, actions.RUN_ANSWER)
    world.prefect.resume(run.id, {"rows": 1})
    news(world, run)
    assert actions.RUN_ANSWER not in buttons(card(world, thread))
    answer = world.submits("alice", {"rows": "9"})
    assert "waits for no input any more" in next(iter(answer.body["errors"].values()))
    assert world.prefect.answers == {run.id: {"rows": 1}}


def test_who_may_not_resume_is_told_and_nothing_happens(world: World, thread: str, run: FlowRun) -> None:
    world.decides_by('[roles.viewer]\nmembers = ["*"]\npermissions = ["*:*:read"]\n')
    world.presses(card(world, thread), actions.RUN_ANSWER, user="carol")
    world.submits("carol", {"rows": "5"})
    assert world.prefect.run(run.id).state_type is StateType.PAUSED
    assert "prefect:run:resume" in world.private(thread, user="carol")[-1]


def test_a_run_that_waits_for_leave_alone_has_a_button_for_it(world: World, thread: str, run: FlowRun) -> None:
    world.prefect.limits.pauses[run.id] = Pause()
    news(world, run)
    shown = card(world, thread)
    assert buttons(shown) == [actions.RUN_RESUME, actions.RUN_CANCEL, actions.RUN_LOGS]
    world.presses(shown, actions.RUN_RESUME)
    assert world.prefect.run(run.id).state_type is StateType.RUNNING


def test_by_command_the_values_are_given_by_name(world: World, run: FlowRun) -> None:
    assert "waits for input: `rows` (a whole number)" in world.commands(f"/mlops resume {run.name}")
    world.commands(f"/mlops resume {run.name} rows=3")
    assert world.prefect.answers == {run.id: {"rows": 3}}
