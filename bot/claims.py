"""What a courier has in hand: what it claimed, what it sends, and why it may have to let go of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from bot.budgets import Refusal
from bot.enclosures import Enclosure
from bot.views.view import View


@dataclass(frozen=True, slots=True)
class Due:
    """A lane or an edit that was claimed."""

    member: str
    since: str  # when it fell due

    @property
    def kind(self) -> str:
        """Which kind of thing it is."""
        return self.member.split("|", 1)[0]

    @property
    def rest(self) -> str:
        """Which one of its kind."""
        return self.member.split("|", 1)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An entry on its way.

    Attributes:
        name: The entry's name.
        nonce: Who sends it, at which try.
        begun: When it was first sent, in seconds since the epoch.
        maybe_sent: Whether Slack may have it by now.
        grows: For whom it is shown while it is written, a user id; such a message brings no file along.
        enclosure: The file it brings along.
        uploaded: The id of that file, once Slack has its bytes.
        instead: Whether it takes the place of the message that was pressed; only by `url`.
    """

    name: str
    nonce: str
    channel: str
    thread: str
    user: str
    url: str
    view: View
    begun: float
    maybe_sent: bool
    grows: str = ""
    enclosure: Enclosure | None = None
    uploaded: str = ""
    instead: bool = False


class Taken(Exception):
    """Another courier has taken the entry over."""


class Claim:
    """What this courier is calling Slack about. Whoever enters it may use it undisturbed; it ends only in between."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._member: str | None = None
        self._since = 0.0

    @property
    def held(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._since

    def __enter__(self) -> str | None:
        self._lock.acquire()
        return self._member

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    @contextmanager
    def on(self, member: str) -> Iterator[None]:
        """Hold this member for as long as the block takes."""
        with self._lock:
            self._member, self._since = member, time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._member = None


class Wait(Exception):
    """The budget is spent for now."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal
