import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demo.services import ports, state
from demo.services.environment import child_environment
from demo.services.product import Addresses, environment
from demo.services.state import CannotStart

HOLDS = (
    "import sys, time; from pathlib import Path; from demo.services import state\n"
    "with state.held(Path(sys.argv[1])):\n  print('held', flush=True)\n  time.sleep(600)\n"
)


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_folder_that_another_demo_uses_is_refused_with_its_process(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    try:
        with pytest.raises(CannotStart, match=rf"process {holder.pid}.*--state-dir"), state.held(tmp_path):
            pass
    finally:
        holder.kill()
        holder.wait()


def test_the_lock_of_a_killed_demo_is_no_obstacle(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with state.held(tmp_path):
        assert (tmp_path / state.LOCK).read_text() == str(os.getpid())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotStart, match="cannot write"), state.held(tmp_path / "state"):
        pass


def test_a_state_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(CannotStart, match="cannot write"), state.held(tmp_path / "state"):
        pass


def test_a_nearly_full_disk_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"Only \d+ MB are free .* Make room"):
        state.require_room(tmp_path, least=10**18)


def test_forgetting_leaves_the_lock_and_the_marker_alone(tmp_path: Path) -> None:
    with state.held(tmp_path):
        (tmp_path / "valkey").mkdir()
        (tmp_path / "valkey" / "x").write_text("x")
        (tmp_path / "ports.json").write_text("{}")
        (tmp_path / "what a later demo keeps").write_text("")
    with state.held(tmp_path):
        state.forget(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {state.LOCK, state.MARKER}


def test_a_folder_that_is_no_demos_is_not_forgotten_also_after_a_demo_ran_in_it(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    for _ in range(2):
        with state.held(tmp_path):
            state.kept_secret(tmp_path, "audit.key")
            with pytest.raises(CannotStart, match=r"--fresh would delete .* --state-dir, or empty this one by hand"):
                state.forget(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    assert (tmp_path / "audit.key").is_file()


@pytest.mark.parametrize("names", [("logs", "pipelines"), ("audit.key", "logs", "src")])
def test_a_folder_that_only_looks_a_little_like_a_demos_is_not_forgotten(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    for name in names:
        (tmp_path / name).mkdir()
    with state.held(tmp_path), pytest.raises(CannotStart, match="was not made by a demo"):
        state.forget(tmp_path)


def test_the_folder_of_an_earlier_version_which_has_no_marker_is_forgotten(tmp_path: Path) -> None:
    for name in state.UNMARKED:
        (tmp_path / name).write_text("")
    with state.held(tmp_path):
        state.forget(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {state.LOCK}


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = state.kept_secret(tmp_path, "audit.key")
    assert first == state.kept_secret(tmp_path, "audit.key")
    assert len(first) == 64
    assert (tmp_path / "audit.key").stat().st_mode & 0o777 == 0o600


def test_the_audit_log_keeps_its_key_and_its_anchors_with_the_state(tmp_path: Path) -> None:
    addresses = Addresses(slack_api="s", bot_token="b", app_token="a", redis="r", prefect="p", mlflow="m")
    first, again = (environment(addresses, state=tmp_path, inherited={}) for _ in range(2))
    assert first["AUDIT_KEY"] == again["AUDIT_KEY"] == (tmp_path / "audit.key").read_text()
    assert Path(first["AUDIT_ANCHORS"]).parent == tmp_path


def test_a_port_in_use_is_refused_when_it_was_asked_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"Port {port} is in use .*--port"):
            ports.choose(tmp_path, page=port)


def test_the_ports_of_the_last_start_are_used_again_and_left_when_taken(tmp_path: Path) -> None:
    first = ports.choose(tmp_path, page=ports.free_port())
    assert ports.choose(tmp_path) == first
    with socket.create_server(("127.0.0.1", first.mlflow)):
        second = ports.choose(tmp_path)
    assert second.mlflow != first.mlflow
    assert second.prefect == first.prefect


def test_ports_that_were_taken_for_once_are_not_used_again(tmp_path: Path) -> None:
    once = ports.choose(tmp_path, usual=False)
    assert ports.choose(tmp_path).page != once.page


def test_ports_differ_from_each_other_when_the_page_takes_a_usual_one(tmp_path: Path) -> None:
    chosen = ports.choose(tmp_path, page=ports.free_port(ports.USUAL.mlflow))
    assert len({chosen.page, chosen.prefect, chosen.mlflow, chosen.valkey}) == 4


def test_a_child_inherits_nothing_that_is_not_on_the_list(tmp_path: Path) -> None:
    inherited = {"SLACK_BOT_TOKEN": "xoxb-1", "AWS_SECRET_ACCESS_KEY": "x", "LANG": "C.UTF-8", "HOME": "/home/ada"}
    environment = child_environment(inherited, state=tmp_path, home=tmp_path / "home")
    assert "SLACK_BOT_TOKEN" not in environment
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["LANG"] == "C.UTF-8"
    assert environment["HOME"] == str(tmp_path / "home")
