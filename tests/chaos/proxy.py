"""TCP proxies: what goes between a process and a server can be held at an exact place, delayed, cut or refused."""

import asyncio
import contextlib
import re
import socket
import struct
import threading
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

Given = TypeVar("Given")

HOST = "127.0.0.1"
CHUNK = 65_536
CALL_SECONDS = 20.0
REQUEST = re.compile(rb"[A-Z]+ \S+ HTTP/1\.1\r\n")  #: how a request begins
PAGE = b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>502</h1></body></html>"


class NeverSeen(AssertionError):
    """What a scenario waited for on the wire did not come by: the scenario shows nothing."""


@dataclass(frozen=True, slots=True)
class Caught:
    """Bytes of a client that were held.

    Attributes:
        port: The client's own port, by which its process is found.
        data: The bytes.
    """

    port: int
    data: bytes


class Hold:
    """Waits for a client's bytes that match a pattern, and stops them, or the answer to them.

    Args:
        pattern: A regular expression, looked for in each piece that a client sends.
        times: How many are stopped; later ones pass.
        skip: How many pass before that.
        forward: Let the bytes through and stop the answer: the server has done it, the client does not know.
    """

    def __init__(self, pattern: bytes, *, times: int = 1, skip: int = 0, forward: bool = False) -> None:
        self.forward = forward
        self.caught: list[Caught] = []
        self._pattern = re.compile(pattern, re.DOTALL)
        self._left = times
        self._skip = skip
        self._seen = threading.Event()
        self._lock = threading.Lock()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[bool]]] = []

    def wait(self, seconds: float = 30.0) -> Caught:
        """The first bytes that were caught; with `forward`, once the server has answered them.

        Raises:
            NeverSeen: None came by in time; nothing is caught any more.
        """
        if not self._seen.wait(seconds):
            self.release()
            raise NeverSeen(f"nothing like {self._pattern.pattern!r} came by within {seconds:g} s")
        return self.caught[0]

    def release(self) -> None:
        """Let go of what is held, and catch no more."""
        self._settle(delivered=True)

    def drop(self) -> None:
        """Throw away what is held, cut those connections, and catch no more."""
        self._settle(delivered=False)

    def wants(self, data: bytes) -> bool:
        """Whether these bytes are to be held; counts them."""
        if not self._pattern.search(data):
            return False
        with self._lock:
            if self._skip:
                self._skip -= 1
                return False
            if not self._left:
                return False
            self._left -= 1
            return True

    def keep(self, caught: Caught) -> "asyncio.Future[bool]":
        """Tell who waits that bytes are held; the future gives whether they are to be delivered at last."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        with self._lock:
            self._waiting.append((loop, future))
            self.caught.append(caught)
        self._seen.set()
        return future

    def _settle(self, *, delivered: bool) -> None:
        with self._lock:
            self._left = 0
            waiting, self._waiting = self._waiting, []
        for loop, future in waiting:
            loop.call_soon_threadsafe(_give, future, delivered)


def _give(future: "asyncio.Future[bool]", value: bool) -> None:  # noqa: FBT001 - a callback's one argument
    if not future.done():
        future.set_result(value)


class Wires:
    """The thread in which proxies live."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wires", daemon=True)
        self._thread.start()
        self._proxies: list[Proxy] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def proxy(self, port: int) -> "Proxy":
        """A proxy in front of a server on this machine; its own port is in `port`."""
        proxy = Proxy(self, port)
        self._proxies.append(proxy)
        return proxy

    def close(self) -> None:
        """Cut everything and stop."""
        for proxy in self._proxies:
            proxy.refuse()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Given]) -> Given:
        """Do something in the proxies' thread, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_SECONDS)


class Proxy:
    """One server's stand-in: passes everything on until it is told otherwise.

    Attributes:
        port: Where clients connect to.
    """

    def __init__(self, wires: Wires, target: int) -> None:
        self._wires = wires
        self._target = target
        self._holds: list[Hold] = []
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None
        self._delay = 0.0
        self._cut_after: int | None = None
        self._html = False
        self.port = 0
        wires.run(self._listen())

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._links)

    def hold(self, pattern: bytes, *, times: int = 1, skip: int = 0, forward: bool = False) -> Hold:
        """Stop a client's bytes that match; see `Hold`."""
        return hold_in([self], pattern, times=times, skip=skip, forward=forward)

    def watch(self, hold: Hold) -> None:
        """Let a hold look at what passes here too."""
        self._holds.append(hold)

    def reset_all(self) -> int:
        """Reset every connection (RST, no goodbye); how many there were."""
        return self._wires.run(self._reset())

    def refuse(self) -> None:
        """Accept no connection any more, and reset those there are."""
        self._wires.run(self._close())

    def slow(self, seconds: float) -> None:
        """Let each answer wait so long."""
        self._delay = seconds

    def cut_after(self, count: int) -> None:
        """Reset each connection after so many further bytes of answers: in the middle of a body."""
        self._cut_after = count

    def answer_html(self) -> None:
        """Answer each HTTP request with a page, as a proxy or a login wall does."""
        self._html = True

    def stall(self, opening: bytes = b"") -> int:
        """Deliver nothing any more, in either direction, on connections that stay open; new ones work.

        Args:
            opening: Only where the client's first bytes hold this, as `GET /link/` for a WebSocket.

        Returns:
            How many there are.
        """
        stalled = [link for link in list(self._links) if opening in link.opening]
        for link in stalled:
            link.stalled = True
        return len(stalled)

    def restore(self) -> None:
        """Work again. Connections that were stalled are reset: what was on them is lost."""
        self._delay, self._cut_after, self._html = 0.0, None, False
        for hold in self._holds:
            hold.release()
        self._holds.clear()
        self._wires.run(self._reset(stalled_only=True))
        if self._server is None:
            self._wires.run(self._listen())

    # --- in the proxies' thread ---

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset()

    async def _reset(self, *, stalled_only: bool = False) -> int:
        links = [link for link in self._links if link.stalled or not stalled_only]
        for link in links:
            link.reset()
        return len(links)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection(HOST, self._target)
        except OSError:
            _reset(writer)
            return
        link = _Link(self, (reader, writer), (server_reader, server_writer))
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)

    async def asked(self, data: bytes, link: "_Link") -> bool:
        """What becomes of a client's bytes: False when they go no further."""
        await self._unstalled(link)
        if self._html:
            head = f"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: {len(PAGE)}\r\n\r\n"
            if REQUEST.match(data) or not link.paged:  # else it is the body of what has its answer
                link.answer(head.encode() + PAGE)
            link.paged = True
            return False
        for hold in list(self._holds):
            if hold.wants(data):
                if hold.forward:
                    link.mute(hold, data)
                else:
                    return await hold.keep(Caught(link.port, data)) or link.reset()
        return True

    async def answered(self, data: bytes, link: "_Link") -> bytes:
        """What becomes of a server's bytes; fewer when the connection is to be cut after them."""
        await self._unstalled(link)
        if self._delay:
            await asyncio.sleep(self._delay)
        if self._cut_after is None:
            return data
        kept = data[: max(0, self._cut_after - link.told)]
        link.told += len(kept)
        return kept

    async def _unstalled(self, link: "_Link") -> None:
        while link.stalled and not link.closed:  # noqa: ASYNC110 - set from another thread; seconds matter, not more
            await asyncio.sleep(0.05)


def hold_in(proxies: Iterable[Proxy], pattern: bytes, *, times: int = 1, skip: int = 0, forward: bool = False) -> Hold:
    """One hold that looks at several proxies."""
    hold = Hold(pattern, times=times, skip=skip, forward=forward)
    for proxy in proxies:
        proxy.watch(hold)
    return hold


class _Link:
    """One client's connection, and ours to the server for it."""

    def __init__(
        self,
        proxy: Proxy,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._muted: tuple[Hold, bytes] | None = None
        self.port: int = client[1].get_extra_info("peername")[1]
        self.opening = b""
        self.paged = False  #: whether it was answered with a page
        self.told = 0
        self.stalled = False
        self.closed = False

    async def run(self) -> None:
        """Pass bytes on until one side ends."""
        ways = [asyncio.ensure_future(self._up()), asyncio.ensure_future(self._down())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        self.closed = True
        for _, writer in (self._client, self._server):
            writer.close()

    def mute(self, hold: Hold, data: bytes) -> None:
        """Hold the next answer."""
        self._muted = (hold, data)

    def answer(self, data: bytes) -> None:
        """Say something in the server's place."""
        self._client[1].write(data)

    def reset(self) -> bool:
        """Reset both sides; always False, for who asks whether to go on."""
        self.closed = True
        for _, writer in (self._client, self._server):
            _reset(writer)
        return False

    async def _up(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._client[0].read(CHUNK):
                self.opening = self.opening or data
                if await self._proxy.asked(data, self):
                    self._server[1].write(data)
                    await self._server[1].drain()
                elif self.closed:
                    return

    async def _down(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._server[0].read(CHUNK):
                if self._muted is not None:
                    (hold, asked), self._muted = self._muted, None
                    if not await hold.keep(Caught(self.port, asked)):
                        self.reset()
                        return
                kept = await self._proxy.answered(data, self)
                self._client[1].write(kept)
                await self._client[1].drain()
                if len(kept) < len(data):
                    self.reset()
                    return


def _reset(writer: asyncio.StreamWriter) -> None:
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
