"""What the feed has looked at when it reconciles."""

import logging
from datetime import UTC, datetime

import pytest

from bot.queue import DECISIONS, NEWS, TURNS
from tests.fakes.prefect import FakePrefect
from tests.fakes.world import TEAM, World
from tools.errors import Refused, ToolError, Unavailable
from tools.pipelines.models import PoolEnvironment
from tools.prefect.client import RunRequest
from tools.prefect.results import StateType
from worker.attend import attend
from worker.feed import REFRESHED, Feed
from worker.follower import RunEvent, run_event, standing
from worker.runs import follow

MISSING = "ModuleNotFoundError: No module named 'prophecies'"
THREAD = f"thread:{TEAM}:C0MLPIPE:1.1"


def started(prefect: FakePrefect, count: int) -> list[str]:
    pipeline = prefect.add_pipeline("churn-prediction")
    requests = [RunRequest(pipeline_id=pipeline.id, key=f"k{n}", tags=("trainmaster", THREAD)) for n in range(count)]
    runs = [prefect.start(request).id for request in requests]
    for run in runs:
        prefect.advance(run, StateType.RUNNING)
    return runs


@pytest.fixture
def feed(world: World) -> Feed:
    feed = Feed(world.services)
    feed._prepared = world.now()
    return feed


def looked_at(feed: Feed) -> set[str]:
    feed.reconcile()
    looked, feed._dirty = feed._dirty, set()
    return looked


def test_only_what_moved_and_a_few_of_the_others_in_turn_are_looked_at(world: World, feed: Feed) -> None:
    runs = started(world.prefect, REFRESHED + 5)
    for run in runs:
        follow(world.services, run)
    assert looked_at(feed) == set(runs), "at first nothing is known of any"
    assert len(looked_at(feed)) == REFRESHED

    world.prefect.advance(runs[0], StateType.COMPLETED)
    world.prefect.advance(runs[1], StateType.PAUSED)
    looked = looked_at(feed)
    assert {runs[0], runs[1]} <= looked
    assert len(looked) == REFRESHED + 2

    feed._connected()
    assert looked_at(feed) == set(runs), "after a gap nothing is known of any"


def test_what_an_event_told_of_is_not_looked_at_once_more(world: World, feed: Feed) -> None:
    runs = started(world.prefect, REFRESHED + 5)
    for run in runs:
        follow(world.services, run)
    looked_at(feed)
    for run, told in ((runs[0], "Paused"), (runs[1], "Late")):
        world.prefect.advance(run, StateType.PAUSED)
        count = world.prefect.run(run).run_count
        feed._note(RunEvent(run, frozenset(), datetime.now(UTC), stands=standing(told, count)))
    feed._flush()
    looked = looked_at(feed)
    assert runs[1] in looked, "it stands otherwise than the event said"
    assert len(looked) == REFRESHED + 1


def test_a_card_that_was_drawn_just_now_is_not_drawn_again_for_its_time(world: World, feed: Feed) -> None:
    runs = started(world.prefect, REFRESHED)
    looked_at(feed)
    for run in runs:
        feed._note(RunEvent(run, frozenset(), datetime.now(UTC)))
    feed._flush()
    assert looked_at(feed) == set()


def test_an_event_says_how_its_run_stands() -> None:
    run, task = {"prefect.resource.id": "prefect.flow-run.r1"}, {"prefect.resource.id": "prefect.task-run.t1"}
    state = {"prefect.state-name": "Running", "prefect.run-count": "2"}
    at = "2026-11-27T15:00:00+00:00"
    found = run_event({"resource": {**run, **state}, "related": [], "occurred": at})
    assert found is not None
    assert found.stands == standing("Running", 2)
    found = run_event({"resource": {**task, **state}, "related": [run], "occurred": at})
    assert found is not None
    assert (found.run, found.stands) == ("r1", ""), "a task run's state is not its flow run's"


@pytest.mark.parametrize(
    "error", [Unavailable("Prefect", "connection refused"), Refused("Prefect does not accept our credentials.")]
)
def test_a_run_that_could_not_be_read_is_looked_at_again_and_not_given_up(
    world: World, feed: Feed, error: ToolError
) -> None:
    runs = started(world.prefect, REFRESHED + 5)
    looked_at(feed)
    looked_at(feed)
    for run in runs:
        follow(world.services, run)
        world.prefect.broken = error
        attend(world.services, f"{TEAM}:run:{run}")
        world.prefect.broken = None
    assert looked_at(feed) == set(runs)
    assert len(looked_at(feed)) == REFRESHED


def test_a_live_run_of_ours_is_followed_although_the_note_of_it_was_lost(world: World, feed: Feed) -> None:
    [run] = started(world.prefect, 1)
    assert looked_at(feed) == {run}


def test_what_the_pool_has_is_asked_again_every_day_for_as_long_as_the_feed_lives(world: World) -> None:
    feed, probes = Feed(world.services), world.prefect.probes
    feed.reconcile()
    assert len(probes) == 1, "nobody has ever asked"
    knows(world)
    world.later += 3_600
    feed.reconcile()
    assert len(probes) == 1
    world.later += 86_400
    for _ in range(3):
        feed.reconcile()
        world.later += 1_000
    assert len(probes) == 2


def test_a_pool_that_never_answers_is_not_asked_without_end(world: World) -> None:
    feed = Feed(world.services)
    for _ in range(5):
        feed.reconcile()
        world.later += 7_200
    assert len(world.prefect.probes) == 1


def test_after_a_run_that_missed_a_module_the_pool_is_asked_again(world: World) -> None:
    knows(world)
    [well, badly] = started(world.prefect, 2)
    world.later += 1_000
    world.prefect.advance(well, StateType.COMPLETED)
    world.prefect.advance(badly, StateType.FAILED, message=f"Flow run encountered an exception: {MISSING}")
    world.prefect.add_log(badly, MISSING, level=logging.ERROR)
    for run, probes in ((well, 0), (badly, 1)):
        follow(world.services, run)
        world.settle()
        assert len(world.prefect.probes) == probes


def knows(world: World, *modules: str) -> None:
    """Let the pool have answered just now that it has these modules and no others."""
    seen = datetime.fromtimestamp(world.now(), UTC)
    world.prefect.environment = PoolEnvironment(modules=frozenset(modules), python="3.11.7", as_of=seen)


def test_what_people_ask_goes_before_news_of_runs(world: World) -> None:
    jobs = world.services.jobs
    jobs.attend(f"{TEAM}:run:r1")
    jobs.attend(f"{TEAM}:C0MLPIPE:1.1")
    jobs.attend(f"{TEAM}:C0MLPIPE:1.2", decision=True)
    lengths = {name: world.redis.llen(f"rq:queue:{name}") for name in (DECISIONS, TURNS, NEWS)}
    assert lengths == {DECISIONS: 1, TURNS: 1, NEWS: 1}
