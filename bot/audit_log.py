"""The audit log of a team in Redis: a stream to which records are added one at a time, and nothing else is ever done.

Several processes write at once. Each makes its record for the head it knows; the script adds it only if that still is
the head, and else tells the new one, for which the record is made again. So there is one chain without a fork.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, cast

import redis
import structlog

from bot.audit import Action, AuditEvent, Head, Keyring, Record, beginning, fields_of, linked, name_of, record_from
from bot.audit_anchors import Anchors
from bot.audit_check import Anchor, Found, Verdict, check
from bot.audit_scripts import APPEND, END
from bot.errors import BotError

log = structlog.get_logger()

ONCE_SECONDS = 30 * 86_400
REPEAT_SECONDS = 600  #: for which a record without a name of its own is not made twice, when its answer was lost
TRIES = 1_000  #: each costs a round trip, and fails only because another process has written
PAGE = 200  #: records that are read at a time
MOST_LOOKED_AT = 10_000  #: records that a search looks at

#: Of these the log of the process is told at once: something was changed, or what may be changed was.
WEIGHTY = frozenset(
    {
        *(Action.ALIAS_MOVED, Action.CALL_MADE, Action.KEY_CHANGED, Action.POLICY_CHANGED),
        *(Action.FREEZE_SET, Action.FREEZE_LIFTED),
        *(Action.PROPOSAL_APPROVED, Action.PROPOSAL_REJECTED, Action.PROPOSAL_APPLYING),
        *(Action.PROPOSAL_APPLIED, Action.PROPOSAL_FAILED, Action.PROPOSAL_UNCERTAIN),
    }
)


class Crowded(BotError):
    """Other processes wrote to the audit log without a pause; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record that is in the log.

    Attributes:
        seq: Its number.
        mac: What proves it.
        new: Whether it was written now; False when it had been written before under the same name.
    """

    seq: int
    mac: str
    new: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as people look at it.

    Attributes:
        seq: Its number as it says; 0 for what cannot be one of ours.
        id: The id of the stream's entry.
        event: What happened; None for what this version cannot read.
    """

    seq: int
    id: str
    event: AuditEvent | None


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found.

    Attributes:
        entries: Newest first.
        looked_at: How many records were looked at.
        complete: Whether older records, if there are any, cannot match: all were looked at.
    """

    entries: Sequence[Entry]
    looked_at: int
    complete: bool


class AuditLog:
    """The log of one team.

    Args:
        connection: Redis; answers are text.
        team: The workspace.
        keys: What records are made with, and were made with before.
        anchors: The file in which records are noted outside Redis; None for none.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        connection: "redis.Redis",
        *,
        team: str,
        keys: Keyring,
        anchors: Path | None,
        clock: Callable[[], float],
    ) -> None:
        self._redis = connection
        self._team = team
        self._keys = keys
        self._anchors = Anchors(anchors, clock=clock)
        self._clock = clock
        self._stream = f"tm:{team}:audit:v1"
        self._append = connection.register_script(APPEND)
        self._end = connection.register_script(END)
        self._lock = Lock()  # threads of one process wait for each other instead of making records anew
        self._known = beginning(team)

    def record(self, event: AuditEvent, *, once: str = "") -> Recorded:
        """Write an event down, for ever.

        Args:
            event: What happened.
            once: A name for it, such as `P-abc:applied`: under one name one event is recorded within 30 days,
                however often a crash lets it be tried. Empty: each call records.

        Returns:
            Where it stands.

        Raises:
            redis.RedisError: Redis is away; it may have been recorded. Under the same `once` it can be tried again.
            Crowded: Other processes wrote all the time; nothing was recorded.
        """
        with self._lock:
            recorded = self._added(replace(event, once=once))
        anchor = Anchor(self._team, recorded.seq, recorded.mac, self._clock())
        self._anchors.keep(anchor, at_once=event.action in WEIGHTY)
        return recorded

    def introduce_key(self) -> Recorded | None:
        """Write down that another key is in force, when the newest record was made with another; call it at a start.

        It ends what the old key could prove: who gets hold of that one can add nothing in silence.

        Raises:
            redis.RedisError: Redis is away.
            Crowded: Other processes wrote all the time.
        """
        head, _, _ = self._snapshot()
        name = name_of(self._keys.current)
        if head is None or head.key == name:
            return None
        event = AuditEvent(self._clock(), Action.KEY_CHANGED, subject=name, details={"before": head.key})
        return self.record(event, once=f"key:{name}:{head.seq}")

    def read(self, *, newest: int, matching: str = "") -> Search:
        """The newest records that match.

        Args:
            newest: How many at most.
            matching: Words that must all fit, each of them: the id of the actor, the beginning of the action, or part
                of anything else that the record says. Empty: every record.

        Returns:
            What was found among the newest 10,000 records, and whether there are older ones.
        """
        words = [word.strip("<@>") for word in matching.casefold().split()]
        found: list[Entry] = []
        looked_at = 0
        for entry in self._pages("XREVRANGE", "+", "-"):
            if len(found) == newest or looked_at == MOST_LOOKED_AT:
                return Search(found, looked_at, complete=False)
            looked_at += 1
            record = entry.record
            event = AuditEvent.from_json(record.event) if record else None
            if not words or (event and all(_fits(word, event) for word in words)):
                found.append(Entry(record.seq if record else 0, entry.id, event))
        return Search(found, looked_at, complete=True)

    def entries(self, *, last: str = "+") -> Iterator[Found]:
        """Everything in the stream, oldest first, up to the entry with the id `last`."""
        return self._pages("XRANGE", "-", last)

    def verify(self, anchors: Sequence[Anchor] = ()) -> Verdict:
        """Look for what was changed, removed, inserted, moved or cut off; others may go on writing meanwhile.

        Args:
            anchors: What was noted outside Redis, read before this is called.
        """
        head, last, deleted = self._snapshot()
        entries = self.entries(last=last) if last else ()
        return check(entries, team=self._team, keys=self._keys, head=head, anchors=anchors, deleted=deleted)

    def close(self) -> None:
        """Let the log of the process know the end."""
        self._anchors.close()

    def _added(self, event: AuditEvent) -> Recorded:
        mark, seconds = (event.once, ONCE_SECONDS) if event.once else (uuid.uuid4().hex, REPEAT_SECONDS)
        keys = [self._stream, f"{self._stream}:head", f"{self._stream}:once:{mark}"]
        believed = True  # of the mark
        for _ in range(TRIES):
            record = linked(event, self._known, self._keys)
            arguments: list[str | int] = [int(believed), seconds, self._known.mac, *fields_of(record).values()]
            answer = cast("list[str]", self._append(keys=keys, args=arguments))
            match answer:
                case ["written"]:
                    self._known = record.head
                    return Recorded(record.seq, record.mac, new=True)
                case ["moved", seq, mac, key]:
                    self._move_to(Head(int(seq), mac, key) if mac else beginning(self._team))
                case ["done", *fields]:
                    if written := self._written(fields, event):
                        return Recorded(written.seq, written.mac, new=False)
                    believed = False
                    log.error("audit_mark_false", once=mark, remedy="written all the same; who writes to Redis?")
        raise Crowded("The audit log is busy, so nothing was recorded. Please try again in a minute.")

    def _move_to(self, head: Head) -> None:
        if head.seq < self._known.seq:
            remedy = "run `python -m bot audit verify`"
            log.error("audit_log_shrank", from_seq=self._known.seq, to_seq=head.seq, remedy=remedy)
        self._known = head

    def _written(self, fields: list[str], event: AuditEvent) -> Record | None:
        """The record that a mark points to; None when it does not prove that this event was recorded."""
        names, texts = (part.encode() for part in fields[::2]), (part.encode() for part in fields[1::2])
        record = record_from(dict(zip(names, texts, strict=True)))
        key = self._keys.find(record.key) if record else None
        if record is None or key is None or not record.proven(key):
            return None
        written = AuditEvent.from_json(record.event)
        return record if written is not None and written.once == event.once else None

    def _snapshot(self) -> tuple[Head | None, str, int]:
        keys = [self._stream, f"{self._stream}:head"]
        seq, mac, key, last, deleted = cast("list[Any]", self._end(keys=keys))
        return Head(int(seq), mac, key) if mac else None, last, int(deleted)

    def _pages(self, command: str, start: str, stop: str) -> Iterator[Found]:
        """Entries as bytes: what somebody put in need not be text."""
        while True:
            given = self._redis.execute_command(  # type: ignore[no-untyped-call]  # it knows no types of its own
                command, self._stream, start, stop, "COUNT", PAGE, NEVER_DECODE=True
            )
            page = cast("list[tuple[bytes, dict[bytes, bytes]]]", given)
            yield from (Found(name.decode(), record_from(fields)) for name, fields in page)
            if len(page) < PAGE:
                return
            start = f"({page[-1][0].decode()}"


def _fits(word: str, event: AuditEvent) -> bool:
    said = (event.subject, event.outcome, event.thread, *event.details.keys(), *event.details.values())
    return (
        event.actor.casefold() == word or event.action.startswith(word) or any(word in text.casefold() for text in said)
    )
