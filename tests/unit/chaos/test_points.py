"""Each point of a turn is told from every other by its bytes, as redis-py sends them."""

import hashlib
import re

import pytest

from tests.chaos import points

BOX = "T1:C1:10.1"
SEEN, MAILBOX, READY = "tm:T1:seen:v1:turn:T1-C1-10.1", f"tm:T1:mailbox:v1:{BOX}", "tm:mailbox:v1:ready"
JOINED, LEASE, JOURNAL = f"tm:T1:joined:v1:{BOX}", f"tm:T1:lease:v1:{BOX}", "tm:T1:journal:v1:T1-C1-10.1"
ENTRY, LANE, DUE = "tm:T1:outbox:v1:turn:T1-C1-10.1:answer:0", "tm:T1:lane:v1:C1:10.1", "tm:T1:due:v1"
OUTCOME, RESOURCE = "tm:T1:outbox:v1:proposal:P-AB2:told", "tm:T1:resource:v1:mlflow:model:churn"
PROPOSAL, LOOKS = "tm:T1:proposal:v1:P-AB2", "tm:T1:proposals:v1:due"
AUDIT, HEAD = "tm:T1:audit:v1", "tm:T1:audit:v1:head"
PROGRESS = "tm:T1:outbox:v1:turn:T1-C1-10.1:progress"


def evalsha(keys: list[str], *arguments: str) -> bytes:
    parts = ["EVALSHA", hashlib.sha1(b"script").hexdigest(), str(len(keys)), *keys, *arguments]
    return f"*{len(parts)}\r\n".encode() + b"".join(f"${len(p.encode())}\r\n{p}\r\n".encode() for p in parts)


def kept(state: str, *, begun: bool = False, announced: bool = False) -> bytes:
    decided = '[{"by":"U1"}]' if state != "pending" else "[]"
    known = f'"begun":{str(begun).lower()},"announced":{str(announced).lower()}'
    record = f'{{"id":"P-AB2","state":"{state}","decisions":{decided},{known}}}'
    return evalsha([PROPOSAL, LOOKS, LEASE], "P-AB2", "1", record, "7776000", "")


SENT = {
    "ACCEPT_MESSAGE": evalsha([SEEN, MAILBOX, READY, JOINED], "{}"),
    "ACCEPT_OTHER": evalsha([SEEN, MAILBOX, READY], "{}"),
    "TAKE": evalsha([LEASE, MAILBOX], "owner"),
    "FINISH": evalsha([LEASE, MAILBOX, READY], "7"),
    "JOURNAL_BEGIN": evalsha([JOURNAL, LEASE], "call", "7", "started", "259200"),
    "JOURNAL_END": evalsha([JOURNAL, LEASE], "call", "7", '{"status": "done"}', "259200"),
    "RECORD_ANSWER": evalsha([ENTRY, LANE, DUE, LEASE], "lane"),
    "SETTLE_ANSWER": evalsha([ENTRY, LANE, DUE], "nonce"),
    "HOLD_RESOURCE": evalsha([RESOURCE], "P-AB2", "105000"),
    "RELEASE_RESOURCE": evalsha([RESOURCE], "P-AB2"),
    "PROPOSAL_APPROVED": kept("approved"),
    "PROPOSAL_CLAIMED": kept("applying"),
    "PROPOSAL_BEGUN": kept("applying", begun=True),
    "PROPOSAL_APPLIED": kept("applied", begun=True),
    "PROPOSAL_ANNOUNCED": kept("applied", begun=True, announced=True),
    "WRITE_DOWN_APPLIED": evalsha([AUDIT, HEAD, f"{AUDIT}:once:P-AB2:proposal.applied"], "1"),
    "RECORD_OUTCOME": evalsha([OUTCOME, LANE, DUE], "lane"),
    "new proposal": evalsha([PROPOSAL, "tm:T1:proposed:v1:k", LOOKS, "tm:T1:proposals:v1:recent"], "P-AB2", "{}"),
    "record of progress": evalsha([PROGRESS, LANE, DUE, LEASE], "lane"),
    "CHECKPOINT": evalsha(
        [*(f"tm:T1:checkpoint:v1:{kind}:T1-C1-10.1" for kind in ("index", "records", "blobs", "writes")), LEASE]
    ),
    "renewal": evalsha([LEASE], "7"),
}


@pytest.mark.parametrize("name", [name for name in SENT if name.isupper()])
def test_a_point_is_found_in_what_it_names_and_in_nothing_else(name: str) -> None:
    pattern: bytes = getattr(points, name)
    assert [other for other, sent in SENT.items() if re.search(pattern, sent, re.DOTALL)] == [name]
