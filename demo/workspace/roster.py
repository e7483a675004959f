"""Who belongs to the workspace, to its channels and to its user groups, and how that changes."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Literal

from demo.workspace import seed
from demo.workspace.identifiers import new_id
from demo.workspace.model import Change, Channel, Message, Person, UserGroup
from demo.workspace.store import Store
from demo.workspace.timeline import NotFound, Timeline


class Roster(Timeline):
    """A timeline whose people come, go, and are grouped: what an administrator does, and what `/invite` does."""

    def __init__(self, store: Store | None = None, clock: Callable[[], float] = time.time) -> None:
        super().__init__(store, clock)
        kept = {group.id: group for group in self._store.all("group", UserGroup)}
        self._groups = {group.id: group for group in seed.GROUPS} | kept

    @property
    def humans(self) -> tuple[Person, ...]:
        """The people one can act as."""
        return tuple(p for p in self.people if not p.is_bot and not p.deleted)

    @property
    def bot(self) -> Person:
        """The app's bot user."""
        return self.person(seed.BOT)

    # --- user groups ---------------------------------------------------------------------------------------------

    @property
    def groups(self) -> tuple[UserGroup, ...]:
        """Every user group."""
        with self.locked():
            return tuple(self._groups.values())

    def group(self, ref: str) -> UserGroup:
        """A user group by id or by handle, with or without `@`.

        Raises:
            NotFound: There is none.
        """
        handle = ref.removeprefix("@").lower()
        for group in self.groups:
            if ref == group.id or handle == group.handle:
                return group
        raise NotFound("no_such_subteam")

    def put_group(self, group: UserGroup) -> UserGroup:
        """Add or change a user group."""
        with self.locked():
            now = int(self.now())
            group = dataclasses.replace(group, created=group.created or now, updated=now)
            self._store.put("group", group.id, group)
            self._groups[group.id] = group
            self.tell(Change("channel"))
        return group

    def create_group(self, handle: str, members: Sequence[str], *, name: str = "") -> UserGroup:
        """A new user group with these members."""
        ids = tuple(self.person(member).id for member in members)
        return self.put_group(UserGroup(new_id("S"), handle, name or handle, members=ids))

    def add_to_group(self, group: str, user: str) -> UserGroup:
        """Make a person a member of a user group; nothing changes for who is one."""
        person = self.person(user).id
        with self.locked():
            now = self.group(group)
            members = now.members if person in now.members else (*now.members, person)
            return self.put_group(dataclasses.replace(now, members=members))

    def remove_from_group(self, group: str, user: str) -> UserGroup:
        """Take a person out of a user group; nothing changes for who is not in it."""
        person = self.person(user).id
        with self.locked():
            now = self.group(group)
            return self.put_group(dataclasses.replace(now, members=tuple(m for m in now.members if m != person)))

    def rename_group(self, group: str, handle: str, name: str = "") -> UserGroup:
        """Give a user group another handle, and with `name` another name."""
        with self.locked():
            now = self.group(group)
            return self.put_group(dataclasses.replace(now, handle=handle, name=name or now.name))

    # --- people --------------------------------------------------------------------------------------------------

    def add_person(
        self,
        name: str,
        real_name: str,
        *,
        title: str = "",
        team: str = seed.TEAM,
        channels: Sequence[str] = (),
        guest: Literal["", "multi", "single"] = "",
    ) -> Person:
        """A new person, with a direct message with the bot where they belong to this workspace.

        Args:
            name: The handle.
            real_name: What the page shows.
            title: As in a Slack profile.
            team: Another workspace than ours makes the channels they are in shared ones (Slack Connect).
            channels: What they are members of from now on.
            guest: See `Person.guest`.
        """
        with self.locked():
            person = self.put_person(Person(new_id("U"), name, real_name, title, team=team, guest=guest))
            if team == seed.TEAM:
                self.put_channel(Channel(new_id("D"), "", "im", (person.id, seed.BOT), created=int(self.now())))
            for channel in channels:
                self.join(channel, person.id)
        return person

    def add_guest(self, name: str, real_name: str, channels: Sequence[str]) -> Person:
        """A new guest: of one channel, or of several."""
        return self.add_person(name, real_name, channels=channels, guest="multi" if len(channels) > 1 else "single")

    def deactivate(self, user: str) -> Person:
        """Take a person's account away, and with it their places in user groups; what they wrote stays."""
        with self.locked():
            person = self.person(user)
            for group in self.groups:
                if person.id in group.members:
                    self.remove_from_group(group.id, person.id)
            return self.put_person(dataclasses.replace(person, deleted=True))

    # --- channels ------------------------------------------------------------------------------------------------

    def join(self, channel: str, user: str) -> Channel:
        """Make a person, or the bot, a member of a channel."""
        room, person = self.channel(channel), self.person(user)
        with self.locked():
            if person.id in room.members:
                return room
            joined = self.put_channel(dataclasses.replace(room, members=(*room.members, person.id)))
            text = f"<@{person.id}> has joined the channel"
            self.add(Message(room.id, self.next_ts(), person.id, text, subtype="channel_join"))
        return joined

    def create_channel(self, name: str, members: Sequence[str], *, private: bool = False) -> Channel:
        """A new channel with these members."""
        ids = tuple(self.person(m).id for m in members)
        room = Channel(new_id("C"), name, "group" if private else "channel", ids, created=int(self.now()))
        return self.put_channel(room)
