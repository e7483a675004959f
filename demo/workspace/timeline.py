"""What is written where, and who is told when that changes."""

import dataclasses
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from demo.workspace import seed
from demo.workspace.identifiers import Timestamps
from demo.workspace.model import Change, ChangeKind, Channel, File, Message, Person, Reaction, Status
from demo.workspace.store import MemoryStore, Store

Subscriber = Callable[[Change], None]


class NotFound(LookupError):
    """There is no such channel, message, person or file. `args[0]` is Slack's error code for it."""


class Timeline:
    """People, channels, messages, files and status lines, safe to use from any thread.

    Reads give frozen values, in order of `ts`. Writes here are the bare ones that know no rule; people write through
    `Workspace`, the app through the Web API. A subscriber is called in the thread that made the change, while the
    workspace is locked, so that changes arrive in order: it must return at once and wait for no other thread.
    """

    def __init__(self, store: Store | None = None, clock: Callable[[], float] = time.time) -> None:
        self._store: Store = store or MemoryStore()
        self._clock = clock
        self._lock = threading.RLock()
        self._timestamps = Timestamps(clock)
        self._subscribers: list[Subscriber] = []
        self._people: dict[str, Person] = {}
        self._channels: dict[str, Channel] = {}
        self._files: dict[str, File] = {}
        self._messages: dict[str, dict[str, Message]] = defaultdict(dict)
        self._replies: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._ephemerals: dict[str, dict[str, Message]] = defaultdict(dict)
        self._statuses: dict[tuple[str, str], Status] = {}
        self._load()

    # --- telling -------------------------------------------------------------------------------------------------

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Have `callback` told of every change from now on; call what is returned to end it."""
        with self._lock:
            self._subscribers.append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._subscribers:
                    self._subscribers.remove(callback)

        return unsubscribe

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold off every other thread's changes, to read and write as one step."""
        with self._lock:
            yield

    def tell(self, change: Change) -> None:
        """Tell the subscribers of something that is no write of a record."""
        with self._lock:
            for subscriber in tuple(self._subscribers):
                subscriber(change)

    # --- reading -------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since the epoch on the workspace's clock."""
        return self._clock()

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, bots included."""
        with self._lock:
            return tuple(self._people.values())

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Every channel and direct message."""
        with self._lock:
            return tuple(self._channels.values())

    def person(self, ref: str) -> Person:
        """A person by id or by name, with or without `@`.

        Raises:
            NotFound: Nobody is called so.
        """
        with self._lock:
            if ref in self._people:
                return self._people[ref]
            name = ref.removeprefix("@").lower()
            for person in self._people.values():
                if person.name == name:
                    return person
        raise NotFound("user_not_found")

    def channel(self, ref: str) -> Channel:
        """A channel by id or by name, with or without `#`.

        Raises:
            NotFound: There is none.
        """
        with self._lock:
            if ref in self._channels:
                return self._channels[ref]
            name = ref.removeprefix("#")
            for channel in self._channels.values():
                if name and channel.name == name:
                    return channel
        raise NotFound("channel_not_found")

    def direct(self, user: str) -> Channel:
        """The direct message channel between a person and the bot.

        Raises:
            NotFound: The person has none.
        """
        user = self.person(user).id
        with self._lock:
            for channel in self._channels.values():
                if channel.kind == "im" and user in channel.members:
                    return channel
        raise NotFound("channel_not_found")

    def message(self, channel: str, ts: str) -> Message:
        """One lasting message.

        Raises:
            NotFound: It never was, or was deleted.
        """
        with self._lock:
            found = self._messages[channel].get(ts)
        if found is None:
            raise NotFound("message_not_found")
        return found

    def messages(self, channel: str) -> list[Message]:
        """What stands in the channel itself, oldest first: roots, and replies that were broadcast."""
        with self._lock:
            return [m for m in self._messages[channel].values() if not m.is_reply or m.broadcast]

    def replies(self, channel: str, root: str) -> list[Message]:
        """The replies of a thread, oldest first, without its root."""
        with self._lock:
            return [self._messages[channel][ts] for ts in self._replies.get((channel, root), ())]

    def thread(self, channel: str, root: str) -> list[Message]:
        """A thread: the root, if it still exists, and its replies, oldest first."""
        with self._lock:
            first = self._messages[channel].get(root)
            return ([first] if first else []) + self.replies(channel, root)

    def ephemerals(self, user: str, channel: str, thread_ts: str | None = None) -> list[Message]:
        """What only `user` sees in a channel, or in one of its threads, oldest first; gone after a restart."""
        with self._lock:
            found = self._ephemerals[channel].values()
            return [m for m in found if m.ephemeral_to == user and m.thread_ts == thread_ts]

    def ephemeral(self, channel: str, ts: str) -> Message:
        """One ephemeral message.

        Raises:
            NotFound: It never was, or is gone.
        """
        with self._lock:
            found = self._ephemerals[channel].get(ts)
        if found is None:
            raise NotFound("message_not_found")
        return found

    def status(self, channel: str, thread_ts: str) -> Status | None:
        """The status line under a thread now; None when there is none or it has expired."""
        with self._lock:
            status = self._statuses.get((channel, thread_ts))
        return status.at(self._clock()) if status else None

    @property
    def statuses(self) -> tuple[Status, ...]:
        """Every status line that is shown now."""
        with self._lock:
            now = self._clock()
            return tuple(left for status in self._statuses.values() if (left := status.at(now)))

    def file(self, file_id: str) -> File:
        """What is known of a file, also after its deletion.

        Raises:
            NotFound: There is none of that id.
        """
        with self._lock:
            found = self._files.get(file_id)
        if found is None:
            raise NotFound("file_not_found")
        return found

    def content(self, file_id: str) -> bytes:
        """The bytes of a file.

        Raises:
            NotFound: No such file, or it was deleted.
        """
        with self._lock:
            found = None if self.file(file_id).deleted else self._store.read(file_id)
        if found is None:
            raise NotFound("file_deleted")
        return found

    # --- writing -------------------------------------------------------------------------------------------------

    def next_ts(self) -> str:
        """A timestamp that no message has."""
        return self._timestamps.next()

    def add(self, message: Message) -> Message:
        """Put a new message where it belongs; a first reply makes its root a thread."""
        with self._lock:
            self._keep(message)
            if message.is_reply:
                root = self._messages[message.channel].get(message.root)
                if root and root.thread_ts is None:
                    self._keep(dataclasses.replace(root, thread_ts=root.ts))
                self._replies[message.channel, message.root].append(message.ts)
            self._tell("posted", message)
        return message

    def replace(self, message: Message) -> Message:
        """Put a changed message in the place of the one with its ts.

        Raises:
            NotFound: There is none with that ts.
        """
        with self._lock:
            before = self.message(message.channel, message.ts)
            self._keep(message)
            self._tell("edited", message, before)
        return message

    def remove(self, channel: str, ts: str) -> None:
        """Delete a message; a root that has replies leaves a tombstone, as in Slack.

        Raises:
            NotFound: There is none with that ts.
        """
        with self._lock:
            message = self.message(channel, ts)
            if self._replies.get((channel, ts)):
                self._keep(
                    Message(channel, ts, seed.SLACKBOT, "This message was deleted.", thread_ts=ts, subtype="tombstone")
                )
            else:
                del self._messages[channel][ts]
                self._store.drop("message", f"{channel}:{ts}")
                if message.is_reply:
                    self._replies[channel, message.root].remove(ts)
            self._tell("deleted", message)

    def react(self, channel: str, ts: str, name: str, user: str, *, add: bool) -> bool:
        """Add or take back a reaction; False when it was so already.

        Raises:
            NotFound: There is no such message.
        """
        with self._lock:
            message = self.message(channel, ts)
            users = next((r.users for r in message.reactions if r.name == name), ())
            if (user in users) is add:
                return False
            users = (*users, user) if add else tuple(u for u in users if u != user)
            others = tuple(r for r in message.reactions if r.name != name)
            shown = (*others, Reaction(name, users)) if users else others
            message = dataclasses.replace(message, reactions=shown)
            self._keep(message)
            self.tell(Change("reaction", channel, message.root, message=message, reaction=(name, user, add)))
            return True

    def show(self, message: Message) -> Message:
        """Show an ephemeral message to the one it is for, or show it changed."""
        with self._lock:
            self._ephemerals[message.channel][message.ts] = message
            self._tell("ephemeral", message)
        return message

    def hide(self, channel: str, ts: str) -> None:
        """Take an ephemeral message away ("Dismiss message").

        Raises:
            NotFound: It is gone already.
        """
        with self._lock:
            message = self.ephemeral(channel, ts)
            del self._ephemerals[channel][ts]
            self._tell("ephemeral_gone", message)

    def set_status(self, channel: str, thread_ts: str, status: Status | None) -> None:
        """Show a status line under a thread, or clear it with None."""
        with self._lock:
            if status is None:
                if self._statuses.pop((channel, thread_ts), None) is None:
                    return
            else:
                self._statuses[channel, thread_ts] = status
            self.tell(Change("status", channel, thread_ts, status=status))

    def expire_statuses(self) -> None:
        """Take away what has lapsed, so that subscribers hear of it."""
        with self._lock:
            now = self._clock()
            for (channel, thread_ts), status in tuple(self._statuses.items()):
                if (left := status.at(now)) != status:
                    self.set_status(channel, thread_ts, left)

    def put_file(self, file: File, content: bytes | None = None) -> File:
        """Keep a file; with `content`, its bytes too. Messages that show it show it as it is now."""
        with self._lock:
            self._files[file.id] = file
            if content is not None:
                self._store.write(file.id, content)
            if file.deleted:
                self._store.erase(file.id)
            self._store.put("file", file.id, file)
            for channel, ts in file.shares:
                message = self._messages[channel].get(ts)
                if message:
                    shown = tuple(file if f.id == file.id else f for f in message.files)
                    self._keep(dataclasses.replace(message, files=shown))
            self.tell(Change("file", file=file))
        return file

    def put_channel(self, channel: Channel) -> Channel:
        """Add or change a channel: its members, topic, name."""
        with self._lock:
            self._channels[channel.id] = channel
            self._store.put("channel", channel.id, channel)
            self.tell(Change("channel", channel.id))
        return channel

    def put_person(self, person: Person) -> Person:
        """Add or change a person."""
        with self._lock:
            self._people[person.id] = person
            self._store.put("person", person.id, person)
            self.tell(Change("channel"))
        return person

    def close(self) -> None:
        """Let go of the store; nothing can be written afterwards."""
        with self._lock:
            self._store.close()

    # --- inside --------------------------------------------------------------------------------------------------

    def _keep(self, message: Message) -> None:
        self._store.put("message", f"{message.channel}:{message.ts}", message)  # first: what cannot be kept is not said
        self._messages[message.channel][message.ts] = message

    def _tell(self, kind: ChangeKind, message: Message, before: Message | None = None) -> None:
        self.tell(Change(kind, message.channel, message.root, message=message, before=before))

    def _load(self) -> None:
        self._people = {p.id: p for p in seed.PEOPLE} | {p.id: p for p in self._store.all("person", Person)}
        self._channels = {c.id: c for c in seed.CHANNELS} | {c.id: c for c in self._store.all("channel", Channel)}
        self._files = {f.id: f for f in self._store.all("file", File)}
        for message in self._store.all("message", Message):
            self._messages[message.channel][message.ts] = message
            self._timestamps.seen(message.ts)
            if message.is_reply:
                self._replies[message.channel, message.root].append(message.ts)
