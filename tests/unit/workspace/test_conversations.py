"""`conversations.*`: what the app reads."""

from dataclasses import replace

import pytest

from demo.workspace.workspace import Workspace

from .samples import CallApi


def test_history_is_newest_first_without_replies(workspace: Workspace, api: CallApi) -> None:
    root = workspace.post("alice", "#ml-pipelines", "one")
    workspace.post("bob", "#ml-pipelines", "reply", root.ts)
    workspace.post("alice", "#ml-pipelines", "two")
    messages = api("conversations.history", channel="C0MLPIPE")["messages"]
    assert [m["text"] for m in messages] == ["two", "one"]
    assert (messages[1]["reply_count"], messages[1]["reply_users"]) == (1, ["U0BOB"])


def test_one_message_is_read_again_by_its_ts(workspace: Workspace, api: CallApi) -> None:
    workspace.post("alice", "#ml-pipelines", "one")
    wanted = workspace.upload("alice", "#ml-pipelines", "a.py", b"x")
    workspace.post("alice", "#ml-pipelines", "three")
    answer = api("conversations.history", channel="C0MLPIPE", latest=wanted.ts, inclusive="1", limit="1")
    (message,) = answer["messages"]
    assert message["files"][0]["name"] == "a.py"


def test_pages_follow_each_other_without_a_gap(workspace: Workspace, api: CallApi) -> None:
    for number in range(5):
        workspace.post("alice", "#ml-pipelines", str(number))
    texts: list[str] = []
    cursor = ""
    while True:
        page = api("conversations.history", channel="C0MLPIPE", limit=2, cursor=cursor)
        texts += [m["text"] for m in page["messages"]]
        if not page["has_more"]:
            break
        cursor = page["response_metadata"]["next_cursor"]
    assert texts == ["4", "3", "2", "1", "0"]


def test_replies_begin_with_the_root_also_for_the_ts_of_a_reply(workspace: Workspace, api: CallApi) -> None:
    root = workspace.post("alice", "#ml-pipelines", "one")
    reply = workspace.post("bob", "#ml-pipelines", "two", root.ts)
    for ts in (root.ts, reply.ts):
        messages = api("conversations.replies", channel="C0MLPIPE", ts=ts)["messages"]
        assert [m["text"] for m in messages] == ["one", "two"]
    assert messages[1]["parent_user_id"] == "U0ALICE"


def test_replies_after_a_ts_still_carry_the_root(workspace: Workspace, api: CallApi) -> None:
    root = workspace.post("alice", "#ml-pipelines", "one")
    old = workspace.post("bob", "#ml-pipelines", "two", root.ts)
    workspace.post("bob", "#ml-pipelines", "three", root.ts)
    messages = api("conversations.replies", channel="C0MLPIPE", ts=root.ts, oldest=old.ts)["messages"]
    assert [m["text"] for m in messages] == ["one", "three"]


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("conversations.replies", {"channel": "C0MLPIPE", "ts": "1.000001"}, "thread_not_found"),
        ("conversations.history", {"channel": "C0RANDOM"}, "not_in_channel"),
        ("conversations.history", {"channel": "ml-pipelines"}, "channel_not_found"),
        ("conversations.history", {"channel": "C0MLPIPE", "limit": "0"}, "invalid_limit"),
        ("conversations.history", {"channel": "C0MLPIPE", "cursor": "???"}, "invalid_cursor"),
        ("conversations.list", {"types": "rooms"}, "invalid_types"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("bots.info", {"bot": "B0NOBODY"}, "bot_not_found"),
    ],
)
def test_what_cannot_be_read_is_refused(api: CallApi, method: str, args: dict[str, str], error: str) -> None:
    assert api(method, **args)["error"] == error


def test_a_private_channel_without_the_bot_does_not_exist_for_it(workspace: Workspace, api: CallApi) -> None:
    hidden = workspace.create_channel("secret", ["alice"], private=True)
    assert api("conversations.info", channel=hidden.id)["error"] == "channel_not_found"
    listed = api("conversations.list", types="public_channel,private_channel,im")["channels"]
    assert {c["id"] for c in listed} == {"C0MLPIPE", "C0RANDOM", "D0ALICE", "D0BOB", "D0CAROL"}


def test_who_is_who(api: CallApi) -> None:
    assert api("users.info", user="U0ALICE")["user"]["profile"]["title"] == "Data scientist"
    assert api("bots.info")["bot"]["user_id"] == "U0TRAINMSTR"
    assert api("team.info")["team"]["id"] == "T0LOCAL"
    assert "U0BOB" in api("conversations.members", channel="C0MLPIPE")["members"]
    assert {m["id"] for m in api("users.list")["members"]} >= {"U0ALICE", "U0BOB", "U0CAROL", "U0TRAINMSTR"}
    assert api("conversations.open", users="U0ALICE", return_im=True)["channel"]["user"] == "U0ALICE"


def test_a_channel_with_a_stranger_is_externally_shared(workspace: Workspace, api: CallApi) -> None:
    workspace.put_person(replace(workspace.person("carol"), team="T0OTHER"))
    assert api("conversations.info", channel="C0MLPIPE")["channel"]["is_ext_shared"]
