"""`chat.startStream`, `chat.appendStream`, `chat.stopStream`: messages that grow while the app writes them."""

import dataclasses
from typing import Any

from demo.workspace import blocks as block_kit
from demo.workspace import seed
from demo.workspace.api import TIER_2, TIER_4, ApiError, Call, Method
from demo.workspace.model import JSON, Channel, Message, Status
from demo.workspace.timeline import NotFound, Timeline
from demo.workspace.typed import normalised
from demo.workspace.wire import message_json

STREAM_SECONDS = 300  #: a stream ends by itself after so long, whether anything was added or not
LONGEST_TEXT = 12_000  #: characters of one call's `markdown_text`
LONGEST_LINE = 256  #: characters of a task's or plan's texts
MOST_BLOCKS = 50  #: streamed, and as many again when it is stopped
TASK_STATES = {"pending", "in_progress", "complete", "error"}


def _start(call: Call) -> JSON:
    channel = call.joined()
    root = _root(call, channel)
    if channel.kind != "im":
        call.args.required("recipient_user_id", "missing_recipient_user_id")
        call.args.required("recipient_team_id", "missing_recipient_team_id")
    added = _added(call)
    with call.workspace.locked():
        message = call.workspace.add(
            Message(
                channel.id,
                call.workspace.next_ts(),
                seed.BOT,
                added.text,
                blocks=block_kit.with_ids(added.blocks),
                thread_ts=root,
                bot_id=call.workspace.bot.bot_id,
                unfurl=(False, False),
                streaming=call.workspace.now(),
            )
        )
        _session(call.workspace, message, "processing")
    return {"channel": channel.id, "ts": message.ts}


def _append(call: Call) -> JSON:
    channel = call.joined()
    added = _added(call)
    if not (added.text or added.blocks):
        raise ApiError("no_text")
    with call.workspace.locked():
        message = _growing(call, channel)
        call.workspace.replace(_with(message, added))
    return {"channel": channel.id, "ts": message.ts}


def _stop(call: Call) -> JSON:
    channel = call.joined()
    added, last = _added(call), _blocks(call.args.decoded("blocks", "invalid_blocks_format") or [])
    metadata: Any = call.args.decoded("metadata", "invalid_metadata_format")
    if metadata is not None and not isinstance(metadata, dict):
        raise ApiError("invalid_metadata_format")
    with call.workspace.locked():
        message = _with(_growing(call, channel), added)
        blocks = (*message.blocks, *block_kit.with_ids(last))
        kept = dataclasses.replace(message, blocks=blocks, metadata=metadata or message.metadata, streaming=0.0)
        call.workspace.replace(kept)
        _session(call.workspace, kept, call.args.text("session_status", "active"))
    shown = message_json(kept, call.site, call.workspace, metadata=True)
    return {"channel": channel.id, "ts": kept.ts, "message": shown}


def end_streams(workspace: Timeline, channel: str, root: str) -> list[str]:
    """End what still grows in a thread, as Slack's own stop button does; the `ts` of each."""
    growing = [each for each in workspace.replies(channel, root) if is_growing(each, workspace)]
    for message in growing:
        workspace.replace(dataclasses.replace(message, streaming=0.0))
    return [message.ts for message in growing]


def is_growing(message: Message, workspace: Timeline) -> bool:
    """Whether a message is a stream now."""
    return bool(message.streaming) and workspace.now() - message.streaming < STREAM_SECONDS


@dataclasses.dataclass(frozen=True, slots=True)
class _Added:
    text: str = ""
    blocks: tuple[JSON, ...] = ()
    chunked: bool = False


def _added(call: Call) -> _Added:
    text = call.args.text("markdown_text")
    chunks: Any = call.args.decoded("chunks", "invalid_chunks")
    if chunks is None:
        return _Added(_checked(text))
    if text or not isinstance(chunks, list) or not all(isinstance(chunk, dict) for chunk in chunks):
        raise ApiError("invalid_chunks")
    found = _Added(chunked=True)
    for chunk in chunks:
        match chunk:
            case {"type": "markdown_text", "text": str(words)}:
                found = dataclasses.replace(found, text=found.text + _checked(words))
            case {"type": "blocks", "blocks": list(blocks)}:
                found = dataclasses.replace(found, blocks=(*found.blocks, *_blocks(blocks)))
            case {"type": "task_update", "id": str(name), "title": str(title), "status": str(state)}:
                if not name or len(title) > LONGEST_LINE or state not in TASK_STATES:
                    raise ApiError("invalid_chunks")
            case {"type": "plan_update", "title": str(title)} if len(title) <= LONGEST_LINE:
                pass
            case _:
                raise ApiError("invalid_chunks")
    return found


def _checked(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ApiError("msg_too_long")
    return text


def _blocks(sent: list[Any]) -> tuple[JSON, ...]:
    if complaints := block_kit.problems(sent):
        raise ApiError("invalid_blocks", errors=complaints, response_metadata={"messages": complaints})
    return tuple(sent)


def _with(message: Message, added: _Added) -> Message:
    blocks = (*message.blocks, *block_kit.with_ids(added.blocks))
    if len(blocks) > MOST_BLOCKS:
        raise ApiError("invalid_blocks")
    return dataclasses.replace(message, text=message.text + normalised(added.text), blocks=blocks)


def _growing(call: Call, channel: Channel) -> Message:
    ts = call.args.required("ts", "message_not_found")
    try:
        message = call.workspace.message(channel.id, ts)
    except NotFound as missing:
        raise ApiError("message_not_found") from missing
    if message.user != seed.BOT:
        raise ApiError("message_not_owned_by_app")
    if not is_growing(message, call.workspace):
        raise ApiError("message_not_in_streaming_state")
    return message


def _root(call: Call, channel: Channel) -> str:
    try:
        return call.workspace.message(channel.id, call.args.required("thread_ts")).root
    except NotFound as missing:
        raise ApiError("thread_not_found") from missing


def _session(workspace: Timeline, message: Message, state: str) -> None:
    now = workspace.status(message.channel, message.root) or Status(message.channel, message.root, "")
    expires = workspace.now() + 3600
    shown = dataclasses.replace(now, text="", loading=(), session=state, session_expires=expires)
    workspace.set_status(message.channel, message.root, shown)


METHODS = {
    "chat.appendStream": Method(_append, ("chat:write",), TIER_4),
    "chat.startStream": Method(_start, ("chat:write",), TIER_2),
    "chat.stopStream": Method(_stop, ("chat:write",), TIER_4),
}
