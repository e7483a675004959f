"""One running child process."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from demo.services import leftovers
from demo.services.service import Service

TAIL_BYTES = 4_000
LONGEST_LOG_BYTES = 20_000_000


class Child:
    """A service that was started; it leads a session of its own, and its output goes to a log file."""

    def __init__(self, service: Service, *, state: Path) -> None:
        self.service = service
        self.log = state / "logs" / f"{service.name}.log"
        self._state = state
        self._process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def start(self) -> None:
        """Start the process; its log goes on where it was, or in a new file once it is long.

        Raises:
            OSError: The program is missing, or there is no room for its log.
        """
        self.service.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.started = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours, not a person's
                self.service.command,
                cwd=self.service.folder,
                env=dict(self.service.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        leftovers.write_down(self._state, self.service.name, self._process.pid)

    @property
    def pid(self) -> int:
        """The process id; 0 before the first start."""
        return self._process.pid if self._process else 0

    @property
    def runs(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def ending(self) -> str:
        """How the process ended, in words."""
        code = self._process.poll() if self._process else None
        if code is None:
            return "still running"
        return f"exit status {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process itself, which knows how to end its own children."""
        if self._process is not None and self.runs:
            self._process.send_signal(signal.SIGTERM)

    def stopped(self, *, deadline: float) -> bool:
        """Whether it is gone; once `deadline` (monotonic seconds) has passed it is killed with its group.

        What a process leaves in its group is killed too.
        """
        if self._process is None:
            return True
        if self.runs and time.monotonic() < deadline:
            return False
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=5)
        leftovers.cross_out(self._state, self.service.name)
        return True

    def last_words(self) -> str:
        """The last line of the log that says something; empty when there is none."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - TAIL_BYTES))
            lines = log.read().decode("utf-8", errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
