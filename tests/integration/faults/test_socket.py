"""The socket to Slack: cut, refreshed and stalled, and a start while Slack is away."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from slack_sdk.socket_mode.builtin.connection import Connection

from bot.errors import SlackUnavailable
from bot.patience import patiently
from bot.serving import CannotServe, SocketDoor, _watch
from demo.services.ports import free_port
from demo.workspace.server import WorkspaceServer
from tests.chaos.proxy import Wires
from tests.fakes.hostile import Hostile
from tests.fixtures.waiting import until
from tests.integration.workspace.running import Recorder

ROOT = Path(__file__).parents[3]
PING_SECONDS = 0.2


@contextlib.contextmanager
def connected(slack: WorkspaceServer, recorder: Recorder) -> Iterator[SocketDoor]:
    """A door that is open, and looks often whether it still is."""
    door = SocketDoor(recorder.app, slack.app_token, ping_seconds=PING_SECONDS)
    try:
        door.open(patience=5)
        until(lambda: slack.connections == 1)
        yield door
    finally:
        door.close()


@pytest.fixture
def slack() -> Iterator[WorkspaceServer]:
    """A workspace that notices quickly what is not acknowledged."""
    with WorkspaceServer(ack_seconds=0.5, retry_delays=(0.0, 0.1, 0.5)) as server:
        yield server


def test_pongs_and_envelopes_break_the_silence(slack: WorkspaceServer) -> None:
    with connected(slack, Recorder(slack)) as door:
        begun = time.monotonic()
        until(lambda: door.silence() < time.monotonic() - begun - PING_SECONDS)


def test_a_socket_that_stalls_is_given_up_and_what_was_sent_over_it_comes_over_another(slack: WorkspaceServer) -> None:
    recorder = Recorder(slack)
    with connected(slack, recorder) as door:
        slack.stall()
        slack.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
        until(lambda: len(recorder.ids()) == 2)
        until(lambda: door.silence() < PING_SECONDS * 2)


def test_a_door_that_is_closed_before_anybody_listens_at_it_is_closed_all_the_same(
    slack: WorkspaceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's reader took back that the connection was over, and read on from nothing for ever."""
    begins, goes_on = threading.Event(), threading.Event()
    is_active = Connection.is_active

    def slowly(connection: Connection) -> bool:
        active = is_active(connection)
        if threading.current_thread() is reader and active:
            begins.set()
            goes_on.wait(10)
        return active

    monkeypatch.setattr(Connection, "is_active", slowly)
    door = SocketDoor(Recorder(slack).app, slack.app_token, ping_seconds=30)
    client = door._handler.client
    reader = client.current_session_runner.thread
    door.open(patience=5)
    assert begins.wait(10)
    closing = threading.Thread(target=door.close, daemon=True)
    closing.start()
    session = client.current_session
    assert session is not None
    until(lambda: not is_active(session))
    goes_on.set()
    closing.join(10)
    assert not closing.is_alive()


def test_a_door_that_closes_waits_for_no_further_envelope(slack: WorkspaceServer) -> None:
    """Whoever waits for one is woken, and waits for a second more unless the client is over by then."""
    door = SocketDoor(Recorder(slack).app, slack.app_token, ping_seconds=30)
    client, over_when_woken = door._handler.client, []

    class Watched(Queue[str | None]):
        def put(self, item: str | None, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002 - as it is there
            if item is None:
                over_when_woken.append(client.closed)
            super().put(item, block, timeout)

    client.message_queue = Watched()
    door.open(patience=5)
    door.close()
    assert over_when_woken == [True]


@pytest.mark.parametrize("how", ["without a word", "with a reset"])
def test_a_connection_that_ended_is_replaced_at_the_next_look(slack: WorkspaceServer, how: str) -> None:
    """The SDK reads on and on from one that ended without a close frame, until five pings have failed."""
    recorder = Recorder(slack)
    with Wires() as wires:
        line = wires.proxy(int(slack.api_url.split(":")[2].split("/")[0]))
        slack._site.base_url = f"http://127.0.0.1:{line.port}"
        door = SocketDoor(recorder.app, slack.app_token, ping_seconds=30)
        try:
            door.open()
            until(lambda: slack.connections == 1)
            door.tend()
            assert slack.calls.counts["apps.connections.open"] == 1
            if how == "with a reset":
                line.reset_all()
            else:
                slack.disconnect()
            until(lambda: bool(door.tend()) and slack.calls.counts["apps.connections.open"] == 2)
            until(lambda: slack.connections == 1)
            slack.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
            until(lambda: len(recorder.ids()) == 2)
        finally:
            door.close()


@pytest.mark.parametrize("from_the_start", [True, False])
def test_when_no_socket_is_alive_any_more_the_process_ends_and_says_so(
    slack: WorkspaceServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    from_the_start: bool,
) -> None:
    """The SDK believes for ever in a connection that never had a pong; nobody hears of anything over it."""
    monkeypatch.setattr("bot.serving.DEAD_AFTER_SECONDS", 2.0)
    slack.faults.stall_new = from_the_start
    with connected(slack, Recorder(slack)) as door:
        slack.faults.stall_new = True
        slack.stall()
        assert _watch(door.tend, threading.Event()) == 1
    told = capsys.readouterr().out
    assert "slack_connection_dead" in told
    assert "supervisor" in told


def test_a_burst_in_which_the_socket_is_cut_and_refreshed_and_acknowledgements_are_lost_arrives_whole(
    slack: WorkspaceServer,
) -> None:
    recorder = Recorder(slack)
    slack.faults.seed = 7
    slack.faults.duplicate_up_to = 2
    slack.faults.drop_acks = 0.2
    slack.faults.reorder = True
    with connected(slack, recorder):
        sent = []
        for number in range(30):
            if number == 10:
                slack.disconnect(politely=True)
            if number == 20:
                slack.disconnect()
            sent.append(slack.workspace.post("alice", "#ml-pipelines", f"@trainmaster {number}").ts)
        until(lambda: {event["event"]["ts"] for event in recorder.events} == set(sent), seconds=20)


def test_a_start_waits_for_slack_and_writes_a_line_for_each_try(capsys: pytest.CaptureFixture[str]) -> None:
    tries = iter(
        [SlackUnavailable("auth.test", retry_after=0.05), SlackUnavailable("auth.test", retry_after=0.05), None]
    )

    def ask() -> str:
        error = next(tries)
        if error:
            raise error
        return "here"

    assert patiently(ask, seconds=5) == "here"
    assert capsys.readouterr().out.count("slack_does_not_answer") == 2


def test_a_first_connection_waits_for_slack_too(slack: WorkspaceServer) -> None:
    slack.faults.on("apps.connections.open", "rate_limited", retry_after=1, times=1)
    with connected(slack, Recorder(slack)):
        assert slack.calls.counts["apps.connections.open"] == 2


def test_a_wrong_app_token_is_refused_at_once_with_the_name_of_its_variable(slack: WorkspaceServer) -> None:
    door = SocketDoor(Recorder(slack).app, "xapp-wrong")
    try:
        with pytest.raises(CannotServe, match="SLACK_APP_TOKEN"):
            door.open()
    finally:
        door.close()
    assert slack.calls.counts["apps.connections.open"] == 1


@pytest.fixture
def starting(tmp_path: Path) -> Iterator["Starting"]:
    yield (made := Starting(tmp_path))
    made.close()


class Starting:
    """Bots as they are started in production."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begun: list[subprocess.Popen[str]] = []

    def bot(self, *, api_url: str, bot_token: str = "xoxb-1", app_token: str = "xapp-1") -> "subprocess.Popen[str]":
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "SLACK_BOT_TOKEN": bot_token,
            "SLACK_APP_TOKEN": app_token,
            "SLACK_API_URL": api_url,
            "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        }
        begun = subprocess.Popen(
            [sys.executable, "-m", "bot"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        )
        self._begun.append(begun)
        return begun

    def close(self) -> None:
        for process in self._begun:
            process.kill()
            process.communicate()


def test_a_bot_that_waits_for_slack_stops_at_once_when_told_to(starting: Starting) -> None:
    with Hostile({}) as slack:
        slack.manner = "silent"
        process = starting.bot(api_url=f"{slack.url}/api/")
        until(lambda: slack.asked > 0, seconds=30)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - begun < 3


def test_a_bot_that_was_started_before_slack_answers_serves_when_it_does_and_goes_on_at_a_hangup(
    starting: Starting,
) -> None:
    port = free_port()
    with WorkspaceServer(port=port) as probe:
        tokens = {"bot_token": probe.bot_token, "app_token": probe.app_token}
        probe.faults.on("auth.test", "server_error", times=2)
        process = starting.bot(api_url=probe.api_url, **tokens)
        until(lambda: probe.connections == 1, seconds=40)
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        said: list[str] = []
        while "policy_checked" not in "".join(said[-1:]):
            said.append(process.stderr.readline())
            assert said[-1], said  # it ended instead
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)
    assert process.returncode == 0
    assert "".join(said).count("slack_does_not_answer") == 2
