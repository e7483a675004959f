"""Mentions, direct messages, and files in threads that we take part in."""

from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt import App

from bot import events
from bot.events import Turn

if TYPE_CHECKING:
    from bot.app import BotServices

EVENTS = ("app_mention", "message")


def register(app: App, services: "BotServices") -> None:
    """Listen to `app_mention` and to every kind of `message`; what is not for us is acknowledged all the same."""
    for event in EVENTS:
        app.event(event)(partial(_said, services=services))


def _said(body: dict[str, Any], *, services: "BotServices") -> None:
    event = body["event"]
    if not events.from_a_person(event) or event["user"] == services.bot_user:
        return
    turn = events.turn_from(body, bot_user=services.bot_user)
    if services.is_ours(turn.actor) and _for_us(turn, services):
        services.accept(turn)


def _for_us(turn: Turn, services: "BotServices") -> bool:
    if turn.mention or turn.direct:
        return True
    in_thread = turn.thread.root != turn.ts
    return bool(turn.files) and in_thread and services.mailbox.takes_part(turn.thread.ref)
