"""A freeze: every way to a change refuses, reading goes on, until somebody lifts it."""

from dataclasses import dataclass
from typing import cast

import redis


@dataclass(frozen=True, slots=True)
class Frozen:
    """A freeze in force.

    Attributes:
        by: The id of who set it.
        at: When, in seconds since 1970.
        reason: Why, as it was typed.
    """

    by: str
    at: float
    reason: str


class Freezer:
    """The freeze of one team, in Redis and without an end of its own."""

    def __init__(self, connection: "redis.Redis", *, team: str) -> None:
        self._redis = connection
        self._key = f"tm:{team}:freeze:v1"

    def current(self) -> Frozen | None:
        """The freeze in force; None when there is none.

        Raises:
            redis.RedisError: Redis is away: nobody may change anything.
        """
        kept = cast("dict[str, str]", self._redis.hgetall(self._key))
        return Frozen(by=kept["by"], at=float(kept["at"]), reason=kept["reason"]) if kept else None

    def set(self, frozen: Frozen) -> None:
        """Freeze; one in force is replaced."""
        self._redis.hset(self._key, mapping={"by": frozen.by, "at": str(frozen.at), "reason": frozen.reason})

    def lift(self) -> None:
        """Let changes through again."""
        self._redis.delete(self._key)
