"""One browser tab: who looks, at what, and what that person does."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from demo.page.mrkdwn import Names
from demo.workspace.fields import as_filled
from demo.workspace.model import JSON, Acknowledgement, Channel, Message, Person, View
from demo.workspace.timeline import NotFound
from demo.workspace.workspace import NotAllowed, Workspace

_ERRORS: Final = {
    "operation_timeout": "The app did not answer within 3 seconds. Try again in a moment.",
    "dispatch_failed": "The app is not connected to this workspace. Is the bot process running?",
}


@dataclass(slots=True)
class Visit:
    """The state of a tab, and the way from it to the workspace. Every tab has its own.

    Attributes:
        me: User id of the person this tab acts as.
        channel: Id of the channel shown.
        thread: `ts` of the root of the thread shown beside it; empty when none is.
        unread: Messages that arrived unseen since the tab was opened, by (user id, channel id).
        open_thread: Shows a thread of the current channel; set by the page.
    """

    workspace: Workspace
    me: str
    channel: str
    thread: str = ""
    unread: Counter[tuple[str, str]] = field(default_factory=Counter)
    open_thread: Callable[[str], None] = lambda _ts: None

    @property
    def names(self) -> Names:
        """What ids are called now, for this reader."""
        return Names(
            people={person.id: person.name for person in self.workspace.people},
            channels={channel.id: channel.name for channel in self.workspace.channels if channel.name},
            groups={group.id: group.handle for group in self.workspace.groups},
            viewer=self.me,
            viewer_groups=frozenset(group.id for group in self.workspace.groups if self.me in group.members),
        )

    @property
    def rooms(self) -> tuple[Channel, ...]:
        """The channels and direct messages this person is in, channels first."""
        mine = (channel for channel in self.workspace.channels if self.me in channel.members)
        return tuple(sorted(mine, key=lambda channel: channel.kind == "im"))

    @property
    def room(self) -> Channel:
        """The channel that is shown."""
        return self.workspace.channel(self.channel)

    @property
    def with_bot(self) -> bool:
        """Whether the bot reads the channel that is shown."""
        return self.workspace.bot.id in self.room.members

    def person(self, user: str) -> Person:
        """Somebody by id; a stranger's name is the id."""
        try:
            return self.workspace.person(user)
        except NotFound:
            return Person(user, user.lower(), user or "Somebody")

    def title(self, channel: Channel) -> str:
        """What a channel is called in lists and headings, without `#`."""
        if channel.kind != "im":
            return channel.name
        others = [self.person(user) for user in channel.members if user != self.me]
        return others[0].real_name if others else "Notes to self"

    async def send(self, text: str, thread: str, files: Sequence[tuple[str, bytes]]) -> str:
        """Post a message.

        Returns:
            What went wrong, for the person to read; empty when it was posted.
        """
        try:
            await asyncio.to_thread(self.workspace.post, self.me, self.channel, text, thread or None, files)
        except NotAllowed as refusal:
            return str(refusal)
        return ""

    async def command(self, line: str) -> str:
        """Run a slash command in the channel shown; returns as `send` does."""
        return await self._outcome(lambda: self.workspace.command(self.me, self.channel, line))

    async def click(self, place: Message | View, action: str, value: str | None, block: str) -> str:
        """Press a button of a message or modal; returns as `send` does, once the app acknowledged."""
        return await self._outcome(lambda: self.workspace.click(self.me, place, action, value, block or None))

    async def choose(self, place: Message | View, action: str, value: str | Sequence[str], block: str) -> str:
        """Choose in a menu of a message or modal; returns as `send` does, once the app acknowledged."""
        return await self._outcome(lambda: self.workspace.choose(self.me, place, action, value, block or None))

    def enter(self, view: View, block: str, action: str, value: str) -> None:
        """Keep what is being typed into a field of a modal; one that was closed meanwhile is no error."""
        try:
            self.workspace.enter(self.me, view, {(block, action): value})
        except NotAllowed:
            return

    def filled(self, view: View, block: str, element: JSON) -> JSON:
        """An element of a modal with what stands in it now."""
        held = next((now.state for now in self.workspace.views_of(self.me) if now.id == view.id), {})
        now = held.get(block, {}).get(str(element.get("action_id")))
        return as_filled(element, now) if now else element

    async def submit(self, view: View, values: Mapping[tuple[str, str], str]) -> None:
        """Submit a modal with what stands in its text fields; how it went, the modal shows by itself."""
        try:
            await asyncio.wrap_future(self.workspace.submit(self.me, view, values))
        except NotAllowed:
            return  # pressed twice, or closed meanwhile

    def close_view(self, view: View, *, whole: bool) -> None:
        """Close a view of a modal, or all of it; one that is closed already is no error."""
        try:
            self.workspace.close_view(self.me, view, whole=whole)
        except NotAllowed:
            return

    def dismiss(self, message: Message) -> None:
        """Take an ephemeral message away; one that is gone already is no error."""
        try:
            self.workspace.delete(self.me, message)
        except NotAllowed:
            return

    async def _outcome(self, act: Callable[[], "Future[Acknowledgement]"]) -> str:
        try:
            acknowledgement = await asyncio.wrap_future(act())
        except NotAllowed as refusal:
            return str(refusal)
        if acknowledgement.ok:
            return ""
        return _ERRORS.get(acknowledgement.error, "The app answered with an error. Try again in a moment.")
