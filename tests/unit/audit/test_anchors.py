"""What is noted outside Redis, and when."""

import json
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.audit_anchors import LOGGED_EVERY_RECORDS, Anchors, read
from bot.audit_check import Anchor

Logged = list[MutableMapping[str, Any]]


class Clock:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logged() -> Iterator[Logged]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def noted(seq: int) -> Anchor:
    return Anchor("T1", seq, f"{seq:064x}", 1000.0)


def test_the_file_holds_every_record_and_the_log_every_fiftieth(tmp_path: Path, clock: Clock, logged: Logged) -> None:
    anchors = Anchors(tmp_path / "state" / "anchors.jsonl", clock=clock)
    for seq in range(1, 2 * LOGGED_EVERY_RECORDS + 2):
        anchors.keep(noted(seq), at_once=False)
    assert [anchor.seq for anchor in read(tmp_path / "state" / "anchors.jsonl").anchors] == list(range(1, 102))
    assert [line["seq"] for line in logged] == [50, 100]
    anchors.close()
    assert [line["seq"] for line in logged] == [50, 100, 101]
    anchors.close()
    assert len(logged) == 3


def test_the_log_is_told_after_a_minute_and_at_once_of_what_weighs(clock: Clock, logged: Logged) -> None:
    anchors = Anchors(None, clock=clock)
    anchors.keep(noted(1), at_once=False)
    anchors.keep(noted(2), at_once=True)
    clock.now += 59
    anchors.keep(noted(3), at_once=False)
    clock.now += 1
    anchors.keep(noted(4), at_once=False)
    assert [line["seq"] for line in logged] == [2, 4]


def test_a_clock_that_is_set_back_does_not_silence_the_log(clock: Clock, logged: Logged) -> None:
    anchors = Anchors(None, clock=clock)
    clock.now -= 86_400
    anchors.keep(noted(1), at_once=False)
    assert [line["seq"] for line in logged] == [1]


def test_a_file_that_cannot_be_written_stops_nothing_and_is_told_once_a_minute(
    tmp_path: Path, clock: Clock, logged: Logged
) -> None:
    (tmp_path / "file").write_text("")
    anchors = Anchors(tmp_path / "file" / "anchors.jsonl", clock=clock)
    for seq in range(1, 4):
        anchors.keep(noted(seq), at_once=False)
    clock.now += 60
    anchors.keep(noted(4), at_once=False)
    assert [line["event"] for line in logged] == ["audit_anchor_not_written"] * 2 + ["audit_anchor"]


def test_only_the_owner_may_read_the_file(tmp_path: Path, clock: Clock) -> None:
    Anchors(tmp_path / "anchors.jsonl", clock=clock).keep(noted(1), at_once=False)
    assert (tmp_path / "anchors.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_log_in_json_serves_as_anchors_and_its_other_lines_are_no_damage(tmp_path: Path) -> None:
    lines = [
        json.dumps({"event": "tool_called", "tool": "x"}),
        json.dumps({"event": "audit_anchor", "team": "T1", "seq": 7, "mac": "a" * 64, "at": 5.0, "level": "info"}),
    ]
    (tmp_path / "worker.log").write_text("\n".join(lines) + "\n")
    told = read(tmp_path / "worker.log")
    assert [anchor.seq for anchor in told.anchors] == [7]
    assert told.unreadable == 0


@pytest.mark.parametrize(
    "line",
    [
        '{"team": "T1", "seq": 7, "mac',
        '{"team": "T1", "seq": 0, "mac": "%s", "at": 1}' % ("a" * 64),
        '{"team": "T1", "seq": 7, "mac": "x", "at": 1}',
        '{"team": "T1", "seq": 7, "mac": "%s", "at": 1e300}' % ("a" * 64),
        "[]",
        "\x00\x00",
    ],
)
def test_a_damaged_line_is_counted_and_hides_no_other(tmp_path: Path, line: str, clock: Clock) -> None:
    path = tmp_path / "anchors.jsonl"
    path.write_text(line + "\n")
    Anchors(path, clock=clock).keep(noted(3), at_once=False)
    told = read(path)
    assert ([anchor.seq for anchor in told.anchors], told.unreadable) == ([3], 1)
