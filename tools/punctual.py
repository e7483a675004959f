"""HTTP in which every wait ends in time: connecting, sending, and each piece of an answer share one limit.

Why not httpx's own transport: its limits hold for each read, so that an answer which drips holds its caller for ever.
This one hands each read what is left of `tools.deadline`.
"""

import math
import ssl
from collections.abc import Iterable
from functools import cache

import httpcore
import httpx

from tools import deadline

#: Bytes of an answer that are read; the largest honest ones (200 pipelines with their schemas) have some two million.
MOST_BYTES = 32_000_000
_ABOUT_THE_BODY = {b"content-encoding", b"content-length", b"transfer-encoding"}


@cache
def authorities() -> ssl.SSLContext:
    """Who vouches for the servers that httpx talks to: read once, where each client would read its own list anew."""
    return httpx.create_ssl_context()


class TooLarge(httpx.DecodingError):
    """The answer is longer than any honest one; the rest of it was not read."""


class PunctualTransport(httpx.BaseTransport):
    """A pool of connections over which a request takes no longer than `tools.deadline` allows."""

    def __init__(self) -> None:
        """Make the pool; nothing is opened."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=authorities(),
            max_connections=16,
            max_keepalive_connections=8,
            keepalive_expiry=25,
            network_backend=_Punctual(httpcore.SyncBackend()),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read to its end.

        Raises:
            httpx.TransportError: There was none, not all of it, or too much.
        """
        try:
            with self._pool.stream(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            ) as answer:
                content = bounded(answer.iter_stream())
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise _named_alike(error, request) from error
        except httpcore.UnsupportedProtocol as error:
            raise httpx.UnsupportedProtocol(str(error), request=request) from error
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(content))

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def decoded(response: httpx.Response) -> httpx.Response:
    """The response with its body unpacked, which may not be much larger than `MOST_BYTES` either.

    Raises:
        TooLarge: It is.
    """
    content = bounded(response.iter_bytes())
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _ABOUT_THE_BODY]
    whole = httpx.Response(
        response.status_code, headers=headers, stream=httpx.ByteStream(content), request=response.request
    )
    whole.read()
    return whole


def bounded(parts: Iterable[bytes]) -> bytes:
    """All the parts, joined.

    Raises:
        TooLarge: Together they have more than `MOST_BYTES`.
    """
    whole = bytearray()
    for part in parts:
        whole += part
        if len(whole) > MOST_BYTES:
            raise TooLarge(f"more than {MOST_BYTES:,} bytes")
    return bytes(whole)


def _named_alike(error: Exception, request: httpx.Request) -> httpx.TransportError:
    """The same error as httpx calls it: the two libraries have one set of names."""
    kind = getattr(httpx, type(error).__name__, httpx.TransportError)
    named: httpx.TransportError = kind(str(error), request=request)
    return named


class _Punctual(httpcore.NetworkBackend):
    """Opens connections that know how much time is left."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect."""
        timeout = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
    left = deadline.left()
    if left <= 0:
        raise late("the time for this request is over")
    return timeout if left == math.inf else min(left, timeout or left)
