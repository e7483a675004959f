"""Since when, in people's words; pure."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tools.errors import BadArguments
from tools.names import shown

_SPAN = re.compile(
    r"(?:the\s+)?(?:last|past)?\s*(?P<count>\d{1,5}|an?)?\s*(?P<unit>m|min|minute|h|hr|hour|d|day|w|week|month)?s?(?:\s+ago)?"
)
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "month": timedelta(days=30),
}
UNDERSTOOD = "I understand `6 hours`, `3 days`, `today`, `yesterday`, `this week`, `this month` and `2026-01-31`."


def begun(text: str, *, now: datetime, zone: str = "UTC") -> datetime | None:
    """The moment since when; None when nothing is said.

    Args:
        text: What a person said; a plain number is hours.
        now: From when it is looked back.
        zone: The time zone in which days begin.

    Raises:
        BadArguments: It is not understood.
    """
    said = " ".join(text.lower().split()).removeprefix("since ")
    if not said:
        return None
    there = now.astimezone(ZoneInfo(zone))
    days = {
        "today": 0,
        "yesterday": 1,
        "this week": there.weekday(),
        "this month": there.day - 1,
        "last night": 1,
    }
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
    if said in days:
        return midnight - timedelta(days=days[said])
    if named := _day(said):
        return midnight.replace(year=named.year, month=named.month, day=named.day)
    span = _span(said)
    if span is None or span > timedelta(days=3650):
        raise BadArguments(f"I cannot read “{shown(text)}” as a time since when. {UNDERSTOOD}")
    return now - span


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _span(said: str) -> timedelta | None:
    found = _SPAN.fullmatch(said)
    if not found or not (found["count"] or found["unit"]):
        return None
    count = int(found["count"]) if found["count"] and found["count"].isdigit() else 1
    unit = found["unit"] or "h"
    return count * _UNITS["month" if unit == "month" else unit[0]]
