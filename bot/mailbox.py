"""Per-thread inboxes in Redis: nothing accepted is lost, and one thing at a time is worked on in each.

Why not RQ alone: its jobs of one thread may overtake each other, a killed worker's job comes back after minutes at
best, and an orphaned child goes on beside its replacement. So RQ only says *which* box to attend; what is in the box,
whose turn it is and who may still write lives here. Every step is one Lua script. Times are Redis's own clock; it may
be set back, so that no time farther ahead than a lease is long is believed.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import Event
from threading import Thread as Threading
from typing import Any, cast

import redis
import structlog
from pydantic import TypeAdapter

from bot import mailbox_scripts
from bot.errors import Stale
from bot.events import (
    AnyItem,
    Click,
    Command,
    Dropped,
    FileRef,
    ProposalDue,
    ProposalEnded,
    RunChanged,
    Submission,
    Turn,
    Unreadable,
    item_from,
)
from bot.retention import Kept, Retention
from bot.views.actions import DECISIONS

log = structlog.get_logger()

#: A dead worker's item is taken up again after so long, and the next sweep. A live one renews three times as often.
LEASE_SECONDS = 6.0
SEEN_SECONDS = 3 * 86_400  #: Slack redelivers for up to 24 h with delayed events on; three days is on the safe side
MAX_WAITING = 20
#: Presses waiting at one proposal, each of which is told what became of it; also how full a thread may be when the
#: end of a proposal comes in: talk must not turn away what the talk is about.
MAX_DECISIONS = 200
SWEEP_AFTER_SECONDS = 3.0
READY = "tm:mailbox:v1:ready"
PARKED = 100
_FILES: TypeAdapter[tuple[FileRef, ...]] = TypeAdapter(tuple[FileRef, ...])


class Accepted(StrEnum):
    """What became of an item at the door."""

    ACCEPTED = "accepted"  #: it is in the box, for ever or until it is answered
    DUPLICATE = "duplicate"  #: it was there before
    FULL = "full"  #: too many wait in this box already


class Changed(StrEnum):
    """What became of an accepted message that was edited or deleted."""

    TAKEN_OUT = "taken out"  #: it waited, and nobody will answer it
    REPLACED = "replaced"  #: it waited, and is answered as it is now
    UNDER_WAY = "under way"  #: work on it has begun: it is answered as it was
    NOT_THERE = "not there"  #: it was answered before, or never accepted


@dataclass(frozen=True, slots=True)
class Fence:
    """The right to write for a box: good while the hash at `key` still carries `token`.

    Lasting writes of a turn pass it into their own Lua script, which compares and writes in one step.
    """

    key: str
    token: int


@dataclass(frozen=True, slots=True)
class Lease:
    """One item, taken by this process alone.

    Attributes:
        box: Where it came from.
        item: What is to be done.
        fence: What every lasting write must show.
        attempt: 1 for the first try; more after a crash.
    """

    box: str
    item: AnyItem | Unreadable
    fence: Fence
    attempt: int


def box_of(item: AnyItem) -> str:
    """The box an item belongs in: a thread's, a proposal's, a run's, or a person's in a channel.

    Commands know no thread. What is decided about a proposal waits for no turn of its thread, and for one another.
    """
    match item:
        case Click() | Submission() if item.action in DECISIONS:
            return proposal_box(item.thread.team, item.value)
        case ProposalDue():
            return proposal_box(item.team, item.proposal)
        case Turn() | Dropped() | Click() | Submission() | ProposalEnded():
            return item.thread.ref
        case Command():
            return f"{item.team}:{item.channel}:@{item.actor.user}"
        case RunChanged():
            return f"{item.team}:run:{item.run}"


def proposal_box(team: str, proposal: str) -> str:
    """The box of a proposal."""
    return f"{team}:proposal:{proposal}"


def is_of_a_proposal(box: str) -> bool:
    """Whether a box holds what is decided about a proposal."""
    return box.split(":")[1] == "proposal"


def is_of_a_run(box: str) -> bool:
    """Whether a box holds news of a run rather than what people said."""
    return box.split(":")[1] == "run"


def _key(kind: str, box: str) -> str:
    return f"tm:{box.split(':', 1)[0]}:{kind}:v1:{box}"


def joined_key(ref: str) -> str:
    """The key that says that we take part in this thread."""
    return _key("joined", ref)


class Mailbox:
    """The boxes of all threads."""

    def __init__(
        self, connection: "redis.Redis", *, lease_seconds: float = LEASE_SECONDS, kept: Kept = Retention
    ) -> None:
        self._redis = connection
        self._kept = kept
        self._lease_ms = int(lease_seconds * 1000)
        self._owner = uuid.uuid4().hex
        self._accept = connection.register_script(mailbox_scripts.ACCEPT)
        self._take = connection.register_script(mailbox_scripts.TAKE)
        self._renew = connection.register_script(mailbox_scripts.RENEW)
        self._finish = connection.register_script(mailbox_scripts.FINISH)
        self._hand_back = connection.register_script(mailbox_scripts.HAND_BACK)
        self._park = connection.register_script(mailbox_scripts.PARK)
        self._sweep = connection.register_script(mailbox_scripts.SWEEP)
        self._change = connection.register_script(mailbox_scripts.CHANGE)

    def accept(self, item: AnyItem, *, at: str = "") -> tuple[Accepted, int]:
        """Take an item in, once: dedupe mark, append and ready mark in one step.

        Slack may tell of two messages in the wrong order: one that is told late goes before those written after it,
        unless work on them has begun.

        Args:
            item: What is to be done.
            at: When a message was turned to us, where that was after it was written: its place is by this, then.

        Returns:
            What became of it, and its place in the box (1 = next).

        Raises:
            redis.RedisError: Redis is away; nothing was accepted.
        """
        box = box_of(item)
        keys = [self._seen(item), _key("mailbox", box), READY]
        if isinstance(item, Turn):
            keys.append(joined_key(box))
        order = (at or item.ts) if isinstance(item, Turn) else ""
        files = _FILES.dump_json(item.files).decode() if isinstance(item, Turn) and item.files_known else ""
        most = MAX_DECISIONS if isinstance(item, ProposalEnded) or is_of_a_proposal(box) else MAX_WAITING
        arguments: list[str | int] = [item.model_dump_json(), box, most, SEEN_SECONDS, self._seconds, order, files]
        verdict, place = cast("list[Any]", self._accept(keys=keys, args=arguments))
        return Accepted(verdict), int(place)

    def change(self, turn: Turn, *, gone: bool) -> Changed:
        """Take a message that waits out of its box, or put in its place what it says now.

        Raises:
            redis.RedisError: Redis is away; nothing was changed.
        """
        box = box_of(turn)
        now = "" if gone else turn.model_dump_json()
        keys = [_key("mailbox", box), _key("lease", box), READY]
        return Changed(cast("str", self._change(keys=keys, args=[turn.ts, now, turn.id, box])))

    def files_of(self, turn: Turn) -> tuple[FileRef, ...] | None:
        """The files of a message, as whichever event of it told of them; None when none has, so far."""
        if turn.files_known:
            return turn.files
        told = cast("str | None", self._redis.get(self._seen(turn)))
        return _FILES.validate_json(told) if told else None

    def busy_in(self, team: str, channel: str) -> list[str]:
        """The threads of a channel in which something is done or waits."""
        boxes = cast("list[str]", self._redis.zrange(READY, 0, -1))
        return [box for box in boxes if box.startswith(f"{team}:{channel}:") and "@" not in box]

    def answers(self, ref: str) -> bool:
        """Whether a message of this thread is being answered, or waits for it."""
        kept = cast("list[str]", self._redis.lrange(_key("mailbox", ref), 0, -1))
        return any(isinstance(item_from(text, team=ref.split(":", 1)[0]), Turn) for text in kept)

    def waits_behind(self, box: str) -> bool:
        """Whether something waits behind the item of a box that is worked on."""
        return self._redis.llen(_key("mailbox", box)) > 1

    def take(self, box: str) -> Lease | None:
        """Lease the head of a box; None when it is empty or somebody else holds it."""
        owner = f"{self._owner}:{uuid.uuid4().hex[:8]}"
        keys = [_key("lease", box), _key("mailbox", box)]
        answer = cast("list[Any]", self._take(keys=keys, args=[owner, self._lease_ms, self._seconds]))
        if answer[0] != "taken":
            return None
        item = item_from(answer[2], team=box.split(":", 1)[0])
        if isinstance(item, RunChanged | ProposalDue):
            self._redis.delete(self._seen(item))
        return Lease(box, item, Fence(_key("lease", box), int(answer[1])), int(answer[3]))

    def finish(self, lease: Lease) -> int:
        """Take the item off its box and give the lease up.

        Returns:
            How many still wait.

        Raises:
            Stale: The lease had passed to somebody else; nothing was changed.
        """
        keys = [lease.fence.key, _key("mailbox", lease.box), READY]
        left = int(cast("int", self._finish(keys=keys, args=[lease.fence.token, lease.box])))
        if left < 0:
            raise Stale(f"the lease on {lease.box} has passed on")
        return left

    def hand_back(self, lease: Lease, *, blameless: bool) -> None:
        """Give the lease up and leave the item for the next worker.

        Args:
            lease: What was held.
            blameless: The item did nothing wrong (we are stopping): its attempts start again from none.
        """
        keys = [lease.fence.key, READY]
        self._hand_back(keys=keys, args=[lease.fence.token, lease.box, "1" if blameless else "0", self._seconds])

    def park(self, lease: Lease) -> None:
        """Keep a copy of what cannot be read where an operator finds it; `finish` takes it off its box.

        A box keeps its order and its life: without this, one such item would hold up everything behind it.
        """
        keys = [lease.fence.key, _key("mailbox", lease.box), f"tm:{lease.box.split(':', 1)[0]}:parked:v1"]
        self._park(keys=keys, args=[lease.fence.token, PARKED, self._seconds])

    @contextmanager
    def kept(self, lease: Lease) -> Iterator[None]:
        """Renew the lease in the background for as long as the block runs."""
        done = Event()

        def renew() -> None:
            while not done.wait(self._lease_ms / 3000):
                try:
                    self._renew(keys=[lease.fence.key], args=[lease.fence.token, self._lease_ms])
                except redis.RedisError as exc:
                    log.warning("lease_not_renewed", box=lease.box, reason=type(exc).__name__)

        thread = Threading(target=renew, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def sweep(self) -> list[str]:
        """Boxes that have work which nobody is doing; each is named at most once in `SWEEP_AFTER_SECONDS`."""
        return cast("list[str]", self._sweep(keys=[READY], args=[int(SWEEP_AFTER_SECONDS * 1000), self._lease_ms]))

    @property
    def retention(self) -> Kept:
        """How long boxes, and what is noted beside them, are kept."""
        return self._kept

    @property
    def _seconds(self) -> int:
        return self._kept().mailboxes

    @staticmethod
    def _seen(item: AnyItem) -> str:
        """The dedupe mark. A run's or proposal's is taken off when work on it begins: later news must come in again."""
        match item:
            case RunChanged():
                team, name = item.team, item.run
            case ProposalDue():
                team, name = item.team, item.proposal
            case Command():
                team, name = item.team, item.id
            case _:
                team, name = item.thread.team, item.id
        return f"tm:{team}:seen:v1:{item.kind}:{name}"
