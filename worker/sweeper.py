"""Finds boxes with work that nobody is doing, and proposals whose time has come, and has them attended to.

One sweeper at a time in the installation.
"""

from threading import Event
from threading import Thread as Threading

import redis
import structlog

from bot.events import ProposalDue
from bot.mailbox import Accepted, Mailbox, proposal_box
from bot.proposal_store import ProposalStore
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
    """Sweeps in the background.

    Args:
        connection: Redis.
        mailbox: The boxes.
        jobs: Who is told.
        proposals: What expires, is to be reminded of, or waits to be applied.
        team: The workspace.
        every: Seconds between two looks whether it is its turn.
    """

    def __init__(
        self,
        connection: "redis.Redis",
        mailbox: Mailbox,
        jobs: Jobs,
        *,
        proposals: ProposalStore,
        team: str,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._mailbox = mailbox
        self._jobs = jobs
        self._proposals = proposals
        self._team = team
        self._every = every
        self._turn = connection.register_script(_TURN)
        self._stop = Event()
        self._thread = Threading(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Sweep once a second, when it is this process's turn, whatever comes of a sweep."""
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
        self._look_at_proposals()
        boxes = self._mailbox.sweep()
        boxes = self._jobs.without(boxes) if boxes else []
        for box in boxes:
            self._jobs.attend(box)
        if boxes:
            log.info("swept", boxes=len(boxes))
        return len(boxes)

    def _look_at_proposals(self) -> None:
        for proposal in self._proposals.due():
            due = ProposalDue(id=proposal, team=self._team, proposal=proposal)
            if self._mailbox.accept(due)[0] is Accepted.ACCEPTED:
                self._jobs.attend(proposal_box(self._team, proposal), decision=True)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.sweep()
            except redis.RedisError as exc:
                log.warning("sweeper_lost_redis", reason=type(exc).__name__)
            except Exception:  # without sweeps what a dead worker held would lie where it is
                log.exception("sweeper_stumbled")
