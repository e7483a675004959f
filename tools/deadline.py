"""How long the call that is made now may still take, known to everything that waits on its behalf.

A limit on each read does not end a call: a server that sends a byte a second is never late. So whoever waits for an
answer waits no longer than what is left here, and a tool that was given up leaves no thread behind.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tools.errors import Unavailable

#: Seconds for a connection, and for a look-up with its whole answer: a person is told in five that a system hangs.
CONNECT_SECONDS, LOOK_SECONDS = 2.0, 4.0
#: Seconds for what may honestly take longer: a change, a file, a page of logs, a metric's history, a prediction.
LONG_SECONDS = 10.0
OVER = "the time for this call was over before it had answered"

_until: ContextVar[float] = ContextVar("until", default=math.inf)  # on the monotonic clock
_late: ContextVar[dict[str, str] | None] = ContextVar("late", default=None)  # why, by the system


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let what is done inside take so many seconds, or what is left of a limit around this one."""
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    late = _late.set({}) if _late.get() is None else None
    try:
        yield
    finally:
        _until.reset(token)
        if late is not None:
            _late.reset(late)


def left() -> float:
    """Seconds that are left, infinite without a limit; never negative."""
    return max(0.0, _until.get() - time.monotonic())


def missed(system: str, reason: str) -> None:
    """Remember, until this call is over, that a system did not answer in time."""
    late = _late.get()
    if late is not None:
        late[system] = reason


def missed_by(system: str) -> str:
    """Why a system is not asked again within this call: it hangs, and would use up the time; empty when it may be."""
    return (_late.get() or {}).get(system, "")


@contextmanager
def respected(system: str) -> Iterator[None]:
    """Ask a system only while there is time, and say so when it was the time that ran out.

    Raises:
        Unavailable: There is no time left, before or after.
    """
    if left() <= 0:
        raise Unavailable(system, OVER)
    try:
        yield
    except Unavailable as error:
        if left() > 0:
            raise
        raise Unavailable(system, OVER, maybe_done=error.maybe_done) from error
