"""Delivers what the outbox holds. Any number of couriers, in any process, share the work.

A due lane or edit is claimed by moving its due time past the claim, which its courier renews while it calls Slack; one
that dies lets it fall due again. Times are Redis' own clock, which may be set back or forward: no time farther ahead
than the longest honest one is believed, and whoever takes over what another courier began waits for what may still be
on its way, looks, and only then sends.

Decisions go first, then messages, then progress; within each, who came first. While a limit that all of a kind share is
spent, nothing of that kind is tried: with hundreds waiting, each try would be a refusal.
"""

import math
import time
import uuid
from threading import Event
from threading import Thread as Threading
from typing import Any, cast

import redis
import structlog

from bot import budgets, courier_scripts
from bot.budgets import Budgets, Refusal
from bot.claims import Claim, Due, Parcel, Taken, Wait
from bot.enclosures import Enclosure
from bot.errors import SlackRefused, SlackUnavailable, SlackUncertain
from bot.outbox import ENTRY_SECONDS, due_key, entry_key, from_json, lane_key
from bot.sending import GRANTS, TOKEN, UNDRAWABLE, Sender
from bot.slack import SlackGateway
from bot.streaming import Streams
from bot.views.view import View

log = structlog.get_logger()

IDLE_SECONDS = 0.1
#: What may be due, the most pressing first. The first two are few, with limits of their own: messages never starve.
KINDS = ("urgent", "alone", "lane", "edit")
#: A dead courier's claim ends after so long. A live one renews it three times as often.
CLAIM_SECONDS = 4.5
#: Nor is it renewed for ever: whoever hangs in a call that never ends has to let others try.
LONGEST_CLAIM_SECONDS = 60.0
#: What another courier began may still be on its way to Slack for so long.
SETTLE_SECONDS = 2.0
#: A thread waits no longer for its next try, however often it failed; the budgets keep all of them within limits.
LONGEST_BACKOFF_SECONDS = 4.0
COMPLAINT_SECONDS = 20.0
TOKEN_SECONDS = 30.0  #: between two tries, while Slack refuses the token
#: Nothing is put off for longer.
LONGEST_DUE_SECONDS = budgets.LONGEST_PAUSE_SECONDS
#: Slack says these of a message or a thread that is gone for good: nothing of ours will bring it back.
GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_archived"}
STREAMING = "streaming_state_conflict"  #: a message that still grows is not to be edited


class Courier:
    """Takes messages from the outbox to Slack."""

    def __init__(self, connection: "redis.Redis", gateway: SlackGateway, limits: Budgets, *, team: str) -> None:
        self._redis = connection
        self._gateway = gateway
        self._streams = Streams(gateway, connection, team=team)
        self._sender = Sender(connection, gateway, limits, streams=self._streams, team=team)
        self._team = team
        self._due = due_key(team)
        self._name = uuid.uuid4().hex
        self._wake = Event()
        self._stop = Event()
        self._claim = Claim()
        self._closed = dict.fromkeys(KINDS, -math.inf)  # until when nothing of a kind may be sent
        self._complained = -COMPLAINT_SECONDS
        self._threads: list[Threading] = []
        self._scripts = {name: connection.register_script(text) for name, text in courier_scripts.ALL.items()}

    def start(self) -> None:
        """Deliver in the background until `stop`."""
        self._threads = [
            Threading(target=self._run, name="courier", daemon=True),
            Threading(target=self._keep, name="courier-claim", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, *, seconds: float = 5.0) -> None:
        """Finish what is being sent now, deliver what is due at once, and leave the rest to others."""
        self._stop.set()
        self._wake.set()
        for thread in self._threads[:1]:
            thread.join(timeout=seconds)

    def wake(self) -> None:
        """Look into the outbox now rather than within a tenth of a second."""
        self._wake.set()

    def deliver_one(self) -> bool:
        """Deliver one due message or edit, or find out when it may be delivered.

        Returns:
            Whether there was one.
        """
        now = time.monotonic()
        open_kinds = [f"{kind}|" for kind in KINDS if self._closed[kind] <= now]
        if not open_kinds:
            return False
        arguments: list[int | str] = [int(CLAIM_SECONDS * 1000), int(LONGEST_DUE_SECONDS * 1000), *open_kinds]
        answer = cast("list[str] | None", self._scripts["claim"](keys=[self._due], args=arguments))
        if answer is None:
            return False
        due = Due(*answer)
        if due.kind in {"alone", "lane"}:
            self._deliver_lane(due, due.rest)
        else:
            self._deliver_edit(due, due.rest.split("|", 1)[1])
        return True

    def _run(self) -> None:
        while True:
            try:
                busy = self.deliver_one()
            except redis.RedisError as exc:
                log.warning("courier_lost_redis", reason=type(exc).__name__)
                busy = False
                self._stop.wait(1.0)
            except Exception:  # one message that cannot be delivered must not end the delivery of all others
                log.exception("delivery_failed")
                busy = False
                self._stop.wait(1.0)
            if self._stop.is_set() and not busy:
                return
            if not busy:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()

    def _keep(self) -> None:
        """Renew the claim on what is being sent, as long as this process lives."""
        delivering = self._threads[0]
        while delivering.is_alive():
            delivering.join(CLAIM_SECONDS / 3)
            with self._claim as member:
                if member is None or self._claim.held > LONGEST_CLAIM_SECONDS:
                    continue
                try:
                    self._scripts["renew"](keys=[self._due], args=[member, int(CLAIM_SECONDS * 1000)])
                except redis.RedisError as exc:
                    log.warning("claim_not_renewed", reason=type(exc).__name__)

    def _deliver_lane(self, due: Due, lane: str) -> None:
        name = cast("str | None", self._redis.lindex(lane_key(lane), 0))
        nonce = f"{self._name}:{uuid.uuid4().hex}"
        answer = ["done"] if name is None else self._begin(name, nonce)
        if name is None or answer[0] == "done":
            self._scripts["skip"](keys=[lane_key(lane), self._due], args=[due.member, name or ""])
            return
        if answer[0] == "settle":
            self._defer(due.member, SETTLE_SECONDS)
            return
        state, channel, thread, user, url, view, wanted, tries, begun, grows, enclosure, uploaded, instead = answer
        parcel = Parcel(
            name=name,
            nonce=nonce,
            channel=channel,
            thread=thread,
            user=user,
            url=url,
            view=from_json(view),
            begun=float(begun) / 1000,
            maybe_sent=state == "sending",
            grows=grows or "",
            enclosure=Enclosure.from_json(enclosure) if enclosure else None,
            uploaded=uploaded or "",
            instead=bool(instead),
        )
        try:
            with self._claim.on(due.member):
                ts, whole = self._sender.send(parcel)
        except Taken:
            log.warning("message_taken_over", entry=name)
        except Wait as wait:
            self._again(name, nonce, state, tries=0)
            self._wait(due, wait.refusal)
        except SlackUncertain:
            self._again(name, nonce, "sending")
            self._defer(due.member, _backoff(tries))
        except SlackUnavailable as exc:
            self._again(name, nonce, state)
            self._defer(due.member, _backoff(tries) if exc.retry_after is None else exc.retry_after)
        except SlackRefused as exc:
            if exc.reason in TOKEN | GRANTS:
                self._complain(exc)
                self._again(name, nonce, state, tries=0)
                self._defer(due.member, TOKEN_SECONDS)
                return
            log.warning("message_refused", entry=name, method=exc.method, reason=exc.reason)
            self._settle(name, lane, due.member, nonce, state="refused", ts="", wanted=wanted)
        else:
            self._settle(name, lane, due.member, nonce, state="sent", ts=ts, wanted=wanted if whole else "0")

    def _begin(self, name: str, nonce: str) -> list[Any]:
        return cast("list[Any]", self._scripts["begin"](keys=[entry_key(self._team, name)], args=[self._name, nonce]))

    def _again(self, name: str, nonce: str, state: str, *, tries: int = 1) -> None:
        self._scripts["again"](keys=[entry_key(self._team, name)], args=[nonce, state, tries])

    def _settle(self, name: str, lane: str, member: str, nonce: str, *, state: str, ts: str, wanted: str) -> None:
        keys = [entry_key(self._team, name), lane_key(lane), self._due]
        edit = f"{self._team}|{name}"
        arguments: list[str | int] = [nonce, state, ts, wanted, member, edit, ENTRY_SECONDS]
        self._scripts["settle"](keys=keys, args=arguments)

    def _deliver_edit(self, due: Due, name: str) -> None:
        key = entry_key(self._team, name)
        fields = cast(
            "list[str | None]",
            self._redis.hmget(key, ["channel", "ts", "view", "wanted", "shown", "tries", "grows", "stream"]),
        )
        channel, ts, view, wanted, shown, tries, grows, stream = fields
        if channel is None or not ts or view is None or wanted is None or wanted == shown:
            self._redis.zrem(self._due, due.member)
            return
        try:
            face, place = from_json(view), {"channel": channel, "ts": ts}
            with self._claim.on(due.member):
                grown = bool(stream) and self._streams.grown(key, name, **place, view=face, grows=bool(grows))
            if not grown:
                self._sender.granted((budgets.edits(urgent=due.kind == "urgent"),))
            number = self._redis.hincrby(key, "edits", 1)
            with self._claim.on(due.member):
                if not grown:
                    self._update(channel, ts, face)
        except Wait as wait:
            self._wait(due, wait.refusal)
        except SlackUnavailable as exc:
            self._sender.pause(budgets.EDITS, exc)
            self._redis.hincrby(key, "tries", 1)
            self._defer(due.member, _backoff(tries) if exc.retry_after is None else exc.retry_after)
        except SlackRefused as exc:
            if self._is_no_edit(exc, name, due.member, tries):
                self._edited(name, due, wanted, number)
        else:
            self._edited(name, due, wanted, number)

    def _is_no_edit(self, refusal: SlackRefused, name: str, member: str, tries: str | None) -> bool:
        """Whether an edit that was refused is done with; else it is tried again later."""
        if refusal.reason in TOKEN | GRANTS:
            self._complain(refusal)
            self._defer(member, TOKEN_SECONDS)
            return False
        if refusal.reason == STREAMING:
            self._streams.still_grows(entry_key(self._team, name))
            self._defer(member, _backoff(tries))
            return False
        log.warning("edit_refused", entry=name, reason=refusal.reason)
        if refusal.reason in GONE:
            self._redis.hset(entry_key(self._team, name), "state", "refused")
        return True

    def _edited(self, name: str, due: Due, wanted: str, number: int) -> None:
        arguments: list[str | int] = [wanted, due.member, number, f"{self._team}|{name}"]
        self._scripts["edited"](keys=[entry_key(self._team, name), self._due], args=arguments)

    def _update(self, channel: str, ts: str, view: View) -> None:
        try:
            self._gateway.update(channel=channel, ts=ts, view=view)
        except SlackRefused as exc:
            if exc.reason not in UNDRAWABLE or not view.blocks:
                raise
            self._gateway.update(channel=channel, ts=ts, view=View(text=view.text))

    def _wait(self, due: Due, refusal: Refusal) -> None:
        """Try again when it is worth it: this one, or, where all of its kind wait for the same, the first of them."""
        if refusal.limit.shared:
            self._closed[due.kind] = time.monotonic() + refusal.seconds
            self._scripts["put_back"](keys=[self._due], args=[due.member, due.since])
        else:
            self._defer(due.member, refusal.seconds)

    def _defer(self, member: str, seconds: float) -> None:
        self._scripts["defer"](keys=[self._due], args=[member, int(min(seconds, LONGEST_DUE_SECONDS) * 1000)])

    def _complain(self, exc: SlackRefused) -> None:
        """Tell the operator, and not with each message again."""
        if time.monotonic() - self._complained > COMPLAINT_SECONDS:
            self._complained = time.monotonic()
            remedy = "put a token with all scopes into SLACK_BOT_TOKEN and restart; messages wait until then"
            log.error("slack_refuses_the_token", method=exc.method, reason=exc.reason, remedy=remedy)


def _backoff(tries: str | None) -> float:
    return float(min(LONGEST_BACKOFF_SECONDS, 0.5 * 2 ** min(int(tries or 0), 8)))
