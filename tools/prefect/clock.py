"""Times of the day and days of the week in people's words; pure."""

import re
from dataclasses import dataclass

#: Days of the week by cron's numbers.
DAY_NAMES = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
WEEKDAYS, WEEKEND, ALL = (1, 2, 3, 4, 5), (0, 6), (0, 1, 2, 3, 4, 5, 6)

_SHORT = {name[:length]: number for number, name in enumerate(DAY_NAMES) for length in (3, 4)} | {"weds": 3, "thurs": 4}
_DAY = r"sun|mon|tues?|weds?|wednes|thu|thurs?|fri|satur|sat"
_DAYS = rf"(?:{_DAY})(?:day)?s?"
_RANGE = re.compile(rf"\b(?P<first>{_DAYS})\s*(?:-|to|through|until|till)\s*(?P<last>{_DAYS})\b")
_ONE = re.compile(rf"\b(?:(?:on|every|each)\s+)?(?P<day>{_DAYS})\b")
_EACH = r"(?:(?:on|every|each)\s+)?"
_SETS = (
    (re.compile(rf"\b{_EACH}(?:weekday|workday|working\s+day|business\s+day|work\s+day)s?\b"), WEEKDAYS),
    (re.compile(rf"\b{_EACH}(?:the\s+)?weekends?\b"), WEEKEND),
    (re.compile(r"\bnightly\b"), ALL),
)
_PARTS = {"morning": 9, "afternoon": 15, "evening": 18, "night": 0, "nightly": 0}
_PART = re.compile(
    r"\b(?:(?P<each>every|each)\s+|(?:in|at|of)\s+(?:the\s+)?)?(?P<part>morning|afternoon|evening|night)s?\b|"
    r"(?P<n>\bnightly\b)"
)
_NAMED = {"noon": 12, "midday": 12, "midnight": 0}
_TIME = re.compile(
    r"(?:\bat\s+|@\s*|\baround\s+)?(?<![\w:.#/-])(?:(?P<named>noon|midday|midnight)\b|"
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?\s*(?P<half>am|pm|a\.m\.|p\.m\.|o'?clock|h\b|uhr\b)?)(?![\w:.#/])"
)
NOON, HOURS, MINUTES = 12, 24, 60
EARLY = 6  # `every night at 2` is in the small hours, `every night at 10` before midnight


@dataclass(frozen=True, slots=True, order=True)
class Clock:
    """A time of the day, as `09:30`."""

    hour: int
    minute: int

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


def days_in(words: str) -> tuple[str, tuple[int, ...]]:
    """What is left of some lower-case words, and the days of the week in them by cron's numbers."""
    found: set[int] = set()
    for days in _RANGE.finditer(words):
        first, last = _number(days["first"]), _number(days["last"])
        found |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    words = _RANGE.sub(" ", words)
    for pattern, days_meant in _SETS:
        words, count = pattern.subn(" ", words)
        found |= set(days_meant) if count else set()
    found |= {_number(day["day"]) for day in _ONE.finditer(words)}
    return _ONE.sub(" ", words), tuple(sorted(found))


def times_in(words: str) -> tuple[str, tuple[Clock, ...]]:
    """What is left of some lower-case words, and the times of the day in them, earliest first.

    A part of the day (`every evening`) says which half of the day an hour is in, or stands for an hour itself. Days
    that it implies (`nightly`) stay in the words.
    """
    part = _PART.search(words)
    named = (part["part"] or "nightly") if part else ""
    every_day = bool(part and (part["each"] or part["n"]))
    rest = _PART.sub(" ", words) if part else words
    found: list[Clock] = []
    kept: list[str] = []
    at = 0
    for time in _TIME.finditer(rest):
        clock = _clock(time, named)
        if clock is None:
            continue
        found.append(clock)
        kept.append(rest[at : time.start()])
        at = time.end()
    rest = " ".join([*kept, rest[at:]])
    if not found and named:
        found = [Clock(_PARTS[named], 0)]
    return f"{rest} nightly " if every_day and not days_in(rest)[1] else rest, tuple(sorted(set(found)))


def _clock(time: re.Match[str], part: str) -> Clock | None:
    """A time, or None when the figures are none."""
    if time["named"]:
        return Clock(_NAMED[time["named"]], 0)
    hour, minute = int(time["hour"]), int(time["minute"] or 0)
    half = (time["half"] or "").replace(".", "")
    if half in {"am", "pm"}:
        if not 1 <= hour <= NOON:
            return None
        hour = hour % NOON + (NOON if half == "pm" else 0)
    elif hour < NOON and (part in {"afternoon", "evening"} or (part in {"night", "nightly"} and hour >= EARLY)):
        hour += NOON
    return Clock(hour, minute) if hour < HOURS and minute < MINUTES else None


def _number(day: str) -> int:
    return _SHORT[day[:3]]
