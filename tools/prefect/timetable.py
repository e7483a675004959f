"""Schedules in words, with the moments at which they come up next. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime

from tools.prefect import wording
from tools.prefect.clock import DAY_NAMES, Clock
from tools.prefect.occurrences import next_of
from tools.prefect.results import Pipeline, Schedule
from tools.spec import Result

_FIELDS = re.compile(r"(?P<minute>\d{1,2}) (?P<hours>[\d,]+) (?P<day>\*|L|[\d,]+) (?P<month>\*) (?P<week>\*|[0-6,\-]+)")
_SETS = {"1-5": "weekdays", "0,6": "weekends", "6,0": "weekends", "*": "daily"}
_HOURLY = "0 * * * *"


class Coming(Result):
    """A schedule and when it comes up next.

    Attributes:
        schedule: The schedule.
        words: Its rule in words, such as `every Monday at 09:00`.
        next: The next moments it would start a run, as if it were on.
    """

    schedule: Schedule
    words: str
    next: tuple[datetime, ...]


class PipelineTimetable(Result):
    """When a pipeline runs by itself.

    Attributes:
        pipeline: The pipeline; when it is paused as a whole, none of its schedules starts anything.
        schedules: Its schedules.
        note: What was understood, such as which pipeline a name was taken for.
    """

    pipeline: Pipeline
    schedules: tuple[Coming, ...]
    note: str = ""


def coming(schedule: Schedule, *, now: datetime) -> Coming:
    """A schedule with its words and its next moments."""
    return Coming(schedule=schedule, words=in_words(schedule), next=next_of(schedule, after=now))


def in_words(schedule: Schedule) -> str:
    """The rule as people say it, where it is simple; else as it is written."""
    if schedule.cron == _HOURLY:
        return "every hour"
    found = _FIELDS.fullmatch(schedule.cron)
    if not found or (found["day"] != "*" and found["week"] != "*"):
        return schedule.when
    clocks = [str(Clock(int(hour), int(found["minute"]))) for hour in found["hours"].split(",")]
    return f"{_days(found)} at {' and '.join(clocks)}"


def _days(found: re.Match[str]) -> str:
    day, week = found["day"], found["week"]
    if day == "L":
        return "on the last day of every month"
    if day != "*":
        return f"on day {' and '.join(day.split(','))} of every month"
    if week in _SETS:
        return _SETS[week]
    if "-" in week:
        first, last = week.split("-")
        return f"{DAY_NAMES[int(first)].capitalize()} to {DAY_NAMES[int(last)].capitalize()}"
    return "every " + " and ".join(DAY_NAMES[int(each)].capitalize() for each in week.split(","))


def line(each: Coming, *, paused: bool = False) -> str:
    """One schedule on one line; `paused` when its pipeline is paused as a whole."""
    schedule = each.schedule
    rule = f" (`{schedule.cron}`)" if schedule.cron and schedule.cron not in each.words else ""
    state = "" if schedule.active and not paused else ", **paused**"
    return f"**{each.words}**{rule}, time zone {schedule.timezone}{state}. {upcoming(each, paused=paused)}"


def upcoming(each: Coming, *, paused: bool = False) -> str:
    """The next moments of a schedule, in its own time zone."""
    if not each.next:
        return "It comes up no more."
    on = each.schedule.active and not paused
    moments = [wording.moment(moment, each.schedule.timezone) for moment in each.next]
    return f"{'Next' if on else 'Were it on, next'}: {'; '.join(moments)}."


def lines(timetables: Iterable[PipelineTimetable]) -> str:
    """Pipelines with their schedules."""
    told: list[str] = []
    for table in timetables:
        paused = table.pipeline.paused
        told.append(f"**{table.pipeline.name}**{', paused as a whole in Prefect' if paused else ''}:")
        told += [f"- {line(each, paused=paused)} (`{each.schedule.id[:8]}`)" for each in table.schedules]
    return "\n".join(told)
