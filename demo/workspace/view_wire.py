"""From a view to Slack's JSON."""

from demo.workspace import seed
from demo.workspace.app_config import AppConfig
from demo.workspace.model import JSON, View


def view_json(view: View, app: AppConfig, bot_id: str, *, filled: bool = False) -> JSON:
    """A view object; `filled` with what stands in its fields, as interactions have it."""
    body = view.body
    return {
        "id": view.id,
        "team_id": seed.TEAM,
        "type": "modal",
        "title": body["title"],
        "submit": body.get("submit"),
        "close": body.get("close"),
        "blocks": list(view.blocks),
        "private_metadata": body.get("private_metadata") or "",
        "callback_id": body.get("callback_id") or "",
        "external_id": body.get("external_id") or "",
        "state": {"values": view.state if filled else {}},
        "hash": view.hash,
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "root_view_id": view.root,
        "previous_view_id": view.previous or None,
        "app_id": app.app_id,
        "app_installed_team_id": seed.TEAM,
        "bot_id": bot_id,
    }
