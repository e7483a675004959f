"""When a schedule comes up next, computed by the very classes that Prefect's own scheduler uses."""

from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

from tools.prefect.results import Schedule

SHOWN = 3
Answer = TypeVar("Answer")


def next_of(schedule: Schedule, *, after: datetime, count: int = SHOWN) -> tuple[datetime, ...]:
    """The next moments (timezone-aware, UTC) of a schedule as if it were on; none when it has no more.

    Args:
        schedule: The schedule.
        after: Moments later than this one.
        count: At most this many.
    """
    rule = _rule(schedule)
    if rule is None:
        return ()
    dates = _answer(rule.get_dates(n=count + 1, start=after.astimezone(UTC)))
    moments = (datetime.fromtimestamp(date.timestamp(), tz=UTC) for date in dates)
    return tuple(moment for moment in moments if moment > after)[:count]


def _rule(schedule: Schedule) -> CronSchedule | IntervalSchedule | RRuleSchedule | None:
    if schedule.cron:
        return CronSchedule(cron=schedule.cron, timezone=schedule.timezone)
    if schedule.seconds:
        made: dict[str, Any] = {"interval": timedelta(seconds=schedule.seconds), "timezone": schedule.timezone}
        return IntervalSchedule.model_validate(made | ({"anchor_date": schedule.anchor} if schedule.anchor else {}))
    return RRuleSchedule(rrule=schedule.rrule, timezone=schedule.timezone) if schedule.rrule else None


def _answer(coroutine: Coroutine[Any, Any, Answer]) -> Answer:
    """What a coroutine gives that waits for nothing: Prefect has these async for no reason of ours."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
    coroutine.close()
    raise RuntimeError("Prefect's schedules wait for something")
