"""What becomes of a change that was begun by a worker which died, when the system is away or nobody can tell."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from tests.unit.agent.test_guard import Told, counted, made, request
from tools.errors import Refused, ToolError, Unavailable
from tools.spec import Done, Effect, NotDone, ToolResult
from worker.agent.calls import PATIENCE_SECONDS, Calls
from worker.agent.guard import Guard
from worker.agent.journal import Before, Journal, Outcome, Status
from worker.agent.limits import Draining

AWAY = Unavailable("Prefect", "connection refused")


class Begun:
    """A journal in which the call was begun; keeps how it ended."""

    def __init__(self) -> None:
        self.ends: list[Outcome] = []

    def begin(self, _call: str) -> Before:
        return Before(started=True)

    def finish(self, _call: str, outcome: Outcome) -> None:
        self.ends.append(outcome)


class Asked:
    """A guard that is asked what came of a call, and gives these answers in turn, the last one for ever."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.made = 0

    def probe(self, _request: object) -> object:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, ToolError):
            raise answer
        return answer

    def call(self, _request: object) -> Outcome:
        self.made += 1
        return Outcome(Status.DONE, "made now")

    def record(self, *_: object, **__: object) -> None:
        pass


class Time:
    """A clock that moves only by pauses."""

    def __init__(self) -> None:
        self.now = 0.0

    def pause(self, seconds: float) -> None:
        self.now += seconds


def resumed(
    *answers: object, time: Time | None = None, pause: Callable[[float], None] | None = None
) -> tuple[Outcome, int]:
    """How a call ends that was begun before, and how often it was made."""
    time = time or Time()
    guard, journal = Asked(*answers), Begun()
    calls = Calls(
        cast("Guard", guard), cast("Journal", journal), lambda *_: None, pause or time.pause, lambda: time.now
    )
    outcome = calls.make("c1", request(made(counted, Effect.CHANGE), number=1))
    assert [one.status for one in journal.ends] == [outcome.status]
    return outcome, guard.made


def done() -> Any:
    return Done(ToolResult("done before", Told(number=1)))


def test_a_system_that_is_back_within_half_a_minute_tells_what_came_of_it() -> None:
    outcome, times = resumed(AWAY, AWAY, AWAY, done())
    assert (outcome.status, outcome.text, times) == (Status.DONE, "done before", 0)
    outcome, times = resumed(AWAY, NotDone())
    assert (outcome.status, outcome.text, times) == (Status.DONE, "made now", 1)


def test_a_system_that_stays_away_is_not_waited_for_for_ever_and_the_call_not_made_again() -> None:
    time = Time()
    outcome, times = resumed(AWAY, time=time)
    assert (outcome.status, times) == (Status.UNKNOWN, 0)
    assert "cannot tell whether it happened" in outcome.text
    assert PATIENCE_SECONDS < time.now < PATIENCE_SECONDS + 5


def test_a_system_that_refuses_to_tell_is_not_asked_again() -> None:
    time = Time()
    outcome, _ = resumed(Refused("no"), time=time)
    assert (outcome.status, time.now) == (Status.UNKNOWN, 0)


def test_a_process_that_stops_meanwhile_leaves_the_call_to_the_next_one() -> None:
    def stopping(_seconds: float) -> None:
        raise Draining

    with pytest.raises(Draining):
        resumed(AWAY, pause=stopping)
