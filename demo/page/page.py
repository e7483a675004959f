"""The page of one browser tab: where the person is, and how to get elsewhere."""

from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from nicegui import Client, ui

from demo.page.follow import Follower
from demo.page.markup import box
from demo.page.modal import ModalLayer
from demo.page.panes import ChannelPane, ThreadPane
from demo.page.sidebar import Sidebar, TopBar
from demo.page.visit import Visit
from demo.workspace.model import Change

_LOOK: Final = Path(__file__).parent / "look"


class Page:
    """One tab."""

    def __init__(self, visit: Visit, client: Client) -> None:
        self._visit = visit
        self._client = client
        visit.open_thread = self.open_thread
        for sheet in ("frame.css", "messages.css", "modal.css"):
            ui.add_css(_LOOK / sheet)
        with box("ws", testid="workspace") as self._frame:
            self._top = TopBar(visit, self.act_as, lambda: self._navigate(shown=True))
            self._sidebar = Sidebar(visit, self.open_room)
            box("veil").on("click", lambda: self._navigate(shown=False), args=[])
            self._channel = ChannelPane(visit)
            self._thread = ThreadPane(visit, self.close_thread)
        self._modal = ModalLayer(visit)
        self._follower = Follower(visit, self._sidebar, self._channel, self._thread, self._modal)
        self._show_place(arriving=True)
        self._modal.refresh()

    def told(self, change: Change) -> None:
        """Show a change of the workspace. Called in the page's event loop, in the order of the changes."""
        if not self._client.is_deleted:
            with self._client:
                self._follower.told(change)

    def open_room(self, channel: str) -> None:
        """Show a channel or direct message."""
        self._visit.channel, self._visit.thread = channel, ""
        self._navigate(shown=False)
        self._show_place()

    def act_as(self, user: str) -> None:
        """Be somebody else in this tab, in the same place if that person has access to it."""
        visit, room = self._visit, self._visit.room
        visit.me = user
        if user not in room.members:
            alike = [own for own in visit.rooms if own.kind == room.kind]
            visit.channel, visit.thread = (alike or visit.rooms)[0].id, ""
        self._top.refresh()
        self._show_place()
        self._modal.refresh()

    def open_thread(self, root: str) -> None:
        """Show a thread of the channel beside it; on a narrow screen, instead of it."""
        self._visit.thread = root
        self._show_thread()
        self._remember_place()

    def close_thread(self) -> None:
        """Show the channel alone."""
        self.open_thread("")

    def _show_place(self, *, arriving: bool = False) -> None:
        visit = self._visit
        visit.unread[visit.me, visit.channel] = 0
        self._sidebar.refresh()
        self._channel.show()
        self._show_thread(arriving=arriving)
        self._remember_place()

    def _show_thread(self, *, arriving: bool = False) -> None:
        if self._visit.thread:
            self._frame.classes(add="has-thread")
            self._thread.show()
            self._thread.focus(arriving=arriving)
        else:
            self._frame.classes(remove="has-thread")
            self._thread.hide()
            self._channel.focus(arriving=arriving)

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

    def _navigate(self, *, shown: bool) -> None:
        """Open or close the sidebar of a narrow screen."""
        if shown:
            self._frame.classes(add="nav-open")
        else:
            self._frame.classes(remove="nav-open")
