"""What people call a schedule ("every Monday at 9", "every 2 hours", `0 9 * * 1`) as a rule; pure, and never a guess.

Every word must be understood: what is left over is named and refused, together with what would be understood.
"""

import re
from dataclasses import dataclass, field

from prefect.client.schemas.schedules import CronSchedule

from tools.errors import BadArguments
from tools.names import shown
from tools.prefect.clock import DAY_NAMES, Clock, days_in, times_in
from tools.prefect.timezones import cut_timezone

UNDERSTOOD = (
    "I understand `every Monday at 9`, `weekdays at 7:30`, `daily at 6`, `every 2 hours`, `every 15 minutes`, "
    "`every 2 weeks on Friday at 18:00`, `on the 1st of every month at noon`, or a cron rule such as `0 9 * * 1`."
)
MINUTE, HOUR, DAY = 60, 3_600, 86_400

_ONCE = re.compile(
    r"\b(?:tomorrow|tonight|today|(?<!from )now|next (?:week|month|\w+day)|once(?! (?:a|an|per|every|each)\b))\b"
)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_FIELD = rf"(?:[\d*/,#?\-L]|{_MONTHS}|sun|mon|tue|wed|thu|fri|sat)+"
_CRON = re.compile(rf"(?:cron:?\s+)?[`'\"]?(?P<rule>[\d*]\S*(?:\s+{_FIELD}){{4}})[`'\"]?", re.IGNORECASE)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_NUMBERS |= {"other": 2, "second": 2, "third": 3, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30}
_COUNT = rf"\d{{1,4}}|{'|'.join(_NUMBERS)}"
_UNITS = {"minute": MINUTE, "min": MINUTE, "hour": HOUR, "hr": HOUR, "h": HOUR, "day": DAY, "week": 7 * DAY}
_STEP = re.compile(
    rf"\b(?:once\s+)?(?:every|each)\s+(?P<count>{_COUNT})[\s-]*(?P<unit>seconds?|secs?|minutes?|mins?|hours?|hrs?|h|"
    r"days?|weeks?|months?)\b"
)
_HALF = re.compile(r"\b(?:every|each)\s+half(?:\s+an)?[\s-]+hour\b")
_QUARTER = re.compile(r"\b(?:every|each)\s+quarter(?:\s+of\s+an)?[\s-]+hour\b")
_EACH = r"(?:every|each|once\s+an?|once\s+per|once\s+every|per)"
_PERIODS = {
    "minute": re.compile(rf"\b{_EACH}\s+minute\b"),
    "hour": re.compile(rf"\b{_EACH}\s+hour\b|\bhourly\b"),
    "month": re.compile(rf"\b(?:(?:of|in)\s+)?(?:{_EACH}|the)\s+month\b|\bmonthly\b"),
    "quarter": re.compile(rf"\b{_EACH}\s+quarter\b|\bquarterly\b"),
    "year": re.compile(rf"\b{_EACH}\s+year\b|\b(?:yearly|annually)\b"),
    "week": re.compile(rf"\b{_EACH}\s+week\b|\bweekly\b"),
    "day": re.compile(rf"\b{_EACH}\s+(?:single\s+)?day\b|\bdaily\b|\b(?:every|each)day\b"),
}
_FIRST = ["first", "second", "third", "fourth", "fifth"]
_PLACES = {word: number for number, word in enumerate(_FIRST, 1)}
_NTH_DAY = re.compile(rf"\b(?:the\s+)?(?P<place>{'|'.join(_FIRST)}|last)\s+(?P<day>{'|'.join(DAY_NAMES)})\b")
_DAY_OF_MONTH = re.compile(
    rf"\b(?:the\s+)?(?:(?P<number>\d{{1,2}})(?:st|nd|rd|th)|(?P<word>{'|'.join(_FIRST)}))(?:\s+day)?\b"
)
_LAST_DAY = re.compile(r"\b(?:the\s+)?last\s+day\b")
_FILLERS = frozenset(
    [
        *("on", "at", "the", "in", "of", "and", "every", "each", "from", "now", "please", "run", "it", "always"),
        *("a", "be", "automatically", "for", "to", "o'clock"),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When something recurs; `cron` or `seconds` is set.

    Attributes:
        cron: A cron rule with five fields.
        seconds: The time from one occurrence to the next.
        clock: The hour and the minute that a step of days begins at; None to begin now.
        weekday: The day of the week that a step of weeks begins at (0 is Sunday); None for any.
        timezone: The zone that was named; empty when none was.
        assumed: What was taken for granted, a sentence each.
    """

    cron: str = ""
    seconds: int = 0
    clock: Clock | None = None
    weekday: int | None = None
    timezone: str = ""
    assumed: tuple[str, ...] = field(default=())

    @property
    def exact(self) -> str:
        """The same rule in words that give the same rule again."""
        if self.cron:
            return self.cron
        count, name = self._step()
        step = f"every {count} {name}s" if count != 1 else f"every {name}"
        day = f" on {DAY_NAMES[self.weekday]}" if self.weekday is not None else ""
        return f"{step}{day}{f' at {self.clock}' if self.clock else ''}"

    def _step(self) -> tuple[int, str]:
        """The step in its largest unit; `24 hours` is no `day`, which begins at midnight."""
        whole = ((self.seconds // size, name) for name, size in _SIZES if self.seconds % size == 0)
        return next((step for step in whole if step[0] > 1), (self.seconds // MINUTE, "minute"))


_SIZES = (("week", 7 * DAY), ("day", DAY), ("hour", HOUR), ("minute", MINUTE))


def understood(text: str) -> Rule:
    """The rule that is meant.

    Raises:
        BadArguments: It is not understood, is only for once, or names a time zone that does not exist.
    """
    text = " ".join(text.split())
    cron = _CRON.fullmatch(text)
    if cron:
        return Rule(cron=_checked(cron["rule"]))
    rest, timezone = cut_timezone(text)
    cron = _CRON.fullmatch(rest.strip())
    if cron:
        return Rule(cron=_checked(cron["rule"]), timezone=timezone)
    words = f" {rest.lower()} "
    if once := _ONCE.search(words):
        raise BadArguments(
            f"“{shown(text)}” is not a schedule: “{once[0]}” comes once, and a schedule recurs. {UNDERSTOOD}"
        )
    rule = _step(words, text) or _calendar(words, text)
    return Rule(
        cron=rule.cron,
        seconds=rule.seconds,
        clock=rule.clock,
        weekday=rule.weekday,
        timezone=timezone,
        assumed=rule.assumed,
    )


def _checked(cron: str) -> str:
    rule = " ".join(cron.split())
    try:
        CronSchedule(cron=rule)
    except ValueError:
        raise BadArguments(
            f"“{shown(rule)}” is not a cron rule: its five fields are minute, hour, day of the month, month and day of "
            f"the week. {UNDERSTOOD}"
        ) from None
    return rule


def _step(words: str, text: str) -> Rule | None:
    """`every 2 hours`: a step of fixed length."""
    for pattern, seconds in ((_HALF, HOUR // 2), (_QUARTER, HOUR // 4), (_PERIODS["minute"], MINUTE)):
        if pattern.search(words):
            _nothing_left(pattern.sub(" ", words), text)
            return Rule(seconds=seconds)
    found = _STEP.search(words)
    if not found:
        return None
    count = _NUMBERS.get(found["count"]) or int(found["count"])
    unit = found["unit"].rstrip("s")
    if unit in {"second", "sec"} or count == 0:
        raise BadArguments(f"“{shown(text)}” is too often: a schedule starts a run once a minute at most. {UNDERSTOOD}")
    if unit == "month":
        return None
    return _stepped(words.replace(found[0], " ", 1), count * _UNITS[unit], text)


def _stepped(rest: str, seconds: int, text: str) -> Rule:
    rest, times = times_in(rest)
    rest, days = days_in(rest)
    _nothing_left(rest, text)
    weekly = seconds % (7 * DAY) == 0
    if (times and seconds % DAY) or (days and not weekly) or len(times) > 1 or len(days) > 1:
        raise _not_understood(text, why="such a step cannot be tied to that day or time")
    clock = times[0] if times else Clock(0, 0) if days else None
    return Rule(seconds=seconds, clock=clock, weekday=days[0] if days else None)


def _calendar(words: str, text: str) -> Rule:
    """`weekdays at 7:30`: days of the week or of the month, and times of the day."""
    rest, month = _months(words)
    periods = set()
    for name, pattern in _PERIODS.items():
        rest, count = pattern.subn(" ", rest)
        periods |= {name} if count else set()
    monthly = bool(month or {"month", "quarter", "year"} & periods)
    rest, of_month, weekday = _in_month(rest) if monthly else (rest, "", "")
    rest, times = times_in(rest)
    rest, days = days_in(rest)
    _nothing_left(rest, text)
    if "hour" in periods:
        if times or days or len(periods) > 1:
            raise _not_understood(text, why="an hourly schedule cannot be tied to that day or time")
        return Rule(cron="0 * * * *")
    if not (days or periods or month or of_month or weekday) and not times:
        raise _not_understood(text)
    minute, hours, assumed = _time(times, text)
    if monthly:
        if days:
            raise _not_understood(text, why="days of the week and of the month do not go together")
        months = month or ("1,4,7,10" if "quarter" in periods else "1" if "year" in periods else "*")
        day = of_month or ("*" if weekday else "1")
        return Rule(cron=f"{minute} {hours} {day} {months} {weekday or '*'}", assumed=assumed)
    if "week" in periods and not days:
        days, assumed = (1,), (*assumed, "No day was named, so I took Monday.")
    on = ",".join(str(day) for day in days) if days and len(days) < len(DAY_NAMES) else "*"
    return Rule(cron=f"{minute} {hours} * * {on.replace('1,2,3,4,5', '1-5')}", assumed=assumed)


def _months(words: str) -> tuple[str, str]:
    """`every 3 months`: the months of the year, where these steps come out even."""
    found = _STEP.search(words)
    if not found or not found["unit"].startswith("month"):
        return words, ""
    count = _NUMBERS.get(found["count"]) or int(found["count"])
    if 12 % count:
        raise BadArguments(f"Every {count} months does not come out even in a year; I take 1, 2, 3, 4, 6 or 12.")
    months = "*" if count == 1 else f"*/{count}" if count < 12 else "1"  # noqa: PLR2004 - months of a year
    return words.replace(found[0], " ", 1), months


def _in_month(words: str) -> tuple[str, str, str]:
    """What is left, the day of the month, and the day of the week in the month; as cron writes them."""
    if nth := _NTH_DAY.search(words):
        day = DAY_NAMES.index(nth["day"])
        place = f"L{day}" if nth["place"] == "last" else f"{day}#{_PLACES[nth['place']]}"
        return words.replace(nth[0], " ", 1), "", place
    if last := _LAST_DAY.search(words):
        return words.replace(last[0], " ", 1), "L", ""
    days = [int(day["number"]) if day["number"] else _PLACES[day["word"]] for day in _DAY_OF_MONTH.finditer(words)]
    if any(not 1 <= day <= 31 for day in days):  # noqa: PLR2004 - days of a month
        raise BadArguments("A month has no such day; its days are 1 to 31.")
    return _DAY_OF_MONTH.sub(" ", words), ",".join(str(day) for day in sorted(set(days))), ""


def _time(times: tuple[Clock, ...], text: str) -> tuple[int, str, tuple[str, ...]]:
    """Minute and hours of a cron rule."""
    if not times:
        return 0, "0", ("No time was named, so I took 00:00.",)
    minutes = {time.minute for time in times}
    if len(minutes) > 1:
        raise _not_understood(text, why="several times of one schedule must have the same minute")
    return minutes.pop(), ",".join(str(hour) for hour in sorted({time.hour for time in times})), ()


def _nothing_left(rest: str, text: str) -> None:
    left = [word for word in re.findall(r"[^\s,.;]+", rest) if word not in _FILLERS]
    if left:
        raise _not_understood(text, why=f"I do not know what “{shown(' '.join(left))}” means there")


def _not_understood(text: str, *, why: str = "") -> BadArguments:
    because = f": {why}" if why else ""
    return BadArguments(f"I cannot read “{shown(text)}” as a schedule{because}. {UNDERSTOOD}")
