"""`chat.*` as the app calls it."""

import pytest

from demo.workspace.workspace import Workspace

from .samples import BUTTONS, CallApi, Clock

SECTION = [{"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}]


def test_a_post_is_stored_and_answered_with_its_ts(workspace: Workspace, api: CallApi) -> None:
    answer = api("chat.postMessage", channel="C0MLPIPE", text="hello", blocks=SECTION, unfurl_links="0")
    message = workspace.message("C0MLPIPE", answer["ts"])
    assert answer["ok"]
    assert answer["message"]["bot_id"] == "B0TRAINMSTR"
    assert message.text == "hello"
    assert message.blocks[0]["block_id"]
    assert message.unfurl == (False, None)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "C0MLPIPE"}, "no_text"),
        ({"channel": "C0MLPIPE", "text": ""}, "no_text"),
        ({"text": "x"}, "channel_not_found"),
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
        ({"channel": "C0MLPIPE", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": "C0MLPIPE", "text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"channel": "C0MLPIPE", "text": "x", "blocks": [{"type": "nope"}]}, "invalid_blocks"),
        ({"channel": "C0MLPIPE", "text": "x", "metadata": "[]"}, "invalid_metadata_format"),
        ({"channel": "C0MLPIPE", "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": "C0MLPIPE", "markdown_text": "y" * 12_001}, "msg_too_long"),
        ({"channel": "C0MLPIPE", "text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
    ],
)
def test_a_post_that_slack_refuses_is_refused(api: CallApi, args: dict[str, object], error: str) -> None:
    answer = api("chat.postMessage", **args)
    assert (answer["ok"], answer["error"]) == (False, error)


def test_refused_blocks_name_the_place(api: CallApi) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    answer = api("chat.postMessage", channel="C0MLPIPE", text="x", blocks=[*SECTION, header])
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/1/text/text]"
    ]


def test_a_channel_name_and_a_persons_id_are_targets_too(api: CallApi) -> None:
    assert api("chat.postMessage", channel="#ml-pipelines", text="x")["channel"] == "C0MLPIPE"
    assert api("chat.postMessage", channel="U0BOB", text="x")["channel"] == "D0BOB"


def test_a_text_over_40000_characters_is_cut_with_a_warning(workspace: Workspace, api: CallApi) -> None:
    answer = api("chat.postMessage", channel="C0MLPIPE", text="x" * 40_001)
    assert answer["response_metadata"]["warnings"] == ["message_truncated"]
    assert len(workspace.message("C0MLPIPE", answer["ts"]).text) == 40_000


def test_a_reply_cannot_be_answered_as_if_it_were_a_root(workspace: Workspace, api: CallApi) -> None:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    reply = workspace.post("bob", "#ml-pipelines", "hi", root.ts)
    answer = api("chat.postMessage", channel="C0MLPIPE", text="x", thread_ts=reply.ts)
    assert answer["error"] == "cannot_reply_to_message"


def test_an_update_over_4000_characters_fails_and_changes_nothing(workspace: Workspace, api: CallApi) -> None:
    ts = api("chat.postMessage", channel="C0MLPIPE", text="short")["ts"]
    assert api("chat.update", channel="C0MLPIPE", ts=ts, text="x" * 4_001)["error"] == "msg_too_long"
    assert api("chat.update", channel="C0MLPIPE", ts=ts, text="x" * 4_000)["ok"]
    assert len(workspace.message("C0MLPIPE", ts).text) == 4_000


def test_an_update_with_text_alone_takes_the_blocks_away(workspace: Workspace, api: CallApi) -> None:
    ts = api("chat.postMessage", channel="C0MLPIPE", text="card", blocks=BUTTONS)["ts"]
    api("chat.update", channel="C0MLPIPE", ts=ts, text="done")
    assert workspace.message("C0MLPIPE", ts).blocks == ()


def test_an_update_without_text_and_with_blocks_keeps_the_text(workspace: Workspace, api: CallApi) -> None:
    ts = api("chat.postMessage", channel="C0MLPIPE", text="card", blocks=BUTTONS)["ts"]
    api("chat.update", channel="C0MLPIPE", ts=ts, blocks=SECTION)
    message = workspace.message("C0MLPIPE", ts)
    assert (message.text, message.blocks[0]["type"], message.edited) == ("card", "section", None)


def test_metadata_is_kept_by_an_update_that_does_not_name_it(api: CallApi) -> None:
    metadata = {"event_type": "run", "event_payload": {"id": "r1"}}
    ts = api("chat.postMessage", channel="C0MLPIPE", text="card", metadata=metadata)["ts"]
    api("chat.update", channel="C0MLPIPE", ts=ts, text="done")
    plain = api("conversations.history", channel="C0MLPIPE")["messages"][0]
    full = api("conversations.history", channel="C0MLPIPE", include_all_metadata="1")["messages"][0]
    assert "metadata" not in plain
    assert full["metadata"] == metadata


def test_only_ones_own_messages_are_updated_or_deleted(workspace: Workspace, api: CallApi) -> None:
    theirs = workspace.post("alice", "#ml-pipelines", "mine")
    assert api("chat.update", channel="C0MLPIPE", ts=theirs.ts, text="x")["error"] == "cant_update_message"
    assert api("chat.delete", channel="C0MLPIPE", ts=theirs.ts)["error"] == "cant_delete_message"
    assert api("chat.update", channel="C0MLPIPE", ts="1.000001", text="x")["error"] == "message_not_found"


def test_an_update_needs_the_channels_id(api: CallApi) -> None:
    ts = api("chat.postMessage", channel="U0BOB", text="x")["ts"]
    assert api("chat.update", channel="U0BOB", ts=ts, text="y")["error"] == "channel_not_found"


def test_an_ephemeral_message_is_seen_by_one_and_not_updatable(workspace: Workspace, api: CallApi) -> None:
    ts = api("chat.postEphemeral", channel="C0MLPIPE", user="U0BOB", text="psst")["message_ts"]
    assert [m.text for m in workspace.ephemerals("U0BOB", "C0MLPIPE")] == ["psst"]
    assert workspace.ephemerals("U0ALICE", "C0MLPIPE") == []
    assert workspace.messages("C0MLPIPE") == []
    assert api("chat.update", channel="C0MLPIPE", ts=ts, text="x")["error"] == "message_not_found"
    stranger = api("chat.postEphemeral", channel="C0MLPIPE", user="U0NOBODY", text="psst")
    assert stranger["error"] == "user_not_in_channel"


def test_a_deleted_message_is_gone(workspace: Workspace, api: CallApi) -> None:
    ts = api("chat.postMessage", channel="C0MLPIPE", text="x")["ts"]
    assert api("chat.delete", channel="C0MLPIPE", ts=ts)["ok"]
    assert workspace.messages("C0MLPIPE") == []


def test_a_permalink_of_a_reply_names_its_thread(workspace: Workspace, api: CallApi) -> None:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    reply = workspace.post("bob", "#ml-pipelines", "hi", root.ts)
    link = api("chat.getPermalink", channel="C0MLPIPE", message_ts=reply.ts)["permalink"]
    digits = reply.ts.replace(".", "")
    assert link == f"http://127.0.0.1:1/archives/C0MLPIPE/p{digits}?thread_ts={root.ts}&cid=C0MLPIPE"


def test_a_channel_takes_a_burst_and_then_one_message_a_second(api: CallApi, clock: Clock) -> None:
    answers = [api("chat.postMessage", channel="C0MLPIPE", text=str(n)) for n in range(7)]
    assert [a["ok"] for a in answers] == [True] * 5 + [False] * 2
    assert answers[5]["error"] == "ratelimited"
    assert api("chat.postMessage", channel="D0BOB", text="another channel")["ok"]
    clock.passes(1)
    assert api("chat.postMessage", channel="C0MLPIPE", text="later")["ok"]
