"""Sockets under urllib3, and so under requests, each of whose reads waits no longer than `tools.deadline` allows.

A limit for each read does not end a call whose answer drips; here every read asks how much time is left for the call.
"""

import http.client
import io
import socket
from typing import Any

import requests
import urllib3
from typing_extensions import override
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from tools import deadline
from tools.deadline import LONG_SECONDS

BROKEN_OFF = "the connection broke off in the middle of an answer"

#: The connection was never made: nothing was asked.
NEVER_SENT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
)


def make_punctual(manager: PoolManager) -> None:
    """Let a manager open such sockets from now on."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class _Answer(http.client.HTTPResponse):
    """An answer each of whose reads waits no longer than there is time."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Reads(sock))


class _Reads(io.RawIOBase):
    """What comes in over a socket, in time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._counted = sock.makefile("rb", buffering=0)  # keeps the socket open until we are closed

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int:
        left = deadline.left()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(min(left, LONG_SECONDS))
        return self._sock.recv_into(buffer)

    @override
    def close(self) -> None:
        self._counted.close()
        super().close()


class _Connection(HTTPConnection):
    response_class = _Answer


class _TlsConnection(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
