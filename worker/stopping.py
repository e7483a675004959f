"""Whether the people in a thread still want an answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

import redis
import structlog

from bot.events import Thread
from bot.stops import Stops
from worker.agent.limits import Cancelled

LOOK_SECONDS = 0.4  #: between two looks: whoever stops waits for one, and for the end of what is at hand
log = structlog.get_logger()


@dataclass(slots=True)
class Wanted:
    """Asked again and again while a turn is worked on; raises when somebody wants it to end.

    Attributes:
        stops: Where people say so.
        thread: The turn's.
        since: When the turn was said; who wanted an end before that did not mean it.
        clock: Seconds, of a clock that nobody sets.
    """

    stops: Stops
    thread: Thread
    since: str
    clock: Callable[[], float]
    _again_at: float = field(init=False, default=0.0)

    def __call__(self) -> None:
        """Look, if the last look was long enough ago.

        Raises:
            Cancelled: Somebody wants it to end.
        """
        if self.clock() < self._again_at:
            return
        self._again_at = self.clock() + LOOK_SECONDS
        try:
            asked = self.stops.asked(self.thread)
        except redis.RedisError as exc:
            log.warning(
                "stop_not_looked_for", reason=type(exc).__name__
            )  # the turn's own writes say what becomes of it
            return
        if asked and asked.ts > self.since:
            self._again_at = 0.0  # who sees a change through first is told again afterwards
            raise Cancelled(asked.by)
