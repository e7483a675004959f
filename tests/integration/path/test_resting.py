"""What one worker found out about a system is seen by whoever asks another one."""

from datetime import UTC, datetime

import pytest
import redis

from tests.fakes.world import World
from tools.breaker import Rest
from worker import doctor
from worker.resting import KEPT_SECONDS, Resting

NOON = datetime(2026, 1, 5, 12, 3, tzinfo=UTC)
REFUSED = Rest(NOON, "connection refused")


def worker(world: World, process: str) -> Resting:
    return Resting(world.redis, clock=world.now, process=process)


def test_the_status_names_what_other_workers_leave_alone_until_they_ask_again(world: World) -> None:
    one, two = worker(world, "a:1"), worker(world, "a:2")
    one.heard("MLflow", REFUSED)
    assert "; 1 worker leaves it alone since 12:03 UTC (connection refused)" in world.commands("/mlops status")
    two.heard("MLflow", Rest(datetime(2026, 1, 5, 12, 9, tzinfo=UTC), "no answer within 4 s"))
    assert "; 2 workers leave it alone since 12:03 UTC (connection refused)" in world.commands("/mlops status")
    for each in (one, two):
        each.heard("MLflow", None)
    assert "alone" not in world.commands("/mlops status")


def test_a_worker_that_says_no_more_counts_for_ten_minutes(world: World) -> None:
    worker(world, "a:1").heard("MLflow", REFUSED)
    world.later += KEPT_SECONDS + 1
    assert worker(world, "a:2").read() == ()


def test_the_doctor_names_it_too(world: World) -> None:
    worker(world, "a:1").heard("Prefect", REFUSED)
    [found] = doctor._left_alone(world.redis)
    assert (found.name, found.good) == ("Prefect", False)
    assert "left alone by 1 of the workers since 12:03 UTC (connection refused)" in found.detail


def test_a_redis_that_is_away_stops_no_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(world.redis, "pipeline", away)
    worker(world, "a:1").heard("Prefect", REFUSED)
