"""Status lines, session states, reactions."""

import pytest

from demo.workspace.sessions import clear_on_reply
from demo.workspace.workspace import Workspace

from .samples import CallApi, Clock


@pytest.fixture
def thread_ts(workspace: Workspace) -> str:
    workspace.subscribe(lambda change: clear_on_reply(workspace, change))
    return workspace.post("alice", "#ml-pipelines", "hello").ts


def shown(workspace: Workspace, thread_ts: str) -> tuple[str, str] | None:
    status = workspace.status("C0MLPIPE", thread_ts)
    return (status.text, status.session) if status else None


def test_a_status_line_vanishes_with_the_apps_reply(workspace: Workspace, api: CallApi, thread_ts: str) -> None:
    where = {"channel_id": "C0MLPIPE", "thread_ts": thread_ts}
    assert api("assistant.threads.setStatus", **where, status="is reading…", loading_messages=["a", "b"])["ok"]
    assert shown(workspace, thread_ts) == ("is reading…", "")
    workspace.post("bob", "#ml-pipelines", "me too", thread_ts)
    assert shown(workspace, thread_ts) == ("is reading…", "")
    api("chat.postMessage", channel="C0MLPIPE", thread_ts=thread_ts, text="done")
    assert shown(workspace, thread_ts) is None


def test_a_status_line_vanishes_after_two_minutes_and_subscribers_hear_of_it(
    workspace: Workspace, api: CallApi, thread_ts: str, clock: Clock
) -> None:
    api("assistant.threads.setStatus", channel_id="C0MLPIPE", thread_ts=thread_ts, status="is reading…")
    heard: list[str] = []
    workspace.subscribe(lambda change: heard.append(change.kind))
    clock.passes(119)
    workspace.expire_statuses()
    assert (shown(workspace, thread_ts), heard) == (("is reading…", ""), [])
    clock.passes(2)
    workspace.expire_statuses()
    assert (shown(workspace, thread_ts), heard) == (None, ["status"])


def test_an_empty_status_clears_the_line(workspace: Workspace, api: CallApi, thread_ts: str) -> None:
    for text in ("is reading…", ""):
        api("assistant.threads.setStatus", channel_id="C0MLPIPE", thread_ts=thread_ts, status=text)
    assert shown(workspace, thread_ts) is None


def test_a_session_outlives_the_line_and_processing_lapses_after_an_hour(
    workspace: Workspace, api: CallApi, thread_ts: str, clock: Clock
) -> None:
    answer = api("agents.sessions.setStatus", channel_id="C0MLPIPE", thread_ts=thread_ts, status="processing")
    assert answer["warning"] == "missing_agent_session_stopped_event_subscription"
    api("assistant.threads.setStatus", channel_id="C0MLPIPE", thread_ts=thread_ts, status="is reading…")
    api("chat.postMessage", channel="C0MLPIPE", thread_ts=thread_ts, text="done")
    assert shown(workspace, thread_ts) == ("", "processing")
    clock.passes(3601)
    assert shown(workspace, thread_ts) == ("", "active")


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("agents.sessions.setStatus", {"status": "reading the file"}, "invalid_arguments"),
        ("assistant.threads.setStatus", {"status": "x", "loading_messages": ["m"] * 11}, "invalid_arguments"),
        ("assistant.threads.setStatus", {"status": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ("assistant.threads.setStatus", {"status": "x", "channel_id": "C0RANDOM"}, "not_in_channel"),
    ],
)
def test_a_status_that_slack_refuses_is_refused(
    api: CallApi, thread_ts: str, method: str, args: dict[str, object], error: str
) -> None:
    assert api(method, **{"channel_id": "C0MLPIPE", "thread_ts": thread_ts, **args})["error"] == error


def test_a_reaction_is_put_once_and_taken_back_once(api: CallApi, thread_ts: str) -> None:
    where = {"channel": "C0MLPIPE", "timestamp": thread_ts, "name": "eyes"}
    assert api("reactions.add", **where)["ok"]
    assert api("reactions.add", **where)["error"] == "already_reacted"
    assert api("reactions.get", **where)["message"]["reactions"] == [
        {"name": "eyes", "users": ["U0TRAINMSTR"], "count": 1}
    ]
    assert api("reactions.remove", **where)["ok"]
    assert api("reactions.remove", **where)["error"] == "no_reaction"
    assert api("reactions.add", **{**where, "timestamp": "1.000001"})["error"] == "message_not_found"
