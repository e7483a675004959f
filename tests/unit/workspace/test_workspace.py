"""What people can do, and what they are told when they cannot."""

import threading

import pytest

from demo.workspace.model import Change, Message
from demo.workspace.timeline import NotFound
from demo.workspace.workspace import NotAllowed, Workspace

from .samples import BUTTONS, CallApi


def test_a_reply_makes_its_root_a_thread(workspace: Workspace) -> None:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    assert root.thread_ts is None

    reply = workspace.post("bob", "C0MLPIPE", "hi", root.ts)
    answer = workspace.post("carol", "C0MLPIPE", "hi both", reply.ts)

    assert [m.text for m in workspace.thread("C0MLPIPE", root.ts)] == ["hello", "hi", "hi both"]
    assert workspace.message("C0MLPIPE", root.ts).thread_ts == root.ts
    assert answer.thread_ts == root.ts
    assert [m.ts for m in workspace.messages("C0MLPIPE")] == [root.ts]


def test_a_broadcast_reply_stands_in_the_channel_too(workspace: Workspace) -> None:
    root = workspace.post("alice", "#random", "hello")
    reply = workspace.post("bob", "#random", "all of you", root.ts, broadcast=True)
    assert [m.ts for m in workspace.messages("C0RANDOM")] == [root.ts, reply.ts]
    assert reply.subtype == "thread_broadcast"


def test_timestamps_never_repeat_while_the_clock_stands(workspace: Workspace) -> None:
    stamps = [workspace.post("alice", "#random", str(n)).ts for n in range(50)]
    assert stamps == sorted(set(stamps))


def test_files_are_kept_with_their_type_and_share(workspace: Workspace) -> None:
    message = workspace.upload("alice", "#random", "churn.py", b"x = 1\n", text="look")
    (file,) = message.files
    assert (file.filetype, file.mimetype, file.size) == ("python", "text/x-python", 6)
    assert file.shares == (("C0RANDOM", message.ts),)
    assert workspace.content(file.id) == b"x = 1\n"
    assert message.subtype == "file_share"


def test_a_deleted_file_is_gone_and_its_message_says_so(workspace: Workspace) -> None:
    message = workspace.upload("alice", "#random", "churn.py", b"x")
    workspace.delete_file("alice", message.files[0].id)
    assert workspace.message("C0RANDOM", message.ts).files[0].deleted
    with pytest.raises(NotFound, match="file_deleted"):
        workspace.content(message.files[0].id)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_message_is_not_sent(workspace: Workspace, text: str) -> None:
    with pytest.raises(NotAllowed, match="nothing to send"):
        workspace.post("alice", "#random", text)


def test_a_message_of_40000_characters_passes_and_one_more_does_not(workspace: Workspace) -> None:
    assert len(workspace.post("alice", "#random", "x" * 40_000).text) == 40_000
    with pytest.raises(NotAllowed, match="40,000"):
        workspace.post("alice", "#random", "x" * 40_001)


def test_nobody_writes_where_they_are_no_member(workspace: Workspace) -> None:
    with pytest.raises(NotAllowed, match="not a member"):
        workspace.post("bob", "D0ALICE", "hello")


def test_only_the_author_edits_and_deletes(workspace: Workspace) -> None:
    message = workspace.post("alice", "#random", "hello")
    with pytest.raises(NotAllowed, match="who wrote"):
        workspace.edit("bob", message, "bye")
    with pytest.raises(NotAllowed, match="who wrote"):
        workspace.delete("bob", message)
    edited = workspace.edit("alice", message, "bye")
    assert edited.edited is not None
    assert edited.edited[0] == "U0ALICE"
    workspace.delete("alice", message)
    assert workspace.messages("C0RANDOM") == []


def test_deleting_a_root_with_replies_leaves_a_tombstone(workspace: Workspace) -> None:
    root = workspace.post("alice", "#random", "hello")
    workspace.post("bob", "#random", "hi", root.ts)
    workspace.delete("alice", root)
    assert [m.subtype for m in workspace.thread("C0RANDOM", root.ts)] == ["tombstone", ""]


def test_mentioning_the_bot_where_it_is_not_brings_a_hint_and_inviting_it_helps(workspace: Workspace) -> None:
    workspace.post("alice", "#random", "@trainmaster hello")
    (hint,) = workspace.ephemerals("U0ALICE", "C0RANDOM")
    assert "/invite @trainmaster" in hint.text
    assert workspace.command("alice", "#random", "/invite @trainmaster").result(0).ok
    assert workspace.bot.id in workspace.channel("#random").members


def test_a_click_needs_a_button_that_is_still_there(workspace: Workspace, api: CallApi) -> None:
    ts = api("chat.postMessage", channel="C0MLPIPE", text="card", blocks=BUTTONS)["ts"]
    card = workspace.message("C0MLPIPE", ts)
    with pytest.raises(NotAllowed, match="no such button"):
        workspace.click("alice", card, "stop")
    with pytest.raises(NotAllowed, match="no such button"):
        workspace.choose("alice", card, "pick", "b")
    api("chat.update", channel="C0MLPIPE", ts=ts, text="done", blocks=[])
    with pytest.raises(NotAllowed, match="no such button"):
        workspace.click("alice", card, "go")


def test_a_click_without_an_app_is_not_dispatched(workspace: Workspace, api: CallApi) -> None:
    ts = api("chat.postMessage", channel="C0MLPIPE", text="card", blocks=BUTTONS)["ts"]
    outcome = workspace.click("alice", workspace.message("C0MLPIPE", ts), "go").result(0)
    assert (outcome.ok, outcome.error) == (False, "dispatch_failed")


def test_an_ephemeral_message_can_only_be_dismissed_by_its_reader(workspace: Workspace) -> None:
    shown = workspace.show(Message("C0RANDOM", workspace.next_ts(), "USLACKBOT", "psst", ephemeral_to="U0ALICE"))
    with pytest.raises(NotAllowed):
        workspace.delete("bob", shown)
    workspace.delete("alice", shown)
    assert workspace.ephemerals("U0ALICE", "C0RANDOM") == []


def test_an_unknown_command_is_refused_with_the_known_ones(workspace: Workspace) -> None:
    with pytest.raises(NotAllowed, match="/mlops"):
        workspace.command("alice", "#random", "/remind me")


def test_subscribers_hear_each_change_in_order_until_they_leave(workspace: Workspace) -> None:
    heard: list[Change] = []
    leave = workspace.subscribe(heard.append)
    message = workspace.post("alice", "#random", "one")
    workspace.edit("alice", message, "two")
    workspace.add_reaction("bob", message, ":eyes:")
    workspace.delete("alice", message)
    leave()
    workspace.post("alice", "#random", "unheard")
    assert [c.kind for c in heard] == ["posted", "edited", "reaction", "deleted"]
    assert heard[1].before is not None
    assert heard[1].before.text == "one"


def test_many_threads_write_without_losing_a_message(workspace: Workspace) -> None:
    def write(name: str) -> None:
        for number in range(50):
            workspace.post(name, "#random", f"{name} {number}")

    writers = [threading.Thread(target=write, args=(name,)) for name in ("alice", "bob", "carol")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    messages = workspace.messages("C0RANDOM")
    assert len(messages) == 150
    assert len({m.ts for m in messages}) == 150


def test_a_private_channel_has_only_its_members(workspace: Workspace) -> None:
    room = workspace.create_channel("secret", ["alice"], private=True)
    assert room.kind == "group"
    with pytest.raises(NotAllowed):
        workspace.post("bob", room.id, "let me in")
