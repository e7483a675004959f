import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import pytest

from demo.services import leftovers
from tests.integration.demo_services.conftest import Household

SLEEPS = "import time; time.sleep(600)"


def test_a_child_of_a_killed_demo_is_found_and_ended(household: Household) -> None:
    household.supervisor.start([household.service("left", SLEEPS)])
    pid = household.supervisor.child("left").pid
    found = leftovers.of(household.state)
    assert [process.pid for process in found] == [pid]
    leftovers.end(found, within=5)
    assert not household.supervisor.child("left").runs


def test_a_process_of_another_demo_is_left_alone(household: Household, tmp_path: Path) -> None:
    household.supervisor.start([household.service("other", SLEEPS)])
    assert leftovers.of(tmp_path / "another-state") == []


def test_a_process_id_that_belongs_to_somebody_else_by_now_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPS])
    try:
        leftovers.write_down(tmp_path, "valkey", stranger.pid)
        record = tmp_path / "processes" / "valkey.json"
        seen = json.loads(record.read_text())
        assert [process.pid for process in leftovers.of(tmp_path)] == [stranger.pid]
        record.write_text(json.dumps({**seen, "created": seen["created"] - 60}))
        assert leftovers.of(tmp_path) == []
        record.write_text(json.dumps({**seen, "command": ["valkey-server"]}))
        assert leftovers.of(tmp_path) == []
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_that_shows_no_command_line_yet_is_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = subprocess.Popen([sys.executable, "-c", SLEEPS])
    cmdline = psutil.Process.cmdline
    shown: Iterator[list[str]] = iter([[]])
    try:
        monkeypatch.setattr(psutil.Process, "cmdline", lambda process: next(shown, cmdline(process)))
        leftovers.write_down(tmp_path, "valkey", child.pid)
        assert [process.pid for process in leftovers.of(tmp_path)] == [child.pid]
    finally:
        child.kill()
        child.wait()


def test_a_half_written_record_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "valkey.json").write_text('{"pid": 1')
    assert leftovers.of(tmp_path) == []


def test_this_process_is_never_its_own_leftover(tmp_path: Path) -> None:
    leftovers.write_down(tmp_path, "demo", os.getpid())
    assert psutil.Process().pid not in [process.pid for process in leftovers.of(tmp_path)]
