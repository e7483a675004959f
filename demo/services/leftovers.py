"""Processes that outlived the demo that started them: written down while they live, found again, ended.

A killed demo cannot stop its children: Valkey goes on for ever, and a Prefect run is in a session of its own. Each
child is written down with its start time and command line, because a process id alone may belong to somebody else by
now; and each carries the state folder in its environment, which finds what the children have started themselves.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

from demo.services.environment import MARK, mark

#: The clock that start times are counted from may be set back or forth between two readings.
CLOCK_SECONDS = 2.0

#: How long a command line is waited for that is not shown yet. The wait is of microseconds; this only bounds it.
COMMAND_SECONDS = 1.0


def write_down(state: Path, name: str, pid: int) -> None:
    """Remember that `pid` is the service `name`, until it is crossed out."""
    folder = state / "processes"
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(psutil.NoSuchProcess):  # it may have died at once; there is nothing to remember then
        process = psutil.Process(pid)
        seen = {"pid": pid, "created": process.create_time(), "command": _command(process)}
        (folder / f"{name}.json").write_text(json.dumps(seen), encoding="utf-8")


def cross_out(state: Path, name: str) -> None:
    """Forget the service `name`: it was stopped."""
    (state / "processes" / f"{name}.json").unlink(missing_ok=True)


def cross_out_all(state: Path) -> None:
    """Forget every service: none of them runs any more."""
    for record in (state / "processes").glob("*.json"):
        record.unlink(missing_ok=True)


def of(state: Path) -> list[psutil.Process]:
    """The processes of this state folder that still run, without this process and those it descends from."""
    own = {process.pid for process in (psutil.Process(), *psutil.Process().parents())}
    found = {process.pid: process for process in (*_written_down(state), *_marked(state))}
    return [process for pid, process in found.items() if pid not in own]


def end(processes: list[psutil.Process], *, within: float) -> None:
    """Ask `processes` to end, and kill those that still run after `within` seconds."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=within)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)


def _command(process: psutil.Process) -> list[str]:
    """Its command line. A process that was just started has none for a moment: exec replaces the memory first."""
    deadline = time.monotonic() + COMMAND_SECONDS
    while not (command := list(process.cmdline())) and time.monotonic() < deadline:
        time.sleep(0.001)
    return command


def _written_down(state: Path) -> Iterator[psutil.Process]:
    for record in sorted((state / "processes").glob("*.json")):
        try:
            seen = json.loads(record.read_text(encoding="utf-8"))
            process = psutil.Process(seen["pid"])
            same = abs(process.create_time() - seen["created"]) < CLOCK_SECONDS
            if same and process.cmdline() == seen["command"]:
                yield process
        except (psutil.Error, ValueError, KeyError, TypeError):  # gone, not ours, or half-written by a killed demo
            continue


def _marked(state: Path) -> Iterator[psutil.Process]:
    wanted = mark(state)
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # other people's processes do not show their environment
            if process.uids().real == os.getuid() and process.environ().get(MARK) == wanted:
                yield process
