"""The proxy does to a connection what its methods say, and to no other."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from tests.chaos.proxy import NeverSeen, Proxy, Wires, hold_in
from tests.fixtures.waiting import until


class Echo:
    """Says everything back, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            while data := client.recv(65_536):
                self.heard += data
                client.sendall(data)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def wires() -> Iterator[Wires]:
    with Wires() as found:
        yield found


@pytest.fixture
def proxy(wires: Wires, echo: Echo) -> Proxy:
    return wires.proxy(echo.port)


def connected(proxy: Proxy, *, seconds: float = 5.0) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", proxy.port), timeout=seconds)
    client.settimeout(seconds)
    return client


def silent(client: socket.socket, *, seconds: float = 0.3) -> bool:
    """Whether nothing comes for a while."""
    client.settimeout(seconds)
    try:
        client.recv(1)
    except TimeoutError:
        return True
    finally:
        client.settimeout(5)
    return False


def is_reset(client: socket.socket) -> bool:
    try:
        while client.recv(1024):
            pass
    except ConnectionResetError:
        return True
    return False


def test_what_nobody_holds_goes_through(proxy: Proxy) -> None:
    with connected(proxy) as client:
        client.sendall(b"hello")
        assert client.recv(100) == b"hello"


def test_held_bytes_arrive_when_they_are_let_go(proxy: Proxy, echo: Echo) -> None:
    hold = proxy.hold(b"secret")
    with connected(proxy) as client:
        client.sendall(b"a secret")
        caught = hold.wait(5)
        assert (caught.data, caught.port) == (b"a secret", client.getsockname()[1])
        assert silent(client)
        assert echo.heard == b""
        hold.release()
        assert client.recv(100) == b"a secret"


def test_dropped_bytes_never_arrive(proxy: Proxy, echo: Echo) -> None:
    hold = proxy.hold(b"secret")
    with connected(proxy) as client:
        client.sendall(b"a secret")
        hold.wait(5)
        hold.drop()
        assert is_reset(client)
    assert echo.heard == b""


def test_forwarded_bytes_arrive_and_only_the_answer_is_held(proxy: Proxy, echo: Echo) -> None:
    hold = proxy.hold(b"secret", forward=True)
    with connected(proxy) as client:
        client.sendall(b"a secret")
        hold.wait(5)
        assert echo.heard == b"a secret"
        assert silent(client)
        hold.release()
        assert client.recv(100) == b"a secret"


def test_as_many_are_held_as_were_asked_for_and_so_many_pass_before(proxy: Proxy) -> None:
    hold = proxy.hold(b"x", skip=1)
    with connected(proxy) as first, connected(proxy) as second, connected(proxy) as third:
        first.sendall(b"x1")
        assert first.recv(100) == b"x1"
        second.sendall(b"x2")
        hold.wait(5)
        third.sendall(b"x3")
        assert third.recv(100) == b"x3"
        assert silent(second)
        hold.release()


def test_one_hold_looks_at_several_proxies(wires: Wires, echo: Echo) -> None:
    one, other = wires.proxy(echo.port), wires.proxy(echo.port)
    hold = hold_in([one, other], b"x")
    with connected(other) as client:
        client.sendall(b"x")
        assert hold.wait(5).port == client.getsockname()[1]
        hold.release()


def test_what_never_comes_is_said_and_is_held_no_more(proxy: Proxy) -> None:
    hold = proxy.hold(b"secret")
    with pytest.raises(NeverSeen, match="secret"):
        hold.wait(0.05)
    with connected(proxy) as client:
        client.sendall(b"a secret")
        assert client.recv(100) == b"a secret"


def test_every_connection_is_reset_at_once_and_new_ones_work(proxy: Proxy) -> None:
    with connected(proxy) as first, connected(proxy) as second:
        until(lambda: proxy.connections == 2)
        assert proxy.reset_all() == 2
        assert is_reset(first)
        assert is_reset(second)
    with connected(proxy) as client:
        client.sendall(b"again")
        assert client.recv(100) == b"again"


def test_a_refusing_proxy_takes_no_connection_until_it_is_restored(proxy: Proxy) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    proxy.restore()
    with connected(proxy) as client:
        client.sendall(b"again")
        assert client.recv(100) == b"again"


def test_a_slow_proxy_lets_answers_wait(proxy: Proxy) -> None:
    proxy.slow(0.4)
    begun = time.monotonic()
    with connected(proxy) as client:
        client.sendall(b"x")
        assert client.recv(100) == b"x"
    assert time.monotonic() - begun >= 0.4


def test_an_answer_is_cut_after_so_many_bytes(proxy: Proxy) -> None:
    proxy.cut_after(4)
    with connected(proxy) as client:
        client.sendall(b"0123456789")
        got = b""
        with suppress(ConnectionResetError):
            while data := client.recv(100):
                got += data
    assert len(got) <= 4


def test_a_page_is_answered_in_the_server_s_place(proxy: Proxy, echo: Echo) -> None:
    proxy.answer_html()
    answer = httpx.get(f"http://127.0.0.1:{proxy.port}/api/health", trust_env=False)
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "text/html"
    assert echo.heard == b""


def test_a_request_that_comes_in_two_pieces_is_answered_with_one_page(proxy: Proxy, echo: Echo) -> None:
    proxy.answer_html()
    with connected(proxy) as client:
        client.sendall(b"POST /api HTTP/1.1\r\nhost: there\r\ncontent-length: 2\r\n\r\n")
        assert b"502" in client.recv(1000)
        client.sendall(b"{}")
        assert silent(client)
    assert echo.heard == b""


def test_a_stalled_connection_stays_open_and_says_nothing(proxy: Proxy, echo: Echo) -> None:
    with connected(proxy) as client:
        client.sendall(b"before")
        assert client.recv(100) == b"before"
        assert proxy.stall(b"nothing like it") == 0
        assert proxy.stall(b"before") == 1
        client.sendall(b"after")
        assert silent(client)
        assert echo.heard == b"before"
        with connected(proxy) as fresh:
            fresh.sendall(b"fresh")
            assert fresh.recv(100) == b"fresh"
        proxy.restore()
        assert is_reset(client)


def test_a_server_that_is_away_shows_as_a_reset(wires: Wires) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(ConnectionResetError), connected(wires.proxy(port)) as client:
        assert client.recv(100)  # the reset may come before or after the connection is made
