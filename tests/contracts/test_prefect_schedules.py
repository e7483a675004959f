from datetime import UTC, datetime

import pytest

from tests.contracts.prefect_samples import NOWHERE, registered
from tests.contracts.prefect_worlds import PrefectWorld, ServerWorld
from tools.errors import BadArguments
from tools.prefect.occurrences import next_of
from tools.prefect.results import Pipeline, Schedule
from tools.prefect.scheduling import PipelineSchedules, ScheduleRequest, slug_of

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)

ANCHOR = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def weekly(pipeline: Pipeline, key: str, *, cron: str = "0 9 * * 1") -> ScheduleRequest:
    return ScheduleRequest(pipeline_id=pipeline.id, slug=slug_of(key), cron=cron, timezone="Europe/Berlin")


def schedules(prefect: PrefectWorld, pipeline: Pipeline) -> tuple[Schedule, ...]:
    return prefect.backend.pipeline_detail(pipeline.id).schedules


def test_a_cron_schedule_is_set_with_its_zone_and_its_slug(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    made = prefect.backend.set_schedule(weekly(pipeline, "k1"))
    assert (made.cron, made.timezone, made.active, made.slug) == ("0 9 * * 1", "Europe/Berlin", True, slug_of("k1"))
    assert schedules(prefect, pipeline) == (made,)
    assert made.updated is not None


def test_a_schedule_by_steps_counts_from_its_anchor(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    request = ScheduleRequest(pipeline_id=pipeline.id, slug=slug_of("k1"), seconds=7_200, anchor=ANCHOR, timezone="UTC")
    made = prefect.backend.set_schedule(request)
    assert (made.seconds, made.anchor, made.cron) == (7_200, ANCHOR, "")
    assert next_of(made, after=ANCHOR, count=1) == (datetime(2026, 1, 5, 11, 0, tzinfo=UTC),)


def test_the_same_key_sets_one_schedule(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    first = prefect.backend.set_schedule(weekly(pipeline, "k1"))
    assert prefect.backend.set_schedule(weekly(pipeline, "k1")) == first
    assert schedules(prefect, pipeline) == (first,)


def test_another_schedule_takes_the_place_of_ours_and_leaves_peoples(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    prefect.add_schedule(pipeline.id, "0 1 * * *")
    prefect.add_schedule(pipeline.id, "0 2 * * *", slug="nightly")
    prefect.backend.set_schedule(weekly(pipeline, "k1"))
    prefect.backend.set_schedule(weekly(pipeline, "k2", cron="30 7 * * 1-5"))
    found = {(each.cron, each.slug) for each in schedules(prefect, pipeline)}
    assert found == {("0 1 * * *", ""), ("0 2 * * *", "nightly"), ("30 7 * * 1-5", slug_of("k2"))}


def test_a_schedule_that_was_off_is_on_when_it_is_set_anew(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    made = prefect.backend.set_schedule(weekly(pipeline, "k1"))
    prefect.backend.switch_schedules(pipeline.id, (made.id,), active=False)
    assert prefect.backend.set_schedule(weekly(pipeline, "k2")).active


def test_schedules_are_switched_off_and_on_one_by_one(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    prefect.add_schedule(pipeline.id, "0 1 * * *")
    made = prefect.backend.set_schedule(weekly(pipeline, "k1"))
    prefect.backend.switch_schedules(pipeline.id, (made.id,), active=False)
    assert {each.cron: each.active for each in schedules(prefect, pipeline)} == {"0 1 * * *": True, "0 9 * * 1": False}
    prefect.backend.switch_schedules(pipeline.id, (made.id,), active=True)
    assert all(each.active for each in schedules(prefect, pipeline))


def test_switching_keeps_the_values_that_people_gave_a_schedule(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    prefect.add_schedule(pipeline.id, "0 1 * * *")
    ids = tuple(each.id for each in schedules(prefect, pipeline))
    prefect.backend.switch_schedules(pipeline.id, ids, active=False)
    assert [(each.cron, each.active) for each in schedules(prefect, pipeline)] == [("0 1 * * *", False)]
    if isinstance(prefect, ServerWorld):
        assert prefect.parameters_of_schedules(pipeline.id) == [{"max_depth": 9}]


def test_removing_a_schedule_twice_is_the_same_as_once(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    prefect.add_schedule(pipeline.id, "0 1 * * *")
    made = prefect.backend.set_schedule(weekly(pipeline, "k1"))
    for _ in range(2):
        prefect.backend.remove_schedules(pipeline.id, (made.id,))
        assert [each.cron for each in schedules(prefect, pipeline)] == ["0 1 * * *"]


def test_a_pipeline_that_was_paused_as_a_whole_can_be_let_go_on(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    prefect.pause_pipeline(pipeline.id)
    assert prefect.backend.pipeline(pipeline.id).paused
    prefect.backend.unpause(pipeline.id)
    assert not prefect.backend.pipeline(pipeline.id).paused


def test_pipelines_with_schedules_are_listed_and_those_without_are_not(prefect: PrefectWorld, name: str) -> None:
    with_one = registered(prefect, name)
    registered(prefect, f"{name}-b")
    made = prefect.backend.set_schedule(weekly(with_one, "k1"))
    listed = [each for each in prefect.backend.scheduled() if each.pipeline.name.startswith(name)]
    assert listed == [PipelineSchedules(pipeline=prefect.backend.pipeline(with_one.id), schedules=(made,))]


def test_a_pipeline_that_does_not_exist_is_said_so(prefect: PrefectWorld) -> None:
    backend = prefect.backend
    with pytest.raises(BadArguments, match=f"no pipeline with the id {NOWHERE}"):
        backend.set_schedule(ScheduleRequest(pipeline_id=NOWHERE, slug="s", cron="0 9 * * 1", timezone="UTC"))
    with pytest.raises(BadArguments, match=f"no pipeline with the id {NOWHERE}"):
        backend.switch_schedules(NOWHERE, ("x",), active=False)
    with pytest.raises(BadArguments, match=f"no pipeline with the id {NOWHERE}"):
        backend.unpause(NOWHERE)
