"""A worker that dies where a test says: right after a write into Redis, or around a change in MLflow."""

import threading
from typing import Any

import redis

READS = {"GET", "HGET", "HGETALL", "HMGET", "EXISTS", "LRANGE", "ZRANGE", "SMEMBERS", "XREVRANGE", "TTL", "PTTL"}


class Killed(BaseException):
    """The process is gone: nothing in it catches this."""


class Fate:
    """When a worker dies.

    Attributes:
        steps: What it has done so far, by name; counted only while it is `armed`.
        dead: Whether it has died: it does nothing any more.
    """

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.dead = False
        self._dies_after = 0
        self._armed = False

    def arm(self, dies_after: int) -> None:
        """Let it die right after so many steps."""
        self.steps, self.dead, self._dies_after, self._armed = [], False, dies_after, True

    def disarm(self) -> bool:
        """Another process takes its place; whether the first one had died."""
        died, self.dead, self._armed = self.dead, False, False
        return died

    def step(self, name: str) -> None:
        """Take a step, perhaps the last one."""
        if not self._armed or threading.current_thread().name == "lease":
            return
        self.go_on()
        self.steps.append(name)
        if len(self.steps) == self._dies_after:
            self.dead = True
            raise Killed(name)

    def go_on(self) -> None:
        """Do nothing any more when it is dead."""
        if self.dead:
            raise Killed("it is dead")


class MortalRedis(redis.Redis):
    """The Redis connection of such a worker.

    Attributes:
        fate: When it dies.
    """

    fate = Fate()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a command; the worker may die once it has had its effect."""
        self.fate.go_on()
        answer = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        if str(args[0]).split(" ")[0] not in READS:
            self.fate.step(str(args[0]))
        return answer

    def pipeline(self, *args: Any, **options: Any) -> Any:
        """Several commands in one journey; ours only read."""
        self.fate.go_on()
        return super().pipeline(*args, **options)
