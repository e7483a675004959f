"""Finds what was changed, removed, inserted, moved or cut off in a chain of records, and says which.

Pure: records are handed in as they stand in the stream, oldest first, with what else is known of the chain: the head
that Redis keeps beside it, and anchors, which are kept elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.audit import UNKEYED, Head, Keyring, Record, beginning

MOST_FAULTS = 20  #: that a verdict lists; it counts the others
SHORT_KEY = 16  #: bytes; a shorter key can be found by trying


class Kind(StrEnum):
    """What is wrong with a record."""

    CHANGED = "changed"  #: it stands in its place, and says something else than was recorded
    CUT = "cut"  #: the chain went on to it, and ends before it
    HEAD = "head"  #: the head that is kept beside the chain does not belong to it
    INSERTED = "inserted"  #: it was never recorded, or is a copy of one that was
    OLD_KEY = "old_key"  #: it was made with a key that had been replaced
    REMOVED = "removed"  #: it is missing between others
    REORDERED = "reordered"  #: it stands in another place than it was recorded in
    REWRITTEN = "rewritten"  #: it proves itself, and another one had been there
    UNKNOWN_KEY = "unknown_key"  #: it was made with a key that is not known here


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        seq: The number of the record; for an inserted one, of the record that should stand there.
        entry: The id of the stream's entry at which it was seen; empty when nothing is there.
        kind: What is wrong.
        what: The same in words.
    """

    seq: int
    entry: str
    kind: Kind
    what: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a process noted outside Redis about a record that it had written.

    Attributes:
        team: Whose chain.
        seq: The record's number.
        mac: The record's mac.
        at: When, in seconds since 1970.
    """

    team: Annotated[str, Field(min_length=1)]
    seq: Annotated[int, Field(ge=1, lt=10**15)]
    mac: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    at: Annotated[float, Field(ge=0, lt=2**33)]


@dataclass(frozen=True, slots=True)
class Found:
    """An entry of the stream: its id, and the record in it; None for what cannot be one of ours."""

    id: str
    record: Record | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check came to.

    Attributes:
        team: Whose chain.
        entries: How many entries the stream has.
        newest: The number of the last record that belongs to the chain.
        anchored: The highest number that an anchor names; 0 without anchors.
        faults: What is wrong, the lowest number first; at most `MOST_FAULTS`.
        more: How many faults are not listed.
        notes: What to know of a chain even when nothing is wrong with it.
    """

    team: str
    entries: int
    newest: int
    anchored: int
    faults: tuple[Fault, ...]
    more: int
    notes: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def check(
    entries: Iterable[Found],
    *,
    team: str,
    keys: Keyring,
    head: Head | None,
    anchors: Sequence[Anchor] = (),
    deleted: int = 0,
) -> Verdict:
    """Walk along a chain.

    Args:
        entries: Everything in the stream, in its order.
        team: Whose chain it is.
        keys: The keys that records may have been made with.
        head: The end of the chain as Redis keeps it beside the stream; None when it is gone.
        anchors: What was noted outside Redis; of other teams too.
        deleted: How many entries were ever deleted from the stream, as Redis counts.

    Returns:
        What is wrong, and what to know.
    """
    walk = _Walk(team, keys, [anchor for anchor in anchors if anchor.team == team])
    for entry in entries:
        walk.take(entry)
    return walk.end(head, deleted)


@dataclass(slots=True)
class _Span:
    """Records that cannot be checked for the same reason."""

    first: int
    entry: str
    last: int = 0
    count: int = 0


class _Walk:
    """A walk along a chain: what cannot be trusted waits until the next record that can shows what it was."""

    def __init__(self, team: str, keys: Keyring, anchors: Sequence[Anchor]) -> None:
        self._team = team
        self._keys = keys
        self._anchors: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.seq, []).append(anchor)
        self._entries = 0
        self._next = 1
        self._prev = beginning(team).mac  # of the record before `_next`; empty when that one is not to be trusted
        self._suspects: list[Found] = []
        self._gaps: list[tuple[int, int]] = []  # numbers that were passed over, both ends included
        self._late: set[int] = set()  # those of them that came later
        self._unknown: dict[str, _Span] = {}  # by the name of the key
        self._unkeyed = 0  # the last record that was made without a key
        self._youngest: int | None = None  # how many keys are newer than the newest one seen
        self._last_key = ""
        self._faults: list[Fault] = []

    def take(self, entry: Found) -> None:
        """Go on by one entry."""
        self._entries += 1
        record = entry.record
        if record is None or not self._trusted(record):
            self._suspects.append(entry)
        elif record.seq < self._next:
            self._behind(entry.id, record)
        else:
            self._forward(entry.id, record)

    def end(self, head: Head | None, deleted: int) -> Verdict:
        """What the whole walk came to."""
        newest, anchored = self._next - 1, max(self._anchors, default=0)
        last = head.seq if head else newest + len(self._suspects)
        self._settle(max(newest, last, anchored) + 1)
        self._next = newest + 1
        self._judge_gaps(newest, head)
        self._judge_head(newest, head)
        self._judge_keys(newest)
        if deleted > 0 and not any(fault.kind in {Kind.REMOVED, Kind.CUT} for fault in self._faults):
            what = f"Redis counts {deleted} deleted entries of this stream, from which nothing is ever deleted"
            self._fault(newest + 1, "", Kind.CUT, what)
        faults = sorted(self._faults, key=lambda fault: fault.seq)
        listed = tuple(faults[:MOST_FAULTS])
        notes = tuple(self._notes(newest, anchored))
        return Verdict(self._team, self._entries, newest, anchored, listed, len(faults) - len(listed), notes)

    def _trusted(self, record: Record) -> bool:
        key = self._keys.find(record.key)
        return key is not None and record.proven(key)

    def _forward(self, entry: str, record: Record) -> None:
        self._settle(record.seq)
        if record.seq == self._next and self._prev not in {"", record.prev}:
            self._fault(record.seq, entry, Kind.REWRITTEN, "it follows another record than the one before it here")
        self._look_at_anchors(entry, record)
        self._look_at_key(entry, record)
        self._next, self._prev = record.seq + 1, record.mac

    def _behind(self, entry: str, record: Record) -> None:
        passed_over = any(first <= record.seq <= last for first, last in self._gaps)
        if passed_over and record.seq not in self._late:
            self._late.add(record.seq)
            what = f"it stands behind record {self._next - 1}"
            self._fault(record.seq, entry, Kind.REORDERED, what)
            self._look_at_anchors(entry, record)
        else:
            self._fault(record.seq, entry, Kind.INSERTED, f"a second record {record.seq} was put in")

    def _settle(self, upto: int) -> None:
        """Say what the suspects are, now that the next trusted record is `upto`."""
        changed: dict[int, Found] = {}
        others: list[Found] = []
        for suspect in self._suspects:
            claimed = suspect.record.seq if suspect.record else 0
            if self._next <= claimed < upto and claimed not in changed:
                changed[claimed] = suspect
            else:
                others.append(suspect)
        if others and upto - self._next - len(changed) == len(others):  # as many as are missing: these are they
            missing = [seq for seq in range(self._next, upto) if seq not in changed]
            changed |= dict(zip(missing, others, strict=True))
            others = []
        for seq, suspect in changed.items():
            self._judge_suspect(seq, suspect)
        for suspect in others:
            self._fault(self._next, suspect.id, Kind.INSERTED, "an entry that no process of ours wrote was put in")
        self._pass_over(upto, changed)
        self._suspects = []

    def _pass_over(self, upto: int, changed: Mapping[int, Found]) -> None:
        """Note which numbers before `upto` nothing stands for."""
        first = self._next
        for seq in [*sorted(changed), upto]:
            if first < seq:
                self._gaps.append((first, seq - 1))
            first = seq + 1
        if upto > self._next:
            self._next, self._prev = upto, ""

    def _judge_suspect(self, seq: int, suspect: Found) -> None:
        record = suspect.record
        if record is None:
            self._fault(seq, suspect.id, Kind.CHANGED, "what stands in its place cannot be read")
        elif self._keys.find(record.key) is None:
            span = self._unknown.setdefault(record.key, _Span(seq, suspect.id))
            span.last, span.count = seq, span.count + 1
        else:
            self._fault(seq, suspect.id, Kind.CHANGED, "what it says is not what was recorded")

    def _look_at_anchors(self, entry: str, record: Record) -> None:
        for anchor in self._anchors.get(record.seq, ()):
            if anchor.mac != record.mac:
                what = f"another record had this number when it was anchored at {moment(anchor.at)}"
                self._fault(record.seq, entry, Kind.REWRITTEN, what)
                return

    def _look_at_key(self, entry: str, record: Record) -> None:
        if record.key == UNKEYED:
            self._unkeyed = record.seq
        self._last_key = record.key
        age = self._keys.age(record.key)
        if self._youngest is not None and age > self._youngest:
            what = f"it was made {_made(record.key)}, and records before it with a newer one"
            self._fault(record.seq, entry, Kind.OLD_KEY, what)
        else:
            self._youngest = age

    def _judge_gaps(self, newest: int, head: Head | None) -> None:
        for first, last in self._gaps:
            for start, stop in _without(first, last, self._late):
                missing = f"{_records(start, stop)} {_are(start, stop)}"
                if start > newest:
                    self._fault(start, "", Kind.CUT, f"{missing} cut off: {self._how(head)}")
                else:
                    self._fault(start, "", Kind.REMOVED, f"{missing} missing here")

    def _how(self, head: Head | None) -> str:
        anchored = max(self._anchors, default=0)
        if head is not None and head.seq >= anchored:
            return f"Redis keeps {head.seq} as the number of the newest"
        return f"record {anchored} was anchored at {moment(self._anchors[anchored][0].at)}"

    def _judge_head(self, newest: int, head: Head | None) -> None:
        if head is None:
            if newest:
                self._fault(newest, "", Kind.HEAD, "what Redis keeps of the end of the chain is gone or damaged")
        elif head.seq < newest:
            self._fault(head.seq + 1, "", Kind.HEAD, f"Redis keeps {head.seq} as the number of the newest record")
        elif head.seq == newest and self._prev not in {"", head.mac}:
            self._fault(newest, "", Kind.HEAD, "Redis keeps another newest record of this number")

    def _judge_keys(self, newest: int) -> None:
        for key, span in self._unknown.items():
            which = _records(span.first, span.last) + (f" ({span.count})" if span.count > 1 else "")
            what = f"{which} cannot be checked: AUDIT_KEY does not hold key {key}"
            self._fault(span.first, span.entry, Kind.UNKNOWN_KEY, what)
        if self._youngest:
            what = (
                f"the newest record was made {_made(self._last_key)}, and AUDIT_KEY holds a newer one. If that was "
                "set just now, the first record made with it settles this; else records were taken away or forged"
            )
            self._fault(newest, "", Kind.OLD_KEY, what)

    def _notes(self, newest: int, anchored: int) -> Iterable[str]:
        if not self._keys.keys:
            yield (
                "AUDIT_KEY is not set: accidents are found, but anybody who can write to Redis could have forged "
                "every record so that nothing shows."
            )
        elif self._unkeyed:
            yield (
                f"{_records(1, self._unkeyed).capitalize()} {_are(1, self._unkeyed)} from before AUDIT_KEY was set: "
                "anybody who can write to Redis could have forged that."
            )
        if any(len(key) < SHORT_KEY for key in self._keys.keys):
            yield f"A key in AUDIT_KEY is shorter than {SHORT_KEY} characters: it can be found by trying."
        if anchored == 0:
            yield "No anchor was given: an end that was cut off cleanly, head included, would not be found."
        elif anchored < newest:
            yield f"Record {anchored} is the last one anchored: newer ones could have been cut off without a trace."

    def _fault(self, seq: int, entry: str, kind: Kind, what: str) -> None:
        self._faults.append(Fault(seq, entry, kind, what))


def moment(at: float) -> str:
    """A time in words, to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _made(key: str) -> str:
    return "without a key" if key == UNKEYED else f"with key {key}"


def _records(first: int, last: int) -> str:
    return f"record {first}" if first == last else f"records {first} to {last}"


def _are(first: int, last: int) -> str:
    return "is" if first == last else "are"


def _without(first: int, last: int, late: set[int]) -> Iterable[tuple[int, int]]:
    """The parts of a gap that never came."""
    start = first
    for seq in sorted(seq for seq in late if first <= seq <= last):
        if start < seq:
            yield start, seq - 1
        start = seq + 1
    if start <= last:
        yield start, last
