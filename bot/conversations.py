"""What was said in each thread, as the model remembers it: one record a turn, kept for 30 days after the last."""

import json
from dataclasses import dataclass
from typing import Any, Protocol, cast

import redis

from bot.errors import Stale
from bot.mailbox import Fence

CONVERSATION_SECONDS = 30 * 86_400
LONGEST = 40  #: turns kept; older ones fall off
Message = dict[str, Any]

_APPEND = """
if ARGV[5] ~= '' and redis.call('HGET', KEYS[2], 'token') ~= ARGV[5] then return -1 end
local last = redis.call('LINDEX', KEYS[1], -1)
if last and cjson.decode(last)['turn'] == ARGV[1] then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[3]), -1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn as it is remembered.

    Attributes:
        turn: The turn's id.
        messages: What was asked, called and answered, as JSON; opaque here.
    """

    turn: str
    messages: list[Message]


class ConversationStore(Protocol):
    """Where conversations are kept."""

    def load(self, ref: str) -> list[Exchange]:
        """The turns of a thread, oldest first."""

    def append(self, ref: str, exchange: Exchange, *, fence: Fence | None) -> None:
        """Remember a turn; the same turn twice is remembered once.

        Raises:
            Stale: The lease has passed to somebody else; nothing was remembered.
        """


class RedisConversations:
    """Conversations in Redis."""

    def __init__(self, connection: "redis.Redis") -> None:
        self._redis = connection
        self._append = connection.register_script(_APPEND)

    def load(self, ref: str) -> list[Exchange]:
        """The turns of a thread, oldest first, at most the last 40."""
        records = cast("list[str]", self._redis.lrange(_key(ref), 0, -1))
        return [Exchange(turn=fields["turn"], messages=fields["messages"]) for fields in map(json.loads, records)]

    def append(self, ref: str, exchange: Exchange, *, fence: Fence | None) -> None:
        """Remember a turn; the same turn twice is remembered once.

        Raises:
            Stale: The lease has passed to somebody else; nothing was remembered.
        """
        record = json.dumps({"turn": exchange.turn, "messages": exchange.messages}, ensure_ascii=False)
        keys = [_key(ref), fence.key if fence else _key(ref)]
        arguments: list[str | int] = [
            exchange.turn,
            record,
            LONGEST,
            CONVERSATION_SECONDS,
            fence.token if fence else "",
        ]
        if cast("int", self._append(keys=keys, args=arguments)) < 0:
            raise Stale("the lease has passed on; nothing was remembered")


def _key(ref: str) -> str:
    return f"tm:{ref.split(':', 1)[0]}:conversation:v1:{ref}"
