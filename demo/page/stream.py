"""A run of messages, oldest first: a channel or a thread, kept up to date message by message."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from nicegui import ui

from demo.page.markup import box, day, markup, moment
from demo.page.message import MessageView, Place
from demo.page.visit import Visit
from demo.workspace.model import Message

_TOGETHER: Final = 300  #: seconds within which messages of one author stand under one name
_PAGE: Final = 60  #: messages shown at first, and added by each "Show earlier messages"


class Stream:
    """The messages of a channel or thread.

    Args:
        visit: Whose eyes it is for.
        place: Channel or thread.
        introduce: Draws what stands above the first message; not called while earlier messages are left out.
    """

    def __init__(self, visit: Visit, place: Place, introduce: Callable[[], None]) -> None:
        self._visit = visit
        self._place: Place = place
        self._introduce = introduce
        self._views: dict[str, MessageView] = {}
        self._last: Message | None = None
        self._all: list[Message] = []
        self._limit = _PAGE
        with box("scroller", testid=f"{place}-messages") as self._scroller:
            self._holder = box("scroller-inner")
        self._scroller.props.update({"tabindex": "0", "role": "log", "aria-label": f"Messages in this {place}"})

    def load(self, messages: Iterable[Message], *, limit: int = _PAGE) -> None:
        """Show these and nothing else; of many, the newest."""
        self._all = sorted(messages, key=lambda message: message.ts)
        self._limit = limit
        self._views.clear()
        self._last = None
        self._holder.clear()
        with self._holder:
            if len(self._all) > limit:
                earlier = markup("Show earlier messages", tag="button", css="earlier", testid="earlier")
                earlier.on("click", lambda: self.load(self._all, limit=limit + _PAGE), args=[])
            else:
                self._introduce()
            for message in self._all[-limit:]:
                self._append(message)

    def put(self, message: Message) -> None:
        """Show a new message, or one that changed."""
        self._all = [message if known.ts == message.ts else known for known in self._all]
        if message.ts in self._views:
            self._views[message.ts].show(message)
        elif self._last is not None and message.ts < self._last.ts:
            if not any(known.ts == message.ts for known in self._all):
                self.load([*self._all, message], limit=self._limit + 1)
        else:
            self._all.append(message)
            self._limit += 1
            with self._holder:
                self._append(message)

    def drop(self, ts: str) -> None:
        """Take a message away, if it is here."""
        if any(known.ts == ts for known in self._all):
            self.load([known for known in self._all if known.ts != ts], limit=self._limit)

    def to_end(self) -> None:
        """Show the newest message, wherever the person had scrolled to."""
        ui.run_javascript(f"getHtmlElement({self._scroller.id})?.scrollTo(0, 0)")

    def holds(self, ts: str) -> bool:
        """Whether the message is shown here."""
        return ts in self._views

    def show_thread_link(self, root: str) -> None:
        """Show under a root what became of its thread."""
        if root in self._views:
            self._views[root].show_thread_link()

    def _append(self, message: Message) -> None:
        previous, self._last = self._last, message
        if self._place == "channel" and _another_day(previous, message):
            today = datetime.fromtimestamp(self._visit.workspace.now()).astimezone().date()
            markup(f"<span>{day(moment(message.ts).date(), today)}</span>", css="day", testid="day")
        compact = _belongs_to(previous, message)
        self._views[message.ts] = MessageView(message, self._visit, self._place, compact=compact)
        if self._place == "thread" and not message.is_reply and not message.ephemeral_to:
            markup("Replies", css="thread-divider")


def _another_day(previous: Message | None, message: Message) -> bool:
    return previous is None or moment(previous.ts).date() != moment(message.ts).date()


def _belongs_to(previous: Message | None, message: Message) -> bool:
    """Whether a message goes without a name because the one above it says who writes."""
    if previous is None or message.blocks or _another_day(previous, message):
        return False  # a card stands for itself
    if previous.subtype == "tombstone" or (not previous.is_reply and message.is_reply):
        return False
    same = (previous.user, previous.ephemeral_to, previous.username) == (
        message.user,
        message.ephemeral_to,
        message.username,
    )
    return same and (moment(message.ts) - moment(previous.ts)).total_seconds() < _TOGETHER
