"""Whoever has to wait in a thread is told so, alone, and never at the price of an answer."""

import pytest

from bot.views.view import View
from tests.fakes.world import CHANNEL, World, words
from tests.fixtures.waiting import until

pytestmark = pytest.mark.paced


def told(world: World, thread: str) -> list[str]:
    person = world.workspace.person("alice")
    return [words(message) for message in world.workspace.ephemerals(person.id, CHANNEL, thread)]


def test_the_second_question_of_a_thread_is_told_that_it_waits(world: World) -> None:
    first = world.posts("@trainmaster hello")
    world.posts("@trainmaster hello again", thread=first.ts)
    until(lambda: len(told(world, first.ts)) == 1)
    world.settle()
    assert len(world.replies(first.ts)) == 2


def test_notices_that_slack_has_no_room_for_are_dropped_and_hold_up_no_answer(world: World) -> None:
    first = world.posts("@trainmaster hello")
    for _ in range(15):
        world.posts("@trainmaster hello", thread=first.ts)
    world.settle()
    assert len(world.replies(first.ts)) == 16
    assert 1 <= len(told(world, first.ts)) < 15
    assert world.slack.calls.limited == {}


def test_what_else_a_person_is_told_alone_has_room_beside_any_number_of_notices(world: World) -> None:
    first = world.posts("@trainmaster hello")
    for _ in range(12):
        world.posts("@trainmaster hello", thread=first.ts)
    alice = world.workspace.person("alice").id
    world.gateway.ephemeral(channel=CHANNEL, thread=first.ts, user=alice, view=View("You may not do this."))
    assert "You may not do this." in told(world, first.ts)
    world.settle()
