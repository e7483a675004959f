"""The state of the workspace: channels with their messages, files, and what was shown to one person only."""

import mimetypes
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import PurePosixPath

from tests.fakes.minimal_slack.elements import JSON, listed

CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{2,}")
CHANNEL_TYPES = {"C": "channel", "G": "group", "D": "im"}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who the app is in this workspace, and what it must show to get in."""

    team_id: str = "T0MINIMAL"
    team_domain: str = "minimal"
    app_id: str = "A0TRAINMASTER"
    bot_id: str = "B0TRAINMASTER"
    bot_user_id: str = "U0TRAINMASTER"
    bot_name: str = "trainmaster"
    bot_token: str = "xoxb-minimal-bot"
    app_token: str = "xapp-1-minimal-app"


@dataclass(frozen=True, kw_only=True)
class File:
    """An uploaded file, `content` in bytes; a deleted one keeps its id only."""

    id: str
    name: str
    content: bytes
    user: str
    created: int
    deleted: bool = False

    @property
    def mimetype(self) -> str:
        """The type that Slack guesses from the name alone."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @property
    def filetype(self) -> str:
        """Slack's own word for the type, nearly always the suffix."""
        suffix = PurePosixPath(self.name).suffix.removeprefix(".")
        return {"py": "python", "": "text"}.get(suffix, suffix)


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message as it stands now; an edit makes a new value with the same `ts`."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    parent_user: str | None = None
    files: tuple[File, ...] = ()
    metadata: JSON | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    reply_broadcast: bool = False
    by_bot: bool = False
    edits: int = 0
    ephemeral_to: str | None = None

    @property
    def root_ts(self) -> str:
        """The `ts` of the thread this message starts or stands in."""
        return self.thread_ts or self.ts

    @property
    def is_root(self) -> bool:
        """Whether it stands in the channel itself."""
        return self.thread_ts in (None, self.ts)

    @property
    def buttons(self) -> list[JSON]:
        """Everything that can be pressed or picked, top to bottom, each with the `block_id` it stands in."""
        return list(_pressable(self.blocks, ""))

    @property
    def visible_text(self) -> str:
        """All that a reader sees: the words of the blocks, or the text when there are none."""
        return "\n".join(_words(self.blocks)) if self.blocks else self.text


def _pressable(node: object, block_id: str) -> Iterator[JSON]:
    if isinstance(node, dict):
        block_id = node.get("block_id") or block_id
        if "action_id" in node and "type" in node:
            yield {**node, "block_id": block_id}
        for value in node.values():
            yield from _pressable(value, block_id)
    for item in listed(node):
        yield from _pressable(item, block_id)


def _words(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and name in ("text", "title", "caption"):
                yield value
            else:
                yield from _words(value)
    for item in listed(node):
        yield from _words(item)


class Workspace:
    """Keeps every message and file; `changed` is notified after each change, and guards all of it.

    Args:
        identity: The app that is installed here.
    """

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.site = ""  # scheme, host and port of the HTTP server, once it runs
        self.changed = threading.Condition()
        self.ephemerals: list[Message] = []
        self._messages: dict[tuple[str, str], Message] = {}
        self._channels: set[str] = set()
        self._files: dict[str, File] = {}
        self._numbers = count(1)
        self._last_ts = 0

    def new_ts(self) -> str:
        """A timestamp that no message of this workspace has yet."""
        with self.changed:
            self._last_ts = max(time.time_ns() // 1000, self._last_ts + 1)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """An id as Slack writes them, unique in this workspace."""
        with self.changed:
            return f"{prefix}{next(self._numbers):08d}"

    def open_channel(self, channel: str) -> str:
        """Make sure the channel exists, with the bot in it.

        Raises:
            ValueError: The id does not look like C…, G… or D….
        """
        if CHANNEL_ID.fullmatch(channel) is None:
            raise ValueError(f"{channel!r} is no channel id: use C…, G… or D… in capitals and digits")
        with self.changed:
            self._channels.add(channel)
        return channel

    def has_channel(self, channel: str) -> bool:
        """Whether somebody has opened the channel."""
        with self.changed:
            return channel in self._channels

    def add(self, message: Message) -> Message:
        """Put a message into its channel, blocks numbered as Slack does for those without an id."""
        message = replace(message, blocks=_numbered(message.blocks))
        with self.changed:
            root = None if message.is_root else self.find(message.channel, message.root_ts)
            message = replace(message, parent_user=root.user if root else None)
            if message.ephemeral_to is None:
                self._messages[message.channel, message.ts] = message
            else:
                self.ephemerals.append(message)
            self.changed.notify_all()
        return message

    def change(self, message: Message) -> Message:
        """Put a new version of a message in the place of the old one."""
        message = replace(message, blocks=_numbered(message.blocks))
        with self.changed:
            if message.ephemeral_to is None:
                self._messages[message.channel, message.ts] = message
            else:
                self.ephemerals = [message if one.ts == message.ts else one for one in self.ephemerals]
            self.changed.notify_all()
        return message

    def remove(self, message: Message) -> None:
        """Delete a message for everybody who could see it."""
        with self.changed:
            self._messages.pop((message.channel, message.ts), None)
            self.ephemerals = [one for one in self.ephemerals if one.ts != message.ts]
            self.changed.notify_all()

    def find(self, channel: str, ts: str) -> Message | None:
        """The message as it stands now, if there is one that everybody can see."""
        with self.changed:
            return self._messages.get((channel, ts))

    def find_ephemeral(self, ts: str) -> Message | None:
        """The message as one person sees it now, if it is still there."""
        with self.changed:
            return next((one for one in self.ephemerals if one.ts == ts), None)

    def messages(self, channel: str | None = None, thread_ts: str | None = None) -> list[Message]:
        """Oldest first: all messages, those of one channel, or those of one thread with its root."""
        with self.changed:
            found = [
                message
                for message in self._messages.values()
                if channel in (None, message.channel) and thread_ts in (None, message.root_ts)
            ]
        return sorted(found, key=lambda message: message.ts)

    def upload(self, *, user: str, name: str, content: bytes) -> File:
        """Keep a file and give it an id."""
        file = File(id=self.new_id("F"), name=name, content=content, user=user, created=int(time.time()))
        with self.changed:
            self._files[file.id] = file
        return file

    def file(self, file_id: str) -> File | None:
        """The file, deleted or not, if there ever was one with this id."""
        with self.changed:
            return self._files.get(file_id)

    def delete_file(self, file_id: str) -> None:
        """Delete a file: messages keep a tombstone, and its address leads to the login page."""
        with self.changed:
            gone = replace(self._files[file_id], deleted=True, content=b"")
            self._files[file_id] = gone
            for key, message in self._messages.items():
                files = tuple(gone if file.id == file_id else file for file in message.files)
                self._messages[key] = replace(message, files=files)
            self.changed.notify_all()

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Whether the condition became true within `timeout` seconds; looked at again after each change."""
        with self.changed:
            return self.changed.wait_for(condition, timeout)


def _numbered(blocks: list[JSON]) -> list[JSON]:
    return [{"block_id": f"b{place}", **block} for place, block in enumerate(blocks)]
