"""Slack's rate limits, shared by all processes through Redis.

Each limit is a bucket that refills steadily (the generic cell rate algorithm: one number per bucket, the time at which
it will be full again). Figures are Slack's documented tiers (docs.slack.dev/apis/web-api/rate-limits), kept a little
under, because other tools of the same app may call too.
"""

from dataclasses import dataclass
from typing import cast

import redis

_TAKE = """
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local wait = 0
for i, key in ipairs(KEYS) do
  local every, burst = tonumber(ARGV[i * 2 - 1]), tonumber(ARGV[i * 2])
  local full = math.max(tonumber(redis.call('GET', key) or 0), now)
  wait = math.max(wait, full + every - burst * every - now)
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local every = tonumber(ARGV[i * 2 - 1])
  local full = math.max(tonumber(redis.call('GET', key) or 0), now) + every
  redis.call('SET', key, full, 'PX', full - now + 1000)
end
return 0
"""

_PAUSE = """
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local full = now + tonumber(ARGV[1]) + (tonumber(ARGV[3]) - 1) * tonumber(ARGV[2])
if full > tonumber(redis.call('GET', KEYS[1]) or 0) then redis.call('SET', KEYS[1], full, 'PX', full - now + 1000) end
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Attributes:
        name: Its name in Redis.
        every: Seconds per call.
        burst: Calls that may come at once.
    """

    name: str
    every: float
    burst: int


def posts(channel: str) -> tuple[Limit, Limit]:
    """Posting: about one message a second in a channel, several hundred a minute in a workspace."""
    return Limit(f"post:{channel}", 1.0, 3), Limit("post", 60 / 240, 20)


def edits(*, urgent: bool) -> tuple[Limit, ...]:
    """Editing: tier 3 (50 a minute). Progress may use 40 of them, so that decisions never wait behind it."""
    whole = Limit("edit", 60 / 48, 10)
    return (whole,) if urgent else (whole, Limit("edit:progress", 60 / 40, 8))


class Budgets:
    """The buckets of one team."""

    def __init__(self, connection: "redis.Redis", *, team: str) -> None:
        self._team = team
        self._take = connection.register_script(_TAKE)
        self._pause = connection.register_script(_PAUSE)

    def take(self, limits: tuple[Limit, ...]) -> float:
        """Take one call out of every bucket, or out of none.

        Returns:
            0 when it was granted; else the seconds until it is worth asking again.
        """
        arguments: list[float] = []
        for limit in limits:
            arguments += [limit.every * 1000, limit.burst]
        wait = cast("int", self._take(keys=[self._key(limit) for limit in limits], args=arguments))
        return int(wait) / 1000

    def pause(self, limit: Limit, seconds: float) -> None:
        """Let nobody call for so long: Slack has answered 429 with `Retry-After`."""
        self._pause(keys=[self._key(limit)], args=[int(seconds * 1000), limit.every * 1000, limit.burst])

    def _key(self, limit: Limit) -> str:
        return f"tm:{self._team}:budget:v1:{limit.name}"
