"""A call that failed because a system was away or busy for a moment is made again, if it may be made twice."""

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from tools import deadline
from tools.errors import Busy, Late, Resting, Unavailable

Answer = TypeVar("Answer")

#: Seconds before each further attempt when the system could not be reached: it is back at once or not soon.
AWAY = (0.25,)
#: Seconds before each further attempt when it answered "not now", as a server does whose database is locked.
BUSY = (0.2, 0.6, 1.5)
SPREAD = 0.5  # of a pause, to each side, so that many callers do not come back at once


def certainly_undone(error: Unavailable) -> bool:
    """Whether a change that failed so has not been made."""
    return not error.maybe_done


def again(
    call: Callable[[], Answer],
    *,
    sleep: Callable[[float], None] = time.sleep,
    may_repeat: Callable[[Unavailable], bool] = lambda _: True,
) -> Answer:
    """What `call` gives, made again while the system is away or busy: once, or three times within three seconds.

    Whoever does not answer in time is not asked again: that would only wait as long once more.

    Args:
        call: A read, or a change that carries an idempotency key or looks before it changes.
        sleep: Waits for some seconds.
        may_repeat: Whether it may be made again after it failed so; for a change without a key, `certainly_undone`.

    Raises:
        Unavailable: The last attempt failed too, came to nothing in time, or there is no time for another one.
    """
    away, busy, maybe_done = iter(AWAY), iter(BUSY), False
    while True:
        try:
            return call()
        except Unavailable as error:
            error.maybe_done = maybe_done = maybe_done or error.maybe_done
            if isinstance(error, (Late, Resting)) or not may_repeat(error):
                raise
            pause = _next(busy if isinstance(error, Busy) else away)
            if pause is None or pause >= deadline.left():
                raise
        sleep(pause)


def _next(pauses: Iterator[float]) -> float | None:
    pause = next(pauses, None)
    return None if pause is None else pause * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 - spreads load
