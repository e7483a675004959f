"""Mentions, direct messages, and files in threads that we take part in."""

from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt import App

from bot import events
from bot.events import Thread, Turn

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
    if not services.is_ours(turn.actor):
        return
    if events.asks_to_stop(turn) and (threads := _under_way(turn, services)):
        for thread in threads:
            services.stops.ask(thread, ts=turn.ts, by=turn.actor.user)
    elif _for_us(turn, services):
        services.accept(turn)


def _under_way(turn: Turn, services: "BotServices") -> list[Thread]:
    """The threads that a `stop` ends something in: its own, or any of a direct conversation."""
    refs = [turn.thread.ref]
    if turn.direct and turn.thread.root == turn.ts:
        refs = services.mailbox.busy_in(turn.thread.team, turn.thread.channel)
    return [Thread.from_ref(ref) for ref in refs if services.mailbox.answers(ref)]


def _for_us(turn: Turn, services: "BotServices") -> bool:
    if turn.mention or turn.direct:
        return True
    in_thread = turn.thread.root != turn.ts
    return bool(turn.files) and in_thread and services.mailbox.takes_part(turn.thread.ref)
