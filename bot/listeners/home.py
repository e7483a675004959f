"""The app's own pages, and every other event that is subscribed to: acknowledged, so that Slack does not send again."""

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt import App

if TYPE_CHECKING:
    from bot.app import BotServices

log = structlog.get_logger()


def register(app: App, services: "BotServices") -> None:
    """Acknowledge whatever no other listener wanted; must be registered last."""
    app.event(re.compile(".*"))(partial(_other, services=services))


def _other(body: dict[str, Any], *, services: "BotServices") -> None:
    log.debug("event_ignored", type=str(body["event"]["type"]), team=services.team)
