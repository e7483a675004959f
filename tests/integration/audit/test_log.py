"""The audit log on a real Valkey: one chain, whoever writes at once, whatever dies or is lost."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import redis
import structlog

from bot import audit_anchors
from bot.audit import Action, AuditEvent, Keyring, name_of
from bot.audit_check import Kind
from bot.audit_log import AuditLog
from tests.fakes.valkey import LosesAnswers
from tests.integration.audit.conftest import KEY, STREAM, TEAM, House, event

#: Writes a hundred records as soon as it hears a word.
WRITER = """
import sys, time
from pathlib import Path
import redis
from bot.audit import Action, AuditEvent, Keyring
from bot.audit_log import AuditLog

url, key, anchors, name = sys.argv[1:]
connection = redis.Redis.from_url(url, decode_responses=True, socket_timeout=20)
log = AuditLog(connection, team="T0LOCAL", keys=Keyring.of(key), anchors=Path(anchors), clock=time.time)
print("ready", flush=True)
sys.stdin.readline()
for number in range(100):
    log.record(AuditEvent(time.time(), Action.CALL_MADE, actor=name, subject=str(number)), once=f"{name}:{number}")
    print(number, flush=True)
"""


def writer(house: House, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, house.url, KEY, str(house.anchors), name]
    environment, pipe = house.environment(), subprocess.PIPE
    process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def subjects(log: AuditLog, actor: str) -> list[str]:
    """What an actor has on record, oldest first."""
    found = log.read(newest=1_000, matching=actor).entries
    return [entry.event.subject for entry in reversed(found) if entry.event]


def test_four_processes_that_write_at_once_make_one_chain_without_a_gap_or_a_fork(house: House) -> None:
    processes = [writer(house, f"U{number}") for number in range(4)]
    for process in processes:
        go(process)
    assert [process.communicate(timeout=60) and process.returncode for process in processes] == [0] * 4
    log = house.log()
    verdict = log.verify(audit_anchors.read(house.anchors).anchors)
    assert (verdict.intact, verdict.newest, verdict.anchored, verdict.notes) == (True, 400, 400, ())
    for number in range(4):
        assert subjects(log, f"U{number}") == [str(place) for place in range(100)]


def test_threads_that_write_at_once_through_logs_of_their_own_make_one_chain(house: House) -> None:
    logs = [house.log() for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        recorded = list(pool.map(lambda number: logs[number % 4].record(event(number)), range(200)))
    assert sorted(one.seq for one in recorded) == list(range(1, 201))
    assert house.log().verify().intact


def test_what_a_killed_process_had_recorded_is_not_recorded_twice_by_its_successor(house: House) -> None:
    first = writer(house, "U1")
    go(first)
    assert first.stdout is not None
    while first.stdout.readline() != "30\n":
        pass
    first.kill()
    first.communicate()
    second = writer(house, "U1")
    go(second)
    assert second.communicate(timeout=60)
    log = house.log()
    assert subjects(log, "U1") == [str(place) for place in range(100)]
    assert log.verify().intact


def test_a_record_under_a_name_is_made_once(house: House) -> None:
    log = house.log()
    first = log.record(event(1, Action.PROPOSAL_APPLIED), once="P-abc:applied")
    again = house.log().record(event(2, Action.PROPOSAL_APPLIED), once="P-abc:applied")
    assert (first.new, again.new) == (True, False)
    assert (again.seq, again.mac) == (first.seq, first.mac)
    assert log.record(event(3, Action.PROPOSAL_APPLIED), once="P-abd:applied").seq == 2


@pytest.mark.parametrize("once", ["", "P-abc:applied"])
def test_a_record_whose_answer_was_lost_is_not_made_twice(house: House, once: str) -> None:
    bad = LosesAnswers.from_url(house.url, decode_responses=True)
    log = AuditLog(bad, team=TEAM, keys=Keyring.of(KEY), anchors=None, clock=lambda: 1000.0)
    assert [log.record(event(number), once=once and f"{once}{number}").seq for number in range(3)] == [1, 2, 3]
    bad.close()
    assert house.log().verify().intact


@pytest.mark.parametrize("mark", ["1-1", "nonsense", "ENTRY"])
def test_a_mark_that_somebody_else_set_does_not_suppress_a_record(house: House, mark: str) -> None:
    log = house.filled(1)
    house.redis.set(f"{STREAM}:once:P-abc:applied", house.ids()[0] if mark == "ENTRY" else mark)
    assert log.record(event(2, Action.PROPOSAL_APPLIED), once="P-abc:applied").new
    assert not log.record(event(2, Action.PROPOSAL_APPLIED), once="P-abc:applied").new
    assert log.verify().newest == 2


def test_when_redis_is_away_nothing_is_said_to_be_recorded(house: House) -> None:
    away = redis.Redis(port=1, socket_connect_timeout=1, decode_responses=True)
    log = AuditLog(away, team=TEAM, keys=Keyring.of(KEY), anchors=house.anchors, clock=lambda: 1000.0)
    with pytest.raises(redis.ConnectionError):
        log.record(event(1))
    assert not house.anchors.exists()


def test_the_chain_goes_on_when_its_head_was_lost_and_that_is_told(house: House) -> None:
    log = house.filled(3)
    house.redis.delete(f"{STREAM}:head")
    assert [(fault.seq, fault.kind) for fault in log.verify().faults] == [(3, Kind.HEAD)]
    assert house.log().record(event(4)).seq == 4
    assert house.log().verify().intact


def test_a_log_that_was_emptied_while_a_process_writes_is_told_at_its_next_record(house: House) -> None:
    log = house.filled(3)
    house.redis.delete(STREAM, f"{STREAM}:head")
    with structlog.testing.capture_logs() as lines:
        assert log.record(event(4)).seq == 1
    assert [(line["from_seq"], line["to_seq"]) for line in lines if line["event"] == "audit_log_shrank"] == [(3, 0)]
    kinds = {fault.kind for fault in log.verify(audit_anchors.read(house.anchors).anchors).faults}
    assert kinds == {Kind.REWRITTEN, Kind.CUT}


def test_others_may_write_while_the_log_is_verified(house: House) -> None:
    log = house.filled(5)
    taken = log.entries()
    next(taken)
    log.record(event(6))
    assert log.verify().newest == 6
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(lambda: [house.log().record(event(number)) for number in range(100)])
        while not writing.done():
            assert log.verify().intact


def test_a_search_finds_by_actor_proposal_action_and_words_newest_first(house: House) -> None:
    log = house.log()
    made = AuditEvent(1.0, Action.PROPOSAL_MADE, actor="U1", subject="P-1", details={"summary": "Promote churn v4"})
    approved = replace(made, action=Action.PROPOSAL_APPROVED, actor="U12", details={"rule": "two of three"})
    for one in (made, approved, AuditEvent(2.0, Action.FREEZE_SET, actor="U1", details={"reason": "Freitag"})):
        log.record(one)

    def found(words: str) -> list[int]:
        return [entry.seq for entry in log.read(newest=10, matching=words).entries]

    assert found("") == [3, 2, 1]
    assert found("U1") == [3, 1]
    assert found("<@U12>") == [2]
    assert found("p-1") == [2, 1]
    assert found("proposal.") == [2, 1]
    assert found("proposal.approved p-1") == [2]
    assert found("CHURN") == [1]
    assert found("freitag u12") == []


def test_a_search_says_whether_it_saw_everything(house: House) -> None:
    log = house.filled(250)
    some, all_of_it = log.read(newest=210), log.read(newest=1_000)
    assert ([entry.seq for entry in some.entries], some.complete) == (list(range(250, 40, -1)), False)
    assert (len(all_of_it.entries), all_of_it.looked_at, all_of_it.complete) == (250, 250, True)


def test_what_cannot_be_read_is_shown_as_such(house: House) -> None:
    log = house.filled(1)
    house.redis.xadd(STREAM, {"note": b"\xff\xfe"})
    assert [(entry.seq, entry.event is None) for entry in log.read(newest=5).entries] == [(0, True), (1, False)]
    assert [fault.kind for fault in log.verify().faults] == [Kind.INSERTED]


def test_a_new_key_introduces_itself_once_and_proves_what_comes_after(house: House) -> None:
    house.filled(2)
    both = f"the key that is new now, {KEY}"
    assert [house.log(keys=both).introduce_key() is None for _ in range(3)] == [False, True, True]
    log = house.filled(1, keys=both)
    newest = log.read(newest=5, matching="key.changed").entries
    assert [entry.event.subject for entry in newest if entry.event] == [name_of(b"the key that is new now")]
    assert (log.verify().intact, log.verify().newest) == (True, 4)


def test_a_log_without_records_has_no_key_to_replace(house: House) -> None:
    assert house.log().introduce_key() is None


def test_the_logs_of_two_teams_are_two_chains(house: House) -> None:
    house.filled(2)
    other = house.log(team="T2")
    assert other.record(event(1)).seq == 1
    anchors = audit_anchors.read(house.anchors).anchors
    assert house.log().verify(anchors).intact
    assert other.verify(anchors).intact
