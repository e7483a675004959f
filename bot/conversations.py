"""What was said in each thread, as the model remembers it: a record for each turn, and a summary of those before them.

Kept for as long after the last turn as the policy says. Where a person has talked is noted beside it, so that what is
remembered of them can be shown and forgotten.
"""

import json
from dataclasses import dataclass
from typing import Any, Protocol, cast

import redis

from bot.errors import Stale
from bot.mailbox import Fence
from bot.retention import Kept, Retention

LONGEST = 40  #: turns kept beside the summary; they are summarised long before
MOST_THREADS = 1_000  #: noted for each person, the newest
Message = dict[str, Any]

#: KEYS conversation, summary, fence, [talked] · ARGV turn, record, longest, ttl, token, thread, most threads
_APPEND = """
if ARGV[5] ~= '' and redis.call('HGET', KEYS[3], 'token') ~= ARGV[5] then return -1 end
local last = redis.call('LINDEX', KEYS[1], -1)
if last and cjson.decode(last)['turn'] == ARGV[1] then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[3]), -1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
if KEYS[4] then
  redis.call('ZADD', KEYS[4], redis.call('TIME')[1], ARGV[6])
  redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -tonumber(ARGV[7]) - 1)
  redis.call('EXPIRE', KEYS[4], ARGV[4])
end
return 1
"""

#: KEYS conversation, summary, fence · ARGV last turn, text, turns, by, ttl, token
_FOLD = """
if ARGV[6] ~= '' and redis.call('HGET', KEYS[3], 'token') ~= ARGV[6] then return -1 end
for place, record in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if cjson.decode(record)['turn'] == ARGV[1] then
    redis.call('LTRIM', KEYS[1], place, -1)
    redis.call('HSET', KEYS[2], 'text', ARGV[2], 'turns', ARGV[3], 'by', ARGV[4])
    redis.call('EXPIRE', KEYS[2], ARGV[5])
    return 1
  end
end
return 0
"""

#: KEYS conversation, summary: the records that were there, and how many turns were summarised
_FORGET = """
local records = redis.call('LRANGE', KEYS[1], 0, -1)
local summarised = redis.call('HGET', KEYS[2], 'turns')
redis.call('DEL', KEYS[1], KEYS[2])
return {records, summarised or '0'}
"""

#: KEYS conversation, summary, talked · ARGV user, thread: as above, of one person
_FORGET_PERSON = """
local kept, gone = {}, {}
for _, record in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  table.insert(cjson.decode(record)['actor'] == ARGV[1] and gone or kept, record)
end
local ttl = redis.call('PTTL', KEYS[1])
if #gone > 0 then
  redis.call('DEL', KEYS[1])
  for _, record in ipairs(kept) do redis.call('RPUSH', KEYS[1], record) end
  if #kept > 0 and ttl > 0 then redis.call('PEXPIRE', KEYS[1], ttl) end
end
local summarised = redis.call('HGET', KEYS[2], 'turns')
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[2])
return {gone, summarised or '0'}
"""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn as it is remembered.

    Attributes:
        turn: The turn's id.
        messages: What was asked, called and answered, as JSON; opaque here.
        actor: The user id of who asked.
    """

    turn: str
    messages: list[Message]
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the turns before those that are kept whole were about.

    Attributes:
        text: In words.
        turns: How many it stands for.
        by: Who wrote it: a model's name, or `rules`.
    """

    text: str
    turns: int
    by: str


@dataclass(frozen=True, slots=True)
class Gone:
    """What was forgotten.

    Attributes:
        turns: Ids of the turns that were kept whole.
        actors: The user ids of who had asked them.
        summarised: For how many turns the summary stood that went with them.
    """

    turns: tuple[str, ...]
    actors: frozenset[str]
    summarised: int


class ConversationStore(Protocol):
    """Where conversations are kept."""

    def load(self, ref: str) -> list[Exchange]:
        """The turns of a thread that are kept whole, oldest first."""

    def summary(self, ref: str) -> Summary | None:
        """What the turns before them were about; None when there are none."""

    def append(self, ref: str, exchange: Exchange, *, fence: Fence | None) -> None:
        """Remember a turn; the same turn twice is remembered once.

        Raises:
            Stale: The lease has passed to somebody else; nothing was remembered.
        """

    def fold(self, ref: str, summary: Summary, *, upto: str, fence: Fence | None) -> None:
        """Put a summary in the place of the oldest turns, in one step; nothing when the turn is not there any more.

        Args:
            ref: The thread.
            summary: What those turns, and the summary before, were about.
            upto: The newest turn that goes.
            fence: The lease under which it is written.

        Raises:
            Stale: The lease has passed to somebody else; nothing was changed.
        """

    def threads_of(self, user: str, *, team: str) -> list[str]:
        """The threads in which somebody has asked something, the newest first; at most 1,000."""

    def forget(self, ref: str) -> Gone:
        """Forget a thread: its turns and its summary."""

    def forget_person(self, ref: str, user: str) -> Gone:
        """Forget what one person has asked in a thread, and the summary, in which it may be spoken of."""


class RedisConversations:
    """Conversations in Redis; see `ConversationStore` for what each method does."""

    def __init__(self, connection: "redis.Redis", *, kept: Kept = Retention) -> None:
        self._redis = connection
        self._kept = kept
        self._append = connection.register_script(_APPEND)
        self._fold = connection.register_script(_FOLD)
        self._forget = connection.register_script(_FORGET)
        self._forget_person = connection.register_script(_FORGET_PERSON)

    def load(self, ref: str) -> list[Exchange]:
        """The turns of a thread that are kept whole, oldest first; at most 40."""
        return [_exchange(text) for text in cast("list[str]", self._redis.lrange(_key(ref), 0, -1))]

    def summary(self, ref: str) -> Summary | None:
        """What the turns before them were about; None when there are none."""
        text, turns, by = cast("list[str | None]", self._redis.hmget(_summary_key(ref), ["text", "turns", "by"]))
        return Summary(text, int(turns or 0), by or "") if text is not None else None

    def append(self, ref: str, exchange: Exchange, *, fence: Fence | None) -> None:
        """Remember a turn; raises `Stale` when the lease has passed on."""
        record = json.dumps(
            {"turn": exchange.turn, "actor": exchange.actor, "messages": exchange.messages}, ensure_ascii=False
        )
        keys = [*_keys(ref, fence), *([_talked_key(ref, exchange.actor)] if exchange.actor else [])]
        ttl = self._kept().conversations
        arguments: list[str | int] = [exchange.turn, record, LONGEST, ttl, fence.token if fence else ""]
        _unless_stale(self._append(keys=keys, args=[*arguments, ref, MOST_THREADS]))

    def fold(self, ref: str, summary: Summary, *, upto: str, fence: Fence | None) -> None:
        """Put a summary in the place of the oldest turns; raises `Stale` when the lease has passed on."""
        arguments: list[str | int] = [upto, summary.text, summary.turns, summary.by, self._kept().conversations]
        _unless_stale(self._fold(keys=_keys(ref, fence), args=[*arguments, fence.token if fence else ""]))

    def threads_of(self, user: str, *, team: str) -> list[str]:
        """The threads in which somebody has asked something, the newest first."""
        return cast("list[str]", self._redis.zrevrange(_talked_key(team, user), 0, -1))

    def forget(self, ref: str) -> Gone:
        """Forget a thread."""
        gone = _gone(self._forget(keys=[_key(ref), _summary_key(ref)]))
        pipe = self._redis.pipeline()
        for actor in gone.actors:
            pipe.zrem(_talked_key(ref, actor), ref)
        pipe.execute()
        return gone

    def forget_person(self, ref: str, user: str) -> Gone:
        """Forget what one person has asked in a thread."""
        keys = [_key(ref), _summary_key(ref), _talked_key(ref, user)]
        return _gone(self._forget_person(keys=keys, args=[user, ref]))


def _key(ref: str) -> str:
    return f"tm:{_team(ref)}:conversation:v1:{ref}"


def _summary_key(ref: str) -> str:
    return f"tm:{_team(ref)}:summary:v1:{ref}"


def _talked_key(ref: str, user: str) -> str:
    return f"tm:{_team(ref)}:talked:v1:{user}"


def _keys(ref: str, fence: Fence | None) -> list[str]:
    return [_key(ref), _summary_key(ref), fence.key if fence else _key(ref)]


def _team(ref: str) -> str:
    return ref.split(":", 1)[0]


def _exchange(text: str) -> Exchange:
    fields = json.loads(text)
    return Exchange(turn=fields["turn"], messages=fields["messages"], actor=fields.get("actor", ""))


def _gone(answer: object) -> Gone:
    records, summarised = cast("tuple[list[str], str]", answer)
    exchanges = [_exchange(text) for text in records]
    actors = frozenset(one.actor for one in exchanges if one.actor)
    return Gone(tuple(one.turn for one in exchanges), actors, int(summarised))


def _unless_stale(answer: object) -> None:
    if cast("int", answer) < 0:
        raise Stale("the lease has passed on; nothing was remembered")
