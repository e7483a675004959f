"""The TCP connection under a request, for faults that happen below HTTP."""

import asyncio
import socket
import struct
from typing import Any

from starlette.requests import HTTPConnection
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_KEY = "transport"


class ReachableProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, which also lets a handler reach the connection of its request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Remember the transport in the state that every request's scope gets a copy of."""
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {**self.app_state, _KEY: transport}


def stall(request: HTTPConnection) -> None:
    """Read nothing more from the connection of a request, and leave it open: pings stay unanswered too."""
    transport: asyncio.Transport = request.scope["state"][_KEY]
    transport.pause_reading()


async def cut(request: HTTPConnection) -> None:
    """Reset the connection of a request: the client sees "connection reset", not an answer."""
    transport: asyncio.Transport = request.scope["state"][_KEY]
    underlying = transport.get_extra_info("socket")
    if underlying is not None:
        underlying.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.sleep(0)  # let uvicorn notice, so that the answer of this request goes nowhere
