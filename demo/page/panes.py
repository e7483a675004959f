"""The two panes: a channel, and a thread beside it."""

import asyncio
import html
from collections.abc import Callable

from demo.page import welcome
from demo.page.composer import Attachment, Composer
from demo.page.markup import avatar, box, icon, icon_button, markup
from demo.page.status import StatusLine
from demo.page.stream import Stream
from demo.page.visit import Visit


class ChannelPane:
    """The channel or direct message that the visit names: heading, messages, quick commands, composer."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        with box("pane main", tag="main", testid="channel-pane") as pane:
            with box("pane-head", tag="header"):
                self._heading = markup("", tag="h1", testid="channel-title")
                self._topic = markup("", css="topic")
                self._members = markup("", css="members")
            self.stream = Stream(visit, "channel", lambda: welcome.introduce(visit))
            with box("foot"):
                self._chips = box("chips", testid="chips")
                self._composer = Composer(visit, "channel", pane, self.stream.to_end)
            _drop_veil("Drop files to add them to your message")

    def show(self) -> None:
        """Show the channel from the start: at its newest message, with an empty composer."""
        visit, room = self._visit, self._visit.room
        self.refresh()
        private = visit.workspace.ephemerals(visit.me, room.id)
        self.stream.load([*visit.workspace.messages(room.id), *private])
        self.stream.to_end()
        self._composer.invite(f"Message {'' if room.kind == 'im' else '#'}{visit.title(room)}")

    def focus(self, *, arriving: bool = False) -> None:
        """Let the person write at once; see `Composer.focus`."""
        self._composer.focus(arriving=arriving)

    def refresh(self) -> None:
        """Show the channel's name, topic, members and quick commands as they are now."""
        room = self._visit.room
        title = html.escape(self._visit.title(room))
        self._heading.set_content(title if room.kind == "im" else f"# {title}")
        self._topic.set_content(html.escape(room.topic))
        people = [self._visit.person(user) for user in room.members]
        self._members.set_content(f"{''.join(avatar(person) for person in people)}{len(people)}")
        self._members.props["title"] = ", ".join(person.real_name for person in people)
        self._members.set_visibility(room.kind != "im")
        self._chips.clear()
        with self._chips:
            for chip in welcome.chips(self._visit):
                button = markup(welcome.face(chip), tag="button", testid="chip")
                button.on("click", lambda chosen=chip: self._use(chosen), args=[])

    async def _use(self, chip: welcome.Chip) -> None:
        attached = []
        if chip.file:
            attached.append(Attachment(chip.file.name, await asyncio.to_thread(chip.file.read_bytes)))
        await self._composer.send(chip.text, attached)


class ThreadPane:
    """The thread that the visit names, beside the channel or, on a narrow screen, instead of it.

    Args:
        visit: The tab.
        close: Called when the person closes the thread.
    """

    def __init__(self, visit: Visit, close: Callable[[], None]) -> None:
        self._visit = visit
        with box("pane thread", tag="aside", testid="thread-panel") as self._pane:
            self._pane.props["aria-label"] = "Thread"
            self._pane.on("keydown.escape", close, args=[])
            with box("pane-head", tag="header"):
                back = icon_button("arrow_back", "Back to the channel", testid="thread-back", css="icon-button back")
                markup("Thread", tag="h1")
                self._place = markup("", css="topic")
                done = icon_button("close", "Close thread", testid="thread-close", css="icon-button close")
                for button in (back, done):
                    button.on("click", close, args=[])
            self.stream = Stream(visit, "thread", lambda: None)
            with box("foot"):
                self.status = StatusLine(visit)
                self._composer = Composer(visit, "thread", self._pane, self.stream.to_end)
            _drop_veil("Drop files to add them to your reply")
        self._pane.set_visibility(False)

    def show(self) -> None:
        """Show the thread from the start."""
        visit, room = self._visit, self._visit.room
        self._pane.set_visibility(True)
        self._place.set_content(html.escape(f"{'' if room.kind == 'im' else '#'}{visit.title(room)}"))
        private = visit.workspace.ephemerals(visit.me, room.id, visit.thread)
        self.stream.load([*visit.workspace.thread(room.id, visit.thread), *private])
        self._composer.invite("Reply…")
        self.status.watch(room.id, visit.thread)

    def focus(self, *, arriving: bool = False) -> None:
        """Let the person write at once; see `Composer.focus`."""
        self._composer.focus(arriving=arriving)

    def hide(self) -> None:
        """Show no thread."""
        self._pane.set_visibility(False)
        self.stream.load([])
        self.status.watch("", "")


def _drop_veil(words: str) -> None:
    what = "<small>Python pipelines, logs, data: anything</small>"
    markup(f"{icon('upload_file')}{html.escape(words)}{what}", css="drop-veil")
