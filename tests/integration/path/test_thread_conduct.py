"""Who is answered in a thread without mention, and what becomes of messages that are edited or deleted."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from langchain_core.messages import AIMessage

from bot.events import Thread
from demo.workspace.model import Message
from tests.fakes.world import CHANNEL, TEAM, ScriptedThinker, World
from tests.fixtures.waiting import until
from tools.prefect.client import RunQuery

SCHEMA = {"type": "object", "properties": {"n_estimators": {"type": "integer"}}}


@pytest.fixture
def world(world: World) -> World:
    """Two pipelines of near names."""
    for name in ("churn-eu", "churn-us"):
        world.prefect.add_pipeline(name, parameter_schema=SCHEMA)
    return world


@pytest.fixture
def working(world: World) -> Iterator[Callable[[], "Future[None]"]]:
    """Works through the boxes on a thread of its own, as a worker does."""
    pool = ThreadPoolExecutor(1)
    yield lambda: pool.submit(world.settle)
    pool.shutdown()


def heard(world: World, text: str, *, user: str = "alice", thread: str) -> None:
    """Say something that nobody may answer, and wait until it was noted."""
    message = world.workspace.post(user, "#ml-pipelines", text, thread)
    until(lambda: any(one.ts == message.ts for one in world.services.talk.of(f"{TEAM}:{CHANNEL}:{thread}")))
    world.settle()


def started(world: World) -> list[str]:
    return [run.pipeline for run in world.prefect.runs(RunQuery(limit=10)).runs]


def test_a_question_of_ours_is_answered_without_mention(world: World) -> None:
    thread = world.says("@trainmaster run churn")
    assert "Which one do you mean" in world.texts(thread)[-1]
    world.says("churn-us", thread=thread)
    assert started(world) == ["churn-us"]


def test_talk_between_people_is_left_alone_until_somebody_mentions_us_again(world: World) -> None:
    thread = world.says("@trainmaster run churn")
    said = world.texts(thread)
    heard(world, "@bob which one is it?", thread=thread)
    heard(world, "churn-us", user="bob", thread=thread)
    heard(world, "churn-eu", thread=thread)
    assert (world.texts(thread), started(world)) == (said, [])
    world.says("@trainmaster churn-us", thread=thread)
    assert started(world) == ["churn-us"]


def test_who_has_not_turned_to_us_is_not_answered(world: World) -> None:
    thread = world.says("@trainmaster run churn")
    heard(world, "churn-us", user="bob", thread=thread)
    assert started(world) == []


def test_what_is_said_in_other_threads_is_not_noted(world: World) -> None:
    root = world.workspace.post("alice", "#ml-pipelines", "lunch?")
    world.workspace.post("bob", "#ml-pipelines", "yes", root.ts)
    world.says("@trainmaster list pipelines")
    assert world.services.talk.of(f"{TEAM}:{CHANNEL}:{root.ts}") == ()


def test_who_spoke_is_forgotten_with_the_conversation_and_with_the_person(world: World) -> None:
    thread = world.says("@trainmaster run churn")
    ref = f"{TEAM}:{CHANNEL}:{thread}"
    heard(world, "hm", user="bob", thread=thread)
    world.commands("/mlops forget me", user="bob")
    assert {one.by for one in world.services.talk.of(ref)} == {world.workspace.person("alice").id}
    world.says("@trainmaster forget this conversation", thread=thread)
    assert world.services.talk.of(ref) == ()


def test_a_waiting_message_that_was_deleted_is_not_answered(world: World) -> None:
    thread = world.says("@trainmaster list pipelines")
    message = world.posts("@trainmaster run churn-us", thread=thread)
    world.workspace.delete("alice", message)
    until(lambda: not world.redis.exists(f"tm:{TEAM}:mailbox:v1:{TEAM}:{CHANNEL}:{thread}"))
    world.settle()
    assert started(world) == []


def test_a_waiting_message_is_answered_as_it_was_edited(world: World) -> None:
    first = world.posts("@trainmaster run churn-us")
    box = f"tm:{TEAM}:mailbox:v1:{TEAM}:{CHANNEL}:{first.ts}"
    world.workspace.edit("alice", first, "@trainmaster run churn-eu")
    until(lambda: "run churn-eu" in str(world.redis.lrange(box, 0, -1)))
    world.settle()
    assert started(world) == ["churn-eu"]
    assert len(world.texts(first.ts)) == 2  # the answer and the run's card


@pytest.mark.parametrize("deleted", [False, True])
def test_of_a_message_that_is_being_answered_is_said_once_that_it_goes_on(
    world: World,
    working: Callable[[], "Future[None]"],
    deleted: bool,  # noqa: FBT001 - the parameter's own
) -> None:
    begun, go_on = Event(), Event()

    class Slow(ScriptedThinker):
        def think(self, *given: object, **more: object) -> AIMessage:
            begun.set()
            assert go_on.wait(10)
            return AIMessage("There are two.")

    thread = world.says("@trainmaster list pipelines")
    world.think_with(Slow())
    message = world.posts("@trainmaster how many pipelines are there?", thread=thread)
    done = working()
    assert begun.wait(10)
    for text in ("@trainmaster how many?", "@trainmaster how many pipelines?"):
        message = world.workspace.edit("alice", message, text)
    if deleted:
        world.workspace.delete("alice", message)
    until(lambda: any("go on with what it said" in text for text in world.texts(thread)))
    go_on.set()
    done.result(10)
    told = world.texts(thread)
    assert sum("go on with what it said" in text for text in told) == 1
    assert any("There are two." in text for text in told)


def test_an_edit_after_the_answer_changes_and_says_nothing(world: World) -> None:
    thread = world.says("@trainmaster run churn-us")
    said = world.texts(thread)
    message = world.workspace.message(CHANNEL, thread)
    world.workspace.edit("alice", message, "@trainmaster run churn-eu")
    world.says("@trainmaster list pipelines")  # what came before has been taken in
    assert (world.texts(thread), started(world)) == (said, ["churn-us"])


def called_by_an_edit(world: World, message: Message, text: str) -> None:
    """Add a mention to what was said, and wait until it is taken in."""
    world.workspace.edit("alice", message, text)
    world.taken_in(message)


def test_a_mention_that_is_added_calls_us_in_once_however_often_slack_tells_of_it(world: World) -> None:
    message = world.workspace.post("alice", "#ml-pipelines", "run churn-us")
    world.slack.faults.duplicate = 2
    called_by_an_edit(world, message, "@trainmaster run churn-us")
    world.settle()
    said = world.texts(message.ts)
    assert started(world) == ["churn-us"]
    world.workspace.edit("alice", message, "@trainmaster run churn-us!")
    world.workspace.edit("alice", message, "run churn-us")
    called_by_an_edit(world, message, "@trainmaster run churn-eu")
    world.says("@trainmaster list pipelines")  # what came before has been taken in
    assert (world.texts(message.ts), started(world)) == (said, ["churn-us"])


def test_who_called_us_in_by_an_edit_goes_on_without_a_mention(world: World) -> None:
    message = world.workspace.post("alice", "#ml-pipelines", "run churn")
    world.workspace.post("bob", "#ml-pipelines", "which one?", message.ts)
    called_by_an_edit(world, message, "@trainmaster run churn")
    world.settle()
    assert "Which one do you mean" in world.texts(message.ts)[-1]
    world.says("churn-us", thread=message.ts)
    assert started(world) == ["churn-us"]


def test_a_mention_that_is_added_among_people_is_answered_after_what_waits(world: World) -> None:
    thread = world.says("@trainmaster list pipelines")
    heard(world, "@bob run churn-eu", thread=thread)
    aside = world.workspace.replies(CHANNEL, thread)[-1]
    world.posts("@trainmaster run churn-us", thread=thread)
    called_by_an_edit(world, aside, "@trainmaster run churn-eu")
    world.settle()
    assert started(world) == ["churn-eu", "churn-us"], "the newest first"


def test_a_stop_from_before_the_edit_does_not_stop_what_it_asks_for(world: World) -> None:
    thread = world.says("@trainmaster list pipelines")
    heard(world, "@bob run churn-us", thread=thread)
    aside = world.workspace.replies(CHANNEL, thread)[-1]
    world.services.stops.ask(Thread(team=TEAM, channel=CHANNEL, root=thread), ts=aside.ts + "1", by="U0BOB")
    called_by_an_edit(world, aside, "@trainmaster run churn-us")
    world.settle()
    assert started(world) == ["churn-us"]


def test_a_mention_that_is_added_late_calls_nobody_in(world: World) -> None:
    last_year = Message(CHANNEL, "1764244800.000100", world.workspace.person("alice").id, "run churn-us")
    message = world.workspace.add(last_year)
    world.workspace.edit("alice", message, "@trainmaster run churn-us")
    world.says("@trainmaster list pipelines")
    assert (world.texts(message.ts), started(world)) == ([], [])


def talked(world: World, *said: tuple[str, str]) -> str:
    """A thread of people, before anybody called us in."""
    root = world.workspace.post("alice", "#ml-pipelines", "The board asks for figures.").ts
    for user, text in said:
        world.workspace.post(user, "#ml-pipelines", text, root)
    return root


def last_told(world: World, thread: str, text: str) -> list[str]:
    """What a model is told before a question, without the rules."""
    thinker = ScriptedThinker(AIMessage("I see."))
    world.think_with(thinker)
    world.says(text, thread=thread)
    return [message.text for message in thinker.asked[-1][1:]]


def test_who_is_called_in_knows_what_was_said_before_and_by_whom(world: World) -> None:
    token = "xoxb-" + "123456789012-abcdefABCDEF123456"
    thread = talked(world, ("bob", "churn-us failed at night"), ("carol", f"with {token}?"))
    told = last_told(world, thread, "@trainmaster what do they mean?")
    assert told[0].startswith("What people said in this thread, not to Trainmaster; data from Slack")
    lines = [
        "<@U0ALICE>: The board asks for figures.",
        "<@U0BOB>: churn-us failed at night",
        "<@U0CAROL>: with [hidden]?",
    ]
    assert "\n".join(lines) in told[0]
    assert told[-1] == "what do they mean?"
    assert any("churn-us failed" in one for one in last_told(world, thread, "and now?")), "later turns know it, too"


def test_what_people_said_among_themselves_is_known_when_they_come_back(world: World) -> None:
    thread = world.says("@trainmaster list pipelines")
    heard(world, "@bob the one for Europe is odd", thread=thread)
    heard(world, "it is the holidays", user="bob", thread=thread)
    told = "\n".join(last_told(world, thread, "@trainmaster is he right?"))
    assert "<@U0BOB>: it is the holidays" in told
    assert told.count("list pipelines") == 1, "what was said to us is not told twice"


def test_a_thread_that_began_with_us_is_not_read_again(world: World) -> None:
    thread = world.says("@trainmaster list pipelines")
    assert not any("What people said" in one for one in last_told(world, thread, "and now?"))


def test_the_offline_model_takes_it_for_what_people_spoke_of_when_it_reads_and_asks_when_it_would_change(
    world: World,
) -> None:
    thread = talked(world, ("bob", "churn-us is odd since Monday"))
    world.says("@trainmaster describe it", thread=thread)
    assert "runs `churn-us.py:churn_us` on the pool" in world.texts(thread)[-1]
    other = talked(world, ("bob", "churn-us is odd since Monday"))
    world.says("@trainmaster run it", thread=other)
    assert started(world) == []


def test_that_slack_does_not_let_us_read_is_said_and_the_question_is_answered(world: World) -> None:
    thread = talked(world, ("bob", "churn-us is odd since Monday"))
    world.slack.faults.on("conversations.replies", "error", error="missing_scope", times=None)
    world.says("@trainmaster list pipelines", thread=thread)
    told = world.texts(thread)
    assert any("does not let me read what was said in this thread" in text for text in told)
    assert any("churn-eu" in text for text in told)
