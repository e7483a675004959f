"""What is asked of the workers, by name. A job says only which box to attend: what is in it lies in the mailbox."""

import hashlib
import uuid
from collections.abc import Iterable

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from bot.mailbox import is_of_a_run

ATTEND = "worker.jobs.attend"
DECISIONS = "decisions"
TURNS = "turns"
NEWS = "news"
#: A worker looks for a person's decision before each job, and then for turns and for news of runs alternately.
QUEUES = (DECISIONS, TURNS, NEWS)
JOB_SECONDS = 660  #: a turn ends after ten minutes by itself; this is the net below


class Jobs:
    """The queues, for whoever has something to be done."""

    def __init__(self, connection: "redis.Redis") -> None:
        """Take a connection that gives bytes (RQ's own way)."""
        self._queues = {name: Queue(name, connection=connection, serializer=JSONSerializer) for name in QUEUES}

    def attend(self, box: str, *, decision: bool = False) -> None:
        """Have a worker look into a box. Asking twice is harmless: the second one finds it held or empty.

        Raises:
            redis.RedisError: Redis is away. The sweeper will ask again.
        """
        self._queues[DECISIONS if decision else NEWS if is_of_a_run(box) else TURNS].enqueue(
            ATTEND,
            box,
            job_id=f"{_name_of(box)}-{uuid.uuid4().hex[:12]}",
            job_timeout=JOB_SECONDS,
            result_ttl=0,
            failure_ttl=86_400,
        )

    def without(self, boxes: Iterable[str]) -> list[str]:
        """Those of `boxes` for which no job stands in a queue: it was lost with the process that asked or took it.

        Raises:
            redis.RedisError: Redis is away.
        """
        names = {job.rpartition("-")[0] for queue in self._queues.values() for job in queue.get_job_ids()}
        return [box for box in boxes if _name_of(box) not in names]


def _name_of(box: str) -> str:
    """A box in a job's id, which refuses colons, dots and at signs."""
    return hashlib.sha256(box.encode()).hexdigest()[:16]
