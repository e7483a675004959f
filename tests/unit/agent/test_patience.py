"""When Gemini is asked again."""

import pytest

from worker.agent.gemini.faults import Fault
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
