"""From settings to a bot that serves, and stops cleanly."""

import contextlib
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from threading import Thread as Threading
from typing import Protocol

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from waitress.server import create_server

from bot.app import BotServices, create_app
from bot.errors import SlackRefused, SlackUnavailable
from bot.mailbox import Mailbox
from bot.outbox import Outbox
from bot.presence import Presence
from bot.queue import Jobs
from bot.settings import Settings
from bot.slack import SlackGateway

log = structlog.get_logger()

EVENTS_PATH = "/slack/events"
DEAD_AFTER_SECONDS = 60.0
REDIS_SECONDS = 1.5  #: of Slack's three for an acknowledgement


class CannotServe(Exception):
    """The bot cannot start; the message says why and what to do."""


class Door(Protocol):
    """A way by which Slack reaches us."""

    def open(self) -> None:
        """Start to serve."""

    def alive(self) -> bool:
        """Whether Slack can still reach us."""

    def close(self) -> None:
        """Take nothing more in, and finish what has begun."""


def connect(url: str, *, text: bool) -> "redis.Redis":
    """A Redis connection for the short way from Slack to the mailbox: one quick retry, then the truth.

    Every command of ours that writes is a script that may be repeated safely.
    """
    return redis.Redis.from_url(
        url,
        decode_responses=text,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


def build(settings: Settings) -> BotServices:
    """The services of this process.

    Raises:
        CannotServe: Slack does not know the token, or does not answer.
    """
    gateway = SlackGateway(token=settings.slack_bot_token.get_secret_value(), api_url=settings.slack_api_url)
    try:
        team, bot_user = gateway.identity()
    except SlackRefused as exc:
        raise CannotServe(f"Slack does not accept SLACK_BOT_TOKEN ({exc.reason}): copy it again.") from exc
    except SlackUnavailable as exc:
        raise CannotServe(f"Slack does not answer at {settings.slack_api_url}: check the network.") from exc
    connection = connect(settings.redis_url, text=True)
    return BotServices(
        team=team,
        bot_user=bot_user,
        connection=connection,
        mailbox=Mailbox(connection),
        jobs=Jobs(connect(settings.redis_url, text=False)),
        outbox=Outbox(connection, team=team),
        presence=Presence(gateway, connection, team=team, threads=4),
    )


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT.

    Returns:
        0 after a clean stop; 1 when Slack could no longer reach us, so that a supervisor starts us anew.

    Raises:
        CannotServe: It cannot start.
    """
    services = build(settings)
    door = _door(settings, create_app(settings, services))
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    door.open()
    log.info("bot_serving", team=services.team, socket=settings.slack_app_token is not None)
    try:
        return _watch(door.alive, stop)
    finally:
        door.close()
        services.presence.close()
        log.info("bot_stopped")


def _watch(alive: Callable[[], bool], stop: Event) -> int:
    seen = time.monotonic()
    while not stop.wait(1.0):
        if alive():
            seen = time.monotonic()
        elif time.monotonic() - seen > DEAD_AFTER_SECONDS:
            log.error("slack_connection_dead", seconds=int(time.monotonic() - seen))
            return 1
    return 0


def _door(settings: Settings, app: App) -> Door:
    if settings.slack_app_token is not None:
        return SocketDoor(app, settings.slack_app_token.get_secret_value())
    return HttpDoor(app, settings.port)


class SocketDoor:
    """Socket Mode: we call Slack."""

    def __init__(self, app: App, token: str) -> None:
        self._handler = InOrder(app, token)

    def open(self) -> None:
        """Connect.

        Raises:
            CannotServe: Slack refuses the app token, or does not answer.
        """
        try:
            self._handler.connect()  # type: ignore[no-untyped-call]  # Bolt's own code is untyped here
        except Exception as exc:
            raise CannotServe(f"Socket Mode does not open ({type(exc).__name__}): check SLACK_APP_TOKEN.") from exc

    def alive(self) -> bool:
        """Whether a pong came lately: a socket may be dead while the process is up."""
        session = self._handler.client.current_session
        if session is None or not self._handler.client.is_connected():
            return False
        return session.last_ping_pong_time is None or time.time() - session.last_ping_pong_time < DEAD_AFTER_SECONDS / 2

    def close(self) -> None:
        """Disconnect, and wait for the listeners that run."""
        leave(self._handler)
        self._handler.pool.shutdown()


class InOrder(SocketModeHandler):
    """Bolt's handler, which takes events in the order of their envelopes.

    Bolt's own gives each to the next of ten threads: of two messages of one thread the second may be accepted, and
    answered, first. What a person presses or types as a command may wait for an answer of Slack's; it has threads of
    its own and holds up no message.
    """

    def __init__(self, app: App, token: str) -> None:
        super().__init__(app, token, concurrency=1)
        self.pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="interactive")

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as in Bolt
        """Hand an envelope to the app, and acknowledge it with what the app says."""
        if req.type == "events_api":
            super().handle(client, req)
        else:
            self.pool.submit(super().handle, client, req)


def leave(handler: SocketModeHandler) -> None:
    """Close a Socket Mode connection at once.

    The SDK's client holds a lock for up to three seconds while it waits for Slack's next word; waking it saves those.
    Its own threads may close the socket in the same moment, on which its `close` stumbles: then it is called again.
    """
    handler.client.auto_reconnect_enabled = False
    session = handler.client.current_session
    if session is not None and session.sock is not None:
        with contextlib.suppress(OSError):
            session.sock.shutdown(socket.SHUT_RD)
    try:
        handler.close()  # type: ignore[no-untyped-call]  # Bolt's own code is untyped here
    except AttributeError:
        handler.close()  # type: ignore[no-untyped-call]  # the same


class HttpDoor:
    """Signed HTTP requests: Slack calls us."""

    def __init__(self, app: App, port: int) -> None:
        self._server = create_server(SlackRequestHandler(app, path=EVENTS_PATH), host="0.0.0.0", port=port, threads=8)  # noqa: S104 - Slack calls from outside
        self._thread = Threading(target=self._server.run, name="http", daemon=True)

    def open(self) -> None:
        """Listen."""
        self._thread.start()

    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop listening, and wait for the requests that run."""
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=3)
        self._server.close()
