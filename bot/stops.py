"""Who wants what is under way in a thread to end: said in Redis, where the worker that is at it looks.

Not through the mailbox: there it would wait for what it is to end.
"""

from dataclasses import dataclass
from typing import cast

import redis

from bot.events import Thread

#: Longer than everything that waits in a thread takes.
STOP_SECONDS = 86_400

#: KEYS the thread's · ARGV ts, who, ttl. Slack may tell of two in the wrong order.
_ASK = """
local before = redis.call('HGET', KEYS[1], 'ts')
if before and before >= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'ts', ARGV[1], 'by', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """That somebody wants it to end.

    Attributes:
        ts: When, as Slack counts; only what was said before is meant.
        by: Who.
    """

    ts: str
    by: str


class Stops:
    """The wishes of one team."""

    def __init__(self, connection: "redis.Redis") -> None:
        self._redis = connection
        self._ask = connection.register_script(_ASK)

    def ask(self, thread: Thread, *, ts: str, by: str) -> None:
        """Have everything end that was said in a thread before `ts`.

        Raises:
            redis.RedisError: Redis is away; nothing was noted.
        """
        self._ask(keys=[_key(thread)], args=[ts, by, STOP_SECONDS])

    def asked(self, thread: Thread) -> Asked | None:
        """The newest wish; None when nobody has one.

        Raises:
            redis.RedisError: Redis is away.
        """
        ts, by = cast("list[str | None]", self._redis.hmget(_key(thread), ["ts", "by"]))
        return Asked(ts=ts, by=by or "") if ts else None

    def lift(self, thread: Thread) -> None:
        """Forget the wishes: what was said before is wanted again."""
        self._redis.delete(_key(thread))


def _key(thread: Thread) -> str:
    return f"tm:{thread.team}:stop:v1:{thread.ref}"
