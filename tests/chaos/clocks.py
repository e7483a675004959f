"""A wall clock that can be set, for processes that know nothing of it.

Why not libfaketime: with it Python's `time.sleep` fails outright (its version 0.9.10 computes the deadline of a sleep
on the clock that only goes forward from the one that it fakes). So a few lines of C, made at the start, shift what the
C library says the time is; they are read from a file that may change at any moment.
"""

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
CLOCKED = ("LD_PRELOAD", "CHAOS_CLOCK")


def compiler() -> str:
    """The C compiler; empty when there is none."""
    return shutil.which("cc") or shutil.which("gcc") or ""


class Clock:
    """One clock, for all processes that are started with its environment.

    Args:
        folder: Where the library and the offset lie.
    """

    def __init__(self, folder: Path) -> None:
        self._library = folder / "clock.so"
        self._offset = folder / "clock"

    def environment(self) -> dict[str, str]:
        """What a process must be started with to live by this clock; makes the library when it is missing."""
        if not self._library.exists():
            options = ("-shared", "-fPIC", "-O2", "-o", str(self._library))
            subprocess.run([compiler(), *options, str(SOURCE)], check=True, capture_output=True)
        return dict(zip(CLOCKED, (str(self._library), str(self._offset)), strict=True))

    def set(self, seconds: int) -> None:
        """Be so many seconds ahead of the true time, or behind when negative."""
        if not self._offset.exists():
            self._offset.write_bytes(struct.pack("=q", 0))
        with self._offset.open("r+b") as file:  # in place: processes have this very file mapped
            file.write(struct.pack("=q", seconds))
