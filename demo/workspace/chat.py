"""`chat.*`: the app's own messages."""

import dataclasses
from typing import Any

from demo.workspace import blocks as block_kit
from demo.workspace import seed
from demo.workspace.api import SPECIAL, TIER_3, TIER_4, ApiError, Call, Method
from demo.workspace.model import JSON, Channel, Message
from demo.workspace.streams import is_growing
from demo.workspace.timeline import NotFound
from demo.workspace.typed import normalised
from demo.workspace.wire import message_json
from demo.workspace.workspace import LONGEST_MESSAGE

LONGEST_UPDATE = 4_000  #: characters; a longer text is refused, not cut
LONGEST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100


def _post(call: Call) -> JSON:
    channel = _target(call)
    content = _content(call)
    thread_ts = _thread_ts(call, channel)
    args = call.args
    message = call.workspace.add(
        Message(
            channel.id,
            call.workspace.next_ts(),
            seed.BOT,
            content.text,
            blocks=content.blocks,
            attachments=content.attachments,
            thread_ts=thread_ts,
            broadcast=bool(thread_ts and args.flag("reply_broadcast")),
            subtype="thread_broadcast" if thread_ts and args.flag("reply_broadcast") else "",
            bot_id=call.workspace.bot.bot_id,
            metadata=_metadata(call),
            unfurl=(args.flag("unfurl_links"), args.flag("unfurl_media")),
        )
    )
    shown = message_json(message, call.site, call.workspace, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown, **content.warning}


def _post_ephemeral(call: Call) -> JSON:
    channel = call.joined()
    user = call.args.required("user", "user_not_in_channel")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    content = _content(call)
    message = call.workspace.show(
        Message(
            channel.id,
            call.workspace.next_ts(),
            seed.BOT,
            content.text,
            blocks=content.blocks,
            attachments=content.attachments,
            thread_ts=_thread_ts(call, channel),
            bot_id=call.workspace.bot.bot_id,
            ephemeral_to=user,
        )
    )
    return {"message_ts": message.ts, **content.warning}


def _update(call: Call) -> JSON:
    channel = call.channel()
    with call.workspace.locked():
        message = _own(call, channel, "cant_update_message")
        if is_growing(message, call.workspace):
            raise ApiError("streaming_state_conflict")
        if len(call.args.text("text")) > LONGEST_UPDATE:
            raise ApiError("msg_too_long")
        blocks = _blocks(call)
        if not call.args.has("text") and blocks is None and not call.args.has("attachments"):
            raise ApiError("no_text")
        text = normalised(call.args.text("text")) if call.args.has("text") else message.text
        # A text without blocks takes the old blocks away; they stay only where the text is left out too.
        kept = blocks if blocks is not None else () if call.args.has("text") else message.blocks
        if not (text or kept):
            raise ApiError("no_text")
        edit = (seed.BOT, call.workspace.next_ts())
        message = call.workspace.replace(
            dataclasses.replace(
                message,
                text=text,
                blocks=kept,
                metadata=_metadata(call) or message.metadata,
                edited=message.edited if kept or text == message.text else edit,
            )
        )
    shown = message_json(message, call.site, call.workspace, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def _delete(call: Call) -> JSON:
    channel = call.channel()
    with call.workspace.locked():
        message = _own(call, channel, "cant_delete_message")
        call.workspace.remove(channel.id, message.ts)
    return {"channel": channel.id, "ts": message.ts}


def _permalink(call: Call) -> JSON:
    channel = call.channel()
    message = _message(call, channel, call.args.required("message_ts", "message_not_found"))
    return {"channel": channel.id, "permalink": call.site.permalink(message)}


@dataclasses.dataclass(frozen=True, slots=True)
class _Content:
    text: str
    blocks: tuple[JSON, ...]
    attachments: tuple[JSON, ...]
    warning: JSON


def _content(call: Call) -> _Content:
    text = call.args.text("text")
    blocks = _blocks(call)
    markdown = call.args.text("markdown_text")
    if markdown:
        if text or blocks:
            raise ApiError("markdown_text_conflict")
        if len(markdown) > LONGEST_MARKDOWN:
            raise ApiError("msg_too_long")
        text, blocks = markdown, block_kit.with_ids([{"type": "markdown", "text": markdown}])
    attachments = _attachments(call)
    if not (text or blocks or attachments):
        raise ApiError("no_text")
    warning: JSON = {}
    if len(text) > LONGEST_MESSAGE:
        text = text[:LONGEST_MESSAGE]
        warning = {"response_metadata": {"warnings": ["message_truncated"]}}
    return _Content(normalised(text), blocks or (), attachments, warning)


def _blocks(call: Call) -> tuple[JSON, ...] | None:
    sent: Any = call.args.decoded("blocks", "invalid_blocks_format")
    if sent is None:
        return None
    if complaints := block_kit.problems(sent):
        raise ApiError("invalid_blocks", errors=complaints, response_metadata={"messages": complaints})
    return block_kit.with_ids(sent)


def _attachments(call: Call) -> tuple[JSON, ...]:
    sent: Any = call.args.decoded("attachments", "invalid_attachments")
    if sent is None:
        return ()
    if not isinstance(sent, list) or not all(isinstance(a, dict) for a in sent):
        raise ApiError("invalid_attachments")
    if len(sent) > MOST_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    return tuple(sent)


def _metadata(call: Call) -> JSON | None:
    sent: Any = call.args.decoded("metadata", "invalid_metadata_format")
    if sent is None:
        return None
    if not isinstance(sent, dict) or not isinstance(sent.get("event_type"), str):
        raise ApiError("invalid_metadata_format")
    if not isinstance(sent.get("event_payload"), dict):
        raise ApiError("invalid_metadata_schema")
    return {"event_type": sent["event_type"], "event_payload": sent["event_payload"]}


def _target(call: Call) -> Channel:
    """The channel to post to: an id, a name, or a person's id for the direct message."""
    ref = call.args.required("channel", "channel_not_found")
    try:
        found = call.workspace.direct(ref) if ref.startswith("U") else call.workspace.channel(ref)
    except NotFound as missing:
        raise ApiError("channel_not_found") from missing
    if seed.BOT not in found.members:
        raise ApiError("not_in_channel" if found.kind == "channel" else "channel_not_found")
    return found


def _thread_ts(call: Call, channel: Channel) -> str | None:
    ts = call.args.text("thread_ts")
    if not ts:
        return None
    try:
        parent = call.workspace.message(channel.id, ts)
    except NotFound as missing:
        raise ApiError("thread_not_found") from missing
    if parent.is_reply:
        raise ApiError("cannot_reply_to_message")
    return ts


def _message(call: Call, channel: Channel, ts: str) -> Message:
    try:
        return call.workspace.message(channel.id, ts)
    except NotFound as missing:
        raise ApiError("message_not_found") from missing


def _own(call: Call, channel: Channel, refusal: str) -> Message:
    message = _message(call, channel, call.args.required("ts", "message_not_found"))
    if message.bot_id != call.workspace.bot.bot_id or message.user != seed.BOT or message.subtype == "channel_join":
        raise ApiError(refusal)
    return message


METHODS = {
    "chat.delete": Method(_delete, ("chat:write",), TIER_3),
    "chat.getPermalink": Method(_permalink, (), SPECIAL),
    "chat.postEphemeral": Method(_post_ephemeral, ("chat:write",), TIER_4),
    "chat.postMessage": Method(_post, ("chat:write",), SPECIAL),
    "chat.update": Method(_update, ("chat:write",), TIER_3),
}
