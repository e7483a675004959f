"""Chains of records as they stand in a stream, and what somebody does to them who has Redis and not the key."""

from collections.abc import Sequence
from dataclasses import replace

from bot.audit import Action, AuditEvent, Head, Keyring, Record, beginning, fields_of, linked, record_from
from bot.audit_check import Anchor, Fault, Found, Kind, Verdict, check

TEAM = "T1"
KEYS = Keyring((b"a key that is long enough",))
OTHER = Keyring((b"a key that somebody made up",))


def event(number: int) -> AuditEvent:
    return AuditEvent(1000.0 + number, Action.CALL_MADE, actor=f"U{number}", subject="set_alias", outcome="done")


def chain(length: int, *, keys: Keyring = KEYS, team: str = TEAM, after: Sequence[Record] = ()) -> list[Record]:
    """So many records, behind those there are."""
    records = list(after)
    for number in range(len(records) + 1, len(records) + length + 1):
        records.append(linked(event(number), records[-1].head if records else beginning(team), keys))
    return records


def stream(records: Sequence[Record]) -> list[Found]:
    return [Found(f"{place}-0", record) for place, record in enumerate(records, 1)]


def anchor(record: Record, *, team: str = TEAM) -> Anchor:
    return Anchor(team, record.seq, record.mac, 2000.0)


def judged(
    records: Sequence[Record],
    *,
    head: Head | None,
    keys: Keyring = KEYS,
    anchors: Sequence[Anchor] = (),
    deleted: int = 0,
) -> Verdict:
    return check(stream(records), team=TEAM, keys=keys, head=head, anchors=anchors, deleted=deleted)


def seen(verdict: Verdict) -> list[tuple[int, Kind]]:
    """What is wrong, without the words."""
    return [(fault.seq, fault.kind) for fault in verdict.faults]


def first(verdict: Verdict) -> Fault:
    return verdict.faults[0]


def changed(record: Record, field: str) -> Record:
    """The record with one of its fields altered, as small as it goes."""
    match field:
        case "seq":
            return replace(record, seq=record.seq + 1)
        case "event":
            return replace(record, event=record.event.replace("U", "V", 1))
        case _:
            text = getattr(record, field)
            return replace(record, **{field: ("1" if text[0] == "0" else "0") + text[1:]})


def kept(record: Record) -> dict[bytes, bytes]:
    return {name.encode(): text.encode() for name, text in fields_of(record).items()}


def read_back(record: Record) -> Record | None:
    return record_from(kept(record))
