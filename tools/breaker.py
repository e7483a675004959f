"""Asks a system that does not answer less often, so that people are told at once instead of waiting for nothing.

The states, their counting and what moves one to the next are pybreaker's. Two things are ours. Its own `call` holds a
lock while the guarded call is made, so that one slow answer would stop all others: calls are made outside, and only how
they ended is told to it. And it waits by the calendar, which may be set back: the wait here is by a clock that cannot.
"""

import contextlib
import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import pybreaker
import structlog

from tools import deadline
from tools.errors import Busy, Failing, Late, Resting, Unavailable

Answer = TypeVar("Answer")
#: Hears that a system is left alone from now on, and why, or, with None, that it is asked again.
Heard = Callable[[str, "Rest | None"], None]
log = structlog.get_logger()

#: Attempts without an answer, one after the other, until a system is left alone: two calls, each made again once. One
#: connection that breaks, or one answer that is late, is never enough. What is late is not asked for again, and counts
#: for the two attempts of its call.
FAILURES = 4
LATE_COUNTS = 2
#: Seconds until it is asked again. About as long as Prefect and MLflow take to start, so that a restart costs a person
#: one refusal at most; a server that hangs is held by one call in so many seconds, and not by all of them.
REST_SECONDS = 15.0
SPREAD = 0.2  # of that, to each side: processes do not all come back in the same moment
#: Whoever comes while one call finds out how the system is waits so long for what it finds.
TRIAL_SECONDS = 2.0
#: An attempt that was cut off earlier, because its tool had no more time, says nothing about the system.
FAIR_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Rest:
    """A time without answers.

    Attributes:
        since: The first call that got no answer.
        reason: Why the last one got none.
    """

    since: datetime
    reason: str

    def __str__(self) -> str:
        """In words, such as `since 12:03 UTC (connection refused)`."""
        return f"since {self.since:%H:%M} UTC ({self.reason})"


def unheard(system: str, rest: "Rest | None") -> None:
    """Nobody listens."""
    del system, rest


class Breaker:
    """Stands before all calls to one system in this process; safe to share between threads."""

    def __init__(
        self,
        system: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Begin with a system that answers.

        Args:
            system: Its own name, such as `Prefect`.
            clock: Seconds that only grow.
            now: The time of day, for people.
        """
        self._system = system
        self._clock = clock
        self._now = now
        self._lock = threading.Lock()
        self._tried = threading.Condition(self._lock)
        self._rest: Rest | None = None
        self._again_at = 0.0
        self._heard: Heard = unheard
        self._news = False
        self._states = pybreaker.CircuitBreaker(
            fail_max=FAILURES, exclude=[_is_an_answer], throw_new_error_on_trip=False, name=system
        )
        self._states.add_listener(_Told(self))

    def hear(self, heard: Heard) -> None:
        """Tell this from now on when the system is left alone, and when it is asked again; never under the lock."""
        self._heard = heard

    @property
    def resting(self) -> Rest | None:
        """Since when calls have been failing at once, and why; None while the system is asked."""
        with self._lock:
            return None if self._states.current_state == pybreaker.STATE_CLOSED else self._rest

    def call(self, attempt: Callable[[], Answer]) -> Answer:
        """What an attempt gives, unless the system is left alone just now.

        Raises:
            Resting: It was not asked.
        """
        if reason := deadline.missed_by(self._system):
            raise Resting(self._system, reason)
        with self._lock:
            trial = self._admitted()
        return self._made(attempt, trial=trial)

    def look(self, attempt: Callable[[], Answer]) -> Answer:
        """What an attempt gives, also while the system is left alone; when it answers, calls are made again.

        Raises:
            Unavailable: It does not answer; when it has not for a while, the message says since when.
        """
        with self._lock:
            rest = self._rest if self._states.current_state != pybreaker.STATE_CLOSED else None
            if rest is not None:
                self._states.half_open()
        try:
            return self._made(attempt, trial=rest is not None)
        except Unavailable as error:
            if rest is None:
                raise
            since = f"it has not answered since {rest.since:%H:%M} UTC, and calls fail at once until it does"
            raise Unavailable(self._system, f"{error.reason}; {since}") from error

    def _admitted(self) -> bool:
        """Whether the call is the one that finds out how the system is; the others wait for it, if not for long."""
        self._tried.wait_for(
            lambda: self._states.current_state != pybreaker.STATE_HALF_OPEN, timeout=min(TRIAL_SECONDS, deadline.left())
        )
        state = self._states.current_state
        if state == pybreaker.STATE_CLOSED:
            return False
        wait = self._again_at - self._clock()
        if state == pybreaker.STATE_HALF_OPEN or wait > 0:
            raise Resting(self._system, self._why_not(wait))
        self._states.half_open()
        return True

    def _why_not(self, wait: float) -> str:
        when = f"I try again in {math.ceil(wait)} s" if wait > 0 else "I am trying again right now"
        return f"it has not answered {self._rest}; {when}, and `/mlops status` looks at once"

    def _made(self, attempt: Callable[[], Answer], *, trial: bool) -> Answer:
        begun = self._clock()
        answered = True  # also by a no, and by what we do not understand: it is there
        try:
            return attempt()
        except Unavailable as error:
            answered = _is_an_answer(error)
            if isinstance(error, Late):
                deadline.missed(self._system, error.reason)
            fair = trial or deadline.left() > 0 or self._clock() - begun >= FAIR_SECONDS
            if fair and not answered:
                self._failed(error, trial=trial)
            raise
        finally:
            if answered:
                self._answered(trial=trial)

    def _answered(self, *, trial: bool) -> None:
        with self._lock:
            if trial:
                self._states.close()
            elif self._states.current_state == pybreaker.STATE_CLOSED:
                self._states.call(lambda: None)
            else:
                return  # it was asked before the others gave up: an answer to the past
            self._rest = None
        self._tell()

    def _failed(self, error: Unavailable, *, trial: bool) -> None:
        def fail() -> None:
            raise error

        with self._lock:
            state = self._states.current_state
            if state == (pybreaker.STATE_HALF_OPEN if trial else pybreaker.STATE_CLOSED):
                self._rest = Rest(self._rest.since if self._rest else self._now(), error.reason)
                for _ in range(LATE_COUNTS if isinstance(error, Late) and not trial else 1):
                    with contextlib.suppress(Unavailable, pybreaker.CircuitBreakerError):
                        self._states.call(fail)
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            news, self._news, rest = self._news, False, self._rest
        if news:
            self._heard(self._system, rest)

    def _moved(self, state: str) -> None:
        self._tried.notify_all()
        self._news = self._news or state != pybreaker.STATE_HALF_OPEN
        if state == pybreaker.STATE_OPEN:
            self._again_at = self._clock() + REST_SECONDS * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 - spreads load
        if state in _WORDS and self._rest is not None:
            since = self._rest.since.isoformat(timespec="seconds")
            log.warning(_WORDS[state], system=self._system, since=since, reason=self._rest.reason)


_WORDS = {
    pybreaker.STATE_OPEN: "backend_left_alone",
    pybreaker.STATE_CLOSED: "backend_answers_again",
}


class _Told(pybreaker.CircuitBreakerListener):
    """Hears of a change from pybreaker."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker

    def state_change(
        self,
        cb: pybreaker.CircuitBreaker,
        old_state: pybreaker.CircuitBreakerState | None,
        new_state: pybreaker.CircuitBreakerState,
    ) -> None:
        """See pybreaker."""
        del cb, old_state
        self._breaker._moved(new_state.name)  # noqa: SLF001 - the other half of that class


def _is_an_answer(error: BaseException) -> bool:
    """Whether an error shows that the system is there: whoever has too much to do, or refuses, has answered."""
    return not isinstance(error, Unavailable) or isinstance(error, (Busy, Failing, Resting))
