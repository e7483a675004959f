"""Signed HTTP requests to a real Bolt app."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.workspace.app_config import AppConfig
from demo.workspace.server import WorkspaceServer
from tests.fixtures.waiting import until

from .running import Recorder, free_listener, over_http
from .test_socket_mode import CARD


@pytest.fixture
def hooked() -> Iterator[tuple[WorkspaceServer, Recorder]]:
    """A workspace that delivers by HTTP, and the app it delivers to."""
    listener = free_listener()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    app = AppConfig(request_url=url)
    with WorkspaceServer(app=app, ack_seconds=10, retry_delays=(0.0, 0.05, 0.05)) as server:
        recorder = Recorder(server, signing_secret=server.signing_secret)
        with over_http(listener, recorder.app):
            yield server, recorder


def test_bolt_accepts_the_signature_and_answers_the_challenge(hooked: tuple[WorkspaceServer, Recorder]) -> None:
    server, recorder = hooked
    assert server.verify_request_url()
    server.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
    until(lambda: len(recorder.events) == 2 and server.underway == 0, "both events are acknowledged")
    assert recorder.retries == []


def test_a_wrong_secret_is_refused_by_bolt_and_the_event_retried(hooked: tuple[WorkspaceServer, Recorder]) -> None:
    server, recorder = hooked
    server._http._secret = "another"
    server.workspace.post("alice", "D0ALICE", "hello")
    until(lambda: server.underway == 0, "Slack gives up")
    assert recorder.events == []


def test_a_lost_answer_brings_the_event_again_with_slacks_headers(hooked: tuple[WorkspaceServer, Recorder]) -> None:
    server, recorder = hooked
    server.faults.drop_ack = 2
    server.workspace.post("alice", "D0ALICE", "hello")
    until(lambda: len(recorder.events) == 3 and server.underway == 0, "it is acknowledged at last")
    assert recorder.retries == [("1", "http_timeout"), ("2", "http_timeout")]
    assert len(recorder.ids()) == 1


def test_an_app_that_is_away_gets_the_event_when_it_is_back() -> None:
    listener = free_listener()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    with WorkspaceServer(app=AppConfig(request_url=url), ack_seconds=1, retry_delays=(0.2,) * 50) as server:
        server.workspace.post("alice", "D0ALICE", "hello")
        recorder = Recorder(server, signing_secret=server.signing_secret)
        with over_http(listener, recorder.app):
            until(lambda: len(recorder.events) == 1, "the event arrives")
    assert recorder.retries[0][1] == "connection_failed"


def test_clicks_and_commands_travel_as_forms(hooked: tuple[WorkspaceServer, Recorder]) -> None:
    server, recorder = hooked

    @recorder.app.action("go")
    def pressed(ack: Any, respond: Any) -> None:
        ack()
        respond("pressed", replace_original=True)

    @recorder.app.command("/mlops")
    def commanded(ack: Any, command: dict[str, Any]) -> None:
        ack(f"taken: {command['text']}")

    ts = recorder.app.client.chat_postMessage(channel="C0MLPIPE", text="card", blocks=CARD)["ts"]
    people = server.workspace
    assert people.click("bob", people.message("C0MLPIPE", ts), "go").result(5).ok
    until(lambda: people.message("C0MLPIPE", ts).text == "pressed", "the card is replaced")
    assert people.command("bob", "#ml-pipelines", "/mlops é & ü").result(5).ok
    assert [m.text for m in people.ephemerals("U0BOB", "C0MLPIPE")] == ["taken: é &amp; ü"]


def test_a_command_that_bolt_does_not_know_fails_visibly(hooked: tuple[WorkspaceServer, Recorder]) -> None:
    server, _ = hooked
    outcome = server.workspace.command("bob", "#ml-pipelines", "/mlops x").result(5)
    assert outcome.error == "dispatch_unknown_error"
