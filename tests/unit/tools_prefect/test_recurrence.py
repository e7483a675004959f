import json
from pathlib import Path

import pytest

from tools.errors import BadArguments
from tools.prefect.recurrence import understood

WORDINGS = Path(__file__).parents[2] / "evals" / "wordings.json"


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("every Monday at 9", "0 9 * * 1"),
        ("weekdays at 7:30", "30 7 * * 1-5"),
        ("weekdays 7:30", "30 7 * * 1-5"),
        ("daily at 6", "0 6 * * *"),
        ("daily at 6am", "0 6 * * *"),
        ("every day at noon", "0 12 * * *"),
        ("every day", "0 0 * * *"),
        ("hourly", "0 * * * *"),
        ("every hour", "0 * * * *"),
        ("once a day at 5 pm", "0 17 * * *"),
        ("every day at 12am", "0 0 * * *"),
        ("every day at 12 pm", "0 12 * * *"),
        ("each Friday at 18:00", "0 18 * * 5"),
        ("fridays at 18.15", "15 18 * * 5"),
        ("mon, wed and fri at 8", "0 8 * * 1,3,5"),
        ("Monday to Friday at 9", "0 9 * * 1-5"),
        ("Saturday to Monday at 9", "0 9 * * 0,1,6"),
        ("weekends at 10", "0 10 * * 0,6"),
        ("every night at 2", "0 2 * * *"),
        ("every night at 10", "0 22 * * *"),
        ("nightly", "0 0 * * *"),
        ("nightly at 2am", "0 2 * * *"),
        ("every evening", "0 18 * * *"),
        ("every sunday evening at 8pm", "0 20 * * 0"),
        ("every sunday evening at 8", "0 20 * * 0"),
        ("6:30 every morning", "30 6 * * *"),
        ("tuesdays in the morning", "0 9 * * 2"),
        ("weekly", "0 0 * * 1"),
        ("weekly on thursday at 4pm", "0 16 * * 4"),
        ("daily at 9 and 17", "0 9,17 * * *"),
        ("monthly", "0 0 1 * *"),
        ("first of each month", "0 0 1 * *"),
        ("on the first of each month at midnight", "0 0 1 * *"),
        ("on the 15th of every month at 6", "0 6 15 * *"),
        ("on the 1st and 15th of the month at noon", "0 12 1,15 * *"),
        ("last day of the month at 23:00", "0 23 L * *"),
        ("first Monday of each month at 9", "0 9 * * 1#1"),
        ("last Friday of every month at 17", "0 17 * * L5"),
        ("every 3 months", "0 0 1 */3 *"),
        ("quarterly at 7", "0 7 1 1,4,7,10 *"),
        ("yearly", "0 0 1 1 *"),
        ("0 9 * * 1", "0 9 * * 1"),
        ("cron */15 8-18 * * mon-fri", "*/15 8-18 * * mon-fri"),
        ("`0 9 * * 1`", "0 9 * * 1"),
        ("at 9 every monday please", "0 9 * * 1"),
        ("every hour from now on", "0 * * * *"),
        ("9 am every monday please", "0 9 * * 1"),
        ("*/5 * * * *", "*/5 * * * *"),
    ],
)
def test_words_become_a_cron_rule_that_means_the_same_when_read_again(text: str, cron: str) -> None:
    rule = understood(text)
    assert (rule.cron, rule.seconds) == (cron, 0)
    assert understood(rule.exact).cron == cron


@pytest.mark.parametrize(
    ("text", "seconds", "exact"),
    [
        ("every 2 hours", 7_200, "every 2 hours"),
        ("every 15 minutes", 900, "every 15 minutes"),
        ("every 90 mins", 5_400, "every 90 minutes"),
        ("every half hour", 1_800, "every 30 minutes"),
        ("every half an hour", 1_800, "every 30 minutes"),
        ("every quarter of an hour", 900, "every 15 minutes"),
        ("every other day at 9", 172_800, "every 2 days at 09:00"),
        ("every two weeks on Friday at 18:00", 1_209_600, "every 2 weeks on friday at 18:00"),
        ("every 2 weeks", 1_209_600, "every 2 weeks"),
        ("every minute", 60, "every minute"),
        ("every three days", 259_200, "every 3 days"),
        ("every 7 days at 9", 604_800, "every 7 days at 09:00"),
        ("every 24 hours", 86_400, "every 24 hours"),
        ("every 60 minutes", 3_600, "every 60 minutes"),
        ("every 1 day at 9", 86_400, "every 24 hours at 09:00"),
    ],
)
def test_steps_become_a_length_of_time(text: str, seconds: int, exact: str) -> None:
    rule = understood(text)
    assert (rule.seconds, rule.cron, rule.exact) == (seconds, "", exact)
    assert understood(exact) == rule


@pytest.mark.parametrize(
    ("text", "timezone"),
    [
        ("every monday at 9 Europe/Berlin", "Europe/Berlin"),
        ("every monday at 9 (europe/berlin)", "Europe/Berlin"),
        ("daily at 6 UTC", "UTC"),
        ("0 9 * * 1 America/New_York", "America/New_York"),
        ("daily at 6", ""),
    ],
)
def test_a_time_zone_may_be_named_with_it(text: str, timezone: str) -> None:
    assert understood(text).timezone == timezone


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tomorrow at 9", "“tomorrow” comes once"),
        ("next monday", "“next monday” comes once"),
        ("once", "comes once"),
        ("every 10 seconds", "too often"),
        ("every monday at 25", "I do not know what “25” means there"),
        ("every blue moon", "I do not know what “blue moon” means there"),
        ("whenever the data changes", "I cannot read"),
        ("weekdays between 9 and 17", "“between”"),
        ("every monday at 9 and 17:30", "the same minute"),
        ("every 5 months", "does not come out even"),
        ("every 2 hours on monday", "cannot be tied"),
        ("every hour at 9", "cannot be tied"),
        ("99 99 * * *", "is not a cron rule"),
        ("every monday at 9 CET", "can mean several time zones"),
        ("every monday at 9 Europe/Berln", "There is no time zone “Europe/Berln”. The nearest: Europe/Berlin"),
        ("on the 32nd of every month", "A month has no such day"),
        ("except mondays", "“except”"),
        ("not on mondays", "“not”"),
        ("", "I cannot read"),
    ],
)
def test_what_is_not_understood_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(BadArguments) as refused:
        understood(text)
    assert why in str(refused.value)


def test_what_was_taken_for_granted_is_said() -> None:
    assert understood("weekly").assumed == (
        "No time was named, so I took 00:00.",
        "No day was named, so I took Monday.",
    )
    assert understood("every monday at 9").assumed == ()


def test_every_schedule_that_people_asked_for_is_understood() -> None:
    asked = json.loads(WORDINGS.read_text("utf-8"))["intents"]["schedule"]
    for each in asked:
        understood(each["expect"]["when"])
