"""The last answer of each listing, for while its system is away: better an old list that says how old than none.

Why nothing is kept while a system answers: a look-up takes it some ten milliseconds, and a list that is seconds old
names the champion of before, or leaves out the pipeline that was registered just now.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tools.errors import Unavailable

if TYPE_CHECKING:
    from tools.spec import ToolResult

KEPT_SECONDS = 600.0
MOST = 50  # answers; one more puts out the oldest


class Recent:
    """What the listings of one set of systems answered last; safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Know nothing yet."""
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, ToolResult]] = {}

    def answer(self, asked: str, ask: Callable[[], "ToolResult"]) -> "ToolResult":
        """What a listing gives; while its system is away, what it gave last, with how old that is.

        Args:
            asked: The listing and its arguments.
            ask: Asks.

        Raises:
            Unavailable: It is away, and what it gave last is too old, or there is nothing.
        """
        try:
            found = ask()
        except Unavailable as error:
            with self._lock:
                at, last = self._kept.get(asked, (0.0, None))
            age = self._clock() - at
            if last is None or age > KEPT_SECONDS:
                raise
            return replace(last, text=f"⚠️ {error} What follows is as of {_span(age)} ago.\n\n{last.text}")
        with self._lock:
            self._kept.pop(asked, None)
            self._kept[asked] = self._clock(), found
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
        return found


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - two minutes
