"""Which events a change brings, and what stands in them."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from demo.workspace.events import Events
from demo.workspace.faults import Faults
from demo.workspace.site import Site
from demo.workspace.workspace import Workspace

from .samples import CallApi

JSON = dict[str, Any]
Sent = Callable[[], list[JSON]]


@pytest.fixture
def sent(workspace: Workspace, site: Site, faults: Faults) -> Sent:
    payloads: list[JSON] = []
    workspace.subscribe(Events(workspace, site, payloads.append, lambda: faults.mention_files).changed)

    def taken() -> list[JSON]:
        found = list(payloads)
        payloads.clear()
        return found

    return taken


def kinds(payloads: list[JSON]) -> list[str]:
    return [":".join(filter(None, (p["event"]["type"], p["event"].get("subtype")))) for p in payloads]


def test_a_mention_brings_two_events_of_one_message(workspace: Workspace, sent: Sent) -> None:
    message = workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
    mention, plain = sent()
    assert kinds([mention, plain]) == ["app_mention", "message"]
    assert mention["event"]["ts"] == plain["event"]["ts"] == message.ts
    assert mention["event_id"] != plain["event_id"]
    assert plain["event"]["channel_type"] == "channel"


def test_an_envelope_says_which_team_app_and_installation(workspace: Workspace, sent: Sent) -> None:
    workspace.post("alice", "#ml-pipelines", "hello")
    (payload,) = sent()
    assert payload["type"] == "event_callback"
    assert (payload["team_id"], payload["api_app_id"]) == ("T0LOCAL", "A0TRAINMSTR")
    assert payload["authorizations"][0]["user_id"] == "U0TRAINMSTR"
    assert payload["is_ext_shared_channel"] is False
    assert payload["event"]["blocks"][0]["type"] == "rich_text"


def test_a_mention_with_a_file_leaves_it_out_unless_told_otherwise(
    workspace: Workspace, sent: Sent, faults: Faults
) -> None:
    workspace.upload("alice", "#ml-pipelines", "a.py", b"x", text="@trainmaster onboard")
    mention, message, shared = sent()
    assert "files" not in mention["event"]
    assert message["event"]["subtype"] == "file_share"
    assert message["event"]["files"][0]["name"] == "a.py"
    assert set(shared["event"]) == {"type", "file_id", "file", "user_id", "channel_id", "event_ts"}

    faults.mention_files = True
    workspace.upload("alice", "#ml-pipelines", "a.py", b"x", text="@trainmaster onboard")
    assert sent()[0]["event"]["files"][0]["name"] == "a.py"


def test_a_direct_message_is_no_mention(workspace: Workspace, sent: Sent) -> None:
    workspace.post("alice", "D0ALICE", "@trainmaster hello")
    (payload,) = sent()
    assert (payload["event"]["type"], payload["event"]["channel_type"]) == ("message", "im")


def test_a_reply_names_its_thread_and_whose_it_is(workspace: Workspace, sent: Sent) -> None:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    workspace.post("bob", "#ml-pipelines", "hi", root.ts)
    event = sent()[-1]["event"]
    assert (event["thread_ts"], event["parent_user_id"]) == (root.ts, "U0ALICE")


def test_edits_and_deletions_come_hidden_with_what_was_before(workspace: Workspace, sent: Sent) -> None:
    message = workspace.post("alice", "#ml-pipelines", "one")
    workspace.edit("alice", message, "two")
    workspace.delete("alice", message)
    _, changed, deleted = sent()
    assert kinds([changed, deleted]) == ["message:message_changed", "message:message_deleted"]
    assert changed["event"]["message"]["text"] == "two"
    assert changed["event"]["previous_message"]["text"] == "one"
    assert changed["event"]["message"]["edited"]["user"] == "U0ALICE"
    assert deleted["event"]["deleted_ts"] == message.ts


def test_an_edit_that_leaves_a_mention_in_is_told_as_one_again_and_says_that_it_is_an_edit(
    workspace: Workspace, sent: Sent
) -> None:
    message = workspace.post("alice", "#ml-pipelines", "one")
    message = workspace.edit("alice", message, "@trainmaster one")
    workspace.edit("alice", message, "two")
    _, mention, added, taken_away = sent()
    assert kinds([added, taken_away]) == ["message:message_changed"] * 2
    assert (mention["event"]["type"], mention["event"]["ts"]) == ("app_mention", message.ts)
    assert mention["event"]["edited"] == added["event"]["message"]["edited"]


def test_a_deleted_root_of_a_thread_comes_as_a_change_to_a_tombstone(workspace: Workspace, sent: Sent) -> None:
    root = workspace.post("alice", "#ml-pipelines", "one")
    workspace.post("bob", "#ml-pipelines", "hi", root.ts)
    workspace.delete("alice", root)
    event = sent()[-1]["event"]
    assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")


def test_the_apps_own_posts_come_back_with_its_bot_id(sent: Sent, api: CallApi) -> None:
    api("chat.postMessage", channel="C0MLPIPE", text="<@U0TRAINMSTR> said so")
    (payload,) = sent()
    assert (payload["event"]["type"], payload["event"]["bot_id"]) == ("message", "B0TRAINMSTR")


def test_nothing_is_told_of_a_channel_without_the_bot(workspace: Workspace, sent: Sent) -> None:
    workspace.post("alice", "#random", "@trainmaster hello")
    assert sent() == []


def test_an_event_that_was_not_subscribed_or_lacks_its_scope_is_not_sent(workspace: Workspace, sent: Sent) -> None:
    app = workspace.app
    workspace.app = dataclasses.replace(app, events=app.events - {"app_mention"}, scopes=app.scopes - {"im:history"})
    workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
    workspace.post("alice", "D0ALICE", "hello")
    assert kinds(sent()) == ["message"]


def test_reactions_joins_and_deleted_files_are_told(workspace: Workspace, sent: Sent) -> None:
    message = workspace.upload("alice", "#ml-pipelines", "a.py", b"x")
    sent()
    workspace.add_reaction("bob", message, "eyes")
    workspace.remove_reaction("bob", message, "eyes")
    workspace.delete_file("alice", message.files[0].id)
    workspace.command("alice", "#random", "/invite @trainmaster")
    assert kinds(sent()) == [
        "reaction_added",
        "reaction_removed",
        "file_deleted",
        "member_joined_channel",
        "message:channel_join",
    ]


def test_a_stranger_in_the_channel_is_seen_on_the_envelope(workspace: Workspace, sent: Sent) -> None:
    workspace.put_person(dataclasses.replace(workspace.person("carol"), team="T0OTHER"))
    workspace.post("carol", "#ml-pipelines", "hello")
    (payload,) = sent()
    assert payload["is_ext_shared_channel"] is True
    assert payload["event"]["team"] == "T0OTHER"
