from datetime import UTC, datetime

import pytest

from tests.unit.tools_prefect.conftest import THREAD, Bench
from tools.errors import BadArguments
from tools.prefect.results import Schedule
from tools.prefect.schedules import Timetables, list_schedules, set_schedule
from tools.prefect.switching import pause_schedule, remove_schedule, resume_schedule
from tools.prefect.timetable import PipelineTimetable
from tools.spec import Call, Difference, Done, Effect, NotDone, Origin

WEEKLY = {"pipeline": "churn", "when": "every Monday at 9"}


@pytest.fixture(autouse=True)
def churn(bench: Bench) -> str:
    return bench.prefect.add_pipeline("churn").id


def schedules(bench: Bench) -> tuple[Schedule, ...]:
    pipeline = bench.prefect.registered("churn")
    assert pipeline is not None
    return bench.prefect.pipeline_detail(pipeline.id).schedules


def test_a_schedule_in_words_is_set_and_told_with_its_next_three_times_and_zone(bench: Bench) -> None:
    result = bench.use(set_schedule, **WEEKLY)
    assert result.text == (
        "**churn** runs by itself **every Monday at 09:00** (`0 9 * * 1`), time zone UTC. Next: "
        "Mon 12 Jan 2026, 09:00 (UTC); Mon 19 Jan 2026, 09:00 (UTC); Mon 26 Jan 2026, 09:00 (UTC)."
    )
    assert [(each.cron, each.timezone, each.active) for each in schedules(bench)] == [("0 9 * * 1", "UTC", True)]
    assert isinstance(result.data, PipelineTimetable)
    assert PipelineTimetable.model_validate_json(result.data.model_dump_json()) == result.data


@pytest.mark.parametrize(
    ("arguments", "own", "zone"),
    [
        ({}, "UTC", "UTC"),
        ({}, "Europe/Berlin", "Europe/Berlin"),
        ({"when": "every Monday at 9 Asia/Tokyo"}, "Europe/Berlin", "Asia/Tokyo"),
        ({"timezone": "america/new york"}, "Europe/Berlin", "America/New_York"),
        ({"timezone": "Berlin"}, "UTC", "Europe/Berlin"),
    ],
)
def test_the_zone_is_the_one_that_was_named_else_the_persons_own(
    bench: Bench, arguments: dict[str, str], own: str, zone: str
) -> None:
    call = Call(key="k", origin=Origin(thread=THREAD), now=bench.prefect.now(), timezone=own)
    args = set_schedule.arguments.model_validate(WEEKLY | arguments)
    assert f"time zone {zone}" in set_schedule.function(args, bench.backends, call).text
    assert schedules(bench)[0].timezone == zone


def test_the_times_are_told_in_the_schedules_own_zone_across_summer_time(bench: Bench) -> None:
    call = Call(key="k", origin=Origin(), now=datetime(2026, 3, 25, 12, 0, tzinfo=UTC))
    args = set_schedule.arguments.model_validate(WEEKLY | {"timezone": "Europe/Berlin"})
    data = set_schedule.function(args, bench.backends, call).data
    assert isinstance(data, PipelineTimetable)
    assert data.schedules[0].next[0] == datetime(2026, 3, 30, 7, 0, tzinfo=UTC)
    before = Call(key="k2", origin=Origin(), now=datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
    data = set_schedule.function(args, bench.backends, before).data
    assert isinstance(data, PipelineTimetable)
    assert data.schedules[0].next[0] == datetime(2026, 3, 23, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "first", "second"),
    [
        ("every 2 hours", (5, 11, 0), (5, 13, 0)),
        ("every other day at 8", (6, 8, 0), (8, 8, 0)),
        ("every 2 weeks on Friday at 18:00", (9, 18, 0), (23, 18, 0)),
    ],
)
def test_steps_are_counted_from_now_or_from_the_next_right_time(
    bench: Bench, when: str, first: tuple[int, int, int], second: tuple[int, int, int]
) -> None:
    call = Call(key="k", origin=Origin(), now=datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    args = set_schedule.arguments.model_validate({"pipeline": "churn", "when": when})
    data = set_schedule.function(args, bench.backends, call).data
    assert isinstance(data, PipelineTimetable)
    due = [(at.day, at.hour, at.minute) for at in data.schedules[0].next]
    assert [at for at in due if at != (5, 9, 0)][:2] == [first, second]


def test_what_is_not_understood_changes_nothing_and_says_what_is(bench: Bench) -> None:
    with pytest.raises(BadArguments, match="I understand `every Monday at 9`"):
        bench.use(set_schedule, pipeline="churn", when="when the moon is full")
    assert schedules(bench) == ()


def test_another_schedule_takes_the_place_of_the_first(bench: Bench) -> None:
    bench.use(set_schedule, **WEEKLY)
    bench.use(set_schedule, pipeline="churn", when="daily at 6")
    assert [each.cron for each in schedules(bench)] == ["0 6 * * *"]


def test_a_call_that_is_made_twice_sets_one_schedule(bench: Bench) -> None:
    assert bench.probe(set_schedule, key="k1", **WEEKLY) == NotDone()
    first = bench.use(set_schedule, key="k1", **WEEKLY)
    probed = bench.probe(set_schedule, key="k1", **WEEKLY)
    assert isinstance(probed, Done)
    assert "runs by itself **every Monday at 09:00**" in probed.result.text
    bench.use(set_schedule, key="k1", **WEEKLY)
    assert len(schedules(bench)) == 1
    assert bench.probe(set_schedule, key="k2", **WEEKLY) == NotDone()
    assert first.text in probed.result.text


def test_a_plan_says_what_it_takes_the_place_of_and_changes_nothing(bench: Bench, churn: str) -> None:
    bench.use(set_schedule, **WEEKLY)
    bench.prefect.add_schedule(churn, "0 1 * * *")
    plan = bench.plan(set_schedule, pipeline="chur", when="weekly", timezone="Europe/Berlin")
    assert plan.arguments == {"pipeline": "churn/trainmaster", "when": "0 0 * * 1", "timezone": "Europe/Berlin"}
    assert plan.summary == (
        "Let churn run by itself every Monday at 00:00 (Europe/Berlin), instead of every Monday at 09:00 (UTC)."
    )
    assert plan.evidence.differences == (
        Difference(
            name="schedule", before="every Monday at 09:00 (UTC)", after="every Monday at 00:00 (Europe/Berlin)"
        ),
    )
    assert plan.evidence.warnings == ("No time was named, so I took 00:00.", "No day was named, so I took Monday.")
    assert "daily at 01:00 (UTC)" in plan.preconditions["schedules"]
    assert plan.rollback == "Set the schedule to every Monday at 09:00 (UTC) again."
    again = bench.plan(set_schedule, **plan.arguments)
    assert (again.arguments, again.preconditions) == (plan.arguments, plan.preconditions)
    assert len(schedules(bench)) == 2


def test_a_schedule_of_a_paused_pipeline_says_that_it_starts_nothing(bench: Bench, churn: str) -> None:
    bench.prefect.pause_pipeline(churn)
    text = bench.use(set_schedule, **WEEKLY).text
    assert "**paused**. Were it on, next: Mon 12 Jan 2026" in text
    assert "churn is paused as a whole in Prefect" in text


def test_all_schedules_are_listed_with_their_next_times(bench: Bench, churn: str) -> None:
    assert bench.use(list_schedules).text == "No pipeline has a schedule: each runs when asked."
    bench.use(set_schedule, **WEEKLY)
    other = bench.prefect.add_pipeline("ingest")
    bench.prefect.add_schedule(other.id, "30 7 * * 1-5")
    result = bench.use(list_schedules)
    assert isinstance(result.data, Timetables)
    assert [table.pipeline.name for table in result.data.pipelines] == ["churn", "ingest"]
    assert (
        "**ingest**:\n- **weekdays at 07:30** (`30 7 * * 1-5`), time zone UTC. Next: Tue 6 Jan 2026, 07:30"
        in result.text
    )
    assert "ingest" not in bench.use(list_schedules, pipeline="churn").text


def test_a_pipeline_without_a_schedule_says_so(bench: Bench) -> None:
    assert bench.use(list_schedules, pipeline="churn").text == "churn has no schedule: it runs when asked."
    for each in (pause_schedule, resume_schedule, remove_schedule):
        with pytest.raises(BadArguments, match="churn has no schedule"):
            bench.use(each, pipeline="churn")


def test_a_schedule_is_paused_and_resumed(bench: Bench) -> None:
    bench.use(set_schedule, **WEEKLY)
    assert bench.probe(pause_schedule, key="p", pipeline="churn") == NotDone()
    paused = bench.use(pause_schedule, pipeline="churn")
    assert "The schedule of **churn** is paused." in paused.text
    assert "Were it on, next" in paused.text
    assert [each.active for each in schedules(bench)] == [False]
    assert isinstance(bench.probe(pause_schedule, key="p", pipeline="churn"), Done)
    assert "was paused before; nothing was changed" in bench.use(pause_schedule, pipeline="churn").text

    assert bench.probe(resume_schedule, key="r", pipeline="churn") == NotDone()
    assert "The schedule of **churn** is on again." in bench.use(resume_schedule, pipeline="churn").text
    assert [each.active for each in schedules(bench)] == [True]
    assert isinstance(bench.probe(resume_schedule, key="r", pipeline="churn"), Done)


def test_resuming_lets_a_pipeline_go_on_that_was_paused_as_a_whole(bench: Bench, churn: str) -> None:
    bench.use(set_schedule, **WEEKLY)
    bench.prefect.pause_pipeline(churn)
    assert bench.probe(resume_schedule, key="r", pipeline="churn") == NotDone()
    assert "that ends, too" in bench.plan(resume_schedule, pipeline="churn").evidence.warnings[0]
    text = bench.use(resume_schedule, pipeline="churn").text
    assert "is on again" in text
    assert "**paused**" not in text
    assert not bench.prefect.pipeline(churn).paused


def test_one_of_several_schedules_can_be_meant(bench: Bench, churn: str) -> None:
    for hour in (1, 2):
        bench.prefect.add_schedule(churn, f"0 {hour} * * *")
    first = schedules(bench)[0]
    bench.use(pause_schedule, pipeline="churn", schedule=first.id[:8])
    assert [each.active for each in schedules(bench)] == [False, True]
    with pytest.raises(BadArguments, match=r"has no schedule whose id begins with “ffff”\. It has: `"):
        bench.use(pause_schedule, pipeline="churn", schedule="ffff")
    assert "The 2 schedules of **churn** are paused." in bench.use(pause_schedule, pipeline="churn").text


def test_a_schedule_is_removed_once(bench: Bench) -> None:
    assert remove_schedule.effect is Effect.DESTROY
    bench.use(set_schedule, **WEEKLY)
    assert bench.probe(remove_schedule, key="d", pipeline="churn") == NotDone()
    plan = bench.plan(remove_schedule, pipeline="churn")
    assert plan.summary == "Remove the schedule of churn: every Monday at 09:00 (UTC)."
    assert plan.rollback == "Set it again: every Monday at 09:00 (UTC)."
    text = bench.use(remove_schedule, pipeline="churn").text
    assert text == "The schedule of **churn** is removed (every Monday at 09:00 (UTC))."
    assert schedules(bench) == ()
    assert isinstance(bench.probe(remove_schedule, key="d", pipeline="churn"), Done)


def test_the_state_that_an_approval_was_given_for_is_part_of_the_plan(bench: Bench) -> None:
    bench.use(set_schedule, **WEEKLY)
    before = bench.plan(remove_schedule, pipeline="churn").preconditions
    bench.use(set_schedule, pipeline="churn", when="daily at 6")
    assert bench.plan(remove_schedule, pipeline="churn").preconditions != before
