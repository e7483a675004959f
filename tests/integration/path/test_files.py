"""Files that a message does not say everything of, that are larger than usual, or that come with too many words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.events import file_ref
from demo.workspace.model import Message
from demo.workspace.server import WorkspaceServer
from tests.fakes.world import TEAM, World, buttons
from tests.fixtures.waiting import until

FLOW = b"from prefect import flow\n\n\n@flow\ndef adding(start: int = 1) -> int:\n    return start + 1\n"
GONE = "Slack no longer shows me the file"


@pytest.fixture
def roomy(slack: WorkspaceServer, connection: "redis.Redis", valkey_url: str, tmp_path: Path) -> Iterator[World]:
    """A world that takes files of two megabytes."""
    made = World(slack, connection, valkey_url, tmp_path, settings={"max_file_bytes": 2_000_000})
    yield made
    made.close()


def test_a_file_as_large_as_the_installation_allows_is_registered(roomy: World) -> None:
    source = FLOW + (b"#" * 99 + b"\n") * 11_000
    thread = roomy.says("@trainmaster onboard this", files=[("adding.py", source)])
    roomy.presses(roomy.card(thread, "plan.register"), "plan.register")
    assert [one.name for one in roomy.prefect.pipelines()] == ["adding"]


def test_a_file_from_another_workspace_of_which_the_message_has_the_id_alone_gets_a_plan(world: World) -> None:
    message = told_of(
        world, "@trainmaster onboard this", "adding.py", mode="file_access", file_access="check_file_info"
    )
    assert world.card(message.ts, "plan.register")


def test_data_from_another_workspace_is_what_the_words_speak_of(world: World) -> None:
    message = told_of(world, "@trainmaster help", "rows.csv", mode="file_access", file_access="check_file_info")
    assert not any("I cannot take" in text for text in world.texts(message.ts))
    assert world.slack.calls.of("files.info")


def test_what_is_left_of_a_deleted_file_in_a_message_is_said_to_be_gone(world: World) -> None:
    message = told_of(world, "@trainmaster onboard this", "adding.py", mode="tombstone")
    assert any(GONE in text for text in world.texts(message.ts))


def test_a_file_from_another_workspace_that_was_deleted_meanwhile_is_said_to_be_gone(world: World) -> None:
    message = told_of(world, "@trainmaster onboard this", "adding.py", deleted=True, mode="file_access")
    assert any(GONE in text for text in world.texts(message.ts))


def test_a_file_that_was_deleted_before_slack_was_asked_for_it_is_said_to_be_gone(world: World) -> None:
    message = world.posts("@trainmaster onboard this", files=[("adding.py", FLOW)])
    world.workspace.delete_file("alice", message.files[0].id)
    taken_in_as(world, message, files=[], files_known=False)
    assert any(GONE in text for text in world.texts(message.ts))
    assert not any("I cannot take" in text for text in world.texts(message.ts))


def test_a_file_is_read_also_when_the_words_beside_it_are_too_many(world: World) -> None:
    thread = world.says("@trainmaster onboard this " + "x" * 13_000, files=[("adding.py", FLOW)])
    assert "plan.register" in buttons(world.card(thread, "plan.discard"))
    assert any("I read up to 12,000" in text for text in world.texts(thread))


def told_of(world: World, text: str, name: str, *, deleted: bool = False, **told: str) -> Message:
    """A message whose file is told of by its id and this alone."""
    message = world.posts(text, files=[(name, FLOW)])
    if deleted:
        world.workspace.delete_file("alice", message.files[0].id)
    taken_in_as(world, message, files=[file_ref({"id": message.files[0].id, **told}).model_dump()], files_known=True)
    return message


def taken_in_as(world: World, message: Message, **changes: Any) -> None:
    """Let a message be answered as though it had come like this."""
    until(lambda: world.slack.underway == 0)
    box = f"tm:{TEAM}:mailbox:v1:{TEAM}:{message.channel}:{message.ts}"
    item = json.loads(str(world.redis.lindex(box, 0)))
    world.redis.lset(box, 0, json.dumps(item | changes))
    world.redis.set(f"tm:{TEAM}:seen:v1:turn:{item['id']}", "", keepttl=True)
    world.settle()
