"""`python -m demo` as a person types it, and what it prints."""

import queue
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


class TypedDemo:
    """A demo in a process of its own, and what it prints."""

    def __init__(self, state: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo", "--state-dir", str(state), *arguments],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._arriving: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._arriving.put(line)
        self._arriving.put("")

    def prints(self, pattern: str, *, within: float = 180.0) -> str:
        """The text so far, once it holds `pattern`."""
        deadline = time.monotonic() + within
        while not re.search(pattern, "".join(self.lines)):
            try:
                line = self._arriving.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                line = ""
            assert line, f"{pattern!r} was not printed:\n{''.join(self.lines)}"
            self.lines.append(line)
        return "".join(self.lines)

    def ends(self, number: signal.Signals) -> int:
        """The exit status after a signal."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)
