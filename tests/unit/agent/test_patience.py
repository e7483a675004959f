"""When Gemini is asked again."""

from dataclasses import dataclass

import pytest
from google.genai.errors import APIError

from worker.agent.gemini.faults import Fault, hint_of
from worker.agent.gemini.patience import Patience
from worker.agent.limits import Instead


def fault(*, again: bool = True, hint: float | None = None) -> Fault:
    return Fault("words", again=again, instead=Instead.ANOTHER, hint=hint)


@pytest.mark.parametrize(
    ("ended", "attempt", "waited", "spread", "wait"),
    [
        (fault(), 1, 0.0, 0.0, 0.5),
        (fault(), 1, 0.0, 1.0, 1.0),
        (fault(), 2, 1.0, 1.0, 2.0),
        (fault(), 3, 3.0, 1.0, None),
        (fault(again=False), 1, 0.0, 1.0, None),
        (fault(hint=7.0), 1, 0.0, 0.0, 7.0),
        (fault(hint=7.0), 1, 0.0, 1.0, 8.0),
        (fault(hint=7.0), 2, 14.0, 0.0, None),
        (fault(hint=0.0), 2, 0.0, 0.5, 0.5),
        (fault(hint=21.0), 1, 0.0, 0.0, None),
    ],
)
def test_the_next_attempt_comes_after_the_servers_time_or_ours_and_never_too_late(
    ended: Fault, attempt: int, waited: float, spread: float, wait: float | None
) -> None:
    assert Patience(spread=lambda: spread).after(ended, attempt=attempt, waited=waited) == wait


@pytest.mark.parametrize(
    ("hint", "waited", "wait"), [(30.0, 0.0, 30.0), (30.0, 89.0, 30.0), (30.0, 91.0, None), (121.0, 0.0, None)]
)
def test_a_turn_that_has_begun_is_waited_for_as_long_as_a_turn_may_take(
    hint: float, waited: float, wait: float | None
) -> None:
    patience = Patience(spread=lambda: 0.0)
    assert patience.after(fault(hint=hint), attempt=1, waited=waited, begun=True) == wait
    assert patience.after(fault(hint=hint), attempt=1, waited=waited) is None


@dataclass(frozen=True)
class Answered:
    headers: dict[str, str]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "Fri, 27 Nov 2026 09:10:30 GMT", "date": "Fri, 27 Nov 2026 09:10:00 GMT"}, 30.0),
        ({"retry-after": "Fri, 27 Nov 2026 09:09:00 GMT", "date": "Fri, 27 Nov 2026 09:10:00 GMT"}, 0.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_servers_time_may_be_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    error = APIError(429, {"error": {"code": 429}})
    error.response = Answered(headers)  # all that is read of it
    assert hint_of(error) == seconds
