"""The command `python -m demo`, started and ended as people do, and as the system does."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.run import CANNOT_START, FINE, main
from demo.services import leftovers
from tests.fakes.typed_demo import TypedDemo


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    yield folder
    if folder.exists():
        leftovers.end(leftovers.of(folder), within=0)


@pytest.mark.timeout(200)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_starting_leaves_nothing_behind(state: Path, number: signal.Signals) -> None:
    demo = TypedDemo(state)
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


def test_a_fresh_start_in_a_folder_of_somebodys_own_work_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    assert main(["--fresh", "--state-dir", str(tmp_path)], {}) == CANNOT_START
    error = capsys.readouterr().err
    assert "thesis.tex" in error
    assert error.count("\n") == 1
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("port", ["99999", "-1", "page"])
def test_what_is_no_port_is_refused_before_anything_starts(
    port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--port", port, "--state-dir", str(tmp_path / "state")], {})
    assert ended.value.code == CANNOT_START
    assert f"{port} is no port" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


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
