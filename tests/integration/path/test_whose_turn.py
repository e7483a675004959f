"""Which job a worker takes next, when people ask, decide and runs change all at once."""

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from bot.queue import DECISIONS, NEWS, QUEUES, TURNS, Jobs
from worker.children import Child

THREAD, RUN = "T1:C1:100.{}", "T1:run:{}"


def taken(child: Child, jobs: int) -> list[str]:
    """The queues that a worker takes so many jobs from, in order."""
    names = []
    for _ in range(jobs):
        found = Queue.dequeue_any(child._ordered_queues, None, connection=child.connection, serializer=JSONSerializer)
        assert found is not None
        names.append(found[1].name)
        child.reorder_queues(found[1])
    return names


def test_decisions_go_first_and_neither_people_nor_runs_wait_for_the_others_end(
    connection: redis.Redis, valkey_url: str
) -> None:
    raw = redis.Redis.from_url(valkey_url)
    jobs = Jobs(raw)
    child = Child(list(QUEUES), connection=raw, serializer=JSONSerializer)
    for number in range(4):
        jobs.attend(THREAD.format(number))
    for number in range(3):
        jobs.attend(RUN.format(number))
    assert taken(child, 3) == [TURNS, NEWS, TURNS]
    jobs.attend(THREAD.format(9), decision=True)
    assert taken(child, 4) == [DECISIONS, NEWS, TURNS, NEWS]
    assert taken(child, 1) == [TURNS]
    raw.close()
