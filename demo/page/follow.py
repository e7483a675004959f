"""What a change of the workspace changes on the page: as few elements as possible."""

from collections.abc import Callable

from demo.page.modal import ModalLayer
from demo.page.panes import ChannelPane, ThreadPane
from demo.page.sidebar import Sidebar
from demo.page.visit import Visit
from demo.workspace.model import Change, Message
from demo.workspace.timeline import NotFound


class Follower:
    """Brings changes to the parts of one tab that show what changed."""

    def __init__(
        self, visit: Visit, sidebar: Sidebar, channel: ChannelPane, thread: ThreadPane, modal: ModalLayer
    ) -> None:
        self._visit = visit
        self._sidebar = sidebar
        self._channel = channel
        self._thread = thread
        self._modal = modal
        self._handlers: dict[str, Callable[[Change], None]] = {
            "posted": self._posted,
            "edited": self._changed,
            "reaction": self._changed,
            "deleted": self._deleted,
            "ephemeral": self._ephemeral,
            "ephemeral_gone": self._deleted,
            "status": self._status,
            "channel": self._room,
            "file": self._file,
            "view": self._view,
        }

    def told(self, change: Change) -> None:
        """Show a change; the end of an interaction is shown by the control that began it."""
        handler = self._handlers.get(change.kind)
        if handler:
            handler(change)

    def _posted(self, change: Change) -> None:
        message = change.message
        if message is None:
            return
        self._count(message)
        if message.channel != self._visit.channel:
            return
        if message.is_reply:
            self._channel.stream.show_thread_link(message.root)
        if not message.is_reply or message.broadcast:
            self._channel.stream.put(message)
        if message.root == self._visit.thread:
            self._thread.stream.put(message)

    def _count(self, message: Message) -> None:
        """One more unread message for everybody but its author and who is looking at it in this tab."""
        visit = self._visit
        for person in visit.workspace.humans:
            looking = (person.id, message.channel) == (visit.me, visit.channel)
            if person.id != message.user and not looking:
                visit.unread[person.id, message.channel] += 1
        if message.channel != visit.channel:
            self._sidebar.refresh()

    def _changed(self, change: Change) -> None:
        if change.message is not None:
            self._put(change.message)

    def _deleted(self, change: Change) -> None:
        message = change.message
        if message is None or message.channel != self._visit.channel:
            return
        try:
            # A root with replies leaves a tombstone.
            self._put(self._visit.workspace.message(message.channel, message.ts))
        except NotFound:
            self._channel.stream.drop(message.ts)
            self._thread.stream.drop(message.ts)
            self._channel.stream.show_thread_link(message.root)

    def _put(self, message: Message) -> None:
        """Show a message as it is now, wherever it is shown."""
        if message.channel == self._visit.channel:
            for stream in (self._channel.stream, self._thread.stream):
                if stream.holds(message.ts):
                    stream.put(message)

    def _ephemeral(self, change: Change) -> None:
        message, visit = change.message, self._visit
        if message is None or message.ephemeral_to != visit.me or message.channel != visit.channel:
            return
        if message.thread_ts is None:
            self._channel.stream.put(message)
        elif message.thread_ts == visit.thread:
            self._thread.stream.put(message)

    def _status(self, change: Change) -> None:
        self._thread.status.refresh()
        if change.channel == self._visit.channel:
            self._channel.stream.show_thread_link(change.thread_ts)

    def _room(self, change: Change) -> None:
        self._sidebar.refresh()
        if change.channel in {"", self._visit.channel}:
            self._channel.refresh()

    def _file(self, change: Change) -> None:
        for channel, ts in change.file.shares if change.file else ():
            try:
                self._put(self._visit.workspace.message(channel, ts))
            except NotFound:
                continue  # a file is kept before the message that carries it, and after its deletion

    def _view(self, change: Change) -> None:
        if change.user == self._visit.me:
            self._modal.refresh()
