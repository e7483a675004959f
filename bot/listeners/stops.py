"""Slack's own stop button: a person ends what the agent is doing in a thread."""

from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt import App

from bot import events

if TYPE_CHECKING:
    from bot.app import BotServices

STOPPED = "agent_session_stopped"


def register(app: App, services: "BotServices") -> None:
    """Listen to `agent_session_stopped`."""
    app.event(STOPPED)(partial(_stopped, services=services))


def _stopped(body: dict[str, Any], *, services: "BotServices") -> None:
    stop = events.stop_from(body)
    if services.is_ours(stop.actor):
        services.stops.ask(stop.thread, ts=stop.ts, by=stop.actor.user)
