"""What is recorded for others than us: who asked, who decided, what was changed; and the chain that holds it together.

Pure. Each record carries a mac, `HMAC-SHA256(key, number ‖ mac of the record before ‖ event as canonical JSON)`, so
that none can be changed, taken out, put in or moved without the key. `bot/audit_log.py` keeps the records in Redis,
`bot/audit_check.py` finds what is wrong with them, `docs/audit.md` says it all for operators.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import islice

from pydantic import TypeAdapter, ValidationError

MOST_DETAILS = 40
LONGEST_DETAIL = 2_000  #: characters of a detail's text, the mark of a cut included
LONGEST_NAME = 200  #: characters of everything else


class Action(StrEnum):
    """What happened, as `subject.verb`."""

    ALIAS_MOVED = "alias.moved"  #: an alias of a model was found moved, and no proposal of ours had done it
    CALL_MADE = "call.made"  #: a tool that changes something was called; the outcome says how it ended
    CALL_REFUSED = "call.refused"  #: a tool call was refused before anything was done
    DECISION_REFUSED = "decision.refused"  #: somebody decided who may not decide, or too late, or what no card offered
    FREEZE_LIFTED = "freeze.lifted"  #: changes are possible again
    FREEZE_SET = "freeze.set"  #: every change is refused from now on
    KEY_CHANGED = "key.changed"  #: records are made with another AUDIT_KEY from here on
    POLICY_CHANGED = "policy.changed"  #: another policy is in force
    PROPOSAL_APPLIED = "proposal.applied"  #: what was approved was done
    PROPOSAL_APPLYING = "proposal.applying"  #: a worker has begun to do what was approved
    PROPOSAL_APPROVED = "proposal.approved"  #: one approval; the details say whether others are still needed
    PROPOSAL_EXPIRED = "proposal.expired"  #: nobody decided in time
    PROPOSAL_FAILED = "proposal.failed"  #: what was approved was tried and did not happen
    PROPOSAL_MADE = "proposal.made"  #: a change was proposed; the details hold what approvers are shown
    PROPOSAL_REJECTED = "proposal.rejected"  #: somebody who may decide said no
    PROPOSAL_SUPERSEDED = "proposal.superseded"  #: what it was based on is no longer so; nothing was done
    PROPOSAL_UNCERTAIN = "proposal.uncertain"  #: nobody can tell whether it was done; a person has to look
    PROPOSAL_VOID = "proposal.void"  #: approver, policy or a freeze no longer allows it; nothing was done
    PROPOSAL_WITHDRAWN = "proposal.withdrawn"  #: who asked for it took it back


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that happened. Holds no token and no text of a conversation; too much of anything is cut, and marked.

    Attributes:
        at: When, in seconds since 1970.
        action: What.
        actor: The Slack user id of who did it; empty for ourselves.
        subject: What it was done to: a proposal's id, a tool's name, a model.
        outcome: How it ended, in one word; empty when the action says it.
        thread: The `ref` of the thread it belongs to; empty for none.
        details: What else matters, such as the arguments, their digest, the rule and the reason.
        once: The name under which it is recorded once; empty for none.
    """

    at: float
    action: Action
    actor: str = ""
    subject: str = ""
    outcome: str = ""
    thread: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    once: str = ""

    def __post_init__(self) -> None:
        for name in ("actor", "subject", "outcome", "thread", "once"):
            object.__setattr__(self, name, _cut(getattr(self, name), LONGEST_NAME))
        object.__setattr__(self, "details", _bounded(self.details))

    def canonical(self) -> str:
        """The event as the one JSON text that the chain is made of: keys sorted, no blanks, ASCII."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "AuditEvent | None":
        """The event of a record; None when it was written by another version that knows more than this one."""
        try:
            return _EVENTS.validate_json(text)
        except ValidationError:
            return None


def _bounded(details: Mapping[str, str]) -> dict[str, str]:
    most = MOST_DETAILS if len(details) <= MOST_DETAILS else MOST_DETAILS - 1
    kept = {_cut(name, LONGEST_NAME): _cut(text, LONGEST_DETAIL) for name, text in islice(details.items(), most)}
    if (left := len(details) - most) > 0:
        kept["…"] = f"{left} more details were left out"
    return kept


def _cut(text: str, longest: int) -> str:
    text = text.encode("utf-8", "replace").decode()  # half a surrogate pair is no text that JSON readers agree on
    if len(text) <= longest:
        return text
    mark = f"… cut, {len(text):,} characters in all"
    return text[: longest - len(mark)] + mark


_EVENTS = TypeAdapter(AuditEvent)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys that records were made with.

    Attributes:
        keys: Newest first; records are made with the first, and with the empty key when there is none.
    """

    keys: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, text: str) -> "Keyring":
        """The keys that `AUDIT_KEY` names, separated by commas."""
        return cls(tuple(key.strip().encode() for key in text.split(",") if key.strip()))

    @property
    def current(self) -> bytes:
        """The key that records are made with."""
        return self._all[0]

    def find(self, name: str) -> bytes | None:
        """The key of this name; None when it is not on the ring."""
        return next((key for key in self._all if name_of(key) == name), None)

    def age(self, name: str) -> int:
        """How many keys are newer than the one of this name; the empty one is older than all."""
        return [name_of(key) for key in self._all].index(name)

    @property
    def _all(self) -> tuple[bytes, ...]:
        return (*self.keys, b"")


def name_of(key: bytes) -> str:
    """How a key is named in the records that were made with it; it does not tell the key."""
    return hashlib.sha256(key).hexdigest()[:8]


UNKEYED = name_of(b"")  #: the name of the empty key


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain.

    Attributes:
        seq: The number of its newest record; 0 for none.
        mac: That record's mac; for none, what the first record follows.
        key: The name of the key it was made with.
    """

    seq: int
    mac: str
    key: str = ""


def beginning(team: str) -> Head:
    """The end of a team's chain before its first record: another for each team, so that no chain fits elsewhere."""
    return Head(0, hashlib.sha256(f"trainmaster audit v1 {team}".encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Record:
    """One link of the chain.

    Attributes:
        seq: Its number, from 1 without a gap.
        mac: What proves it.
        prev: The mac of the record before it.
        key: The name of the key it was made with.
        event: The event as canonical JSON.
    """

    seq: int
    mac: str
    prev: str
    key: str
    event: str

    def proven(self, key: bytes) -> bool:
        """Whether this record, number, place and all, was made with `key`."""
        return hmac.compare_digest(self.mac, mac_of(key, self.seq, self.prev, self.event))

    @property
    def head(self) -> Head:
        """The end of a chain whose newest record this is."""
        return Head(self.seq, self.mac, self.key)


def linked(event: AuditEvent, head: Head, keys: Keyring) -> Record:
    """The record of an event that follows `head`."""
    seq, text, key = head.seq + 1, event.canonical(), keys.current
    return Record(seq, mac_of(key, seq, head.mac, text), head.mac, name_of(key), text)


def mac_of(key: bytes, seq: int, prev: str, event: str) -> str:
    """What proves a record, in hexadecimal."""
    return hmac.new(key, f"{seq}\n{prev}\n{event}".encode(), hashlib.sha256).hexdigest()


#: What each field of a kept record looks like; a record has these and no others.
_SHAPES = {
    "seq": re.compile(r"[1-9][0-9]{0,14}"),
    "mac": re.compile(r"[0-9a-f]{64}"),
    "prev": re.compile(r"[0-9a-f]{64}"),
    "key": re.compile(r"[0-9a-f]{8}"),
    "event": re.compile(r"[\x20-\x7e]+"),
}


def record_from(fields: Mapping[bytes, bytes]) -> Record | None:
    """A record as it was kept; None for what cannot be one of ours."""
    kept = {name.decode("latin-1"): text.decode("latin-1") for name, text in fields.items()}
    if kept.keys() != _SHAPES.keys() or not all(_SHAPES[name].fullmatch(text) for name, text in kept.items()):
        return None
    return Record(int(kept["seq"]), kept["mac"], kept["prev"], kept["key"], kept["event"])


def fields_of(record: Record) -> dict[str, str]:
    """A record as it is kept, see `record_from`."""
    return {
        "seq": str(record.seq),
        "mac": record.mac,
        "prev": record.prev,
        "key": record.key,
        "event": record.event,
    }
