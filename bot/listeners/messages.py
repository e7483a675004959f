"""Mentions, direct messages, what is said and shared in threads that we take part in, and what becomes of it."""

from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt import App

from bot import conduct, events
from bot.changes import Change, change_from
from bot.conduct import Speech, To
from bot.events import Thread, Turn
from bot.mailbox import Changed
from bot.offers import dropped_in
from bot.outbox import Address
from bot.views.changed import changed

if TYPE_CHECKING:
    from bot.app import BotServices

EVENTS = ("app_mention", "message")


def register(app: App, services: "BotServices") -> None:
    """Listen to `app_mention` and to every kind of `message`; what is not for us is acknowledged all the same."""
    for event in EVENTS:
        app.event(event)(partial(_said, services=services))


def _said(body: dict[str, Any], *, services: "BotServices") -> None:
    event = body["event"]
    if change := change_from(body, bot_user=services.bot_user):
        _changed(change, services)
        return
    if events.tells_of_an_edit(event) or not events.from_a_person(event) or event["user"] == services.bot_user:
        return
    turn = events.turn_from(body, bot_user=services.bot_user)
    _heard(turn, services, at=turn.ts)


def _heard(turn: Turn, services: "BotServices", *, at: str) -> None:
    """Take in what was said, or turned to us, at a time."""
    ours = services.is_ours(turn.actor)
    for_us = _for_us(turn, services, ours=ours, at=at)
    if not ours:
        return
    if events.asks_to_stop(turn) and (threads := _under_way(turn, services)):
        for thread in threads:
            services.stops.ask(thread, ts=at, by=turn.actor.user)
    elif for_us:
        services.accept(turn, at=at)
    elif (dropped := dropped_in(turn)) and services.offers_in(turn.thread.channel):
        services.accept(dropped)


def _under_way(turn: Turn, services: "BotServices") -> list[Thread]:
    """The threads that a `stop` ends something in: its own, or any of a direct conversation."""
    refs = [turn.thread.ref]
    if turn.direct and turn.thread.root == turn.ts:
        refs = services.mailbox.busy_in(turn.thread.team, turn.thread.channel)
    return [Thread.from_ref(ref) for ref in refs if services.mailbox.answers(ref)]


def _for_us(turn: Turn, services: "BotServices", *, ours: bool, at: str) -> bool:
    """Whether a message is for us; that it was said is noted where we take part, whoever said it."""
    if turn.direct:
        return True
    calls = turn.mention and ours
    if not calls and turn.thread.root == turn.ts:
        return False
    others = events.names_others(turn) or not ours
    to = To.US if calls else To.OTHERS if others else To.US if turn.files else To.NOBODY
    said = Speech(at, turn.actor.user, to)
    before = services.talk.hear(turn.thread, said, calls=calls)
    return before is not None and conduct.for_us(before, said)


def _changed(change: Change, services: "BotServices") -> None:
    """What waits is answered as it is now, or not at all; of what is being answered is said that it goes on.

    A mention that is added to what was not for us makes a turn of it, in the place of the edit.
    """
    turn = change.turn
    if not services.is_ours(turn.actor):
        return
    became = services.mailbox.change(turn, gone=change.gone)
    if became is Changed.UNDER_WAY:
        address = Address(team=turn.thread.team, channel=turn.thread.channel, thread=turn.thread.root)
        services.outbox.post(f"changed:{turn.id}", address, changed(gone=change.gone))
    elif became is Changed.TAKEN_OUT and not services.mailbox.answers(turn.thread.ref):
        services.presence.status(turn.thread, "")
    elif became is Changed.NOT_THERE and change.called:
        if not services.mailbox.answers(turn.thread.ref):
            services.stops.lift(turn.thread)  # what it was about is over, and older than the edit
        _heard(turn, services, at=change.called)
