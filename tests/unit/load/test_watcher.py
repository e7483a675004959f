"""What is noted of what the app does."""

import dataclasses

import pytest

from demo.workspace import seed
from demo.workspace.model import Message, Status
from demo.workspace.workspace import Workspace
from tests.benchmarks.load.watcher import Watcher


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def watcher(workspace: Workspace) -> Watcher:
    ticks = iter(range(1000))
    return Watcher(workspace, clock=lambda: float(next(ticks)))


def ours(workspace: Workspace, entry: str, text: str, thread: str | None = None) -> Message:
    metadata = {"event_type": "trainmaster_message", "event_payload": {"entry": entry}}
    return workspace.add(
        Message("C0MLPIPE", workspace.next_ts(), seed.BOT, text, thread_ts=thread, bot_id="B", metadata=metadata)
    )


def test_our_messages_are_noted_by_name_and_thread(workspace: Workspace, watcher: Watcher) -> None:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    ours(workspace, "turn:1:answer:0", "Hello.", root.ts)
    assert [(one.entry, one.thread, one.text) for one in watcher.heard] == [
        ("turn:1:answer:0", ("C0MLPIPE", root.ts), "Hello.")
    ]


def test_people_s_messages_are_not(workspace: Workspace, watcher: Watcher) -> None:
    workspace.post("alice", "#ml-pipelines", "hello")
    assert (watcher.heard, watcher.faces, dict(watcher.signs)) == ([], [], {})


def test_every_face_of_a_card_is_noted_in_order(workspace: Workspace, watcher: Watcher) -> None:
    card = ours(workspace, "run:1:card", "running")
    workspace.replace(dataclasses.replace(card, text="completed"))
    assert [(face.entry, face.text) for face in watcher.faces] == [
        ("run:1:card", "running"),
        ("run:1:card", "completed"),
    ]


def test_a_status_a_reaction_and_a_message_are_signs_of_life(workspace: Workspace, watcher: Watcher) -> None:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    workspace.set_status("C0MLPIPE", root.ts, Status("C0MLPIPE", root.ts, "is reading…", expires=9e9))
    workspace.react("C0MLPIPE", root.ts, "eyes", seed.BOT, add=True)
    ours(workspace, "turn:1:answer:0", "Hello.", root.ts)
    assert len(watcher.signs["C0MLPIPE", root.ts]) == 3


def test_a_cleared_status_and_a_person_s_reaction_are_none(workspace: Workspace, watcher: Watcher) -> None:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    workspace.set_status("C0MLPIPE", root.ts, Status("C0MLPIPE", root.ts, "", session="active", expires=9e9))
    workspace.add_reaction("bob", root, "eyes")
    assert dict(watcher.signs) == {}
