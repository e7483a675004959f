"""Socket Mode: WebSockets of the app, one envelope to one of them at random, acknowledgements and what lacks them."""

import asyncio
import contextlib
import random
import uuid
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from demo.workspace.connection import cut, stall
from demo.workspace.delivery import ACK_SECONDS, Attempt, Outgoing
from demo.workspace.faults import Faults
from demo.workspace.identifiers import new_id
from demo.workspace.model import JSON
from demo.workspace.site import Site

MOST_CONNECTIONS = 10
PATIENCE_SECONDS = 360.0  #: how long an event waits for any connection: as long as Slack would try again


class _Connection:
    """One WebSocket, with the envelopes it has not acknowledged."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.host = new_id("applink-", 6).lower()
        self.stalled = False
        self.unacknowledged: dict[str, asyncio.Future[Attempt]] = {}

    def acknowledged(self, envelope_id: str, body: JSON) -> None:
        """Settle an envelope, if it is still waited for."""
        waiting = self.unacknowledged.get(envelope_id)
        if waiting and not waiting.done():
            waiting.set_result(Attempt(ok=True, body=body))

    def lost(self) -> None:
        """The connection is gone: what it has not acknowledged is to be sent again."""
        for waiting in self.unacknowledged.values():
            if not waiting.done():
                waiting.set_result(Attempt(ok=False, reason="timeout"))


class SocketMode:
    """The app's sockets, and a `Transport` over them. Everything runs in the server's loop.

    Args:
        ack_seconds: How long an envelope waits for its acknowledgement.
        patience: How long an event waits for a connection when there is none.
    """

    def __init__(
        self,
        site: Site,
        faults: Faults,
        app_id: str,
        *,
        ack_seconds: float = ACK_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._site = site
        self._faults = faults
        self._app_id = app_id
        self._ack_seconds = ack_seconds
        self._patience = patience
        self._connections: list[_Connection] = []
        self._any = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many sockets the app has open."""
        return len(self._connections)

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one socket until it closes."""
        if not self._site.admits(websocket.query_params.get("ticket", "")):
            await websocket.close(4000, "invalid ticket")
            return
        await websocket.accept()
        connection = _Connection(websocket)
        if len(self._connections) >= MOST_CONNECTIONS:
            await self._say_goodbye(connection, "too_many_websockets")
            return
        await websocket.send_json(self._hello(connection))
        self._connections.append(connection)
        self._any.set()
        if self._faults.stall_new:
            self._stall(connection)
        try:
            while True:
                self._received(connection, await websocket.receive_json())
        except (WebSocketDisconnect, ValueError):
            pass  # closed by the app, or something that is not JSON: Slack hangs up too
        finally:
            self._forget(connection)

    async def attempt(self, outgoing: Outgoing, number: int, reason: str) -> Attempt:
        """Send an envelope over one connection and wait for its acknowledgement.

        What had to wait for a connection counts as a redelivery, although the app sees it for the first time.
        """
        while not self._connections:
            if outgoing.outcome is not None:
                return Attempt(ok=False, reason="connection_failed")
            try:
                await asyncio.wait_for(self._any.wait(), self._patience)
            except TimeoutError:
                return Attempt(ok=False, reason="timeout", give_up=True)
            number, reason = max(number, 1), reason or "timeout"
        connection = random.choice(self._connections)  # noqa: S311 - which socket gets it is no secret
        return await self._send(connection, _envelope(outgoing, number, reason))

    async def cut(self) -> None:
        """Reset every connection, without a word."""
        for connection in tuple(self._connections):
            self._forget(connection)
            await cut(connection.websocket)

    async def refresh(self) -> None:
        """Ask every connection to be made anew, as Slack does about once an hour, and close it."""
        for connection in tuple(self._connections):
            self._forget(connection)
            await self._say_goodbye(connection, "refresh_requested")

    async def stall(self) -> None:
        """Leave every connection open and let nothing over it any more, either way; new ones are fine."""
        for connection in self._connections:
            self._stall(connection)

    def _stall(self, connection: _Connection) -> None:
        connection.stalled = True
        stall(connection.websocket)

    async def _send(self, connection: _Connection, envelope: JSON) -> Attempt:
        waiting: asyncio.Future[Attempt] = asyncio.get_running_loop().create_future()
        envelope_id = envelope["envelope_id"]
        connection.unacknowledged[envelope_id] = waiting
        try:
            if not connection.stalled:
                await connection.websocket.send_json(envelope)
            if self._faults.cut_now():
                await self.cut()
            if self._faults.refresh_now():
                await self.refresh()
            return await asyncio.wait_for(waiting, self._ack_seconds)
        except TimeoutError:
            if connection.stalled:  # Slack, too, notices after a while
                self._forget(connection)
            return Attempt(ok=False, reason="timeout")
        except (WebSocketDisconnect, RuntimeError):  # Starlette's answer to sending on a closed socket
            self._forget(connection)
            return Attempt(ok=False, reason="timeout")
        finally:
            del connection.unacknowledged[envelope_id]

    def _received(self, connection: _Connection, message: Any) -> None:
        if isinstance(message, dict) and "envelope_id" in message and not self._faults.lose_ack():
            body = message.get("payload")
            connection.acknowledged(message["envelope_id"], body if isinstance(body, dict) else {})

    def _forget(self, connection: _Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        if not self._connections:
            self._any.clear()
        connection.lost()

    async def _say_goodbye(self, connection: _Connection, reason: str) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            host = {"host": connection.host}
            await connection.websocket.send_json({"type": "disconnect", "reason": reason, "debug_info": host})
            await connection.websocket.close()

    def _hello(self, connection: _Connection) -> JSON:
        return {
            "type": "hello",
            "num_connections": len(self._connections) + 1,
            "connection_info": {"app_id": self._app_id},
            "debug_info": {"host": connection.host, "build_number": 1, "approximate_connection_time": 3600},
        }


def _envelope(outgoing: Outgoing, number: int, reason: str) -> JSON:
    envelope: JSON = {
        "envelope_id": str(uuid.uuid4()),
        "type": outgoing.type,
        "payload": outgoing.payload,
        "accepts_response_payload": outgoing.type != "events_api",
    }
    if outgoing.type == "events_api":
        envelope |= {"retry_attempt": number, "retry_reason": reason}
    return envelope
