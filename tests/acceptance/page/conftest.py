"""The page on a real server, with a workspace and an app of a few lines behind it; each test has its own channel."""

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Locator, Page

from demo.page import mount
from demo.workspace import seed
from demo.workspace.model import Message
from demo.workspace.workspace import Workspace
from tests.fakes.page_app import PageApp
from tests.fixtures.browser import DESKTOP, OpenTab


@dataclass(frozen=True)
class Room:
    """A channel with everybody in it, and the way to look at it.

    Attributes:
        channel: Its id.
        app: The app on the other side.
    """

    channel: str
    app: PageApp
    url: str
    open_tab: OpenTab

    @property
    def workspace(self) -> Workspace:
        """What the page shows."""
        return self.app.workspace

    def visit(self, person: str = "alice", *, size: tuple[int, int] = DESKTOP, dark: bool = False) -> Page:
        """A tab that acts as somebody and shows the channel, ready to be used."""
        return self.open_tab(self.address(person), size=size, dark=dark)

    def address(self, person: str = "alice") -> str:
        """Where somebody sees the channel."""
        return f"{self.url}/?as={person}&channel={self.channel}"

    def last(self) -> Message:
        """The newest message of the channel."""
        return self.workspace.messages(self.channel)[-1]


def message(page: Page, ts: str) -> Locator:
    """A message on the page."""
    return page.locator(f'[data-testid="message"][data-ts="{ts}"]')


@pytest.fixture(scope="session")
def page_site() -> Iterator[tuple[str, Workspace]]:
    """The URL of a server with the page, and what it shows. NiceGUI is one per process, so is this."""
    workspace = Workspace()
    site = FastAPI()
    mount(site, workspace)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(site, log_level="warning", ws_ping_interval=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.started, "the page's server did not start within 20 s"
        yield f"http://127.0.0.1:{port}", workspace
        server.should_exit = True
        thread.join(20)


_NUMBERS = itertools.count(1)


@pytest.fixture
def room(page_site: tuple[str, Workspace], open_tab: OpenTab) -> Iterator[Room]:
    """A new channel, and a new app behind it."""
    url, workspace = page_site
    app = PageApp(workspace)
    workspace.connect(app)
    channel = workspace.create_channel(f"test-{next(_NUMBERS)}", [*seed.HUMANS, seed.BOT])
    yield Room(channel.id, app, url, open_tab)
    workspace.connect(None)
