"""The frame round the panes: act-as switch, channels, direct messages."""

import html
from collections.abc import Callable

from demo.page.markup import avatar, box, icon, icon_button, markup
from demo.page.visit import Visit
from demo.workspace.model import Channel


class TopBar:
    """Name of the workspace, and who this tab acts as.

    Args:
        visit: The tab.
        act_as: Called with a user id when somebody else is chosen.
        open_navigation: Called when the menu button of a narrow screen is pressed.
    """

    def __init__(self, visit: Visit, act_as: Callable[[str], None], open_navigation: Callable[[], None]) -> None:
        self._visit = visit
        self._act_as = act_as
        with box("top", tag="header"):
            icon_button("menu", "Channels", testid="open-navigation", css="burger").on(
                "click", open_navigation, args=[]
            )
            bot = avatar(visit.workspace.bot)
            markup(f'{bot}<span class="name">Trainmaster</span><span class="sub">local workspace</span>', css="brand")
            box("spacer")
            self._people = box("act-as", testid="act-as")
            self._people.props.update({"role": "radiogroup", "aria-label": "Act as"})
        self.refresh()

    def refresh(self) -> None:
        """Mark the person the tab acts as."""
        self._people.clear()
        with self._people:
            markup("Act as", css="act-as-label")
            for person in self._visit.workspace.humans:
                on = person.id == self._visit.me
                first, role = html.escape(person.real_name.split()[0]), html.escape(person.title.partition(",")[0])
                content = f"{avatar(person)}<span><b>{first}</b><small>{role}</small></span>"
                button = markup(content, tag="button", css="on" if on else "", testid=f"act-as-{person.name}")
                button.props.update({"role": "radio", "aria-checked": "true" if on else "false"})
                button.props["title"] = f"Act as {person.real_name} ({person.title})"
                button.on("click", lambda user=person.id: self._act_as(user), args=[])


class Sidebar:
    """Channels and direct messages of the person, with what is unread.

    Args:
        visit: The tab.
        open_room: Called with a channel id when one is chosen.
    """

    def __init__(self, visit: Visit, open_room: Callable[[str], None]) -> None:
        self._visit = visit
        self._open_room = open_room
        self._holder = box("side", tag="nav", testid="sidebar")
        self._holder.props["aria-label"] = "Channels and direct messages"
        self.refresh()

    def refresh(self) -> None:
        """Show the channels as they are now."""
        self._holder.clear()
        with self._holder:
            for heading, direct in (("Channels", False), ("Direct messages", True)):
                markup(heading, tag="h2")
                for room in self._visit.rooms:
                    if (room.kind == "im") is direct:
                        self._room(room)
            markup(
                "Everything here runs on this machine. Open a second tab and act as somebody else to see both sides.",
                css="tip",
            )

    def _room(self, room: Channel) -> None:
        unread = self._visit.unread[self._visit.me, room.id]
        name = html.escape(self._visit.title(room))
        badge = f'<span class="badge" data-testid="unread">{unread}</span>' if unread else ""
        css = f"room{' on' if room.id == self._visit.channel else ''}{' unread' if unread else ''}"
        content = f'<span class="sign">{self._sign(room)}</span><span class="name">{name}</span>{badge}'
        button = markup(content, tag="button", css=css, testid=f"room-{room.name or 'dm'}")
        if room.id == self._visit.channel:
            button.props["aria-current"] = "page"
        button.on("click", lambda: self._open_room(room.id), args=[])

    def _sign(self, room: Channel) -> str:
        if room.kind == "im":
            others = [user for user in room.members if user != self._visit.me]
            return avatar(self._visit.person(others[0])) if others else ""
        return icon("lock") if room.kind == "group" else "#"
