"""Waiting for what an asynchronous client does, and leaving it when there is a reason."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import wait as wait_for
from typing import Any, TypeVar

from worker.agent.limits import Heed

Answer = TypeVar("Answer")
LOOK_SECONDS = 0.1  #: between two looks whether to go on waiting


class Waiting:
    """An event loop on a thread of its own, begun when it is first needed: in a child, never in its parent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def answer(self, question: Coroutine[Any, Any, Answer], *, heed: Heed) -> Answer:
        """What a coroutine gives. It is cancelled when `heed` raises.

        Raises:
            Stop: What `heed` raised.
        """
        future = asyncio.run_coroutine_threadsafe(question, self._running())
        try:
            while not wait_for([future], timeout=LOOK_SECONDS).done:
                heed()
            return future.result()
        finally:
            future.cancel()  # does nothing to one that is done

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="waiting", daemon=True).start()
            return self._loop


def pause(seconds: float, *, heed: Heed) -> None:
    """Wait a while.

    Raises:
        Stop: What `heed` raised.
    """
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        heed()
        time.sleep(min(left, LOOK_SECONDS))
