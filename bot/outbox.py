"""What is to be said in Slack: recorded first, then delivered, once.

A message is an *entry*, named by whoever records it (the same name twice is one message). Entries of one thread wait in
its *lane* and leave in order. An entry may be given a new face (`edit`) at any time; the newest wins, whether the
message has left or not. Whoever runs a `Courier` (bot/courier.py) delivers; all couriers share the work.

An entry goes waiting → sending → sent | refused, or waiting → withdrawn. One found in `sending` may have arrived: it is
looked up by its metadata before it is sent again.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import redis

from bot.enclosures import Enclosure
from bot.errors import Stale
from bot.mailbox import Fence
from bot.redis_clock import NOW
from bot.views.hiding import Hide, unseen
from bot.views.view import View

ENTRY_SECONDS = 30 * 86_400
EDIT_MILLISECONDS = 3000  #: Slack's guidance: at most one edit of a message in three seconds
LOOK_MILLISECONDS = 5000  #: who waits for a message to leave looks more often than that

#: KEYS entry, lane, due, [fence] · ARGV member, ttl, token, field, value, …
_RECORD = (
    NOW
    + """
if KEYS[4] and redis.call('HGET', KEYS[4], 'token') ~= ARGV[3] then return -1 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'state', 'waiting', 'at', now, 'wanted', 1, 'shown', 0, unpack(ARGV, 4))
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('RPUSH', KEYS[2], string.match(KEYS[1], ':outbox:v1:(.*)$'))
redis.call('EXPIRE', KEYS[2], ARGV[2])
redis.call('ZADD', KEYS[3], 'NX', now, ARGV[1])
redis.call('EXPIRE', KEYS[3], ARGV[2])
return 1
"""
)

#: KEYS entry, due, [fence] · ARGV TEAM|entry, view, urgent, token, ttl, milliseconds between edits, for whom it grows
_EDIT = (
    NOW
    + """
if KEYS[3] and redis.call('HGET', KEYS[3], 'token') ~= ARGV[4] then return -1 end
local seen = redis.call('HMGET', KEYS[1], 'state', 'view', 'next', 'grows')
if not seen[1] or seen[1] == 'refused' or (seen[2] == ARGV[2] and (seen[4] or '') == ARGV[7]) then return 0 end
redis.call('HSET', KEYS[1], 'view', ARGV[2], 'urgent', ARGV[3], 'grows', ARGV[7])
redis.call('HINCRBY', KEYS[1], 'wanted', 1)
if seen[1] == 'sent' then
  local due = now
  if ARGV[3] == '0' then due = math.max(now, math.min(now + tonumber(ARGV[6]), tonumber(seen[3] or 0))) end
  redis.call('ZADD', KEYS[2], 'NX', due, (ARGV[3] == '1' and 'urgent|' or 'edit|') .. ARGV[1])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
return 1
"""
)

#: KEYS entry, [fence] · ARGV token, milliseconds, most between two looks. What passed is added up from look to look: of
#: a clock that jumps ahead no more counts than a look may be late.
_WITHDRAW = (
    NOW
    + """
if KEYS[2] and redis.call('HGET', KEYS[2], 'token') ~= ARGV[1] then return -1 end
local seen = redis.call('HMGET', KEYS[1], 'state', 'at', 'looked', 'waited')
if seen[1] == 'withdrawn' then return 1 end
if seen[1] ~= 'waiting' then return 0 end
local since = now - tonumber(seen[3] or seen[2] or now)
local waited = tonumber(seen[4] or 0) + math.max(0, math.min(since, tonumber(ARGV[3])))
redis.call('HSET', KEYS[1], 'looked', now, 'waited', waited)
if waited < tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'state', 'withdrawn')
return 1
"""
)

#: KEYS entry · ARGV a view without words. What is still to be sent, or shown anew, keeps its words until it is.
_FORGET = """
local seen = redis.call('HMGET', KEYS[1], 'state', 'wanted', 'shown')
if seen[1] ~= 'refused' and seen[1] ~= 'withdrawn' and not (seen[1] == 'sent' and seen[2] == seen[3]) then return 0 end
redis.call('HSET', KEYS[1], 'view', ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: a channel and, unless it opens one, a thread; or a `response_url` for one person alone.

    Attributes:
        team: The team.
        channel: The channel; empty with `response_url`.
        thread: The root's `ts`; empty to open a thread.
        user: Only this person sees it (`chat.postEphemeral`).
        response_url: Answer a command or a click through this.
        instead: Take the place of the message that was pressed, or, without words, take it away; by `response_url`.
    """

    team: str
    channel: str = ""
    thread: str = ""
    user: str = ""
    response_url: str = ""
    instead: bool = False

    @property
    def lane(self) -> str:
        """Messages of one lane leave in order. What one person alone is told keeps no answer to all waiting."""
        thread = f"{self.channel}:{self.thread}" + (f":@{self.user}" if self.user else "")
        place = f"url:{hash_of(self.response_url)}" if self.response_url else thread
        return f"{self.team}:{place}"

    @property
    def member(self) -> str:
        """The lane among what is due: a person who waits alone is told before all others."""
        return f"{'alone' if self.user or self.response_url else 'lane'}|{self.lane}"


def hash_of(text: str) -> str:
    """A short, stable name for a text that must not stand in a key itself."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Outbox:
    """The messages of one team that are to be said."""

    def __init__(self, connection: "redis.Redis", *, team: str, hide: Hide = str) -> None:
        """Keep messages for one team.

        Args:
            connection: Where.
            team: The workspace.
            hide: Takes secrets out of every text, before it is kept; not needed where only our own words are said.
        """
        self._redis = connection
        self._hide = hide
        self.team = team
        self._record = connection.register_script(_RECORD)
        self._edit = connection.register_script(_EDIT)
        self._withdraw = connection.register_script(_WITHDRAW)
        self._forget = connection.register_script(_FORGET)

    def post(
        self,
        entry: str,
        address: Address,
        view: View,
        *,
        enclosure: Enclosure | None = None,
        fence: Fence | None = None,
        grows: str = "",
    ) -> bool:
        """Record a message.

        Args:
            entry: Its name; recording the same name again changes nothing.
            address: Where it goes.
            view: What it says.
            enclosure: A file that it brings along, whose bytes are kept; such a message is text alone, in a thread.
            fence: The lease under which it is said.
            grows: For whom it is shown while it is written, a user id; empty for one that is complete.

        Returns:
            Whether it is new.

        Raises:
            Stale: The lease has passed to somebody else; nothing was recorded.
        """
        keys = [
            entry_key(self.team, entry),
            lane_key(address.lane),
            due_key(self.team),
            *([fence.key] if fence else []),
        ]
        fields = {
            "channel": address.channel,
            "thread": address.thread,
            "user": address.user,
            "url": address.response_url,
            **({"instead": "1"} if address.instead else {}),
            "grows": grows,
            "view": to_json(unseen(view, self._hide)),
            **({"enclosure": enclosure.told(self._hide).to_json()} if enclosure else {}),
        }
        flat = [part for pair in fields.items() for part in pair]
        answer = cast(
            "int", self._record(keys=keys, args=[address.member, ENTRY_SECONDS, fence.token if fence else "", *flat])
        )
        return _unless_stale(answer)

    def edit(
        self, entry: str, view: View, *, urgent: bool = False, fence: Fence | None = None, grows: str = ""
    ) -> bool:
        """Give a message its newest face. Edits wait their turn; only the newest is ever sent.

        Args:
            entry: The message's name; an unknown or refused one is left alone.
            view: What it says now.
            urgent: A decision or an end: not held back behind progress.
            fence: The lease under which it is said.
            grows: As for `post`: while it is written, each face goes on where the one before ended.

        Returns:
            Whether there was something to change.

        Raises:
            Stale: The lease has passed to somebody else; nothing was recorded.
        """
        keys = [entry_key(self.team, entry), due_key(self.team), *([fence.key] if fence else [])]
        member = f"{self.team}|{entry}"
        arguments: list[str | int] = [member, to_json(unseen(view, self._hide)), int(urgent)]
        arguments += [fence.token if fence else "", ENTRY_SECONDS, EDIT_MILLISECONDS, grows]
        return _unless_stale(cast("int", self._edit(keys=keys, args=arguments)))

    def unfinished(self, entry: str) -> View | None:
        """What a message shows that still grows; None for every other one."""
        view, grows = cast("list[str | None]", self._redis.hmget(entry_key(self.team, entry), ["view", "grows"]))
        return from_json(view) if view and grows else None

    def ts_of(self, entry: str) -> str | None:
        """The `ts` of a message that has been sent; None until then."""
        return cast("str | None", self._redis.hget(entry_key(self.team, entry), "ts"))

    def withdraw(self, entry: str, *, after: float, fence: Fence | None = None) -> bool:
        """Take back a message that has waited too long, unless Slack may have it by now; to be asked every few seconds.

        Args:
            entry: The message's name.
            after: Seconds that it must have waited; of the time between two calls of this no more than 5 s count.
            fence: The lease under which it was said.

        Returns:
            Whether it will never be sent.

        Raises:
            Stale: The lease has passed to somebody else; nothing was changed.
        """
        keys = [entry_key(self.team, entry), *([fence.key] if fence else [])]
        arguments: list[str | int] = [fence.token if fence else "", int(after * 1000), LOOK_MILLISECONDS]
        answer = self._withdraw(keys=keys, args=arguments)
        return _unless_stale(cast("int", answer))

    def forget(self, beginning: str, wanted: Callable[[str], bool] = bool) -> int:
        """Keep no words of messages that were sent; that they were stays known, so that none is sent again.

        Args:
            beginning: How the names of the entries begin, such as `turn:T1-C1-`; looked for through all of Redis.
            wanted: Whether one of these names is meant; all of them unless it says otherwise.

        Returns:
            How many have no words any longer.
        """
        prefix, empty = entry_key(self.team, ""), to_json(View(text=""))
        keys = map(str, self._redis.scan_iter(match=f"{prefix}{beginning}*", count=1_000))
        meant = {key for key in keys if wanted(key.removeprefix(prefix))}
        return sum(cast("int", self._forget(keys=[key], args=[empty])) for key in meant)

    def withdrawn(self, entry: str) -> bool:
        """Whether a message was taken back."""
        return self._redis.hget(entry_key(self.team, entry), "state") == "withdrawn"

    def refused(self, entry: str) -> bool:
        """Whether Slack would not have a message at all."""
        return self._redis.hget(entry_key(self.team, entry), "state") == "refused"

    def knows(self, entry: str) -> bool:
        """Whether a message of this name was ever recorded (within the last 30 days)."""
        return bool(self._redis.exists(entry_key(self.team, entry)))


def entry_key(team: str, entry: str) -> str:
    """Where an entry lies."""
    return f"tm:{team}:outbox:v1:{entry}"


def due_key(team: str) -> str:
    """When each lane, and each message with a new face, is to be looked at."""
    return f"tm:{team}:due:v1"


def lane_key(lane: str) -> str:
    """Where the names of a lane's waiting entries lie, in order."""
    team, place = lane.split(":", 1)
    return f"tm:{team}:lane:v1:{place}"


def to_json(view: View) -> str:
    """A view as it is kept."""
    return json.dumps({"text": view.text, "blocks": view.blocks}, ensure_ascii=False, sort_keys=True)


def from_json(text: str) -> View:
    """The view that was kept."""
    fields: dict[str, Any] = json.loads(text)
    return View(text=fields["text"], blocks=fields["blocks"])


def _unless_stale(answer: int) -> bool:
    if answer < 0:
        raise Stale("the lease has passed on; nothing was recorded")
    return answer == 1
