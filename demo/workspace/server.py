"""The workspace as a server: one uvicorn in a thread, on loopback."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from fastapi import FastAPI

from demo.workspace import seed
from demo.workspace.app_config import AppConfig
from demo.workspace.connection import ReachableProtocol
from demo.workspace.control import REFUSALS, ControlApp, refusal
from demo.workspace.credentials import kept_credentials, new_credentials
from demo.workspace.delivery import ACK_SECONDS, RETRY_DELAYS, Delivery, Outgoing
from demo.workspace.events import Events
from demo.workspace.faults import Faults
from demo.workspace.http_delivery import HttpDelivery
from demo.workspace.interactions import Interactions
from demo.workspace.limits import RateLimits
from demo.workspace.model import JSON
from demo.workspace.parts import Parts
from demo.workspace.responses import Responses
from demo.workspace.routes import slack_routes
from demo.workspace.sessions import clear_on_reply
from demo.workspace.site import Site
from demo.workspace.socket_mode import SocketMode
from demo.workspace.store import FolderStore
from demo.workspace.web_api import CallLog, WebApi
from demo.workspace.workspace import Workspace

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class PortInUse(Exception):
    """Another program listens on the port; the text says which port, for the person at the terminal."""


class WorkspaceServer:
    """A local Slack workspace, served.

        with WorkspaceServer() as server:
            client = WebClient(server.bot_token, base_url=server.api_url)
            server.workspace.post("alice", "#ml-pipelines", "@trainmaster hello")

    Args:
        state_dir: Where messages, files, channels and the app's tokens survive a restart; None for memory alone.
        port: 0 for any free one.
        host: The address to listen on; anything but loopback opens the workspace, and so the app, to that network.
        app: The installed app: scopes, events, commands, and the request URL that chooses HTTP over Socket Mode.
        limits: Whether Slack's rate limits hold.
        ack_seconds: How long the app has to acknowledge.
        retry_delays: Seconds before each redelivery of an unacknowledged event.
        clock: The workspace's time, by which triggers, response URLs and status lines lapse.

    Raises:
        PortInUse: Another program listens on the port.
        StoreUnusable: The folder cannot hold the state.

    Attributes:
        workspace: What people do, and all there is to read.
        app: The FastAPI application; a page may be mounted on it before `start`.
        faults: What goes wrong on purpose.
        limits: The rate limits; `limits.enabled` switches them.
    """

    def __init__(
        self,
        state_dir: Path | None = None,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        app: AppConfig | None = None,
        limits: bool = True,
        ack_seconds: float = ACK_SECONDS,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        store = FolderStore(state_dir) if state_dir else None
        credentials = kept_credentials(state_dir) if state_dir else new_credentials()
        self.bot_token = credentials.bot_token
        self.app_token = credentials.app_token
        self.signing_secret = credentials.signing_secret
        self.workspace = Workspace(store, app=app, clock=clock)
        self._listener = _listening(host, port)
        port = self._listener.getsockname()[1]
        self.faults = Faults()
        self.limits = RateLimits(enabled=limits)
        self._site = Site(
            self.bot_token, self.app_token, self.signing_secret, self.workspace.now, f"http://127.0.0.1:{port}"
        )
        self._http = HttpDelivery(
            self.workspace.app.request_url, self.signing_secret, self.faults, ack_seconds=ack_seconds
        )
        self._parts = self._assembled(ack_seconds, retry_delays)
        self.app = self._application()
        self._server = uvicorn.Server(_uvicorn_config(self.app))
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def page_url(self) -> str:
        """Where the page is, without a slash at the end."""
        return self._site.base_url

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` is to be."""
        return f"{self._site.base_url}/api/"

    @property
    def calls(self) -> CallLog:
        """What the app called."""
        return self._parts.api.calls

    @property
    def connections(self) -> int:
        """How many Socket Mode connections the app has."""
        return self._parts.sockets.connections

    @property
    def underway(self) -> int:
        """How many deliveries to the app are not finished."""
        return self._parts.delivery.underway

    def start(self) -> None:
        """Serve, in a thread of its own; returns once it answers.

        Raises:
            RuntimeError: It did not come up.
        """
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="workspace", daemon=True
        )
        self._thread.start()
        deadline = threading.Event()
        waited = 0.0
        while not self._server.started:
            if not self._thread.is_alive() or waited > START_SECONDS:
                raise RuntimeError("the local workspace did not start")
            deadline.wait(0.02)
            waited += 0.02

    def stop(self) -> None:
        """Stop serving and close the store; callable twice."""
        self._server.should_exit = True
        if self._thread:
            self._thread.join(STOP_SECONDS)
            self._thread = None
        self._listener.close()
        self.workspace.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def disconnect(self, *, politely: bool = False) -> None:
        """End the app's sockets now: reset them, or ask for new ones as Slack does about once an hour."""
        self._in_the_loop(self._parts.sockets.refresh() if politely else self._parts.sockets.cut())

    def stall(self) -> None:
        """Leave the app's sockets open, and let nothing over them any more; new ones are fine."""
        self._in_the_loop(self._parts.sockets.stall())

    def _in_the_loop(self, ending: Coroutine[Any, Any, None]) -> None:
        if self._loop is None:
            ending.close()
        elif threading.current_thread() is self._thread:  # from the page: its loop is ours and cannot wait for itself
            self._ending = self._loop.create_task(ending)
        else:
            asyncio.run_coroutine_threadsafe(ending, self._loop).result(STOP_SECONDS)

    def verify_request_url(self) -> bool:
        """Whether the app's request URL answers Slack's challenge."""
        if self._loop is None:
            return False
        return asyncio.run_coroutine_threadsafe(self._http.verify(), self._loop).result(STOP_SECONDS)

    # --- inside --------------------------------------------------------------------------------------------------

    def _assembled(self, ack_seconds: float, retry_delays: tuple[float, ...]) -> Parts:
        config = self.workspace.app
        sockets = SocketMode(self._site, self.faults, config.app_id, ack_seconds=ack_seconds)
        transport = self._http if config.request_url else sockets
        return Parts(
            workspace=self.workspace,
            site=self._site,
            api=WebApi(self.workspace, self._site, self.faults, self.limits),
            responses=Responses(self.workspace),
            faults=self.faults,
            limits=self.limits,
            sockets=sockets,
            delivery=Delivery(transport, self.faults, retry_delays=retry_delays),
        )

    def _application(self) -> FastAPI:
        parts = self._parts
        self._events = events = Events(self.workspace, self._site, self._send_event, lambda: self.faults.mention_files)
        self.workspace.subscribe(lambda change: clear_on_reply(self.workspace, change))
        self.workspace.subscribe(events.changed)
        self.workspace.connect(Interactions(self.workspace, self._site, parts.responses, parts.delivery.send))
        app = FastAPI(title=seed.TEAM_NAME, lifespan=self._lifespan, docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(slack_routes(parts))
        app.mount("/control", ControlApp(parts))
        for error in REFUSALS:
            app.add_exception_handler(error, refusal)
        return app

    def stop_session(self, user: str, channel_id: str, thread_ts: str) -> None:
        """Press Slack's own stop button in a thread.

        Raises:
            NotFound: There is none now.
        """
        self._events.stopped(user, channel_id, thread_ts)

    def _send_event(self, payload: JSON) -> None:
        self._parts.delivery.send(Outgoing("events_api", payload))

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        del app
        self._loop = asyncio.get_running_loop()
        self._parts.delivery.start()
        expiry = asyncio.create_task(_every_second(self.workspace.expire_statuses))
        yield
        expiry.cancel()
        await self._parts.delivery.stop()
        self._loop = None


async def _every_second(work: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(1)
        work()


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as taken:
        listener.close()
        raise PortInUse(f"Port {port} is in use by another program: stop that, or choose another port.") from taken
    return listener


def _uvicorn_config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=ReachableProtocol,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
    )
