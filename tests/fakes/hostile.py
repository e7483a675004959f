"""A server that misbehaves on the wire, for whoever calls it over HTTP."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

Manner = Literal[
    "well",
    "silent",
    "drips head",
    "drips body",
    "cuts",
    "html",
    "error",
    "busy",
    "loops",
    "huge",
    "refuses",
]
BEAT = 0.05  #: seconds between two bytes of an answer that drips


class Hostile:
    """An HTTP server on a free port of this machine that answers in one manner at a time.

    Args:
        body: What it answers when it is well.

    Attributes:
        manner: How it answers from now on.
        asked: How many requests came.
        open: How many of its connections are open now.
    """

    def __init__(self, body: object) -> None:
        self.manner: Manner = "well"
        self.asked = 0
        self.open = 0
        self._body = json.dumps(body).encode()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, name="hostile", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.open += 1
        try:
            with connection, contextlib.suppress(OSError):
                self._converse(connection)
        finally:
            with self._lock:
                self.open -= 1

    def _converse(self, connection: socket.socket) -> None:
        if self.manner == "refuses":
            _reset(connection)
            return
        while _request(connection):
            with self._lock:
                self.asked += 1
            if not _MANNERS[self.manner](self, connection):
                return

    def _well(self, connection: socket.socket) -> bool:
        connection.sendall(_head(200, len(self._body)) + self._body)
        return True

    def _silent(self, connection: socket.socket) -> bool:
        self._until_they_hang_up(connection)
        return False

    def _drips_head(self, connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        return self._drip(connection)

    def _drips_body(self, connection: socket.socket) -> bool:
        connection.sendall(_head(200, 1_000_000))
        return self._drip(connection)

    def _drip(self, connection: socket.socket) -> bool:
        while not self._stopped.wait(BEAT):
            connection.sendall(b" ")
        return False

    def _cuts(self, connection: socket.socket) -> bool:
        connection.sendall(_head(200, len(self._body) + 10) + self._body[: len(self._body) // 2])
        return False

    def _html(self, connection: socket.socket) -> bool:
        page = b"<html><body>Sign in</body></html>"
        connection.sendall(_head(200, len(page), kind="text/html") + page)
        return True

    def _error(self, connection: socket.socket) -> bool:
        connection.sendall(_head(500, 2) + b"{}")
        return True

    def _busy(self, connection: socket.socket) -> bool:
        connection.sendall(_head(503, 2) + b"{}")
        return True

    def _loops(self, connection: socket.socket) -> bool:
        connection.sendall(_head(307, 0, more=f"Location: {self.url}/again\r\n"))
        return True

    def _huge(self, connection: socket.socket) -> bool:
        connection.sendall(_head(200, 10_000_000_000) + b'["')
        while not self._stopped.is_set():
            connection.sendall(b"x" * 1_000_000)
        return False

    def _until_they_hang_up(self, connection: socket.socket) -> None:
        connection.settimeout(BEAT)
        while not self._stopped.is_set():
            with contextlib.suppress(TimeoutError):
                if not connection.recv(1):
                    return


_MANNERS: dict[str, Callable[[Hostile, socket.socket], bool]] = {
    "well": Hostile._well,
    "silent": Hostile._silent,
    "drips head": Hostile._drips_head,
    "drips body": Hostile._drips_body,
    "cuts": Hostile._cuts,
    "html": Hostile._html,
    "error": Hostile._error,
    "busy": Hostile._busy,
    "loops": Hostile._loops,
    "huge": Hostile._huge,
}


def _head(status: int, length: int, *, kind: str = "application/json", more: str = "") -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def _request(connection: socket.socket) -> bytes:
    """One request, with its body; empty when there is no more."""
    read = b""
    while b"\r\n\r\n" not in read:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65_536)
    return head


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
