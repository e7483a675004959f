"""Finds boxes with work that nobody is doing, and has them attended to; one sweeper at a time in the installation."""

from threading import Event
from threading import Thread as Threading

import redis
import structlog

from bot.mailbox import Mailbox
from bot.queue import Jobs

log = structlog.get_logger()

EVERY_SECONDS = 1.0
TURN_KEY = "tm:sweeper:v1"

#: KEYS the last sweep · ARGV milliseconds between two. By when it was, and not by when the key expires: a clock that is
#: set back would let that live for as long.
_TURN = """
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local since = now - tonumber(redis.call('GET', KEYS[1]) or 0)
if since >= 0 and since < tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], now, 'PX', ARGV[1])
return 1
"""


class Sweeper:
    """Sweeps in the background."""

    def __init__(self, connection: "redis.Redis", mailbox: Mailbox, jobs: Jobs) -> None:
        self._mailbox = mailbox
        self._jobs = jobs
        self._turn = connection.register_script(_TURN)
        self._stop = Event()
        self._thread = Threading(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Sweep once a second, when it is this process's turn."""
        self._thread.start()

    def stop(self) -> None:
        """Sweep no more."""
        self._stop.set()
        self._thread.join(timeout=2)

    def sweep(self) -> int:
        """Sweep now. A box whose job still stands in the queue is left to it: in a rush there are hundreds of these.

        Returns:
            How many boxes were found; 0 also when another process swept within this second.
        """
        if not self._turn(keys=[TURN_KEY], args=[int(EVERY_SECONDS * 900)]):
            return 0
        boxes = self._mailbox.sweep()
        boxes = self._jobs.without(boxes) if boxes else []
        for box in boxes:
            self._jobs.attend(box)
        if boxes:
            log.info("swept", boxes=len(boxes))
        return len(boxes)

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                self.sweep()
            except redis.RedisError as exc:
                log.warning("sweeper_lost_redis", reason=type(exc).__name__)
