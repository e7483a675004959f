"""Bolt apps against a served workspace, and waiting for what they do."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.asgi import SlackRequestHandler
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.serving import leave
from demo.workspace.server import WorkspaceServer
from tests.fixtures.waiting import until


class Control(Protocol):
    """Calls the control API and gives its JSON."""

    def __call__(self, verb: str, path: str, **arguments: Any) -> dict[str, Any]: ...


class Recorder:
    """A Bolt app that writes down what it is sent, and acknowledges it."""

    def __init__(self, server: WorkspaceServer, **options: Any) -> None:
        client = WebClient(server.bot_token, base_url=server.api_url)
        self.app = App(client=client, **options)
        self.events: list[dict[str, Any]] = []
        self.retries: list[tuple[str, str]] = []
        self.app.use(self._seen)
        for kind in (
            "app_mention",
            "message",
            "file_shared",
            "file_deleted",
            "reaction_added",
            "member_joined_channel",
        ):
            self.app.event(kind)(self._nothing)

    def _seen(self, body: dict[str, Any], req: Any, next_: Callable[[], Any]) -> None:
        if body.get("type") == "event_callback":
            self.events.append(body)
            number = req.headers.get("x-slack-retry-num")
            if number and number[0] != "0":
                self.retries.append((number[0], req.headers["x-slack-retry-reason"][0]))
        next_()

    def _nothing(self) -> None:
        """Only the acknowledgement matters."""

    def kinds(self) -> list[str]:
        return [event["event"]["type"] for event in self.events]

    def ids(self) -> set[str]:
        return {event["event_id"] for event in self.events}


@contextlib.contextmanager
def over_sockets(server: WorkspaceServer, app: App, *, ping_interval: float = 10) -> Iterator[SocketModeHandler]:
    """Connect an app by Socket Mode; it looks every `ping_interval` seconds whether it still is."""
    handler = SocketModeHandler(app, server.app_token, ping_interval=ping_interval)
    already = server.connections
    handler.connect()  # type: ignore[no-untyped-call]  # Bolt's
    until(lambda: server.connections == already + 1, "the app is connected")
    try:
        yield handler
    finally:
        leave(handler)


@contextlib.contextmanager
def over_http(listener: socket.socket, app: App) -> Iterator[None]:
    """Serve an app's request URL, `/slack/events`, on a socket that is bound already."""
    config = uvicorn.Config(SlackRequestHandler(app), log_level="warning", log_config=None, lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: running.started, "the app listens")
    try:
        yield
    finally:
        running.should_exit = True
        thread.join(5)


def free_listener() -> socket.socket:
    """A socket bound to a free port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener
