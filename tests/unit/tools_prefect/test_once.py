"""One moment to come, in people's words."""

from datetime import UTC, datetime

import pytest

from tools.errors import BadArguments
from tools.prefect.once import understood

NOW = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)  # a Monday; 15:30 in Berlin


def read(text: str, *, now: datetime = NOW, zone: str = "Europe/Berlin") -> str:
    """The moment in UTC."""
    return f"{understood(text, now=now, zone=zone).at.astimezone(UTC):%a %d %H:%M}"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("tonight at 22:00", "Mon 05 21:00"),
        ("tonight at 10", "Mon 05 21:00"),
        ("tonight at 2", "Tue 06 01:00"),
        ("tonight at midnight", "Mon 05 23:00"),
        ("tomorrow at 6", "Tue 06 05:00"),
        ("tomorrow morning", "Tue 06 08:00"),
        ("tomorrow evening at 7", "Tue 06 18:00"),
        ("today at 18:15", "Mon 05 17:15"),
        ("at 16:00", "Mon 05 15:00"),
        ("at 9", "Tue 06 08:00"),
        ("on Friday at 9am", "Fri 09 08:00"),
        ("next monday at 9", "Mon 12 08:00"),
        ("Monday at 17:00", "Mon 05 16:00"),
        ("in 2 hours", "Mon 05 16:30"),
        ("in half an hour", "Mon 05 15:00"),
        ("in a day", "Tue 06 14:30"),
        ("2026-01-31 22:00", "Sat 31 21:00"),
        ("2026-01-31T22:00", "Sat 31 21:00"),
        ("tonight at 22:00 UTC", "Mon 05 22:00"),
        ("tomorrow at 6 America/New_York", "Tue 06 11:00"),
    ],
)
def test_a_moment_is_read_off_the_clock_of_the_person(text: str, utc: str) -> None:
    assert read(text) == utc


def test_it_is_read_in_another_zone_than_another_person_reads_it() -> None:
    assert read("tonight at 22:00", zone="America/New_York") == "Tue 06 03:00"
    assert read("tonight at 22:00", zone="UTC") == "Mon 05 22:00"


def test_the_days_on_which_clocks_change_have_their_own_hours() -> None:
    spring, autumn = datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert [read("tomorrow at 9", now=each) for each in (spring, autumn)] == ["Sun 29 07:00", "Sun 25 08:00"]


@pytest.mark.parametrize("text", ["tonight at 22:00", "in 2 hours", "2026-01-31 22:00 UTC", "next monday at 9"])
def test_what_was_understood_gives_the_same_moment_again(text: str) -> None:
    moment = understood(text, now=NOW, zone="Europe/Berlin")
    again = understood(moment.exact, now=NOW, zone="UTC")
    assert (again.at, again.zone) == (moment.at, moment.zone)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tonight", "it says no time of the day"),
        ("tomorrow", "it says no time of the day"),
        ("soonish", "I do not know what “soonish” means there"),
        ("after lunch at 3", "I do not know what “after lunch” means there"),
        ("at 9 and 10", "it names several days or times"),
        ("today at 8", "is over: that was Mon 5 Jan 2026, 08:00 (Europe/Berlin)."),
        ("2020-01-01 08:00", "is over"),
        ("2026-13-40 08:00", "I cannot read"),
        ("2027-01-01 08:00", "is more than 30 days away"),
        ("every Monday at 9", "comes again and again (“every”): that is a schedule's."),
        ("tonight at 22:00 EST", "“EST” can mean several time zones"),
        ("tonight at 22:00 Europe/Berlim", "There is no time zone “Europe/Berlim”."),
        ("in 5000 days", "more than 30 days away"),
    ],
)
def test_what_is_no_moment_to_come_is_refused_with_what_would_be(text: str, said: str) -> None:
    with pytest.raises(BadArguments) as caught:
        understood(text, now=NOW, zone="Europe/Berlin")
    assert said in str(caught.value)
