"""From settings to a bot that serves, and stops cleanly."""

import contextlib
import errno
import math
import select
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from threading import Thread as Threading
from types import FrameType
from typing import Any, Protocol

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from waitress.server import create_server

from bot.app import BotServices, create_app
from bot.budgets import Budgets
from bot.errors import SlackRefused, SlackUnavailable
from bot.hiding import hiding
from bot.mailbox import Mailbox
from bot.outbox import Outbox
from bot.patience import START_SECONDS, patiently
from bot.policy_store import PolicyStore
from bot.presence import Presence
from bot.proposal_store import ProposalStore
from bot.queue import Jobs
from bot.settings import Settings
from bot.slack import SlackGateway
from bot.slack_faults import slack_errors
from bot.stopping import end_in_time
from bot.stops import Stops

log = structlog.get_logger()

EVENTS_PATH = "/slack/events"
#: Six pings without a pong, in which the SDK has had the time to connect anew.
DEAD_AFTER_SECONDS = 60.0
PING_SECONDS = 10.0
HUNG_UP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)  # the last one is Linux's
REDIS_SECONDS = 1.5  #: of Slack's three for an acknowledgement


class CannotServe(Exception):
    """The bot cannot start; the message says why and what to do."""


class Door(Protocol):
    """A way by which Slack reaches us."""

    def open(self) -> None:
        """Start to serve."""

    def tend(self) -> float:
        """Mend what can be mended; seconds since we last knew that Slack can reach us."""

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


def build(settings: Settings, *, patience: float = START_SECONDS) -> BotServices:
    """The services of this process.

    Args:
        settings: The configuration.
        patience: Seconds for which Slack is asked again while it does not answer.

    Raises:
        CannotServe: Slack does not know the token, or does not answer.
    """
    gateway = SlackGateway(
        token=settings.slack_bot_token.get_secret_value(), api_url=settings.slack_api_url, hide=hiding(settings)
    )
    try:
        team, bot_user = patiently(gateway.identity, seconds=patience)
    except SlackRefused as exc:
        raise CannotServe(f"Slack does not accept SLACK_BOT_TOKEN ({exc.reason}): copy it again.") from exc
    except SlackUnavailable as exc:
        raise CannotServe(f"Slack does not answer at {settings.slack_api_url}: check the network.") from exc
    connection = connect(settings.redis_url, text=True)
    gateway.keep_to(Budgets(connection, team=team))
    policies = PolicyStore(connection, team=team)
    kept = policies.retention
    return BotServices(
        team=team,
        bot_user=bot_user,
        connection=connection,
        mailbox=Mailbox(connection, kept=kept),
        jobs=Jobs(connect(settings.redis_url, text=False)),
        outbox=Outbox(connection, team=team),
        presence=Presence(gateway, connection, team=team, threads=4),
        gateway=gateway,
        proposals=ProposalStore(connection, team=team, kept=kept),
        stops=Stops(connection),
        policies=policies,
    )


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT.

    Returns:
        0 after a clean stop; 1 when Slack could no longer reach us, so that a supervisor starts us anew.

    Raises:
        CannotServe: It cannot start.
        SystemExit: It was stopped before it served.
    """
    _on_stop(_leave_at_once)  # nothing was taken in yet, so that nothing is to be finished
    services = build(settings)
    door = _door(settings, create_app(settings, services))
    stop = Event()
    try:
        door.open()
        _on_stop(lambda *_: end_in_time(stop))
        log.info("bot_serving", team=services.team, socket=settings.slack_app_token is not None)
        return _watch(door.tend, stop)
    finally:
        door.close()
        services.presence.close()
        log.info("bot_stopped")


def _on_stop(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _leave_at_once(*_: object) -> None:
    raise SystemExit(0)


def _watch(tend: Callable[[], float], stop: Event) -> int:
    while not stop.wait(1.0):
        if (seconds := tend()) > DEAD_AFTER_SECONDS:
            remedy = "this process ends, so that its supervisor starts it anew"
            log.error("slack_connection_dead", silent_for=int(seconds), remedy=remedy)
            return 1
    return 0


def _door(settings: Settings, app: App) -> Door:
    if settings.slack_app_token is not None:
        return SocketDoor(app, settings.slack_app_token.get_secret_value())
    return HttpDoor(app, settings.port)


class SocketDoor:
    """Socket Mode: we call Slack.

    The SDK's client connects anew when a connection ends in good order or when pongs stay away. It does not when no
    pong ever came, when it hangs in a handshake, or when Slack asks it to wait for long: so the silence is measured
    here, over all of its connections, by a clock that nobody sets. A connection that ended without a word it reads on
    and on (measured: 50 s), until five pings have failed: so the end is looked for here, too.
    """

    def __init__(self, app: App, token: str, *, ping_seconds: float = PING_SECONDS) -> None:
        self._handler = InOrder(app, token, ping_interval=ping_seconds)
        self._pong: object = None
        self._heard = time.monotonic()
        self._mending: Threading | None = None
        self._again_at = 0.0
        self._handler.client.on_message_listeners.append(self._hear)

    def open(self, *, patience: float = START_SECONDS) -> None:
        """Connect, and try again for so many seconds while Slack does not answer.

        Raises:
            CannotServe: Slack refuses the app token, or does not answer.
        """
        try:
            patiently(self._connect, seconds=patience)
        except SlackRefused as exc:
            raise CannotServe(f"Slack does not accept SLACK_APP_TOKEN ({exc.reason}): check it.") from exc
        except SlackUnavailable as exc:
            raise CannotServe("Slack does not open a Socket Mode connection: check the network.") from exc
        self._heard = time.monotonic()

    def tend(self) -> float:
        """Connect anew, in a thread of its own, when the connection has ended; seconds since the last sign of life."""
        sock = _sock(self._handler)
        ended = sock is None or hung_up(sock)
        idle = self._mending is None or not self._mending.is_alive()
        if ended and idle and time.monotonic() >= self._again_at:
            log.warning("slack_connection_ended", remedy="connecting anew")
            self._mending = Threading(target=self._mend, name="socket", daemon=True)
            self._mending.start()
        return self.silence()

    def silence(self) -> float:
        """Seconds since the last envelope or pong: a socket may be dead while the process is up."""
        session = self._handler.client.current_session
        pong = (session, session.last_ping_pong_time) if session is not None else None
        if session is not None and session.last_ping_pong_time is not None and pong != self._pong:
            self._pong = pong
            self._heard = time.monotonic()
        return time.monotonic() - self._heard

    def close(self) -> None:
        """Disconnect, and wait for the listeners that run."""
        leave(self._handler)
        self._handler.pool.shutdown()

    def _mend(self) -> None:
        session, sock = self._handler.client.current_session, _sock(self._handler)
        try:
            if session is not None and sock is not None and hung_up(sock):
                session.disconnect()
            self._connect()
        except SlackUnavailable as exc:
            self._again_at = time.monotonic() + (exc.retry_after or 1.0)
            log.warning("slack_does_not_answer", method=exc.method)
        except SlackRefused as exc:
            log.error("slack_refuses_the_app_token", reason=exc.reason)  # noqa: TRY400 - for the operator, no trace
        except AttributeError:  # another thread of the SDK has closed the same socket: see `leave`
            log.debug("socket_closed_by_two")

    def _hear(self, _: str) -> None:
        self._heard = time.monotonic()

    def _connect(self) -> None:
        client = self._handler.client
        with client.connect_operation_lock:  # once it was called it tries again by itself, too
            if client.is_connected():
                return
            with slack_errors("apps.connections.open"):  # its own way sleeps as long as a 429 says
                client.wss_uri = client.web_client.apps_connections_open(app_token=client.app_token)["url"]
            client.connect()
            if not client.is_connected():  # it logs why, and goes on as if it were
                raise SlackUnavailable("Socket Mode")


class InOrder(SocketModeHandler):
    """Bolt's handler, which takes events in the order of their envelopes.

    Bolt's own gives each to the next of ten threads: of two messages of one thread the second may be accepted, and
    answered, first. What a person presses or types as a command may wait for an answer of Slack's; it has threads of
    its own and holds up no message.
    """

    def __init__(self, app: App, token: str, *, ping_interval: float) -> None:
        super().__init__(app, token, concurrency=1, ping_interval=ping_interval)
        self.pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="interactive")

    def handle(self, client: Any, req: Any) -> None:
        """Hand an envelope to the app, and acknowledge it with what the app says."""
        if req.type == "events_api":
            super().handle(client, req)
        else:
            self.pool.submit(super().handle, client, req).add_done_callback(_tell_fault)


def _tell_fault(done: "Future[None]") -> None:
    if fault := done.exception():
        log.error("not_acknowledged", error=type(fault).__name__, exc_info=fault)


def _sock(handler: SocketModeHandler) -> socket.socket | None:
    """The connection's socket, read once: the SDK's threads take it away at any time."""
    session = handler.client.current_session
    return session.sock if session is not None else None


def hung_up(connection: socket.socket) -> bool:
    """Whether the other side has ended a connection, or it broke; what it said before may still be read."""
    looked = select.poll()
    try:
        looked.register(connection, HUNG_UP)
        return bool(looked.poll(0))
    except (OSError, ValueError):  # it was closed on our side
        return True


class _Over:
    """The state of a connection that is over, once and for all, as the SDK's client keeps it."""

    @property
    def terminated(self) -> bool:
        """It is."""
        return True

    @terminated.setter
    def terminated(self, value: bool) -> None:
        """The SDK's reader takes it back when it begins after the end; then it would read from nothing for ever."""


def leave(handler: SocketModeHandler) -> None:
    """Close a Socket Mode connection at once.

    The SDK's client holds a lock for up to three seconds while it waits for Slack's next word, and a thread of it waits
    for up to one for the next envelope; waking both saves those.
    Its own threads may close the socket in the same moment, on which its `close` stumbles: then it is called again.
    """
    client = handler.client
    client.auto_reconnect_enabled = False
    client.closed = True  # before the thread is woken: it goes on to wait for another envelope until it sees this
    before = client.current_session_state
    client.current_session_state = _Over()  # type: ignore[assignment]  # all that its threads read of it
    before.terminated = True
    client.message_processor.event.set()
    client.message_queue.put(None)  # which it takes for nothing
    sock = _sock(handler)
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RD)
    try:
        handler.close()  # type: ignore[no-untyped-call]  # Bolt's own code is untyped here
    except AttributeError:
        handler.close()  # type: ignore[no-untyped-call]  # the same


class HttpDoor:
    """Signed HTTP requests: Slack calls us."""

    def __init__(self, app: App, port: int) -> None:
        """Take the port, so that nobody else does before `open`.

        Raises:
            CannotServe: It is taken.
        """
        handler = SlackRequestHandler(app, path=EVENTS_PATH)
        try:
            self._server = create_server(handler, host="0.0.0.0", port=port, threads=8)  # noqa: S104 - Slack calls from outside
        except OSError as exc:
            why = "is in use" if exc.errno == errno.EADDRINUSE else f"cannot be had ({exc.strerror})"
            raise CannotServe(f"PORT {port} {why}: set another one, or stop the program that has it.") from exc
        self._thread = Threading(target=self._server.run, name="http", daemon=True)

    def open(self) -> None:
        """Listen."""
        self._thread.start()

    def tend(self) -> float:
        """Nothing while the server runs; without end when it does not."""
        return 0.0 if self._thread.is_alive() else math.inf

    def close(self) -> None:
        """Stop listening, and wait for the requests that run."""
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=3)
        self._server.close()
