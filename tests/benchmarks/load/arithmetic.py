"""How long a backlog must take, by the limits alone: ours (bot/budgets.py) and those that the workspace enforces.

A limit lets `burst` calls pass at once, then one in every `every` seconds; a backlog is gone when the slowest of the
limits that it passes through has let its last call pass. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import budgets
from bot.budgets import Limit
from demo.workspace import chat, limits


@dataclass(frozen=True, slots=True)
class Expected:
    """Seconds until a backlog is gone.

    Attributes:
        ours: By the budgets that the product keeps.
        slacks: By the limits that the workspace enforces.
    """

    ours: float
    slacks: float

    @property
    def seconds(self) -> float:
        """What must be expected: the slower of the two."""
        return max(self.ours, self.slacks)


def drained(calls: int, *, every: float, burst: int) -> float:
    """Seconds until one limit has let so many calls pass that were all there at the beginning."""
    return max(0.0, (calls - burst) * every)


def posts(per_channel: Mapping[str, int]) -> Expected:
    """Until so many messages are posted in each channel."""
    total = sum(per_channel.values())
    ours = [
        drained(calls if limit.name.endswith(channel) else total, every=limit.every, burst=limit.burst)
        for channel, calls in per_channel.items()
        for limit in budgets.posts(channel)
    ]
    slacks = [drained(calls, every=1.0, burst=limits.POST_BURST) for calls in per_channel.values()]
    return Expected(max(ours, default=0.0), max([*slacks, _tier("chat.postMessage", total)]))


def edits(calls: int, *, urgent: bool) -> Expected:
    """Until so many messages are edited."""
    limit = budgets.edits(urgent=urgent)
    return Expected(drained(calls, every=limit.every, burst=limit.burst - limit.left), _tier("chat.update", calls))


def most_edits(seconds: float) -> float:
    """How many edits our budget lets pass in so many seconds."""
    return allowed(budgets.EDITS, seconds)


def allowed(limit: Limit, seconds: float) -> float:
    """How many calls a limit of ours lets pass in so many seconds."""
    return limit.burst + seconds / limit.every


def _tier(method: str, calls: int) -> float:
    per_minute = chat.METHODS[method].per_minute
    return drained(calls, every=60 / per_minute, burst=per_minute)
