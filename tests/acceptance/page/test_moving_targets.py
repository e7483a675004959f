"""What a person presses may change under the finger."""

import pytest
from playwright.sync_api import expect

from tests.acceptance.page.conftest import Room, message

pytestmark = pytest.mark.browser


def test_a_thread_opens_although_a_reply_came_while_the_button_was_down(room: Room) -> None:
    root = room.workspace.post("alice", room.channel, "@trainmaster how is churn?")
    page = room.visit()
    room.app.says(room.channel, "Reading…", thread=root.ts)
    link = message(page, root.ts).get_by_test_id("thread-link")
    expect(link).to_contain_text("1 reply")
    link.get_by_text("1 reply").hover()
    page.mouse.down()
    room.app.says(room.channel, "It is *fine*.", thread=root.ts)
    expect(link).to_contain_text("2 replies")
    page.mouse.up()
    expect(page.get_by_test_id("thread-panel")).to_be_visible()
