"""How runs, times and lists are put into words; Markdown that a person and a model can read. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from tools.credentials import WORDS, hidden
from tools.prefect.results import FlowRun, StateType, TaskRun

LONGEST_VALUE = 80
VALUES_NAMED = 15
MINUTE, HOUR, DAY = 60, 3_600, 86_400
_PERSON = re.compile("[UW][A-Z0-9]{2,30}")
BRIEF = 10  # seconds; below this a tenth matters


def span(seconds: float) -> str:
    """A length of time, such as `4.2 s`, `3 min 5 s` or `2 h 10 min`."""
    if seconds < BRIEF:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def ago(at: datetime | None, *, now: datetime) -> str:
    """When something was, or will be, seen from now."""
    if at is None:
        return "at an unknown time"
    seconds = (now - at).total_seconds()
    return f"{span(seconds)} ago" if seconds >= 0 else f"in {span(-seconds)}"


def moment(at: datetime, timezone: str = "UTC") -> str:
    """A moment as it is read off a clock in a time zone, such as `Mon 5 Jan 2026, 09:00 (UTC)`."""
    there = at.astimezone(ZoneInfo(timezone))
    return f"{there:%a} {there.day} {there:%b %Y, %H:%M} ({timezone})"


def lasted(start: datetime | None, end: datetime | None, *, now: datetime) -> str:
    """How long something took, or has been going on; empty when it has not begun."""
    return span(((end or now) - start).total_seconds()) if start else ""


def state(run: FlowRun | TaskRun) -> str:
    """The state's name, with the type where the name does not say it."""
    if run.state_name.upper() == run.state_type.value:
        return run.state_name
    return f"{run.state_name} ({run.state_type.value.lower()})"


def run_line(run: FlowRun, *, now: datetime) -> str:
    """One run on one line."""
    took = lasted(run.start, run.end, now=now)
    if run.finished:
        when = f"{ago(run.end, now=now)}{', took ' + took if took else ''}"
    elif run.start:
        when = f"running for {took}" if run.state_type is StateType.RUNNING else f"started {took} ago"
    else:
        when = f"due {ago(run.expected_start, now=now)}"
    return f"**{run.name}** (`{run.id[:8]}`) of {run.pipeline}: {state(run)}, {when}"


def task_line(task: TaskRun, *, now: datetime) -> str:
    """One task on one line."""
    took = lasted(task.start, task.end, now=now)
    tries = f", {task.run_count} attempts" if task.run_count > 1 else ""
    return f"- `{task.task}`: {state(task)}{', ' + took if took else ''}{tries}"


def values(given: Mapping[str, object]) -> str:
    """Parameters on one line, each cut at 80 characters; of many the first ones, and how many more there are."""
    return listed([f"`{shortened(name)}={shortened(str(value))}`" for name, value in given.items()], VALUES_NAMED)


def shortened(text: str, longest: int = LONGEST_VALUE) -> str:
    """The text on one line, cut with an ellipsis; what is cut in two could not be recognised as a secret any more."""
    flat = " ".join(text.split())
    if len(flat) > longest:
        flat = hidden(flat, WORDS)
    flat = flat.replace("`", "'")
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def person(user: str) -> str:
    """A person's id as texts name people; whoever shows the text puts the person's name there."""
    return f"<@{user}>" if _PERSON.fullmatch(user) else shortened(user)


def fenced(text: str) -> str:
    """Text that others wrote, set apart; a fence inside it cannot end ours."""
    return f"```\n{text.replace('```', chr(39) * 3)}\n```"


def listed(names: list[str], most: int = 10) -> str:
    """Names in a row, and how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def joined(*parts: str) -> str:
    """Paragraphs; empty ones are dropped."""
    return "\n\n".join(part for part in parts if part)
