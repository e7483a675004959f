"""`conversations.*`: channels, their members, and what was said in them."""

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from demo.workspace import seed
from demo.workspace.api import TIER_2, TIER_3, TIER_4, ApiError, Call, Method
from demo.workspace.model import JSON, Channel, Message
from demo.workspace.timeline import NotFound
from demo.workspace.wire import channel_json, message_json

Item = TypeVar("Item")

_PREFIX = {"channel": "channels", "group": "groups", "im": "im"}
_TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def _history(call: Call) -> JSON:
    channel = _readable(call)
    within = _range(call)
    messages = [m for m in reversed(call.workspace.messages(channel.id)) if within(m)]
    return _page(call, messages, default=100)


def _replies(call: Call) -> JSON:
    channel = _readable(call)
    ts = call.args.required("ts", "thread_not_found")
    try:
        root = call.workspace.message(channel.id, ts).root
    except NotFound as missing:
        raise ApiError("thread_not_found") from missing
    thread = call.workspace.thread(channel.id, root)
    within = _range(call)
    return _page(call, [m for m in thread if m.ts == root or within(m)], default=1000)


def _info(call: Call) -> JSON:
    channel = call.channel()
    call.needs(f"{_PREFIX[channel.kind]}:read")
    members = bool(call.args.flag("include_num_members"))
    return {"channel": channel_json(channel, call.workspace, members=members)}


def _list(call: Call) -> JSON:
    wanted = [t.strip() for t in call.args.text("types", "public_channel").split(",")]
    if unknown := [t for t in wanted if t not in _TYPES]:
        raise ApiError("invalid_types", response_metadata={"messages": [f"[ERROR] invalid type: {unknown[0]}"]})
    kinds = {_TYPES[t] for t in wanted}
    for kind in kinds & set(_PREFIX):
        call.needs(f"{_PREFIX[kind]}:read")
    seen = [c for c in call.workspace.channels if c.kind in kinds and (c.kind == "channel" or seed.BOT in c.members)]
    page, cursor = _slice(call, seen, default=100)
    shown = [channel_json(c, call.workspace, members=True) for c in page]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


def _members(call: Call) -> JSON:
    channel = call.channel()
    call.needs(f"{_PREFIX[channel.kind]}:read")
    page, cursor = _slice(call, channel.members, default=100)
    return {"members": list(page), "response_metadata": {"next_cursor": cursor}}


def _open(call: Call) -> JSON:
    if call.args.has("channel"):
        channel = call.channel()
        if channel.kind != "im":
            raise ApiError("invalid_arguments")
    else:
        users = call.args.required("users", "users_list_not_supplied").split(",")
        if len(users) > 1:
            raise ApiError("not_enough_users" if not all(users) else "method_not_supported_for_channel_type")
        try:
            channel = call.workspace.direct(users[0])
        except NotFound as missing:
            raise ApiError("user_not_found") from missing
    if call.args.flag("return_im"):
        return {"no_op": True, "already_open": True, "channel": channel_json(channel, call.workspace)}
    return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}


def _readable(call: Call) -> Channel:
    channel = call.joined()
    call.needs(f"{_PREFIX[channel.kind]}:history")
    return channel


def _range(call: Call) -> Callable[[Message], bool]:
    """Whether a message lies between `oldest` and `latest`, which are read once for all messages."""
    inclusive = bool(call.args.flag("inclusive"))
    latest, oldest = (call.args.text(name) for name in ("latest", "oldest"))
    end, begin = (_order(ts) if ts else None for ts in (latest, oldest))
    if end is None and begin is None:
        return lambda _: True

    def within(message: Message) -> bool:
        at = _order(message.ts)
        if end is not None and (at > end or (at == end and not inclusive)):
            return False
        return not (begin is not None and (at < begin or (at == begin and not inclusive)))

    return within


def _order(ts: str) -> tuple[int, int]:
    seconds, _, micro = ts.partition(".")
    try:
        return int(seconds), int((micro or "0").ljust(6, "0")[:6])
    except ValueError as malformed:
        raise ApiError("invalid_ts_latest") from malformed


def _page(call: Call, messages: Sequence[Message], default: int) -> JSON:
    page, cursor = _slice(call, messages, default)
    metadata = bool(call.args.flag("include_all_metadata"))
    shown = [message_json(m, call.site, call.workspace, metadata=metadata) for m in page]
    more: JSON = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
    return {"messages": shown, "has_more": bool(cursor), "pin_count": 0, **more}


def _slice(call: Call, items: Sequence[Item], default: int) -> tuple[Sequence[Item], str]:
    limit = call.args.number("limit", default, most=1000)
    cursor = call.args.text("cursor")
    start = 0
    if cursor:
        try:
            start = int(base64.b64decode(cursor, validate=True).removeprefix(b"next:"))
        except ValueError as malformed:
            raise ApiError("invalid_cursor") from malformed
    end = start + limit
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], following


METHODS = {
    "conversations.history": Method(_history, (), TIER_3),
    "conversations.info": Method(_info, (), TIER_3),
    "conversations.list": Method(_list, (), TIER_2),
    "conversations.members": Method(_members, (), TIER_4),
    "conversations.open": Method(_open, ("im:write", "mpim:write"), TIER_3),
    "conversations.replies": Method(_replies, (), TIER_3),
}
