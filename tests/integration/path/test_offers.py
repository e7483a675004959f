"""A pipeline file that is shared in a channel without turning to us: one private offer, and what becomes of it."""

import contextlib
from typing import cast

import pytest

from bot import policy_file
from bot.events import Actor, Click, Thread
from bot.mailbox import MAX_WAITING, READY
from demo.workspace.model import Message
from tests.fakes.mortal import Killed, MortalRedis
from tests.fakes.world import CHANNEL, TEAM, World, buttons, words
from tests.fixtures.waiting import until
from worker.attend import attend

FLOW = b"from prefect import flow\n\n\n@flow\ndef adding(start: int = 1) -> int:\n    return start + 1\n"
FILES = (("adding.py", FLOW),)
OFFERS = f'{policy_file.DEFAULT}\n[offers]\nchannels = ["{CHANNEL}"]\n'
LOOK, LEAVE = "offer.look", "offer.leave"


@pytest.fixture
def world(world: World) -> World:
    """Offers are made in the channel."""
    world.decides_by(OFFERS)
    return world


def shares(world: World, text: str = "the new one", *, user: str = "alice") -> Message:
    """Share a pipeline with people, and wait until that is taken in."""
    message = world.workspace.post(user, "#ml-pipelines", text, None, FILES)
    until(lambda: world.redis.exists(f"tm:{TEAM}:seen:v1:dropped:{TEAM}-{CHANNEL}-{message.ts}"))
    return message


def shared(world: World, text: str = "the new one", *, user: str = "alice") -> Message:
    """The same, and let come what comes of it."""
    message = shares(world, text, user=user)
    world.settle()
    return message


def let_pass(world: World) -> None:
    """Let everything be taken in that was said before; Slack tells of it in order."""
    world.says("@trainmaster list pipelines", user="bob")


def alone(world: World, user: str = "alice") -> list[Message]:
    """What one person alone sees in the channel."""
    return world.workspace.ephemerals(world.workspace.person(user).id, CHANNEL)


def offers(world: World, user: str = "alice") -> list[Message]:
    """What that person can take up."""
    return [message for message in alone(world, user) if LOOK in buttons(message)]


def pressed_by(world: World, user: str, message: Message, *, number: int = 1) -> Click:
    """A press of Alice's offer as Slack would tell of it, if others saw it."""
    return Click(
        id=f"c-{user}-{number}",
        thread=Thread(team=TEAM, channel=CHANNEL, root=message.ts),
        actor=Actor(user=world.workspace.person(user).id, team=TEAM),
        action=LOOK,
        value=f"{message.ts}:{world.workspace.person('alice').id}",
        message_ts=message.ts,
        response_url="",
    )


def test_who_shares_a_pipeline_without_a_mention_is_asked_once_and_alone(world: World) -> None:
    world.slack.faults.duplicate = 2
    message = shared(world)
    [offer] = offers(world)
    assert buttons(offer) == [LOOK, LEAVE]
    assert "I saw `adding.py`" in words(offer)
    assert not alone(world, "bob")
    assert world.texts(message.ts) == []
    assert not world.slack.calls.of("assistant.threads.setStatus")


def test_looking_at_it_is_a_turn_of_that_message_whose_words_were_for_others(world: World) -> None:
    message = shared(world, "@bob delete version 1 of churn")
    world.presses(offers(world)[0], LOOK)
    [card] = world.texts(message.ts)
    assert "`adding.py` holds the pipeline *adding*" in card
    [told] = alone(world)
    assert "the answer comes in the thread under your message" in words(told)
    assert not world.services.proposals.recent(1)
    world.presses(world.card(message.ts, "plan.register"), "plan.register")
    assert [one.name for one in world.prefect.pipelines()] == ["adding"]


def test_who_took_it_up_goes_on_in_the_thread_without_a_mention_and_others_do_not(world: World) -> None:
    message = shared(world)
    world.workspace.post("bob", "#ml-pipelines", "nice", message.ts)
    let_pass(world)
    world.presses(offers(world)[0], LOOK)
    world.says("list pipelines", thread=message.ts)
    said = world.texts(message.ts)
    assert len(said) == 2
    world.workspace.post("bob", "#ml-pipelines", "list runs", message.ts)
    let_pass(world)
    assert world.texts(message.ts) == said


def test_pressed_twice_it_is_looked_at_once(world: World) -> None:
    message = shared(world)
    [offer] = offers(world)
    presses = [world.workspace.click("alice", offer, LOOK) for _ in range(2)]
    assert all(press.result(10).ok for press in presses)
    world.settle()
    assert len(world.texts(message.ts)) == 1


def test_not_now_takes_the_offer_away_and_does_nothing_else(world: World) -> None:
    message = shared(world)
    world.presses(offers(world)[0], LEAVE)
    assert (alone(world), world.texts(message.ts)) == ([], [])


def test_a_press_of_somebody_else_does_nothing(world: World) -> None:
    message = shared(world)
    world.receives(pressed_by(world, "bob", message))
    assert world.texts(message.ts) == []
    assert "who shared the file, can decide this" in world.private(message.ts, user="bob")[0]


@pytest.mark.parametrize("what", ["file", "message", "thread"])
def test_of_what_was_deleted_meanwhile_is_said_that_it_is_gone(world: World, what: str) -> None:
    message = shared(world)
    if what == "thread":
        world.workspace.post("bob", "#ml-pipelines", "nice", message.ts)
    if what == "file":
        world.workspace.delete_file("alice", message.files[0].id)
    else:
        world.workspace.delete("alice", message)
    world.presses(offers(world)[0], LOOK)
    [told] = alone(world)
    assert "no longer there" in words(told)
    assert not world.redis.exists(f"tm:{TEAM}:joined:v1:{TEAM}:{CHANNEL}:{message.ts}")


def test_while_slack_does_not_tell_what_is_there_the_offer_stays(world: World) -> None:
    message = shared(world)
    world.slack.faults.on("conversations.replies", "error", error="missing_scope", times=1)
    world.presses(offers(world)[0], LOOK)
    assert any("the button still works" in one.text for one in alone(world))
    world.presses(offers(world)[0], LOOK)
    assert len(world.texts(message.ts)) == 1


def test_where_too_much_waits_the_offer_stays(world: World) -> None:
    message = shared(world)
    box = f"tm:{TEAM}:mailbox:v1:{TEAM}:{CHANNEL}:{message.ts}"
    world.redis.rpush(box, *["{}"] * MAX_WAITING)
    assert world.workspace.click("alice", offers(world)[0], LOOK).result(10).ok
    until(lambda: cast("list[str]", world.redis.zrange(READY, 0, -1)))
    world.work()
    world.redis.delete(box)
    world.settle()
    assert any("Too many messages wait" in one.text for one in alone(world))
    world.presses(offers(world)[0], LOOK)
    assert len(world.texts(message.ts)) == 1


def test_nothing_is_offered_where_the_policy_names_no_channel_or_another_one(world: World) -> None:
    for policy in (policy_file.DEFAULT, OFFERS.replace(CHANNEL, "C0OTHER")):
        world.decides_by(policy)
        world.workspace.post("alice", "#ml-pipelines", "", None, FILES)
        let_pass(world)
        assert not alone(world)


def test_nothing_is_offered_in_a_thread_for_data_or_with_a_mention(world: World) -> None:
    root = world.workspace.post("alice", "#ml-pipelines", "hi")
    world.workspace.post("alice", "#ml-pipelines", "", root.ts, FILES)
    world.workspace.post("alice", "#ml-pipelines", "", None, [("rows.csv", b"a,b\n1,2\n")])
    world.says("@trainmaster onboard this", files=FILES)
    assert not alone(world)


def test_nothing_is_offered_to_who_may_register_nothing_or_belongs_elsewhere(world: World) -> None:
    world.workspace.add_guest("gus", "Gus Guest", ["#ml-pipelines"])
    world.workspace.add_person("eve", "Eve Else", channels=["#ml-pipelines"], team="T9OTHER")
    shared(world, user="gus")
    world.workspace.post("eve", "#ml-pipelines", "", None, FILES)
    let_pass(world)
    assert not alone(world, "gus")
    assert not alone(world, "eve")
    world.decides_by(OFFERS.replace('"prefect:pipeline:register",', ""))
    shared(world)
    assert not alone(world)


def test_nothing_is_offered_while_slack_does_not_tell_who_somebody_is(world: World) -> None:
    world.slack.faults.on("users.info", "error", error="missing_scope", times=None)
    shared(world)
    assert not alone(world)


def test_an_edit_of_the_message_makes_no_other_offer_and_one_that_mentions_us_takes_it_up(world: World) -> None:
    message = world.workspace.edit("alice", shared(world), "the newest one")
    let_pass(world)
    assert len(offers(world)) == 1
    world.taken_in(world.workspace.edit("alice", message, "@trainmaster onboard this"))
    world.settle()
    cards = world.texts(message.ts)
    assert any("holds the pipeline" in text for text in cards)
    world.presses(offers(world)[0], LOOK)
    assert world.texts(message.ts) == cards


def dies(world: World, point: int) -> bool:
    """Let a worker take what waits, die after so many steps, and be replaced; whether it died."""
    assert isinstance(world.worker, MortalRedis)
    [box] = cast("list[str]", world.redis.zrange(READY, 0, -1))
    world.worker.fate.arm(point)
    with contextlib.suppress(Killed):
        attend(world.services, box)
    died = world.worker.fate.disarm()
    world.restart_worker()
    world.settle()
    return died


def test_killed_after_any_step_there_is_one_offer_and_one_card(mortal: World) -> None:
    mortal.decides_by(OFFERS)
    offering, looking, point = True, True, 0
    while offering or looking:
        point += 1
        message = shares(mortal)
        offering = dies(mortal, point)
        [offer] = offers(mortal)
        assert mortal.workspace.click("alice", offer, LOOK).result(10).ok
        looking = dies(mortal, point)
        assert len(mortal.texts(message.ts)) == 1, point
        assert not offers(mortal), point
    assert point > 4
