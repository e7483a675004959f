"""How often the app may call: one message a second in each channel, and Slack's tiers for the other writing methods."""

import math
import threading
from collections import deque
from collections.abc import Callable

from tests.fakes.minimal_slack.refusal import Refusal

MINUTE = 60.0
CALLS_PER_MINUTE = {"chat.update": 50, "chat.postEphemeral": 100}  # tiers 3 and 4


class Rates:
    """Counts calls, and refuses those that come too fast.

    Args:
        now: A clock in seconds that never goes back.
        seconds_between_posts: The rest that each channel needs between two messages.
    """

    def __init__(self, *, now: Callable[[], float], seconds_between_posts: float) -> None:
        self._now = now
        self._rest = seconds_between_posts
        self._next_post: dict[str, float] = {}
        self._recent: dict[str, deque[float]] = {method: deque() for method in CALLS_PER_MINUTE}
        self._lock = threading.Lock()

    def post(self, channel: str) -> None:
        """Count one message into a channel; a refused one does not count.

        Raises:
            Refusal: `ratelimited`, with the seconds to wait.
        """
        with self._lock:
            now = self._now()
            wait = self._next_post.get(channel, now) - now
            if wait > 0:
                raise _too_fast(wait)
            self._next_post[channel] = now + self._rest

    def call(self, method: str) -> None:
        """Count one call of a method that has a tier.

        Raises:
            Refusal: `ratelimited`, with the seconds to wait.
        """
        if method not in CALLS_PER_MINUTE:
            return
        with self._lock:
            now, recent = self._now(), self._recent[method]
            while recent and recent[0] <= now - MINUTE:
                recent.popleft()
            if len(recent) >= CALLS_PER_MINUTE[method]:
                raise _too_fast(recent[0] + MINUTE - now)
            recent.append(now)


def _too_fast(wait: float) -> Refusal:
    return Refusal("ratelimited", retry_after=max(1, math.ceil(wait)))
