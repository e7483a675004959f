"""The line that says what the app is doing: "Trainmaster is reading the file…"."""

import asyncio
import html
from typing import Final

from demo.page.markup import markup
from demo.page.visit import Visit
from demo.workspace.model import Status

_DOTS: Final = '<span class="dots"><i></i><i></i><i></i></span>'


class StatusLine:
    """The status of one thread, or of a direct message; it vanishes by itself when it expires."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._place = ("", "")
        self._shown = ""
        self._expiry: asyncio.TimerHandle | None = None
        self._line = markup("", css="status-line", testid="status")
        self._line.props["aria-live"] = "polite"

    def watch(self, channel: str, thread: str) -> None:
        """Show the status of this thread from now on; of none with empty strings."""
        self._place = (channel, thread)
        self.refresh()

    def refresh(self) -> None:
        """Show the status as it is now."""
        status = self._visit.workspace.status(*self._place)
        words = _words(status)
        bot = html.escape(self._visit.workspace.bot.real_name)
        content = f"{_DOTS}<span><b>{bot}</b> {html.escape(words)}</span>" if words else ""
        if content != self._shown:
            self._shown = content
            self._line.set_content(content)
        if self._expiry:
            self._expiry.cancel()
            self._expiry = None
        if status and words:
            left = max(0.0, status.expires - self._visit.workspace.now()) + 0.1
            self._expiry = asyncio.get_running_loop().call_later(left, self._expired)

    def _expired(self) -> None:
        if not self._line.is_deleted and not self._line.client.is_deleted:
            self.refresh()


def _words(status: Status | None) -> str:
    if status is None:
        return ""
    return status.text or next(iter(status.loading), "")
