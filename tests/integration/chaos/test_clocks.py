"""A process that was started with another clock lives by it, and its sleeps are as long as ever."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.chaos.clocks import Clock, compiler

PROGRAM = """
import sys, time
from datetime import datetime
print(time.time(), datetime.now().timestamp(), flush=True)
sys.stdin.readline()
begun = time.monotonic()
time.sleep(0.2)
print(time.time(), datetime.now().timestamp(), time.monotonic() - begun, flush=True)
"""


@pytest.mark.skipif(not compiler(), reason="needs a C compiler")
@pytest.mark.parametrize("seconds", [600, -600])
def test_a_clock_jumps_under_a_running_process(tmp_path: Path, seconds: int) -> None:
    clock = Clock(tmp_path)
    clock.set(0)
    environment = {**os.environ, **clock.environment()}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert [float(at) for at in process.stdout.readline().split()] == pytest.approx([time.time()] * 2, abs=5)
        clock.set(seconds)
        process.stdin.write("\n")
        process.stdin.flush()
        at, dated, slept = map(float, process.stdout.readline().split())
    assert [at, dated] == pytest.approx([time.time() + seconds] * 2, abs=5)
    assert 0.2 <= slept < 5
