"""Where the workspace stands on the network, and what was handed out there for one use."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from demo.workspace import seed
from demo.workspace.model import File, Message

TICKET_SECONDS = 60


@dataclass(slots=True)
class Upload:
    """An upload that was announced: the file to be, and its bytes once they came."""

    file: File
    content: bytes | None = None


@dataclass(slots=True)
class Site:
    """The server's address, its secrets, and its open tickets and uploads.

    Attributes:
        base_url: `http://127.0.0.1:PORT`, known once the server listens.
    """

    bot_token: str
    app_token: str
    signing_secret: str
    clock: Callable[[], float]
    base_url: str = ""
    uploads: dict[str, Upload] = field(default_factory=dict)
    _tickets: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def socket_url(self, app_id: str) -> str:
        """A new WebSocket address, good for one connection within a minute."""
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            now = self.clock()
            self._tickets = {t: until for t, until in self._tickets.items() if until > now}
            self._tickets[ticket] = now + TICKET_SECONDS
        return f"{self.base_url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={app_id}"

    def admits(self, ticket: str) -> bool:
        """Whether a ticket was handed out and not yet used; using it up."""
        with self._lock:
            return self._tickets.pop(ticket, 0.0) > self.clock()

    def upload_url(self, ticket: str) -> str:
        """Where the bytes of an announced upload go."""
        return f"{self.base_url}/upload/v1/{ticket}"

    def private_url(self, file: File, *, download: bool = False) -> str:
        """Where a file's bytes are, for who has a token."""
        middle = "download/" if download else ""
        return f"{self.base_url}/files-pri/{seed.TEAM}-{file.id}/{middle}{_url_name(file.name)}"

    def permalink(self, message: Message) -> str:
        """The address of a message on the page."""
        link = f"{self.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}"
        return f"{link}?thread_ts={message.root}&cid={message.channel}" if message.is_reply else link


def _url_name(name: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name.lower())
    return kept or "file"
