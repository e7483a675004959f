"""Socket Mode with the real Bolt and the real SocketModeClient."""

import contextlib
import json
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from demo.workspace.server import WorkspaceServer
from demo.workspace.workspace import NotAllowed
from tests.fixtures.waiting import until

from .running import Recorder, over_sockets

CARD: list[dict[str, Any]] = [
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "go", "value": "7", "text": {"type": "plain_text", "text": "Go"}},
            {
                "type": "static_select",
                "action_id": "pick",
                "options": [{"text": {"type": "plain_text", "text": "Two"}, "value": "2"}],
            },
        ],
    }
]


def test_a_mention_reaches_bolt_twice_and_its_answer_the_thread(server: WorkspaceServer) -> None:
    app = App(client=WebClient(server.bot_token, base_url=server.api_url))

    @app.event("app_mention")
    def mentioned(event: dict[str, Any], say: Any) -> None:
        say(text=f"hello <@{event['user']}>", thread_ts=event["ts"])

    @app.event("message")
    def ignored() -> None: ...

    with over_sockets(server, app):
        root = server.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
        until(lambda: len(server.workspace.thread("C0MLPIPE", root.ts)) == 2, "the bot answers")
    assert server.workspace.thread("C0MLPIPE", root.ts)[1].text == "hello <@U0ALICE>"


def test_one_message_has_two_events_with_their_own_ids(server: WorkspaceServer) -> None:
    recorder = Recorder(server)
    with over_sockets(server, recorder.app):
        server.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")
        until(lambda: len(recorder.events) == 2, "both events arrive")
        until(lambda: server.underway == 0, "both are acknowledged")
    assert sorted(recorder.kinds()) == ["app_mention", "message"]
    assert len(recorder.ids()) == 2
    assert recorder.retries == []


def test_buttons_menus_commands_and_their_answers(server: WorkspaceServer) -> None:
    app = App(client=WebClient(server.bot_token, base_url=server.api_url))

    @app.action("go")
    def pressed(ack: Any, action: dict[str, Any], respond: Any) -> None:
        ack()
        respond(f"pressed {action['value']}", replace_original=False)

    @app.action("pick")
    def picked(ack: Any, body: dict[str, Any], respond: Any) -> None:
        ack()
        (chosen,) = body["state"]["values"].values()
        respond(f"picked {chosen['pick']['selected_option']['value']}", replace_original=True)

    @app.command("/mlops")
    def commanded(ack: Any, command: dict[str, Any], respond: Any) -> None:
        ack(f"taken: {command['text']}")
        respond("for all", response_type="in_channel")

    ts = app.client.chat_postMessage(channel="C0MLPIPE", text="card", blocks=CARD)["ts"]
    people = server.workspace
    outcomes: list[bool] = []
    people.subscribe(lambda change: outcomes.append(change.acknowledgement.ok) if change.acknowledgement else None)
    with over_sockets(server, app):
        card = people.message("C0MLPIPE", ts)
        assert people.click("bob", card, "go").result(5).ok
        until(lambda: bool(people.ephemerals("U0BOB", "C0MLPIPE")), "the private answer is shown")
        assert people.choose("bob", card, "pick", "2").result(5).ok
        until(lambda: people.message("C0MLPIPE", ts).text == "picked 2", "the card is replaced")
        assert people.command("alice", "#ml-pipelines", "/mlops runs churn").result(5).ok
        until(lambda: people.messages("C0MLPIPE")[-1].text == "for all", "the channel is told")
    assert outcomes == [True, True]  # the click and the choice
    assert [m.text for m in people.ephemerals("U0BOB", "C0MLPIPE")] == ["pressed 7"]
    assert [m.text for m in people.ephemerals("U0ALICE", "C0MLPIPE")] == ["taken: runs churn"]


def test_a_click_and_a_command_that_nobody_takes_fail_visibly(impatient: WorkspaceServer) -> None:
    recorder = Recorder(impatient)
    ts = recorder.app.client.chat_postMessage(channel="C0MLPIPE", text="card", blocks=CARD)["ts"]
    with over_sockets(impatient, recorder.app):
        outcome = impatient.workspace.click("bob", impatient.workspace.message("C0MLPIPE", ts), "go").result(5)
        assert (outcome.ok, outcome.error) == (False, "operation_timeout")
        assert not impatient.workspace.command("bob", "#ml-pipelines", "/mlops x").result(5).ok
    (regret,) = impatient.workspace.ephemerals("U0BOB", "C0MLPIPE")
    assert "operation_timeout" in regret.text
    with pytest.raises(NotAllowed):
        impatient.workspace.command("bob", "#ml-pipelines", "/other")


def test_a_lost_acknowledgement_brings_the_event_again_with_its_number(impatient: WorkspaceServer) -> None:
    impatient.faults.drop_ack = 1
    recorder = Recorder(impatient)
    with over_sockets(impatient, recorder.app):
        impatient.workspace.post("alice", "D0ALICE", "hello")
        until(lambda: len(recorder.events) > 1 and impatient.underway == 0, "it comes again")
    assert recorder.retries[0] == ("1", "timeout")
    assert len(recorder.ids()) == 1


def test_an_event_that_is_never_acknowledged_comes_four_times(impatient: WorkspaceServer) -> None:
    app = App(client=WebClient(impatient.bot_token, base_url=impatient.api_url), process_before_response=True)
    seen: list[str] = []

    @app.event("message")
    def failing(body: dict[str, Any]) -> None:
        seen.append(body["event_id"])
        raise RuntimeError("no room")

    with over_sockets(impatient, app):
        impatient.workspace.post("alice", "D0ALICE", "hello")
        until(lambda: len(seen) == 4 and impatient.underway == 0, "Slack gives up")
    assert len(set(seen)) == 1


def test_duplicates_carry_one_event_id(server: WorkspaceServer) -> None:
    server.faults.duplicate = 2
    recorder = Recorder(server)
    with over_sockets(server, recorder.app):
        server.workspace.post("alice", "D0ALICE", "hello")
        until(lambda: len(recorder.events) == 3, "three copies arrive")
    assert len(recorder.ids()) == 1


def test_each_envelope_goes_to_one_of_the_connections(server: WorkspaceServer) -> None:
    one, two = Recorder(server), Recorder(server)
    with over_sockets(server, one.app), over_sockets(server, two.app):
        assert server.connections == 2
        for number in range(20):
            server.workspace.post("alice", "D0ALICE", str(number))
        until(lambda: len(one.events) + len(two.events) == 20, "all events arrive")
        until(lambda: server.underway == 0, "all are acknowledged")
    assert len(one.ids() | two.ids()) == 20
    assert one.events
    assert two.events


def test_after_a_cut_the_app_comes_back_and_gets_what_it_missed(server: WorkspaceServer) -> None:
    recorder = Recorder(server)
    with over_sockets(server, recorder.app, ping_interval=1):
        server.disconnect()
        until(lambda: server.connections == 0, "the connection is gone")
        server.workspace.post("alice", "D0ALICE", "are you there?")
        until(lambda: len(recorder.events) == 1, "the app is back and has the message")
    assert recorder.retries == [("1", "timeout")]


def test_a_refresh_is_followed_by_a_new_connection(server: WorkspaceServer) -> None:
    recorder = Recorder(server)
    with over_sockets(server, recorder.app, ping_interval=1):
        server.disconnect(politely=True)
        opened = server.calls.counts["apps.connections.open"]
        until(lambda: server.calls.counts["apps.connections.open"] >= max(2, opened), "the app asks anew")
        until(lambda: server.connections == 1, "the app is connected again")
        server.workspace.post("alice", "D0ALICE", "hello")
        until(lambda: len(recorder.events) == 1, "events arrive again")


def test_connections_are_cut_after_so_many_envelopes(server: WorkspaceServer) -> None:
    server.faults.disconnect_after = 2
    recorder = Recorder(server)
    with over_sockets(server, recorder.app, ping_interval=1):
        for number in range(3):
            server.workspace.post("alice", "D0ALICE", str(number))
        until(lambda: server.calls.counts["apps.connections.open"] == 2, "the app had to come back")
        until(lambda: len(recorder.ids()) == 3, "no message is lost")


def test_what_was_said_before_the_app_came_is_delivered_when_it_comes(server: WorkspaceServer) -> None:
    server.workspace.post("alice", "D0ALICE", "first")
    recorder = Recorder(server)
    with over_sockets(server, recorder.app):
        until(lambda: len(recorder.events) == 1, "the early message arrives")
    assert recorder.retries[0][0] == "1"


def test_a_ticket_opens_one_connection_only(server: WorkspaceServer, client: WebClient) -> None:
    url = client.apps_connections_open(app_token=server.app_token)["url"]
    first = SocketModeClient(server.app_token, web_client=client)
    first.wss_uri = url
    received: list[str] = []
    first.on_message_listeners.append(received.append)
    first.connect()
    until(lambda: any("hello" in m for m in received), "hello arrives")
    hello = json.loads(next(m for m in received if "hello" in m))
    assert hello["connection_info"]["app_id"] == "A0TRAINMSTR"
    second = SocketModeClient(server.app_token, web_client=client, auto_reconnect_enabled=False)
    second.wss_uri = url
    with contextlib.suppress(Exception):
        second.connect()
    assert server.connections == 1
    first.close()
    second.close()


def test_a_bare_socket_client_sees_slacks_envelopes(server: WorkspaceServer, client: WebClient) -> None:
    socket = SocketModeClient(server.app_token, web_client=client)
    requests: list[SocketModeRequest] = []

    def take(via: Any, request: SocketModeRequest) -> None:
        requests.append(request)
        via.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    socket.socket_mode_request_listeners.append(take)
    socket.connect()
    until(lambda: server.connections == 1, "it is connected")
    server.workspace.post("alice", "D0ALICE", "x" * 40_000)
    until(lambda: len(requests) == 1 and server.underway == 0, "a long message arrives and is acknowledged")
    socket.close()
    assert (requests[0].type, requests[0].retry_attempt) == ("events_api", 0)
    assert len(requests[0].payload["event"]["text"]) == 40_000
