"""Who spoke when in the threads that we take part in, and to whom; never what was said."""

from typing import cast

import redis

from bot.conduct import Speech, To
from bot.events import Thread
from bot.mailbox import joined_key
from bot.retention import Kept, Retention

MOST = 30  #: noted for each thread, the newest
NOBODY_WE_KNOW = "-"  #: who spoke before we were called in

#: KEYS talk, joined · ARGV message, what was said before we were called in or nothing, whether it calls us, most, ttl.
#: The same message twice is one. A thread that we take no part in is no concern of ours.
_HEAR = """
local joined = redis.call('EXISTS', KEYS[2]) == 1
if not joined and ARGV[3] ~= '1' then return nil end
local before = redis.call('ZRANGE', KEYS[1], 0, -1)
if not joined and #before == 0 and ARGV[2] ~= '' then redis.call('ZADD', KEYS[1], 0, ARGV[2]) end
redis.call('ZADD', KEYS[1], 0, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -tonumber(ARGV[4]) - 1)
redis.call('EXPIRE', KEYS[1], ARGV[5])
return before
"""


class Talk:
    """The talk in all threads."""

    def __init__(self, connection: "redis.Redis", *, kept: Kept = Retention) -> None:
        self._redis = connection
        self._kept = kept
        self._hear = connection.register_script(_HEAR)

    def hear(self, thread: Thread, said: Speech, *, calls: bool) -> tuple[Speech, ...] | None:
        """Note that somebody spoke, and tell who had before.

        Args:
            thread: Where.
            said: Who, and to whom.
            calls: Whether it calls us into the thread, if we are not there yet.

        Returns:
            None for a thread that we take no part in.

        Raises:
            redis.RedisError: Redis is away; nothing was noted.
        """
        first = _written(Speech(thread.root, NOBODY_WE_KNOW, To.OTHERS)) if said.ts != thread.root else ""
        arguments: list[str | int] = [_written(said), first, "1" if calls else "0", MOST, self._kept().mailboxes]
        answer = self._hear(keys=[_key(thread.ref), joined_key(thread.ref)], args=arguments)
        return None if answer is None else tuple(map(_read, cast("list[str]", answer)))

    def of(self, ref: str) -> tuple[Speech, ...]:
        """Who has spoken in a thread, the oldest first."""
        return tuple(map(_read, cast("list[str]", self._redis.zrange(_key(ref), 0, -1))))

    def forget(self, ref: str) -> None:
        """Forget who spoke in a thread: there, only a mention is for us then."""
        self._redis.delete(_key(ref))

    def forget_person(self, user: str, *, team: str) -> None:
        """Forget when somebody spoke, wherever that was; looked for through all of Redis, so for what is rare."""
        for key in self._redis.scan_iter(match=_key(f"{team}:*"), count=1_000):
            theirs = [one for one in cast("list[str]", self._redis.zrange(key, 0, -1)) if _read(one).by == user]
            if theirs:
                self._redis.zrem(key, *theirs)


def _key(ref: str) -> str:
    return f"tm:{ref.split(':', 1)[0]}:talk:v1:{ref}"


def _written(said: Speech) -> str:
    return f"{said.ts} {said.by} {said.to}"


def _read(text: str) -> Speech:
    ts, by, to = text.split(" ")
    return Speech(ts, by, To(to))
