"""Work that nobody is at is asked for again, and work that already stands in the queue is not."""

from collections.abc import Iterator, Sequence

import pytest
import redis
import structlog
from rq import Queue
from rq.serializers import JSONSerializer

from bot.events import Actor, Thread, Turn
from bot.mailbox import READY, Mailbox
from bot.proposal_store import ProposalStore
from bot.queue import QUEUES, TURNS, Jobs
from tests.fakes.world import CHANNEL, World
from tests.fixtures.waiting import until
from worker.sweeper import TURN_KEY, Sweeper

TEAM = "T0LOCAL"


class Office:
    """A mailbox, its queues and a sweeper, with nobody who works."""

    def __init__(self, connection: redis.Redis, raw: redis.Redis) -> None:
        self._connection = connection
        self.mailbox = Mailbox(connection)
        self.jobs = Jobs(raw)
        self.queue = Queue(TURNS, connection=raw, serializer=JSONSerializer)
        self._sweeper = Sweeper(
            connection, self.mailbox, self.jobs, proposals=ProposalStore(connection, team=TEAM), team=TEAM
        )

    def takes_in(self, root: str) -> str:
        """A turn that has waited for long.

        Returns:
            Its box.
        """
        thread = Thread(team=TEAM, channel=CHANNEL, root=root)
        self.mailbox.accept(Turn(id=root, thread=thread, actor=Actor(user="U1", team=TEAM), ts=root, text="hello"))
        self._connection.zadd(READY, {thread.ref: 0})
        return thread.ref

    def sweeps(self) -> int:
        self._connection.delete(TURN_KEY)
        return self._sweeper.sweep()

    def sweeps_after_the_clock_was_set_back(self) -> int:
        """The last sweep is written down ten minutes ahead, and so is the end of that note."""
        ahead = int((self._connection.time()[0] + 600) * 1000)
        self._connection.set(TURN_KEY, ahead, pxat=ahead + 900)
        return self._sweeper.sweep()


@pytest.fixture
def office(connection: redis.Redis, valkey_url: str) -> Iterator[Office]:
    raw = redis.Redis.from_url(valkey_url)
    yield Office(connection, raw)
    raw.close()


def test_a_box_whose_job_was_lost_is_asked_for(office: Office) -> None:
    office.takes_in("100.1")
    assert office.sweeps() == 1
    assert len(office.queue) == 1


def test_a_box_whose_job_still_stands_in_the_queue_is_not_asked_for_again(office: Office) -> None:
    waiting, lost = office.takes_in("100.1"), office.takes_in("100.2")
    office.jobs.attend(waiting)
    assert office.sweeps() == 1
    assert [job.args for job in office.queue.get_jobs()] == [[waiting], [lost]]


def test_a_job_that_was_taken_by_a_worker_that_died_is_asked_for_again(office: Office) -> None:
    box = office.takes_in("100.1")
    office.jobs.attend(box)
    taken = office.queue.pop_job_id()
    assert taken is not None
    assert office.sweeps() == 1


def test_a_clock_that_is_set_back_stops_no_sweep(office: Office) -> None:
    office.takes_in("100.1")
    assert office.sweeps_after_the_clock_was_set_back() == 1


def test_a_thread_asks_for_one_worker_however_many_turns_wait_in_it(world: World) -> None:
    first = world.posts("@trainmaster hello")
    for _ in range(4):
        world.posts("@trainmaster hello", thread=first.ts)
    queues = [Queue(name, connection=world.bytes, serializer=JSONSerializer) for name in QUEUES]
    until(lambda: world.slack.underway == 0)
    assert sum(len(queue) for queue in queues) == 1
    world.settle()
    assert len(world.replies(first.ts)) == 5


def test_a_sweeper_goes_on_whatever_one_sweep_came_to(world: World) -> None:
    swept: list[str] = []

    class Stumbling(ProposalStore):
        def due(self) -> Sequence[str]:
            swept.append("")
            raise KeyError("proposal")

    store = Stumbling(world.redis, team=TEAM)
    sweeper = Sweeper(world.redis, world.services.mailbox, world.services.jobs, proposals=store, team=TEAM, every=0.01)
    with structlog.testing.capture_logs() as logs:
        sweeper.start()
        until(lambda: world.redis.delete(TURN_KEY) and len(swept) > 2)
        sweeper.stop()
    assert [one["event"] for one in logs].count("sweeper_stumbled") > 2
