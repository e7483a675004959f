"""What was spent on the model today, by whom and in which thread; counted in Redis, for all processes."""

from datetime import date
from typing import cast

import redis

from bot.allowances import Spent
from bot.events import Thread

SPENT_SECONDS = 2 * 86_400
_MILLI, _MICRO = 1_000, 1_000_000


def thread_scope(thread: Thread) -> str:
    """How a thread is named here."""
    return f"thread:{thread.ref}"


def person_scope(user: str) -> str:
    """How a person is named here."""
    return f"person:{user}"


class Spending:
    """The counters of one team. They say what was spent, whoever holds a lease meanwhile: no write is refused."""

    def __init__(self, connection: "redis.Redis", *, team: str) -> None:
        self._redis = connection
        self._team = team

    def add(self, day: date, scopes: tuple[str, ...], spent: Spent) -> None:
        """Count what was spent for each of these.

        Raises:
            redis.RedisError: Redis is away.
        """
        counted = {
            "tokens": spent.tokens,
            "calls": spent.calls,
            "milliseconds": round(spent.seconds * _MILLI),
            "millionths": round(spent.cost * _MICRO),
        }
        pipe = self._redis.pipeline()
        for scope in scopes:
            for name, number in counted.items():
                if number:
                    pipe.hincrby(self._key(day, scope), name, number)
            pipe.expire(self._key(day, scope), SPENT_SECONDS)
        pipe.execute()

    def of(self, day: date, scope: str) -> Spent:
        """What was spent on a day.

        Raises:
            redis.RedisError: Redis is away.
        """
        kept = cast("dict[str, str]", self._redis.hgetall(self._key(day, scope)))
        return Spent(
            tokens=int(kept.get("tokens", 0)),
            calls=int(kept.get("calls", 0)),
            seconds=int(kept.get("milliseconds", 0)) / _MILLI,
            cost=int(kept.get("millionths", 0)) / _MICRO,
        )

    def _key(self, day: date, scope: str) -> str:
        return f"tm:{self._team}:spent:v1:{day.isoformat()}:{scope}"
