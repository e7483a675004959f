"""The command `python -m demo`, started and ended as people do, and as the system does."""

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.run import CANNOT_START, FINE, main
from demo.services import leftovers

CHECKOUT = Path(__file__).resolve().parents[3]


class Demo:
    """A demo in a process of its own, and what it prints."""

    def __init__(self, state: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo", "--state-dir", str(state)],
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


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    yield folder
    if folder.exists():
        leftovers.end(leftovers.of(folder), within=0)


@pytest.mark.timeout(500)
def test_a_demo_is_alone_on_its_folder_and_leaves_nothing_behind_even_when_it_was_killed(state: Path) -> None:
    killed = Demo(state)
    killed.prints("Trainmaster is ready")
    refused = Demo(state)
    assert "is using" in refused.prints("--state-dir", within=60)
    assert refused.process.wait(timeout=30) == CANNOT_START
    killed.ends(signal.SIGKILL)
    left = {process.pid for process in leftovers.of(state)}
    assert len(left) >= 7, "valkey, prefect, its worker, mlflow, bot, worker, feed"
    [valkey] = [process for process in leftovers.of(state) if Path(process.exe()).name == "valkey-server"]

    demo = Demo(state)
    text = demo.prints(r"Ending \d+ processes that an earlier demo left behind[\s\S]*is ready \(\d+ s\)[\s\S]*Ctrl-C")
    assert left.isdisjoint(process.pid for process in leftovers.of(state))
    assert not valkey.is_running()
    urls = re.findall(r"^  (Workspace|Prefect|MLflow) +(http://\S+)", text, flags=re.MULTILINE)
    assert [name for name, _ in urls] == ["Workspace", "Prefect", "MLflow"]
    assert {httpx.get(url, follow_redirects=True).status_code for _, url in urls} == {200}
    assert demo.ends(signal.SIGINT) == FINE
    assert leftovers.of(state) == []


@pytest.mark.timeout(200)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_starting_leaves_nothing_behind(state: Path, number: signal.Signals) -> None:
    demo = Demo(state)
    demo.prints("valkey is ready")
    assert demo.ends(number) == FINE
    assert leftovers.of(state) == []


def test_the_stories_are_named_with_what_they_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"], {}) == FINE
    listed = capsys.readouterr().out
    assert "onboarding" in listed
    assert "failure" in listed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--story", "sagas"], "There is no story called sagas; there are deployment, failure, onboarding, promotion."),
        (["--headless"], "--story NAME"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--state-dir", str(tmp_path)], {}) == CANNOT_START
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_port_in_use_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["--port", port, "--state-dir", str(tmp_path)], os.environ) == CANNOT_START
    error = capsys.readouterr().err
    assert f"Port {port} is in use" in error
    assert error.count("\n") == 1


def test_handlers_of_signals_are_given_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        main(["--port", str(taken.getsockname()[1]), "--state-dir", str(tmp_path)], os.environ)
    assert signal.getsignal(signal.SIGTERM) is before
