"""Which worker leaves which system alone: each has breakers of its own, and says so where all can read it."""

import json
import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

import redis
import structlog

from tools.breaker import Rest
from tools.desk.client import LeftAlone

log = structlog.get_logger()

KEY = "tm:resting:v1"
#: Seconds for which a worker's word counts: one that has died, or that nobody asks for anything, says no more.
KEPT_SECONDS = 600


class Resting:
    """What the breakers of all workers last said; this process's own are told to `heard`."""

    def __init__(
        self,
        connection: "redis.Redis",
        *,
        clock: Callable[[], float],
        process: str = "",
    ) -> None:
        """Say nothing yet.

        Args:
            connection: To Redis.
            clock: Seconds since 1970.
            process: Names this process among all; by default by its machine and number.
        """
        self._redis = connection
        self._clock = clock
        self._process = process or f"{socket.gethostname()}:{os.getpid()}"

    def heard(self, system: str, rest: Rest | None) -> None:
        """Note that this process leaves a system alone, or asks it again; not worth failing for."""
        field = f"{system}\x1f{self._process}"
        try:
            if rest is None:
                self._redis.hdel(KEY, field)
                return
            told = {"since": rest.since.timestamp(), "reason": rest.reason, "at": self._clock()}
            pipe = self._redis.pipeline(transaction=True)
            pipe.hset(KEY, field, json.dumps(told))
            pipe.expire(KEY, KEPT_SECONDS)
            pipe.execute()
        except redis.RedisError as exc:
            log.warning("resting_not_noted", system=system, reason=type(exc).__name__)

    def read(self) -> tuple[LeftAlone, ...]:
        """The systems that somebody leaves alone now, by name, each with the first who does.

        Raises:
            redis.RedisError: Redis is away.
        """
        found: dict[str, LeftAlone] = {}
        for field, text in sorted(cast("dict[str, str]", self._redis.hgetall(KEY)).items()):
            told = json.loads(text)
            if self._clock() - told["at"] > KEPT_SECONDS:
                continue
            system = field.partition("\x1f")[0]
            one = LeftAlone(
                system=system, since=datetime.fromtimestamp(told["since"], UTC), reason=told["reason"], workers=1
            )
            known = found.get(system, one)
            workers = known.workers + 1 if system in found else 1
            found[system] = min(known, one, key=lambda each: each.since).model_copy(update={"workers": workers})
        return tuple(found.values())
