"""`python -m bot audit`, run against a real Valkey with which somebody has tampered."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.audit import beginning
from tests.integration.audit.conftest import STREAM, TEAM, Fields, House, event


def test_a_log_as_it_was_written_is_intact(house: House) -> None:
    house.filled(5)
    told = house.runs("verify")
    assert told == house.says("verify")
    assert (told.code, told.err) == (0, "")
    assert told.out == f"The audit log of {TEAM} is intact: records 1 to 5.\n"


def cut_the_end(house: House) -> None:
    """As somebody would who knows how it is kept, and not where its anchors are."""
    *_, (_, before), (last, _) = house.entries()
    house.redis.xdel(STREAM, last)
    house.redis.hset(f"{STREAM}:head", mapping={name: before[name] for name in ("seq", "mac", "key")})


def swap(entries: list[Fields]) -> None:
    entries[2], entries[3] = entries[3], entries[2]


def alter(entries: list[Fields]) -> None:
    entries[2] = {**entries[2], "event": entries[2]["event"].replace("U0ALICE", "U0CAROL")}


def insert(entries: list[Fields]) -> None:
    entries.insert(2, {**entries[2], "event": entries[2]["event"].replace("U0ALICE", "U0CAROL")})


TAMPERING: dict[str, tuple[Callable[[House], object], str]] = {
    "XDEL": (lambda house: house.redis.xdel(STREAM, house.ids()[2]), r"record 3: removed: record 3 is missing here"),
    "XTRIM": (
        lambda house: house.redis.xtrim(STREAM, maxlen=3, approximate=False),
        r"record 1: removed: records 1 to 2 are missing here",
    ),
    "XADD": (
        lambda house: house.put({"event": "x"}),
        r"record 6 \(entry \d+-\d+\): inserted: an entry that no process of ours wrote was put in",
    ),
    "a copy": (
        lambda house: house.put(house.entries()[1][1]),
        r"record 2 \(entry \d+-\d+\): inserted: a second record 2 was put in",
    ),
    "DEL of the stream": (
        lambda house: house.redis.delete(STREAM),
        r"record 1: cut: records 1 to 5 are cut off: Redis keeps 5 as the number of the newest",
    ),
    "DEL of everything": (
        lambda house: house.redis.flushall(),
        r"record 1: cut: records 1 to 5 are cut off: record 5 was anchored at 1970-01-01 00:16:40 UTC",
    ),
    "another type": (
        lambda house: house.redis.set(STREAM, "x"),
        r"record 1: cut: records 1 to 5 are cut off: Redis keeps 5 as the number of the newest",
    ),
    "the end": (cut_the_end, r"record 5: cut: record 5 is cut off: record 5 was anchored at 1970-01-01 00:16:40 UTC"),
    "swapped": (
        lambda house: house.rebuild(swap),
        r"record 3 \(entry \d+-\d+\): reordered: it stands behind record 4",
    ),
    "changed": (
        lambda house: house.rebuild(alter),
        r"record 3 \(entry \d+-\d+\): changed: what it says is not what was recorded",
    ),
    "inserted": (
        lambda house: house.rebuild(insert),
        r"record 3 \(entry \d+-\d+\): inserted: an entry that no process of ours wrote was put in",
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found_and_named(house: House, how: str) -> None:
    house.filled(5)
    tamper, said = TAMPERING[how]
    tamper(house)
    told = house.says("verify")
    assert (told.code, told.err) == (1, "")
    summary, fault = told.out.splitlines()[:2]
    assert summary == f"The audit log of {TEAM} is NOT intact: 1 fault."
    assert re.fullmatch(said, fault), told.out


def test_the_verdict_as_json_names_the_record_and_the_entry(house: House) -> None:
    house.filled(3)
    house.rebuild(alter)
    told = house.says("verify", "--json")
    verdict = json.loads(told.out)
    assert told.code == 1
    assert (verdict["team"], verdict["intact"], verdict["entries"]) == (TEAM, False, 3)
    assert [(fault["seq"], fault["entry"], fault["kind"]) for fault in verdict["faults"]] == [
        (3, house.ids()[2], "changed")
    ]


def test_another_key_is_told_from_tampering(house: House) -> None:
    house.filled(3)
    told = house.says("verify", AUDIT_KEY="another key than theirs was")
    assert told.code == 1
    assert "records 1 to 3 (3) cannot be checked: AUDIT_KEY does not hold key" in told.out
    assert "another key" not in told.out


def test_anchors_of_another_host_count_when_they_are_named(house: House, tmp_path: Path) -> None:
    house.log(anchors=tmp_path / "other.jsonl").record(event(1))
    house.redis.flushall()
    assert house.says("verify").code == 2
    told = house.says("verify", "--anchors", str(tmp_path / "other.jsonl"))
    assert told.code == 1
    assert "record 1 is cut off" in told.out


def test_a_file_of_anchors_that_is_not_there_is_named(house: House) -> None:
    house.filled(1)
    told = house.says("verify", "--anchors", "nowhere.jsonl")
    assert (told.code, told.out) == (2, "")
    assert (
        told.err == "I cannot read nowhere.jsonl (No such file or directory). Name a file of anchors that I can read.\n"
    )


def test_damaged_anchors_are_told_and_the_others_count(house: House) -> None:
    house.filled(1)
    with house.anchors.open("a") as file:
        file.write('{"team": "T0LO')
    told = house.says("verify")
    assert told.code == 0
    assert "1 lines of" in told.out


def test_without_a_log_nothing_is_said_to_be_intact(house: House) -> None:
    told = house.says("verify")
    assert (told.code, told.out) == (2, "")
    assert "no audit log in this Redis" in told.err


def test_several_workspaces_want_a_choice(house: House) -> None:
    house.filled(1)
    house.log(team="T2").record(event(1))
    told = house.says("verify")
    assert (told.code, told.out) == (2, "")
    assert "choose one with --team (T0LOCAL, T2)" in told.err
    assert house.says("verify", "--team", "T2").code == 0


@pytest.mark.parametrize("does", ["verify", "export"])
def test_redis_away_is_one_clear_sentence(house: House, does: str) -> None:
    told = house.says(does, REDIS_URL="redis://127.0.0.1:1/0")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("Redis does not answer")
    assert len(told.err.splitlines()) == 1


def test_an_address_that_is_none_is_one_clear_sentence(house: House) -> None:
    told = house.says("verify", REDIS_URL="localhost")
    assert (told.code, told.out) == (2, "")
    assert "REDIS_URL: must look like redis://" in told.err


def test_a_key_without_a_key_in_it_names_its_variable(house: House) -> None:
    told = house.says("verify", AUDIT_KEY=" , ")
    assert told.code == 2
    assert "AUDIT_KEY: names no key" in told.err


def test_the_export_is_one_record_a_line_that_proves_itself(house: House) -> None:
    house.filled(3)
    told = house.says("export")
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert (told.code, told.err) == (0, "")
    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert [line["prev"] for line in lines] == [beginning(TEAM).mac, lines[0]["mac"], lines[1]["mac"]]
    assert lines[0]["event"] == json.loads(event(0).canonical())


def test_the_export_can_begin_later_and_shows_what_it_cannot_read(house: House) -> None:
    house.filled(3)
    house.redis.xadd(STREAM, {"note": b"\xff"})
    lines = [json.loads(line) for line in house.says("export", "--since", "3").out.splitlines()]
    assert [line.get("seq") for line in lines] == [3, None]
    assert lines[1] == {"id": house.ids()[3], "unreadable": True}
