"""Delivers what the outbox holds. Any number of couriers, in any process, share the work.

A due lane or edit is claimed by moving its due time past the claim; a courier that dies lets it fall due again.
"""

import uuid
from dataclasses import dataclass
from threading import Event
from threading import Thread as Threading
from typing import Any, cast

import redis
import structlog

from bot import budgets
from bot.budgets import Budgets, Limit
from bot.errors import SlackRefused, SlackUnavailable, SlackUncertain
from bot.outbox import EDIT_MILLISECONDS, ENTRY_SECONDS, due_key, entry_key, from_json, lane_key
from bot.slack import SlackGateway
from bot.views.view import View

log = structlog.get_logger()

IDLE_SECONDS = 0.1
CLAIM_MILLISECONDS = 45_000  #: longer than a look-up and a post may take together
LONGEST_BACKOFF_SECONDS = 30.0
#: Slack says these of a message or a thread that is gone for good: nothing of ours will bring it back.
GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_archived"}
#: Slack says these of what we drew; the words alone may still get through.
UNDRAWABLE = {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"}

_NOW = "local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"

_CLAIM = (
    _NOW
    + """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)
if not due[1] then return nil end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), due[1])
return due[1]
"""
)

#: KEYS due · ARGV member, seconds: fall due again after so long
_DEFER = _NOW + "return redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])"

#: KEYS entry · ARGV nonce: may I send this? The answer tells whether it may have been sent before.
_BEGIN = """
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'waiting' and state ~= 'sending' then return {'done'} end
redis.call('HSET', KEYS[1], 'state', 'sending', 'nonce', ARGV[1])
return {state, unpack(redis.call('HMGET', KEYS[1], 'channel', 'thread', 'user', 'url', 'view', 'wanted', 'tries'))}
"""

#: KEYS entry · ARGV nonce: it surely did not leave; wait again
_AGAIN = """
if redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'tries', 1)
"""

#: KEYS entry, lane, due · ARGV nonce, state, ts, wanted, lane member, edit member, edit delay, ttl
_SETTLE = (
    _NOW
    + """
if redis.call('HGET', KEYS[1], 'nonce') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'state', ARGV[2], 'ts', ARGV[3], 'shown', ARGV[4], 'next', now + tonumber(ARGV[7]))
  if ARGV[2] == 'sent' and redis.call('HGET', KEYS[1], 'wanted') ~= ARGV[4] then
    redis.call('ZADD', KEYS[3], now + tonumber(ARGV[7]), ARGV[6])
    redis.call('EXPIRE', KEYS[3], ARGV[8])
  end
end
local name = string.match(KEYS[1], ':outbox:v1:(.*)$')
if redis.call('LINDEX', KEYS[2], 0) == name then redis.call('LPOP', KEYS[2]) end
if redis.call('LLEN', KEYS[2]) == 0 then redis.call('ZREM', KEYS[3], ARGV[5])
else redis.call('ZADD', KEYS[3], now, ARGV[5]) end
return 1
"""
)

#: KEYS lane, due · ARGV member: the lane's head is settled or unknown; go on with the next
_SKIP = (
    _NOW
    + """
redis.call('LPOP', KEYS[1])
if redis.call('LLEN', KEYS[1]) == 0 then redis.call('ZREM', KEYS[2], ARGV[1])
else redis.call('ZADD', KEYS[2], now, ARGV[1]) end
"""
)

#: KEYS entry, due · ARGV shown, member, delay: an edit has been made
_EDITED = (
    _NOW
    + """
redis.call('HSET', KEYS[1], 'shown', ARGV[1], 'next', now + tonumber(ARGV[3]))
if redis.call('HGET', KEYS[1], 'wanted') == ARGV[1] then redis.call('ZREM', KEYS[2], ARGV[2])
else redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[2]) end
"""
)


class Courier:
    """Takes messages from the outbox to Slack."""

    def __init__(self, connection: "redis.Redis", gateway: SlackGateway, limits: Budgets, *, team: str) -> None:
        self._redis = connection
        self._gateway = gateway
        self._budgets = limits
        self._team = team
        self._due = due_key(team)
        self._wake = Event()
        self._stop = Event()
        self._thread: Threading | None = None
        names = {"claim": _CLAIM, "defer": _DEFER, "begin": _BEGIN, "again": _AGAIN}
        names |= {"settle": _SETTLE, "skip": _SKIP, "edited": _EDITED}
        self._scripts = {name: connection.register_script(text) for name, text in names.items()}

    def start(self) -> None:
        """Deliver in the background until `stop`."""
        self._thread = Threading(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def stop(self, *, seconds: float = 5.0) -> None:
        """Finish what is being sent now, deliver what is due at once, and leave the rest to others."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=seconds)

    def wake(self) -> None:
        """Look into the outbox now rather than within a tenth of a second."""
        self._wake.set()

    def deliver_one(self) -> bool:
        """Deliver one due message or edit, or find out when it may be delivered.

        Returns:
            Whether there was one.
        """
        member = cast("str | None", self._scripts["claim"](keys=[self._due], args=[CLAIM_MILLISECONDS]))
        if member is None:
            return False
        kind, rest = member.split("|", 1)
        if kind == "lane":
            self._deliver_lane(member, rest)
        else:
            self._deliver_edit(member, rest.split("|", 1)[1])
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

    def _deliver_lane(self, member: str, lane: str) -> None:
        name = cast("str | None", self._redis.lindex(lane_key(lane), 0))
        nonce = uuid.uuid4().hex
        answer = ["done"] if name is None else self._begin(name, nonce)
        if name is None or answer[0] == "done":
            self._scripts["skip"](keys=[lane_key(lane), self._due], args=[member])
            return
        state, channel, thread, user, url, view, wanted, tries = answer
        parcel = _Parcel(name, channel, thread, user, url, from_json(view), maybe_sent=state == "sending")
        try:
            ts = self._send(parcel)
        except _Wait as wait:
            self._scripts["again"](keys=[entry_key(self._team, name)], args=[nonce, state])
            self._defer(member, wait.seconds)
        except SlackUncertain:
            self._scripts["again"](keys=[entry_key(self._team, name)], args=[nonce, "sending"])
            self._defer(member, _backoff(tries))
        except SlackUnavailable as exc:
            self._scripts["again"](keys=[entry_key(self._team, name)], args=[nonce, state])
            self._defer(member, _backoff(tries) if exc.retry_after is None else exc.retry_after)
        except SlackRefused as exc:
            log.warning("message_refused", entry=name, method=exc.method, reason=exc.reason)
            self._settle(name, lane, member, nonce, state="refused", ts="", wanted=wanted)
        else:
            self._settle(name, lane, member, nonce, state="sent", ts=ts, wanted=wanted)

    def _begin(self, name: str, nonce: str) -> list[Any]:
        return cast("list[Any]", self._scripts["begin"](keys=[entry_key(self._team, name)], args=[nonce]))

    def _settle(self, name: str, lane: str, member: str, nonce: str, *, state: str, ts: str, wanted: str) -> None:
        keys = [entry_key(self._team, name), lane_key(lane), self._due]
        edit = f"edit|{self._team}|{name}"
        self._scripts["settle"](
            keys=keys, args=[nonce, state, ts, wanted, member, edit, EDIT_MILLISECONDS, ENTRY_SECONDS]
        )

    def _send(self, parcel: "_Parcel") -> str:
        if parcel.url:
            self._gateway.respond(parcel.url, parcel.view)
            return ""
        if parcel.user:
            self._gateway.ephemeral(
                channel=parcel.channel, thread=parcel.thread or None, user=parcel.user, view=parcel.view
            )
            return ""
        if parcel.maybe_sent:
            found = self._gateway.find(channel=parcel.channel, thread=parcel.thread or None, entry=parcel.name)
            if found is not None:
                return found
        limits = budgets.posts(parcel.channel)
        self._granted(limits)
        try:
            return self._post(parcel, parcel.view)
        except SlackUnavailable as exc:
            self._pause(limits[0], exc)
            raise

    def _post(self, parcel: "_Parcel", view: View) -> str:
        try:
            return self._gateway.post(
                channel=parcel.channel, thread=parcel.thread or None, view=view, entry=parcel.name
            )
        except SlackRefused as exc:
            if exc.reason not in UNDRAWABLE or not view.blocks:
                raise
            log.warning("blocks_refused", entry=parcel.name, reason=exc.reason)
            return self._post(parcel, View(text=view.text))

    def _deliver_edit(self, member: str, name: str) -> None:
        key = entry_key(self._team, name)
        fields = cast(
            "list[str | None]",
            self._redis.hmget(key, ["channel", "ts", "view", "wanted", "shown", "urgent", "tries"]),
        )
        channel, ts, view, wanted, shown, urgent, tries = fields
        if channel is None or not ts or view is None or wanted is None or wanted == shown:
            self._redis.zrem(self._due, member)
            return
        limits = budgets.edits(urgent=urgent == "1")
        try:
            self._granted(limits)
            self._update(channel, ts, from_json(view))
        except _Wait as wait:
            self._defer(member, wait.seconds)
        except SlackUnavailable as exc:
            self._pause(limits[0], exc)
            self._redis.hincrby(key, "tries", 1)
            self._defer(member, _backoff(tries) if exc.retry_after is None else exc.retry_after)
        except SlackRefused as exc:
            log.warning("edit_refused", entry=name, reason=exc.reason)
            if exc.reason in GONE:
                self._redis.hset(key, "state", "refused")
            self._scripts["edited"](keys=[key, self._due], args=[wanted, member, EDIT_MILLISECONDS])
        else:
            self._scripts["edited"](keys=[key, self._due], args=[wanted, member, EDIT_MILLISECONDS])

    def _update(self, channel: str, ts: str, view: View) -> None:
        try:
            self._gateway.update(channel=channel, ts=ts, view=view)
        except SlackRefused as exc:
            if exc.reason not in UNDRAWABLE or not view.blocks:
                raise
            self._gateway.update(channel=channel, ts=ts, view=View(text=view.text))

    def _granted(self, limits: tuple[Limit, ...]) -> None:
        wait = self._budgets.take(limits)
        if wait > 0:
            raise _Wait(wait)

    def _pause(self, limit: Limit, exc: SlackUnavailable) -> None:
        if exc.retry_after is not None:
            self._budgets.pause(limit, exc.retry_after)

    def _defer(self, member: str, seconds: float) -> None:
        self._scripts["defer"](keys=[self._due], args=[member, int(seconds * 1000)])


@dataclass(frozen=True, slots=True)
class _Parcel:
    """An entry on its way."""

    name: str
    channel: str
    thread: str
    user: str
    url: str
    view: View
    maybe_sent: bool


class _Wait(Exception):
    """The budget is spent for now."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _backoff(tries: str | None) -> float:
    return float(min(LONGEST_BACKOFF_SECONDS, 0.5 * 2 ** min(int(tries or 0), 8)))
