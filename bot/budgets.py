"""Slack's rate limits, shared by all processes through Redis.

Each limit is a bucket that refills steadily (the generic cell rate algorithm: one number per bucket, the time at which
it will be full again, on Redis' clock). Figures are Slack's documented tiers (docs.slack.dev/apis/web-api/rate-limits),
kept a little under, because other tools of the same app may call too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import redis

#: No pause is longer, whatever Slack asks for: it is asked again then, and says so again.
LONGEST_PAUSE_SECONDS = 60.0

#: A time farther ahead than the longest pause was written before the clock was set back: it does not count.
_FULL = """
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function full_at(key, every, burst)
  local full = tonumber(redis.call('GET', key) or 0)
  if full > now + burst * every + tonumber(ARGV[1]) then return now end
  return math.max(full, now)
end
"""

#: KEYS the buckets · ARGV longest pause, then every, burst and left of each
_TAKE = (
    _FULL
    + """
local wait, slowest = 0, 0
for i, key in ipairs(KEYS) do
  local every, burst, left = tonumber(ARGV[i * 3 - 1]), tonumber(ARGV[i * 3]), tonumber(ARGV[i * 3 + 1])
  local needed = full_at(key, every, burst) + every - (burst - left) * every - now
  if needed > wait then wait, slowest = needed, i end
end
if wait > 0 then return {wait, slowest} end
for i, key in ipairs(KEYS) do
  local every, burst = tonumber(ARGV[i * 3 - 1]), tonumber(ARGV[i * 3])
  local full = full_at(key, every, burst) + every
  redis.call('SET', key, full, 'PX', full - now + 1000)
end
return {0, 0}
"""
)

#: KEYS the bucket · ARGV longest pause, pause, every, burst
_PAUSE = (
    _FULL
    + """
local pause, every, burst = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local full = now + math.min(pause, tonumber(ARGV[1])) + (burst - 1) * every
if full > full_at(KEYS[1], every, burst) then redis.call('SET', KEYS[1], full, 'PX', full - now + 1000) end
"""
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Attributes:
        name: Its name in Redis.
        every: Seconds per call.
        burst: Calls that may come at once.
        shared: Whether everything of its kind waits for it, and not one channel alone.
        left: How many of those at once it leaves for what has the same bucket and leaves less.
    """

    name: str
    every: float
    burst: int
    shared: bool = True
    left: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call has to wait.

    Attributes:
        limit: The limit that takes longest.
        seconds: Until it is worth asking again.
    """

    limit: Limit
    seconds: float


def posts(channel: str) -> tuple[Limit, Limit]:
    """Posting: about one message a second in a channel, several hundred a minute in a workspace."""
    return Limit(f"post:{channel}", 1.0, 3, shared=False), Limit("post", 60 / 240, 20)


#: Editing: tier 3, 50 a minute, those at once included.
EDITS = Limit("edit", 60 / 40, 10)
LEFT_FOR_DECISIONS = 4  #: of those at once


def edits(*, urgent: bool) -> Limit:
    """Editing, by the same bucket; what is urgent finds something in it that progress must leave."""
    return EDITS if urgent else replace(EDITS, left=LEFT_FOR_DECISIONS)


def tier(method: str, per_minute: int) -> Limit:
    """A method of one of Slack's tiers: within a minute a fifth of it at once, and the rest spread out."""
    return Limit(method, 60 / (per_minute * 0.8), per_minute // 5)


TIER_2, TIER_3, TIER_4 = 20, 50, 100
STATUS = tier("assistant.threads.setStatus", TIER_4)
#: What a turn shows while it is worked on; what is left of the tier is for the first sign of life.
STATUS_PROGRESS = Limit("assistant.threads.setStatus:progress", 60 / 50, 5)
SESSION = tier("agents.sessions.setStatus", TIER_3)
#: What is left of the tier is for their ends.
SESSION_BEGINS = Limit("agents.sessions.setStatus:begins", 60 / 16, 4)
#: What is left of its tier is for answers to presses.
NOTICE = Limit("chat.postEphemeral:notice", 60 / 40, 8)

#: Every other method that we call again and again, by Slack's tiers (docs.slack.dev/reference/methods). Posts and edits
#: have limits of their own, above; `auth.test` and `apps.connections.open` when a process starts or its
#: socket has to be replaced.
METHODS: Mapping[str, tuple[Limit, ...]] = {
    limit.name: (limit,)
    for limit in (
        tier("conversations.history", TIER_3),
        tier("conversations.replies", TIER_3),
        tier("reactions.add", TIER_3),
        tier("chat.appendStream", TIER_4),
        tier("chat.getPermalink", TIER_4),
        tier("chat.postEphemeral", TIER_4),
        tier("chat.startStream", TIER_2),  # Slack does not say
        tier("chat.stopStream", TIER_4),
        tier("files.completeUploadExternal", TIER_4),
        tier("files.getUploadURLExternal", TIER_4),
        tier("files.info", TIER_4),
        tier("usergroups.list", TIER_2),
        tier("usergroups.users.list", TIER_2),
        tier("users.info", TIER_4),
        tier("views.open", TIER_4),
        tier("views.publish", TIER_4),
        tier("views.update", TIER_4),
        SESSION,
        STATUS,
    )
}


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
        refusal = self.refusal(limits)
        return refusal.seconds if refusal else 0.0

    def refusal(self, limits: tuple[Limit, ...]) -> "Refusal | None":
        """Take one call out of every bucket, or out of none.

        Returns:
            None when it was granted; else how long to wait, and for which limit.
        """
        arguments: list[float] = [LONGEST_PAUSE_SECONDS * 1000]
        for limit in limits:
            arguments += [limit.every * 1000, limit.burst, limit.left]
        answer = cast("list[int]", self._take(keys=[self._key(limit) for limit in limits], args=arguments))
        wait, slowest = (int(number) for number in answer)
        return Refusal(limits[slowest - 1], wait / 1000) if wait > 0 else None

    def pause(self, limit: Limit, seconds: float) -> None:
        """Let nobody call for so long, in any process: Slack has answered 429 with `Retry-After`."""
        arguments = [LONGEST_PAUSE_SECONDS * 1000, int(seconds * 1000), limit.every * 1000, limit.burst]
        self._pause(keys=[self._key(limit)], args=arguments)

    def _key(self, limit: Limit) -> str:
        return f"tm:{self._team}:budget:v1:{limit.name}"
