"""When Gemini is asked again, and after how long."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from worker.agent.gemini.faults import Fault
from worker.agent.limits import Limits

TURN_SECONDS = Limits().model_seconds


@dataclass(frozen=True, slots=True)
class Patience:
    """How much is tried for one message of the model.

    Attributes:
        tries: Attempts that may be made.
        first: Seconds before the second attempt, about; doubled from then on.
        longest: Seconds that may be spent waiting between attempts, all together: a person is waiting, too.
        begun: The same for a turn that this model has begun, which nobody else can end; the turn's own limit of time
            with the model ends it earlier.
        spread: A number from 0 to 1, so that many do not come back in one moment.
    """

    tries: int = 3
    first: float = 1.0
    longest: float = 20.0
    begun: float = TURN_SECONDS
    spread: Callable[[], float] = random.random

    def after(self, fault: Fault, *, attempt: int, waited: float, begun: bool = False) -> float | None:
        """Seconds until the next attempt; None when there is to be none.

        Args:
            fault: How the attempt ended.
            attempt: Its number; the first is 1.
            waited: Seconds that were waited between attempts so far.
            begun: Whether this model has begun the turn.
        """
        if not fault.again or attempt >= self.tries:
            return None
        backoff = self.first * 2.0 ** (attempt - 1)
        wait = backoff * (0.5 + self.spread() / 2) if fault.hint is None else fault.hint + self.first * self.spread()
        return wait if waited + wait <= (self.begun if begun else self.longest) else None
