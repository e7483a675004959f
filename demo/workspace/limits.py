"""Slack's rate limits: token buckets by method, and one message a second in a channel."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

POST_BURST = 5  #: messages a channel takes at once before one a second holds


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimits:
    """How often a method may be called.

    Attributes:
        enabled: Off lets everything pass, for tests of something else.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def wait(self, method: str, per_minute: int, channel: str = "") -> int:
        """Take a call: 0 when it may pass, else the seconds of `Retry-After`; a refused call costs nothing."""
        if not self.enabled:
            return 0
        with self._lock:
            waits = [self._missing(method, per_minute, per_minute / 60)]
            if method == "chat.postMessage" and channel:
                waits.append(self._missing(f"{method} {channel}", POST_BURST, 1.0))
            if any(waits):
                return max(1, math.ceil(max(waits)))
            self._buckets[method].tokens -= 1
            if len(waits) > 1:
                self._buckets[f"{method} {channel}"].tokens -= 1
            return 0

    def refill(self, method: str) -> None:
        """Let a method be as if nobody had called it for a minute."""
        with self._lock:
            self._buckets.pop(method, None)

    def _missing(self, key: str, most: int, per_second: float) -> float:
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(float(most), now))
        bucket.tokens = min(float(most), bucket.tokens + (now - bucket.at) * per_second)
        bucket.at = now
        return 0.0 if bucket.tokens >= 1 else (1 - bucket.tokens) / per_second
