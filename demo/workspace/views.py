"""`views.*`: the app's modals. A Home tab (`views.publish`) does not exist here."""

from typing import Any

from demo.workspace import view_rules
from demo.workspace.api import TIER_4, ApiError, Call, Method
from demo.workspace.model import JSON, View
from demo.workspace.open_views import DuplicateExternalId, PushLimit
from demo.workspace.timeline import NotFound
from demo.workspace.triggers import TriggerRefused
from demo.workspace.view_wire import view_json


def _open(call: Call) -> JSON:
    body = _body(call)
    with call.workspace.locked():
        trigger_id, user, _ = _trigger(call)
        try:
            view = call.workspace.modals.views.open(user, body)
        except DuplicateExternalId as taken:
            raise ApiError("duplicate_external_id") from taken
        call.workspace.triggers.exchange(trigger_id)
    return _shown(call, view)


def _push(call: Call) -> JSON:
    body = _body(call)
    with call.workspace.locked():
        trigger_id, user, origin = _trigger(call)
        views = call.workspace.modals.views
        if origin not in {view.id for view in views.of(user)}:
            raise ApiError("not_found")
        try:
            view = views.push(user, body)
        except PushLimit as full:
            raise ApiError("push_limit_reached") from full
        except DuplicateExternalId as taken:
            raise ApiError("duplicate_external_id") from taken
        call.workspace.triggers.exchange(trigger_id)
    return _shown(call, view)


def _update(call: Call) -> JSON:
    body = _body(call)
    with call.workspace.locked():
        now = _named(call)
        if call.args.text("hash") not in {"", now.hash}:
            raise ApiError("hash_conflict")
        try:
            view = call.workspace.modals.views.update(now.id, body)
        except DuplicateExternalId as taken:
            raise ApiError("duplicate_external_id") from taken
    return _shown(call, view)


def _body(call: Call) -> JSON:
    sent: Any = call.args.decoded("view", "invalid_arguments")
    if sent is None:
        call.args.required("view")
    if view_rules.too_large(sent):
        raise ApiError("view_too_large")
    if complaints := view_rules.problems(sent):
        raise ApiError("invalid_arguments", response_metadata={"messages": complaints})
    body: JSON = sent
    return body


def _trigger(call: Call) -> tuple[str, str, str]:
    """The trigger id, whose it is, and the view it came from."""
    trigger_id = call.args.required("trigger_id")
    try:
        return trigger_id, *call.workspace.triggers.holder(trigger_id)
    except TriggerRefused as refused:
        raise ApiError(refused.fault) from refused


def _named(call: Call) -> View:
    views, external_id = call.workspace.modals.views, call.args.text("external_id")
    try:
        return views.called(external_id) if external_id else views.get(call.args.required("view_id"))
    except NotFound as missing:
        raise ApiError("not_found") from missing


def _shown(call: Call, view: View) -> JSON:
    return {"view": view_json(view, call.workspace.app, call.workspace.bot.bot_id)}


METHODS = {
    "views.open": Method(_open, (), TIER_4),
    "views.push": Method(_push, (), TIER_4),
    "views.update": Method(_update, (), TIER_4),
}
