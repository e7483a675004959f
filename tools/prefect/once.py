"""One moment to come, in people's words ("tonight at 22:00", "in 2 hours"); pure, and never a guess."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tools.errors import BadArguments
from tools.names import shown
from tools.prefect import wording
from tools.prefect.clock import Clock, days_in, times_in
from tools.prefect.timezones import checked, cut_timezone

UNDERSTOOD = (
    "I understand `tonight at 22:00`, `tomorrow at 6`, `Friday at 9`, `in 2 hours`, and `2026-01-31 22:00`, each with "
    "a time zone such as `Europe/Berlin` behind it if need be."
)
LONGEST = timedelta(days=30)  #: a run is followed for as long; what is to come later is a schedule's

_STEP = re.compile(r"\bin\s+(?P<count>\d{1,4}|an?|half\s+an)\s*(?P<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d)\b")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_DATED = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})(?:[t ]\s*|\s+at\s+)(?P<time>\d{1,2}:\d{2})(?::\d{2})?")
_DAYS = {"today": 0, "tonight": 0, "tomorrow": 1}
_NAMED = re.compile(rf"\b(?P<day>{'|'.join(_DAYS)})\b")
#: Words that say how often; not as a part of a name, such as `daily-ingest`.
HOW_OFTEN = r"(?<![\w-])(?:every|each|daily|weekly|hourly|monthly|nightly|weekdays?)(?![\w-])"
_AGAIN = re.compile(HOW_OFTEN)
_FILLERS = frozenset({"at", "on", "the", "this", "next", "coming", "o'clock", "please", "again", "and"})


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment to come.

    Attributes:
        at: The moment, timezone-aware.
        zone: The time zone in which it was said.
    """

    at: datetime
    zone: str

    @property
    def words(self) -> str:
        """As it is read off a clock there."""
        return wording.moment(self.at, self.zone)

    @property
    def exact(self) -> str:
        """The same moment in words that give the same moment again."""
        return f"{self.at.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M} {self.zone}"


def understood(text: str, *, now: datetime, zone: str) -> Moment:
    """The moment that is meant.

    Args:
        text: What a person said.
        now: When it was said.
        zone: The time zone in which the person reads clocks, unless one is named.

    Raises:
        BadArguments: It is not understood, recurs, is over, or is further away than a run is followed.
    """
    rest, named = cut_timezone(" ".join(text.split()))
    zone = checked(named) if named else zone
    words = f" {rest.lower()} "
    if again := _AGAIN.search(words):
        raise BadArguments(
            f"“{shown(text)}” comes again and again (“{again[0]}”): that is a schedule's. Say it as "
            "`schedule PIPELINE every Monday at 9`."
        )
    there = now.astimezone(ZoneInfo(zone))
    at = (_stepped(words, now) or _dated(words, zone) or _on_a_day(words, text, there)).astimezone(UTC)
    if at < now - timedelta(minutes=1):
        raise BadArguments(f"“{shown(text)}” is over: that was {wording.moment(at, zone)}.")
    if at > now + LONGEST:
        raise BadArguments(f"“{shown(text)}” is more than {LONGEST.days} days away. For later runs set a schedule.")
    return Moment(at, zone)


def _stepped(words: str, now: datetime) -> datetime | None:
    found = _STEP.search(words)
    if not found or _left(words.replace(found[0], " ", 1)):
        return None
    unit, count = _UNITS[found["unit"][0]], found["count"]
    many = 0.5 if count.startswith("half") else 1 if count in {"a", "an"} else int(count)
    return now + many * unit


def _dated(words: str, zone: str) -> datetime | None:
    found = _DATED.search(words)
    if not found or _left(words.replace(found[0], " ", 1)):
        return None
    try:
        day, hour, minute = date.fromisoformat(found["day"]), *map(int, found["time"].split(":"))
        return datetime.combine(day, time(hour, minute), ZoneInfo(zone))
    except ValueError:
        return None


def _on_a_day(words: str, text: str, there: datetime) -> datetime:
    """`tomorrow at 6`: a time of the day, on a day that is named or on the next one that has it."""
    tonight = "tonight" in words
    rest = words.replace("tonight", "today night")
    day = _NAMED.search(rest)
    rest, weekdays = days_in(rest.replace(day["day"], " ", 1) if day else rest)
    rest, times = times_in(rest)
    if left := _left(rest):
        raise _not_understood(text, why=f"I do not know what “{shown(' '.join(left))}” means there")
    if len(weekdays) > 1 or len(times) > 1 or (day and weekdays):
        raise _not_understood(text, why="it names several days or times")
    if not times or (tonight and not times_in(words.replace("tonight", " "))[1]):
        raise _not_understood(text, why="it says no time of the day")
    at = _at(there, times[0])
    if day:
        at = _at(there + timedelta(days=_DAYS[day["day"]]), times[0])
        after_midnight = tonight and at < there and times[0].hour < _MORNING
        return _at(at + timedelta(days=1), times[0]) if after_midnight else at
    if weekdays:
        ahead = (weekdays[0] - there.isoweekday()) % 7
        at = _at(there + timedelta(days=ahead), times[0])
        return at if at > there else _at(at + timedelta(days=7), times[0])
    return at if at > there else _at(at + timedelta(days=1), times[0])


_MORNING = 6  #: `tonight at 2` is after midnight


def _at(day: datetime, clock: Clock) -> datetime:
    return day.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)


def _left(rest: str) -> list[str]:
    return [word for word in re.findall(r"[^\s,.;]+", rest) if word not in _FILLERS]


def _not_understood(text: str, *, why: str) -> BadArguments:
    return BadArguments(f"I cannot read “{shown(text)}” as a moment to come: {why}. {UNDERSTOOD}")
