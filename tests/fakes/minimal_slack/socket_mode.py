"""Socket Mode: envelopes over websockets, their acknowledgements, and the second and third try of events."""

import json
import random
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from tests.fakes.minimal_slack.delivery import Delivery, Kind, Patience
from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.workspace import Workspace

MOST_CONNECTIONS = 10
PING_SECONDS = 0.2  # slack_sdk can close only between two reads, and a read without data takes three seconds


class SocketMode:
    """Sends each envelope to one of the open connections, chosen at random, until it is acknowledged.

    Args:
        workspace: Whose `changed` guards the deliveries and is notified about them.
        patience: How long an acknowledgement may take, and when events are sent again.
        on_response: Told what an acknowledgement carried, such as the text that answers a command.
    """

    def __init__(
        self, workspace: Workspace, *, patience: Patience, on_response: Callable[[Delivery, JSON], None]
    ) -> None:
        self._workspace = workspace
        self._changed = workspace.changed
        self._patience = patience
        self._on_response = on_response
        self._dice = random.Random(0)  # the same run twice picks the same connections
        self._tickets: set[str] = set()
        self._connections: list[ServerConnection] = []
        self._closing = False
        self._server: Server | None = None
        self._threads: list[threading.Thread] = []
        self.deliveries: list[Delivery] = []

    def start(self) -> None:
        """Listen on a free port of the loopback, and begin to send."""
        self._closing = False
        self._server = serve(
            self._attend,
            "127.0.0.1",
            0,
            process_request=self._let_in,
            close_timeout=1,
            compression=None,
            ping_interval=PING_SECONDS,
        )
        self._threads = [
            threading.Thread(target=self._server.serve_forever, name="minimal-slack-socket", daemon=True),
            threading.Thread(target=self._send_what_is_due, name="minimal-slack-sender", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Close all connections and the port."""
        with self._changed:
            self._closing = True
            open_now = list(self._connections)
            self._changed.notify_all()
        if self._server is not None:
            self._server.shutdown()
        for connection in open_now:
            connection.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def invite(self) -> str:
        """An address that opens one connection, once."""
        if self._server is None:
            raise RuntimeError("start() first")
        ticket = secrets.token_urlsafe(12)
        with self._changed:
            self._tickets.add(ticket)
        port = self._server.socket.getsockname()[1]
        return f"ws://127.0.0.1:{port}/link/?ticket={ticket}&app_id={self._workspace.identity.app_id}"

    @property
    def connections(self) -> int:
        """How many connections of the app are open."""
        with self._changed:
            return len(self._connections)

    def refresh(self) -> None:
        """Ask the app to connect anew, as Slack does about once an hour, and drop the old connections."""
        with self._changed:
            old, self._connections = self._connections, []
        for connection in old:
            self._say(connection, {"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
            connection.close()

    def deliver(self, kind: Kind, body: JSON) -> Delivery:
        """Send a body to the app; the sending itself happens soon after, in the background."""
        delivery = Delivery(kind=kind, body=body, due=time.monotonic())
        with self._changed:
            self.deliveries.append(delivery)
            self._changed.notify_all()
        return delivery

    def _let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        ticket = parse_qs(urlsplit(request.path).query).get("ticket", [""])[0]
        with self._changed:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
                return None
        return connection.respond(HTTPStatus.FORBIDDEN, "unknown or used ticket\n")

    def _attend(self, connection: ServerConnection) -> None:
        with self._changed:
            too_many = len(self._connections) >= MOST_CONNECTIONS
        if too_many:
            self._say(connection, {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            return
        with self._changed:  # who has read the hello can rely on getting what comes next
            self._say(connection, self._hello())
            self._connections.append(connection)
            self._changed.notify_all()
        with suppress(ConnectionClosed):
            for text in connection:
                self._hear(json.loads(text))
        self._forget(connection)

    def _hello(self) -> JSON:
        return {
            "type": "hello",
            "connection_info": {"app_id": self._workspace.identity.app_id},
            "num_connections": self.connections + 1,
            "debug_info": {"host": "minimal", "build_number": 1, "approximate_connection_time": 3600},
        }

    def _hear(self, said: JSON) -> None:
        envelope_id, response = said.get("envelope_id"), said.get("payload")
        with self._changed:
            delivery = next((one for one in self.deliveries if envelope_id in one.envelope_ids), None)
            if delivery is None:
                return
            in_time = delivery.acknowledge(response)
            self._changed.notify_all()
        if in_time and isinstance(response, dict):
            self._on_response(delivery, response)

    def _forget(self, connection: ServerConnection) -> None:
        with self._changed:
            if connection in self._connections:
                self._connections.remove(connection)
            self._changed.notify_all()

    def _send_what_is_due(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                delivery = self._next_due()
                if delivery is None:
                    self._changed.wait(self._seconds_to_next())
                    continue
                connection = self._dice.choice(self._connections)
                envelope = delivery.next_envelope(self._patience)
                self._changed.notify_all()
            if not self._say(connection, envelope):
                self._forget(connection)
                with self._changed:
                    delivery.due = None if delivery.acknowledged else time.monotonic()

    def _next_due(self) -> Delivery | None:
        now = time.monotonic()
        for delivery in self.deliveries:
            if delivery.due is None or delivery.due > now:
                continue
            if delivery.is_exhausted(self._patience) or (not self._connections and delivery.kind != "events_api"):
                delivery.give_up()
                self._changed.notify_all()
            elif self._connections:
                return delivery
            else:
                delivery.held = True
        return None

    def _seconds_to_next(self) -> float | None:
        now = time.monotonic()
        coming = [one.due - now for one in self.deliveries if one.due is not None and one.due > now]
        return min(coming, default=None)

    def _say(self, connection: ServerConnection, message: JSON) -> bool:
        try:
            connection.send(json.dumps(message))
        except ConnectionClosed:
            return False
        return True
