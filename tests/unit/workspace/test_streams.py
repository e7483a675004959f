"""Messages that grow, as the app calls for them."""

from typing import Any

import pytest

from demo.workspace.streams import end_streams, is_growing
from demo.workspace.workspace import Workspace

from .samples import CallApi, Clock

WHERE: dict[str, Any] = {"channel": "C0MLPIPE"}
READER: dict[str, Any] = {"recipient_user_id": "U0ALICE", "recipient_team_id": "T0LOCAL"}


def blocks(text: str) -> list[dict[str, Any]]:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return [{"type": "blocks", "blocks": [section]}]


@pytest.fixture
def root(workspace: Workspace) -> str:
    return workspace.post("alice", "#ml-pipelines", "hello").ts


@pytest.fixture
def ts(api: CallApi, root: str) -> str:
    return str(api("chat.startStream", **WHERE, **READER, thread_ts=root, chunks=blocks("one"))["ts"])


def shown(workspace: Workspace, ts: str) -> list[str]:
    return [block["text"]["text"] for block in workspace.message("C0MLPIPE", ts).blocks]


def test_a_stream_grows_and_is_a_message_like_any_other_once_it_is_stopped(
    workspace: Workspace, api: CallApi, root: str, ts: str
) -> None:
    assert is_growing(workspace.message("C0MLPIPE", ts), workspace)
    status = workspace.status("C0MLPIPE", root)
    assert status is not None
    assert status.session == "processing"
    assert api("chat.appendStream", **WHERE, ts=ts, chunks=blocks("two"))["ok"]
    assert api("chat.update", **WHERE, ts=ts, text="x")["error"] == "streaming_state_conflict"
    metadata = {"event_type": "e", "event_payload": {"entry": "1"}}
    assert api("chat.stopStream", **WHERE, ts=ts, metadata=metadata)["ok"]
    message = workspace.message("C0MLPIPE", ts)
    assert (shown(workspace, ts), message.metadata, message.streaming) == (["one", "two"], metadata, 0.0)
    for method in ("chat.appendStream", "chat.stopStream"):
        answer = api(method, **WHERE, ts=ts, chunks=blocks("three"))
        assert answer["error"] == "message_not_in_streaming_state"
    assert api("chat.update", **WHERE, ts=ts, text="x")["ok"]


def test_a_stream_ends_by_itself_after_five_minutes_also_while_it_grows(
    workspace: Workspace, api: CallApi, ts: str, clock: Clock
) -> None:
    for seconds, error in ((200, None), (99, None), (2, "message_not_in_streaming_state")):
        clock.passes(seconds)
        assert api("chat.appendStream", **WHERE, ts=ts, chunks=blocks("more")).get("error") == error
    assert api("chat.update", **WHERE, ts=ts, text="x")["ok"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"thread_ts": "1.000001", **READER}, "thread_not_found"),
        ({"recipient_user_id": "U0ALICE"}, "missing_recipient_team_id"),
        ({"recipient_team_id": "T0LOCAL"}, "missing_recipient_user_id"),
        ({**READER, "markdown_text": "x" * 12_001}, "msg_too_long"),
        ({**READER, "chunks": [{"type": "nope"}]}, "invalid_chunks"),
        ({**READER, "chunks": [], "markdown_text": "x"}, "invalid_chunks"),
        ({**READER, "chunks": [{"type": "blocks", "blocks": [{"type": "nope"}]}]}, "invalid_blocks"),
        ({**READER, "chunks": [{"type": "plan_update", "title": "x" * 257}]}, "invalid_chunks"),
        ({**READER, "chunks": [{"type": "task_update", "id": "1", "title": "x", "status": "so"}]}, "invalid_chunks"),
    ],
)
def test_a_stream_that_slack_refuses_is_refused(api: CallApi, root: str, args: dict[str, Any], error: str) -> None:
    assert api("chat.startStream", **{**WHERE, "thread_ts": root, **args})["error"] == error


def test_no_more_than_fifty_blocks_are_streamed(api: CallApi, ts: str) -> None:
    for _ in range(49):
        assert api("chat.appendStream", **WHERE, ts=ts, chunks=blocks("more"))["ok"]
    assert api("chat.appendStream", **WHERE, ts=ts, chunks=blocks("more"))["error"] == "invalid_blocks"


def test_text_is_streamed_too_and_the_stop_button_ends_what_grows(
    workspace: Workspace, api: CallApi, root: str
) -> None:
    ts = api("chat.startStream", **WHERE, **READER, thread_ts=root, markdown_text="one ")["ts"]
    api("chat.appendStream", **WHERE, ts=ts, markdown_text="two")
    assert workspace.message("C0MLPIPE", ts).text == "one two"
    assert end_streams(workspace, "C0MLPIPE", root) == [ts]
    assert end_streams(workspace, "C0MLPIPE", root) == []
    assert api("chat.appendStream", **WHERE, ts=ts, markdown_text="x")["error"] == "message_not_in_streaming_state"
