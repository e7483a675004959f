"""The product's worker class with nothing around it: `python -m tests.benchmarks.subjects.bare_worker REDIS_URL`."""

import gc
import sys
from threading import Event

from rq.serializers import JSONSerializer

from bot.queue import QUEUES
from worker import wiring
from worker.children import Child


def main(redis_url: str) -> None:
    """Run jobs until SIGTERM."""
    connection = wiring.connect(redis_url, text=False, blocking=True)
    worker = Child(list(QUEUES), connection=connection, serializer=JSONSerializer, log_job_description=False)
    worker.draining = Event()
    gc.collect()
    gc.freeze()  # as in the product: what was imported is not looked through again and again
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    main(sys.argv[1])
