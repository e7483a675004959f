"""What Ctrl-C, SIGTERM and a closed terminal do to a demo: the first asks it to stop, the second hurries it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruptible(Protocol):
    """What is told of a signal; both must be safe within a signal handler."""

    def interrupt(self) -> None:
        """Give up starting."""

    def hurry(self) -> None:
        """Stop without waiting for anybody."""


class StopRequest:
    """Whether somebody asked this process to stop.

    Attributes:
        asked: Set by the first signal.
        told: Who is told of signals, once there is somebody.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.told: Interruptible | None = None

    def receive(self, _signal: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        again = self.asked.is_set()
        self.asked.set()
        if self.told is not None:
            (self.told.hurry if again else self.told.interrupt)()


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Signals go to what is yielded, for as long as it is held; main thread only."""
    request = StopRequest()
    before = {number: signal.signal(number, request.receive) for number in SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
