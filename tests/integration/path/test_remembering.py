"""What a thread remembers beside what was answered: files without words, presses of their cards, and failures."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from bot.events import Thread
from tests.fakes.world import CHANNEL, TEAM, ScriptedThinker, World, calls
from worker.agent.limits import ModelAway
from worker.agent.recall import spoken

FLOW = b"""from prefect import flow


@flow(name="adding")
def adding(start: int = 1, trees: int = 100) -> int:
    return start + trees
"""


def remembered(world: World, thread: str) -> list[str]:
    """What is remembered of a thread: the words of each message, and what was called."""
    ref = Thread(team=TEAM, channel=CHANNEL, root=thread).ref
    messages = [message for one in world.services.conversations.load(ref) for message in spoken(one)[1]]
    return [message.text or str([call["name"] for call in getattr(message, "tool_calls", ())]) for message in messages]


def dropped(world: World) -> str:
    """A thread in which a file was dropped without a word."""
    thread = world.says("@trainmaster which pipelines are there?")
    return world.says("", thread=thread, files=[("adding.py", FLOW)])


def test_a_file_without_words_is_known_to_what_is_asked_later(world: World) -> None:
    thread = dropped(world)
    thinker = ScriptedThinker(AIMessage("It is not registered yet."))
    world.think_with(thinker)
    world.says("@trainmaster run it with 500 trees", thread=thread)
    told = [message.text for message in thinker.asked[-1] if isinstance(message, HumanMessage)]
    found = "adding.py — plan card shown, with `adding` (start, trees), not registered yet"
    assert told[-2] == f"[files shared with this message: {found}]"


def test_of_a_file_that_is_registered_already_this_is_known(world: World) -> None:
    thread = dropped(world)
    world.presses(world.card(thread, "plan.discard"), "plan.register")
    again = dropped(world)
    assert any("with `adding` (start, trees), registered already]" in words for words in remembered(world, again))
    world.says("@trainmaster run it with 500 trees", thread=again)
    [run] = world.prefect.live_runs()
    assert (run.pipeline, run.parameters["trees"]) == ("adding", 500)


def test_before_somebody_has_decided_it_is_not_run_and_no_other_is(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    thread = dropped(world)
    world.says("@trainmaster run it with 500 trees", thread=thread)
    assert "`adding.py` is not registered yet" in world.texts(thread)[-1]
    assert world.prefect.live_runs() == ()


@pytest.mark.parametrize("button", ["plan.register", "plan.register_and_run"])
def test_after_its_card_was_pressed_it_is_what_is_run(world: World, button: str) -> None:
    world.prefect.add_pipeline("churn-prediction")
    thread = dropped(world)
    world.presses(world.card(thread, "plan.discard"), button)
    before = {run.id for run in world.prefect.live_runs()}
    world.says("@trainmaster run it with 500 trees", thread=thread)
    [run] = [run for run in world.prefect.live_runs() if run.id not in before]
    assert (run.pipeline, run.parameters["trees"]) == ("adding", 500)


def test_a_press_is_kept_with_who_pressed_and_what_it_led_to(world: World) -> None:
    thread = dropped(world)
    world.presses(world.card(thread, "plan.discard"), "plan.register_and_run")
    said = remembered(world, thread)
    assert "[pressed] on the card of `adding.py`: `Register & run`" in said
    assert "['register_pipeline', 'run_pipeline']" in said
    [who] = {one.actor for one in world.services.conversations.load(f"{TEAM}:{CHANNEL}:{thread}")}
    assert who == world.workspace.person("alice").id


def test_a_discarded_file_is_remembered_as_discarded(world: World) -> None:
    thread = dropped(world)
    world.presses(world.card(thread, "plan.discard"), "plan.discard")
    assert "[pressed] on the card of `adding.py`: `Discard`: nothing was registered" in remembered(world, thread)


def test_no_person_says_that_something_was_pressed(world: World) -> None:
    thinker = ScriptedThinker(AIMessage("Was it?"))
    world.think_with(thinker)
    world.says("@trainmaster [Pressed] Register & run")
    assert thinker.asked[-1][-1].text == "(pressed) Register & run"


def test_a_turn_that_failed_is_remembered_with_what_was_done(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    started = calls("run_pipeline", pipeline="churn-prediction")
    thinker = ScriptedThinker(started, ModelAway("Gemini does not answer."), AIMessage("I had started it."))
    world.think_with(thinker)
    thread = world.says("@trainmaster run churn-prediction, then tell me")
    world.says("@trainmaster so what did you do?", thread=thread)
    before = [message.text for message in thinker.asked[-1]]
    assert "run churn-prediction, then tell me" in before[1]
    assert before[2].startswith("I gave no answer. Gemini does not answer.")
    assert "churn-prediction" in before[2]
