from datetime import UTC, datetime

import pytest

from tools.errors import BadArguments
from tools.prefect.spans import begun

NOW = datetime(2026, 1, 7, 14, 30, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("6 hours", datetime(2026, 1, 7, 8, 30, tzinfo=UTC)),
        ("6h", datetime(2026, 1, 7, 8, 30, tzinfo=UTC)),
        ("24", datetime(2026, 1, 6, 14, 30, tzinfo=UTC)),
        ("last 3 days", datetime(2026, 1, 4, 14, 30, tzinfo=UTC)),
        ("an hour ago", datetime(2026, 1, 7, 13, 30, tzinfo=UTC)),
        ("past week", datetime(2025, 12, 31, 14, 30, tzinfo=UTC)),
        ("30 min", datetime(2026, 1, 7, 14, 0, tzinfo=UTC)),
        ("today", datetime(2026, 1, 7, tzinfo=UTC)),
        ("since yesterday", datetime(2026, 1, 6, tzinfo=UTC)),
        ("this week", datetime(2026, 1, 5, tzinfo=UTC)),
        ("This month", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2025-12-24", datetime(2025, 12, 24, tzinfo=UTC)),
    ],
)
def test_a_span_or_a_day_is_a_moment(text: str, since: datetime) -> None:
    assert begun(text, now=NOW) == since


def test_nothing_said_is_no_moment() -> None:
    assert begun("  ", now=NOW) is None


def test_days_begin_in_the_persons_own_zone() -> None:
    assert begun("today", now=NOW, zone="Asia/Tokyo") == datetime(2026, 1, 6, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "the dawn of time", "2026-13-45", "99999 months", "last", "-3 days"])
def test_what_is_not_understood_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(BadArguments, match="I understand `6 hours`"):
        begun(text, now=NOW)
