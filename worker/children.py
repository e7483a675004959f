"""One parent that has imported everything, and children forked from it that answer turns.

A child holds a few megabytes of its own; what the imports take is shared. It runs its jobs in-process, so that
connections stay warm, and lives long. The parent opens nothing: no client, no connection, no thread.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from threading import Event
from threading import Thread as Threading
from types import FrameType
from typing import Any

import redis
import structlog
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from bot import snapshot
from bot.errors import BotError
from bot.patience import START_SECONDS, patiently
from bot.queue import DECISIONS, QUEUES
from bot.reloading import on_hangup
from bot.settings import BadSettings, Settings
from bot.stopping import DRAIN_SECONDS, end_in_time
from worker import wiring
from worker.sweeper import Sweeper

log = structlog.get_logger()

ORPHAN_SECONDS = 30.0
RQ_SECONDS = 35  #: RQ listens for 15 s less at a time, and takes a connection that is silent for 5 s less to be dead
RESPAWN_SECONDS = (0.1, 1.0, 5.0)


class Child(SimpleWorker):
    """RQ's worker, which tells the turn under way when it is to stop."""

    max_connection_wait_time = 2.0  #: a Redis that is back is used again at once; RQ would pause for up to a minute
    draining: Event

    def reorder_queues(self, reference_queue: Queue) -> None:
        """Look for a decision before each job, and for turns and news of runs alternately.

        Neither waits for the other's last one: news in a burst of questions, questions when a thousand runs are news.
        """
        self._ordered_queues = sorted(
            self._ordered_queues, key=lambda queue: (queue.name != DECISIONS, queue.name == reference_queue.name)
        )

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Take nothing new; the turn under way goes to its next checkpoint, and no further."""
        end_in_time(self.draining)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's own code is untyped here


def serve(settings: Settings) -> int:
    """Be one child: answer turns until SIGTERM.

    Returns:
        The exit code.
    """
    draining = Event()
    try:
        services = patiently(lambda: wiring.build(settings, draining=draining), seconds=START_SECONDS)
        snapshot.publish(services.connection, wiring.snapshot())
    except (BotError, BadSettings, redis.RedisError) as exc:
        away = f"Redis does not answer ({type(exc).__name__})"
        reason = away if isinstance(exc, redis.RedisError) else str(exc)
        log.error("worker_cannot_start", reason=reason)  # noqa: TRY400 - a sentence for the operator, no trace
        return 1
    wiring.install(services)
    on_hangup(lambda: wiring.put_in_force(settings, services.policies, services.auditor))
    services.courier.start()
    sweeper = Sweeper(
        services.connection, services.mailbox, services.jobs, proposals=services.proposals, team=services.team
    )
    sweeper.start()
    worker = Child(
        list(QUEUES),
        connection=wiring.connect(settings.redis_url, text=False, blocking=True),
        serializer=JSONSerializer,
        log_job_description=False,
        worker_ttl=RQ_SECONDS,
    )
    worker.draining = draining
    log.info("worker_serving", pid=os.getpid(), model=services.loop.thinker.name)
    worker.work(logging_level="WARNING")
    sweeper.stop()
    services.courier.stop()
    services.auditor.log.close()
    return 0


class Parent:
    """Keeps so many children alive."""

    def __init__(self, count: int, child: Callable[[], int]) -> None:
        self._count = count
        self._child = child
        self._alive: dict[int, float] = {}
        self._failures = 0
        self._stopping = False
        self._ours, self._theirs = os.pipe()  # the parent never writes: its death is what children read

    def run(self) -> int:
        """Fork, watch and replace children until SIGTERM or SIGINT; then let them drain.

        Returns:
            The exit code.
        """
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, lambda *_: self._tell(signal.SIGHUP))  # the parent itself decides nothing
        while not self._stopping:
            while len(self._alive) < self._count and not self._stopping:
                self._fork()
            self._wait()
        self._drain()
        return 0

    def _fork(self) -> None:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is a policy to read again
            code = 1
            try:
                self._stop_without_parent()
                code = self._child()
            except Exception:  # the parent sees a status only; what went wrong must be in the log
                log.exception("worker_child_failed")
            finally:
                sys.stderr.flush()
                os._exit(code)
        self._alive[pid] = time.monotonic()

    def _stop_without_parent(self) -> None:
        """Let this child drain some time after its parent is gone: nobody would stop it, and another has its own.

        Until that other one has imported everything and serves, there is nobody else.
        """
        os.close(self._theirs)

        def watch() -> None:
            os.read(self._ours, 1)
            log.warning("worker_parent_gone", pid=os.getpid())
            time.sleep(ORPHAN_SECONDS)
            os.kill(os.getpid(), signal.SIGTERM)

        Threading(target=watch, name="parent", daemon=True).start()

    def _wait(self) -> None:
        """Look once whether a child has ended, and replace it no faster than it dies."""
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.1)
            return
        lived = time.monotonic() - self._alive.pop(pid, 0.0)
        self._failures = 0 if lived > RESPAWN_SECONDS[-1] else self._failures + 1
        if not self._stopping:
            log.warning("worker_child_ended", pid=pid, status=status, lived=round(lived, 1))
            until = time.monotonic() + (
                RESPAWN_SECONDS[min(self._failures, len(RESPAWN_SECONDS)) - 1] if self._failures else 0
            )
            while not self._stopping and time.monotonic() < until:
                time.sleep(0.1)

    def _drain(self) -> None:
        self._tell(signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_SECONDS + 1.5
        while self._alive and time.monotonic() < deadline:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid:
                self._alive.pop(pid, None)
            else:
                time.sleep(0.05)
        self._tell(signal.SIGKILL)

    def _tell(self, number: signal.Signals) -> None:
        for pid in list(self._alive):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def _stop(self, *_: Any) -> None:
        self._stopping = True
