"""Slack as a wire: sends Socket Mode envelopes, takes the time of each acknowledgement, and answers every call `ok`.

Why not the local workspace: it keeps messages, checks blocks and tells subscribers, and would measure itself. This one
does no more than the protocol asks, the same for whoever is measured.
"""

import itertools
import json
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from bot.views import actions

TEAM, BOT = "T0BENCH", "U0BENCHBOT"
ACK_SECONDS = 10.0

JSON = dict[str, Any]


class WireSlack:
    """A Slack of one app; serves as soon as it is made.

    Attributes:
        connected: Set while the app holds a Socket Mode connection.
    """

    def __init__(self) -> None:
        self.connected = threading.Event()
        self._socket: ServerConnection | None = None
        self._acknowledged: dict[str, float] = {}
        self._news = threading.Condition()
        self._websockets = serve(self._attend, "127.0.0.1", 0, compression=None)
        self._http = _HttpServer(("127.0.0.1", 0), _Api)
        self._http.socket_url = f"ws://127.0.0.1:{self._websockets.socket.getsockname()[1]}/"
        for server in (self._websockets, self._http):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` is to be."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/api/"

    def close(self) -> None:
        """Serve no more."""
        self._websockets.shutdown()
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def one_by_one(self, envelopes: Sequence[JSON]) -> list[float]:
        """Send each envelope when the one before it was acknowledged.

        Returns:
            Seconds from sending to acknowledgement, in order.

        Raises:
            TimeoutError: One was not acknowledged.
        """
        return [self._waited(envelope, self._send(envelope)) for envelope in envelopes]

    def paced(self, envelopes: Sequence[JSON], *, per_second: float) -> list[float]:
        """Send envelopes at a steady rate, acknowledged or not; otherwise as `one_by_one`."""
        begun = time.monotonic()
        sent = []
        for place, envelope in enumerate(envelopes):
            time.sleep(max(0.0, begun + place / per_second - time.monotonic()))
            sent.append(self._send(envelope))
        return [self._waited(envelope, at) for envelope, at in zip(envelopes, sent, strict=True)]

    def _send(self, envelope: JSON) -> float:
        assert self._socket is not None, "the app is not connected"
        text = json.dumps(envelope)
        at = time.monotonic()
        self._socket.send(text)
        return at

    def _waited(self, envelope: JSON, sent: float) -> float:
        identity = envelope["envelope_id"]
        with self._news:
            if not self._news.wait_for(lambda: identity in self._acknowledged, ACK_SECONDS):
                raise TimeoutError(f"no acknowledgement within {ACK_SECONDS:.0f} s")
            return self._acknowledged.pop(identity) - sent

    def _attend(self, connection: ServerConnection) -> None:
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0BENCH"}, "debug_info": {}}
        connection.send(json.dumps(hello))
        self._socket = connection
        self.connected.set()
        try:
            for message in connection:
                at = time.monotonic()
                identity = json.loads(message).get("envelope_id", "")
                with self._news:
                    self._acknowledged[identity] = at
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        if self._socket is connection:
            self.connected.clear()


class Mentions:
    """Makes envelopes of mentions, each a message of its own that opens a thread."""

    def __init__(self) -> None:
        self._serial = itertools.count(1)
        self._second = int(time.time())

    def take(self, count: int) -> list[JSON]:
        """So many envelopes that were not made before."""
        return [self._envelope(next(self._serial)) for _ in range(count)]

    def _envelope(self, number: int) -> JSON:
        ts = f"{self._second}.{number:06}"
        event = {
            "type": "app_mention",
            "user": "U0BENCHASKER",
            "text": f"<@{BOT}> which pipelines are there?",
            "ts": ts,
            "event_ts": ts,
            "channel": "C0BENCH",
            "team": TEAM,
        }
        payload = {
            "type": "event_callback",
            "token": "bench",
            "team_id": TEAM,
            "api_app_id": "A0BENCH",
            "event_id": f"Ev{self._second}{number}",
            "event_time": self._second,
            "event": event,
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}],
        }
        return {
            "envelope_id": f"{self._second}-{number}",
            "type": "events_api",
            "payload": payload,
            "accepts_response_payload": False,
            "retry_attempt": 0,
            "retry_reason": "",
        }


class Clicks:
    """Makes envelopes of clicks, each on the Approve button of a card of its own."""

    def __init__(self) -> None:
        self._serial = itertools.count(1)
        self._second = int(time.time())

    def take(self, count: int) -> list[JSON]:
        """So many envelopes that were not made before."""
        return [self._envelope(next(self._serial)) for _ in range(count)]

    def _envelope(self, number: int) -> JSON:
        ts = f"{self._second}.{number:06}"
        proposal = f"P-BENCH{number:06}"
        button = {"type": "button", "action_id": actions.PROPOSAL_APPROVE, "block_id": "b", "value": proposal}
        payload = {
            "type": "block_actions",
            "token": "bench",
            "api_app_id": "A0BENCH",
            "team": {"id": TEAM, "domain": "bench"},
            "user": {"id": "U0BENCHASKER", "username": "asker", "team_id": TEAM},
            "container": {"type": "message", "message_ts": ts, "channel_id": "C0BENCH", "thread_ts": ts},
            "channel": {"id": "C0BENCH", "name": "bench"},
            "message": {"type": "message", "ts": ts, "thread_ts": ts, "user": BOT, "text": "Approval needed"},
            "trigger_id": f"1.2.{number}",
            "response_url": "https://hooks.slack.invalid/actions/bench",
            "actions": [{**button, "action_ts": ts}],
        }
        return {
            "envelope_id": f"click-{self._second}-{number}",
            "type": "interactive",
            "payload": payload,
            "accepts_response_payload": True,
        }


class _HttpServer(ThreadingHTTPServer):
    """The Web API's server; knows where the sockets are."""

    daemon_threads = True
    socket_url = ""


class _Api(BaseHTTPRequestHandler):
    """Answers every method with `ok`, and what the SDK must have."""

    protocol_version = "HTTP/1.1"
    server: _HttpServer

    def do_POST(self) -> None:
        """Answer a call."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        method = self.path.rsplit("/", 1)[-1]
        known: dict[str, JSON] = {
            "auth.test": {"team_id": TEAM, "user_id": BOT, "bot_id": "B0BENCH", "team": "Bench", "user": "bench"},
            "apps.connections.open": {"url": self.server.socket_url},
            "chat.postMessage": {"ts": f"{time.time():.6f}", "channel": "C0BENCH"},
        }
        body = json.dumps({"ok": True, **known.get(method, {})}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing."""
