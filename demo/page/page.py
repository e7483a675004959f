"""The page of one browser tab: what is where, and what changes when the workspace changes."""

import asyncio
import html
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from nicegui import Client, ui

from demo.page import welcome
from demo.page.composer import Attachment, Composer
from demo.page.markup import avatar, box, icon_button, markup
from demo.page.sidebar import Sidebar, TopBar
from demo.page.status import StatusLine
from demo.page.stream import Stream
from demo.page.visit import Visit
from demo.workspace.model import Change, Message
from demo.workspace.timeline import NotFound


class Page:
    """One tab. It is told of every change of the workspace, and touches only the elements that the change concerns."""

    def __init__(self, visit: Visit, client: Client) -> None:
        self._visit = visit
        self._client = client
        visit.open_thread = self.open_thread
        with box("ws", testid="workspace") as self._frame:
            self._top = TopBar(visit, self.act_as, self._open_navigation)
            self._sidebar = Sidebar(visit, self.open_room)
            box("veil").on("click", self._close_navigation, args=[])
            self._build_channel()
            self._build_thread()

    # --- where the person is -------------------------------------------------------------------------------------

    def open_room(self, channel: str) -> None:
        """Show a channel or direct message."""
        self._visit.channel = channel
        self.close_thread()
        self._close_navigation()
        self._show_room()

    def act_as(self, user: str) -> None:
        """Be somebody else in this tab: in the same place if that person is a member of it, with the same thread open."""
        self._visit.me = user
        if user not in self._visit.room.members:
            own = {room.kind: room.id for room in reversed(self._visit.rooms)}
            self._visit.channel = own.get(self._visit.room.kind) or self._visit.rooms[0].id
            self._visit.thread = ""
        self._top.refresh()
        self._show_room()
        if self._visit.thread:
            self.open_thread(self._visit.thread)
        else:
            self.close_thread()

    def open_thread(self, root: str) -> None:
        """Show a thread of the channel beside it; on a narrow screen, instead of it."""
        self._visit.thread = root
        self._frame.classes(add="has-thread")
        self._thread_pane.set_visibility(True)
        where = self._visit.title(self._visit.room)
        self._thread_place.set_content(html.escape(where if self._visit.room.kind == "im" else f"#{where}"))
        messages = self._visit.workspace.thread(self._visit.channel, root)
        private = self._visit.workspace.ephemerals(self._visit.me, self._visit.channel, root)
        self._thread.load([*messages, *private])
        self._thread_composer.invite("Reply…")
        self._thread_status.watch(self._visit.channel, root)
        self._remember_place()

    def close_thread(self) -> None:
        """Show the channel alone."""
        self._visit.thread = ""
        self._frame.classes(remove="has-thread")
        self._thread_pane.set_visibility(False)
        self._thread_status.watch("", "")
        self._remember_place()

    def _show_room(self) -> None:
        visit, room = self._visit, self._visit.room
        visit.unread[visit.me, room.id] = 0
        self._sidebar.refresh()
        self._show_heading()
        messages = visit.workspace.messages(room.id)
        self._messages.load([*messages, *visit.workspace.ephemerals(visit.me, room.id)])
        self._messages.to_end()
        title = visit.title(room)
        self._composer.invite(f"Message {title if room.kind == 'im' else f'#{title}'}")
        self._show_chips()
        self._remember_place()

    def _remember_place(self) -> None:
        """Let a reload, or the address given to another tab, lead back here."""
        visit = self._visit
        place = {"as": visit.person(visit.me).name, "channel": visit.room.name or visit.room.id}
        if visit.thread:
            place["thread"] = visit.thread
        if self._client.has_socket_connection:
            ui.navigate.history.replace(f"?{urlencode(place)}")
        title = visit.title(visit.room)
        ui.page_title(f"{title if visit.room.kind == 'im' else f'#{title}'} · Trainmaster")

    def _open_navigation(self) -> None:
        self._frame.classes(add="nav-open")

    def _close_navigation(self) -> None:
        self._frame.classes(remove="nav-open")

    # --- what is drawn once --------------------------------------------------------------------------------------

    def _build_channel(self) -> None:
        with box("pane main", tag="main", testid="channel-pane") as pane:
            with box("pane-head", tag="header"):
                self._heading = markup("", tag="h1", testid="channel-title")
                self._topic = markup("", css="topic")
                self._members = markup("", css="members")
            self._messages = Stream(self._visit, "channel", lambda: welcome.introduce(self._visit))
            with box("foot"):
                self._status = StatusLine(self._visit)
                self._chips = box("chips", testid="chips")
                self._composer = Composer(self._visit, "channel", pane, self._messages.to_end)
            _drop_veil("Drop files to add them to your message")
        self._status.watch(self._visit.channel, "")

    def _build_thread(self) -> None:
        with box("pane thread", tag="aside", testid="thread-panel") as self._thread_pane:
            self._thread_pane.props["aria-label"] = "Thread"
            self._thread_pane.on("keydown.escape", self.close_thread, args=[])
            with box("pane-head", tag="header"):
                for picture, label, css in (
                    ("arrow_back", "Back to the channel", "back"),
                    ("close", "Close thread", "close"),
                ):
                    button = icon_button(picture, label, testid=f"thread-{css}", css=f"icon-button {css}")
                    button.on("click", self.close_thread, args=[])
                    if css == "back":
                        markup("Thread", tag="h1")
                        self._thread_place = markup("", css="topic")
            self._thread = Stream(self._visit, "thread", lambda: None)
            with box("foot"):
                self._thread_status = StatusLine(self._visit)
                self._thread_composer = Composer(self._visit, "thread", self._thread_pane, self._thread.to_end)
            _drop_veil("Drop files to add them to your reply")
        self._thread_pane.set_visibility(False)

    def show(self) -> None:
        """Show the place that the visit names; called once, when everything is drawn."""
        thread = self._visit.thread
        self._show_room()
        if thread:
            self.open_thread(thread)

    def _show_heading(self) -> None:
        room = self._visit.room
        title = html.escape(self._visit.title(room))
        self._heading.set_content(title if room.kind == "im" else f"# {title}")
        self._topic.set_content(html.escape(room.topic))
        people = [self._visit.person(user) for user in room.members]
        faces = "".join(avatar(person) for person in people)
        self._members.set_content(f"{faces}{len(people)}")
        self._members.props["title"] = ", ".join(person.real_name for person in people)
        self._members.set_visibility(room.kind != "im")

    def _show_chips(self) -> None:
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

    # --- what changes --------------------------------------------------------------------------------------------

    def told(self, change: Change) -> None:
        """Show a change of the workspace. Called in the page's event loop, in the order of the changes."""
        if self._client.is_deleted:
            return
        with self._client:
            handler = self._handlers().get(change.kind)
            if handler:
                handler(change)

    def _handlers(self) -> dict[str, Callable[[Change], None]]:
        return {
            "posted": self._posted,
            "edited": self._changed,
            "reaction": self._changed,
            "deleted": self._deleted,
            "ephemeral": self._ephemeral,
            "ephemeral_gone": self._deleted,
            "status": self._status_changed,
            "channel": self._channel_changed,
            "file": self._file_changed,
        }

    def _posted(self, change: Change) -> None:
        message = change.message
        if message is None:
            return
        self._count_unread(message)
        if message.channel != self._visit.channel:
            return
        if message.is_reply:
            self._messages.show_thread_link(message.root)
        if not message.is_reply or message.broadcast:
            self._messages.put(message)
        if self._visit.thread and message.root == self._visit.thread:
            self._thread.put(message)

    def _count_unread(self, message: Message) -> None:
        visit = self._visit
        watched = (visit.me, visit.channel)
        for person in visit.workspace.humans:
            place = (person.id, message.channel)
            if person.id not in (message.user, *(visit.me,) * (place == watched)):
                visit.unread[place] += 1
        if message.channel != visit.channel:
            self._sidebar.refresh()

    def _changed(self, change: Change) -> None:
        if change.message is None or change.channel != self._visit.channel:
            return
        for stream in (self._messages, self._thread):
            if stream.holds(change.message.ts):
                stream.put(change.message)

    def _deleted(self, change: Change) -> None:
        if change.message is None or change.channel != self._visit.channel:
            return
        ts = change.message.ts
        try:
            left = self._visit.workspace.message(change.channel, ts)  # a root with replies leaves a tombstone
        except NotFound:
            self._messages.drop(ts)
            self._thread.drop(ts)
            self._messages.show_thread_link(change.message.root)
            return
        for stream in (self._messages, self._thread):
            if stream.holds(ts):
                stream.put(left)

    def _ephemeral(self, change: Change) -> None:
        message = change.message
        if message is None or message.ephemeral_to != self._visit.me or message.channel != self._visit.channel:
            return
        if message.thread_ts is None:
            self._messages.put(message)
        elif message.thread_ts == self._visit.thread:
            self._thread.put(message)

    def _status_changed(self, change: Change) -> None:
        self._status.refresh()
        self._thread_status.refresh()
        if change.channel == self._visit.channel:
            self._messages.show_thread_link(change.thread_ts)

    def _channel_changed(self, change: Change) -> None:
        self._sidebar.refresh()
        if change.channel in {"", self._visit.channel}:
            self._show_heading()
            self._show_chips()

    def _file_changed(self, change: Change) -> None:
        for channel, ts in change.file.shares if change.file else ():
            if channel != self._visit.channel:
                continue
            for stream in (self._messages, self._thread):
                if stream.holds(ts):
                    stream.put(self._visit.workspace.message(channel, ts))


def add_look() -> None:
    """Put the page's style sheets into the page that is being built."""
    for sheet in ("frame.css", "messages.css"):
        ui.add_css(Path(__file__).parent / "look" / sheet)


def _drop_veil(words: str) -> None:
    markup(
        f'<i class="icon">upload_file</i>{html.escape(words)}<small>Python pipelines, logs, data: anything</small>',
        css="drop-veil",
    )
