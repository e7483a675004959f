"""`reactions.*`: the app's emoji under messages."""

import re

from demo.workspace import seed
from demo.workspace.api import TIER_2, TIER_3, ApiError, Call, Method
from demo.workspace.model import JSON, Message
from demo.workspace.timeline import NotFound
from demo.workspace.wire import message_json

_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def _add(call: Call) -> JSON:
    message, name = _target(call), _name(call)
    if not call.workspace.react(message.channel, message.ts, name, seed.BOT, add=True):
        raise ApiError("already_reacted")
    return {}


def _remove(call: Call) -> JSON:
    message, name = _target(call), _name(call)
    if not call.workspace.react(message.channel, message.ts, name, seed.BOT, add=False):
        raise ApiError("no_reaction")
    return {}


def _get(call: Call) -> JSON:
    message = _target(call)
    shown = message_json(message, call.site, call.workspace)
    return {"type": "message", "channel": message.channel, "message": shown}


def _target(call: Call) -> Message:
    channel = call.joined()
    try:
        return call.workspace.message(channel.id, call.args.required("timestamp", "no_item_specified"))
    except NotFound as missing:
        raise ApiError("message_not_found") from missing


def _name(call: Call) -> str:
    name = call.args.required("name", "invalid_name")
    if not _NAME.fullmatch(name):
        raise ApiError("invalid_name")
    return name


METHODS = {
    "reactions.add": Method(_add, ("reactions:write",), TIER_3),
    "reactions.get": Method(_get, ("reactions:read",), TIER_3),
    "reactions.remove": Method(_remove, ("reactions:write",), TIER_2),
}
