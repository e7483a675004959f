"""A job that does nothing but say when it began."""

import time

from rq import get_current_job

BEGAN = "bench:began"


def note(name: str) -> None:
    """Write down the monotonic time of the job's first line."""
    began = time.monotonic()
    job = get_current_job()
    assert job is not None
    job.connection.rpush(BEGAN, f"{name} {began}")
