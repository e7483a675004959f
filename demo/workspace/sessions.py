"""`assistant.threads.*` and `agents.sessions.*`: the lines that say what the agent is doing."""

import dataclasses

from demo.workspace import seed
from demo.workspace.api import TIER_3, TIER_4, ApiError, Call, Method
from demo.workspace.model import JSON, Change, Status
from demo.workspace.timeline import NotFound, Timeline

STATUS_SECONDS = 120  #: a status line vanishes when nothing was said for so long
PROCESSING_SECONDS = 3600  #: a session left in `processing` becomes `active` again
SESSION_STATES = {"active", "processing", "suspended", "closed"}
MOST_LOADING_MESSAGES = 10


def _set_status(call: Call) -> JSON:
    channel_id, thread_ts = _thread(call)
    text = call.args.text("status")
    loading = call.args.decoded("loading_messages", "invalid_arguments") or []
    if not isinstance(loading, list) or len(loading) > MOST_LOADING_MESSAGES:
        raise ApiError("invalid_arguments")
    with call.workspace.locked():
        now = call.workspace.status(channel_id, thread_ts) or Status(channel_id, thread_ts, "")
        lines = tuple(map(str, loading))
        expires = call.workspace.now() + STATUS_SECONDS
        shown = dataclasses.replace(now, text=text, loading=lines, expires=expires)
        call.workspace.set_status(channel_id, thread_ts, shown if text or now.session else None)
    return {}


def _set_session(call: Call) -> JSON:
    channel_id, thread_ts = _thread(call)
    state = call.args.text("status")
    if state not in SESSION_STATES:
        complaint = f"[ERROR] must be one of: {', '.join(sorted(SESSION_STATES))} [json-pointer:/status]"
        raise ApiError("invalid_arguments", response_metadata={"messages": [complaint]})
    with call.workspace.locked():
        now = call.workspace.status(channel_id, thread_ts) or Status(channel_id, thread_ts, "")
        expires = call.workspace.now() + PROCESSING_SECONDS
        shown = dataclasses.replace(now, session=state, session_expires=expires)
        call.workspace.set_status(channel_id, thread_ts, shown)
    answer: JSON = {"session": {"channel_id": channel_id, "thread_ts": thread_ts, "status": state}}
    if state == "processing" and "agent_session_stopped" not in call.workspace.app.events:
        answer["warning"] = "missing_agent_session_stopped_event_subscription"
    return answer


def clear_on_reply(workspace: Timeline, change: Change) -> None:
    """A subscriber: what the app says in a thread takes its status line away; the session's state stays."""
    message = change.message
    if change.kind == "posted" and message and message.user == seed.BOT and message.thread_ts:
        now = workspace.status(message.channel, message.root)
        if now and now.text:
            left = dataclasses.replace(now, text="", loading=()) if now.session else None
            workspace.set_status(message.channel, message.root, left)


def _thread(call: Call) -> tuple[str, str]:
    channel = call.joined("channel_id")
    ts = call.args.required("thread_ts")
    try:
        return channel.id, call.workspace.message(channel.id, ts).root
    except NotFound as missing:
        raise ApiError("thread_not_found") from missing


METHODS = {
    "agents.sessions.setStatus": Method(_set_session, ("chat:write",), TIER_3),
    "assistant.threads.setStatus": Method(_set_status, ("chat:write", "assistant:write"), TIER_4),
}
