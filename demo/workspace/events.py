"""From a change in the workspace to the events Slack sends for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from demo.workspace import seed
from demo.workspace.identifiers import new_id
from demo.workspace.model import JSON, Change, Channel, Message
from demo.workspace.site import Site
from demo.workspace.streams import end_streams
from demo.workspace.timeline import NotFound
from demo.workspace.wire import file_json, is_shared, message_json
from demo.workspace.workspace import Workspace

STOPPED = "agent_session_stopped"
_SUBSCRIPTION = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
_NEEDED = {
    "app_mention": "app_mentions:read",
    "file_deleted": "files:read",
    "file_shared": "files:read",
    "member_joined_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}


@dataclass(frozen=True, slots=True)
class _Told:
    """An event, by the name an app subscribes to."""

    subscription: str
    event: JSON
    channel: Channel | None = None


class Events:
    """A subscriber of the workspace that sends the app what it subscribed to and may see.

    Args:
        send: Takes an `event_callback` payload; called in the order of the changes, with the workspace locked.
        mention_files: Whether `app_mention` carries the message's files.
    """

    def __init__(
        self,
        workspace: Workspace,
        site: Site,
        send: Callable[[JSON], None],
        mention_files: Callable[[], bool],
    ) -> None:
        self._workspace = workspace
        self._site = site
        self._send = send
        self._mention_files = mention_files

    def changed(self, change: Change) -> None:
        """Send the events of one change."""
        app = self._workspace.app
        for told in self._events(change):
            if told.subscription in app.events and _NEEDED[told.subscription] in app.scopes:
                self._send(self._callback(told))

    def stopped(self, user: str, channel_id: str, thread_ts: str) -> None:
        """Send the event of Slack's own stop button, which people see while the agent's session is `processing`.

        Raises:
            NotFound: There is no such session now, or the app did not subscribe to its end: there is no button.
        """
        now = self._workspace.status(channel_id, thread_ts)
        if now is None or now.session != "processing" or STOPPED not in self._workspace.app.events:
            raise NotFound("no_session_to_stop")
        where = {"channel": channel_id, "thread_ts": thread_ts, "user": self._workspace.person(user).id}
        ended = end_streams(self._workspace, channel_id, thread_ts)
        event = {"type": STOPPED, **where, "event_ts": self._workspace.next_ts(), "streaming_message_ts": ended}
        self._send(self._callback(_Told(STOPPED, event)))

    def _events(self, change: Change) -> Iterator[_Told]:
        if change.kind == "file" and change.file and change.file.deleted:
            ids = sorted({channel for channel, _ in change.file.shares})
            event = {"file_id": change.file.id, "channel_ids": ids, "event_ts": self._workspace.next_ts()}
            yield _Told("file_deleted", {"type": "file_deleted", **event})
        if change.message is None or change.message.ephemeral_to:
            return
        channel = self._workspace.channel(change.channel)
        if seed.BOT not in channel.members:
            return
        match change.kind:
            case "posted":
                yield from self._posted(channel, change.message)
            case "edited" if change.before:
                yield from self._edited(channel, change.message, change.before)
            case "deleted":
                yield self._deleted(channel, change.message)
            case "reaction" if change.reaction:
                yield self._reacted(channel, change.message, *change.reaction)

    def _posted(self, channel: Channel, message: Message) -> Iterator[_Told]:
        if message.subtype == "channel_join":
            yield self._joined(channel, message)
        # The mention goes first: without files, it is the one that must not win.
        if _is_mention(channel, message):
            yield _Told("app_mention", self._mention(channel, message), channel)
        yield _Told(_SUBSCRIPTION[channel.kind], self._message(channel, message), channel)
        for file in message.files:
            event = {"file_id": file.id, "file": {"id": file.id}, "user_id": file.user, "channel_id": channel.id}
            shared = {"type": "file_shared", **event, "event_ts": self._workspace.next_ts()}
            yield _Told("file_shared", shared, channel)

    def _message(self, channel: Channel, message: Message) -> JSON:
        body = message_json(message, self._site, self._workspace, metadata=True)
        if message.subtype == "file_share":
            body["subtype"] = "file_share"
        if not message.bot_id:
            body["client_msg_id"] = _client_id(message)
        kind = {"channel_type": channel.kind, "event_ts": message.ts}
        return {**body, "channel": channel.id, **kind}

    def _mention(self, channel: Channel, message: Message) -> JSON:
        kept = ("user", "ts", "text", "team", "blocks", "thread_ts", "parent_user_id", "client_msg_id", "edited")
        body = self._message(channel, message)
        event = {"type": "app_mention", **{k: body[k] for k in kept if k in body}}
        if self._mention_files() and message.files:
            event["files"] = [file_json(f, self._site, self._workspace) for f in message.files]
        return {**event, "channel": channel.id, "event_ts": message.ts}

    def _edited(self, channel: Channel, message: Message, before: Message) -> Iterator[_Told]:
        if _is_mention(channel, message) and message.text != before.text:
            yield _Told("app_mention", self._mention(channel, message), channel)
        yield self._hidden(channel, "message_changed", {"message": self._bare(message)}, before)

    def _deleted(self, channel: Channel, message: Message) -> _Told:
        try:
            tombstone = self._workspace.message(channel.id, message.ts)
        except NotFound:
            return self._hidden(channel, "message_deleted", {"deleted_ts": message.ts}, message)
        return self._hidden(channel, "message_changed", {"message": self._bare(tombstone)}, message)

    def _hidden(self, channel: Channel, subtype: str, what: JSON, before: Message) -> _Told:
        ts = self._workspace.next_ts()
        when = {"channel": channel.id, "channel_type": channel.kind, "ts": ts, "event_ts": ts, "hidden": True}
        event = {"type": "message", "subtype": subtype, **what, "previous_message": self._bare(before), **when}
        return _Told(_SUBSCRIPTION[channel.kind], event, channel)

    def _bare(self, message: Message) -> JSON:
        return message_json(message, self._site, self._workspace, metadata=True)

    def _reacted(self, channel: Channel, message: Message, name: str, user: str, added: bool) -> _Told:  # noqa: FBT001 - the change's own triple
        kind = "reaction_added" if added else "reaction_removed"
        item = {"type": "message", "channel": channel.id, "ts": message.ts}
        who = {"user": user, "reaction": name, "item_user": message.user, "event_ts": self._workspace.next_ts()}
        return _Told(kind, {"type": kind, **who, "item": item}, channel)

    def _joined(self, channel: Channel, message: Message) -> _Told:
        letter = "G" if channel.kind == "group" else "C"
        who = {"user": message.user, "channel": channel.id, "channel_type": letter, "team": seed.TEAM}
        event = {"type": "member_joined_channel", **who, "event_ts": message.ts}
        return _Told("member_joined_channel", event, channel)

    def _callback(self, told: _Told) -> JSON:
        bot = {"team_id": seed.TEAM, "user_id": seed.BOT, "is_bot": True, "is_enterprise_install": False}
        return {
            "token": "verification-token-is-obsolete",
            "team_id": seed.TEAM,
            "context_team_id": seed.TEAM,
            "context_enterprise_id": None,
            "api_app_id": self._workspace.app.app_id,
            "event": told.event,
            "type": "event_callback",
            "event_id": new_id("Ev", 10),
            "event_time": int(self._workspace.now()),
            "authorizations": [{"enterprise_id": None, **bot}],
            "is_ext_shared_channel": told.channel is not None and is_shared(told.channel, self._workspace),
            "event_context": new_id("EC", 24),
        }


def _is_mention(channel: Channel, message: Message) -> bool:
    return f"<@{seed.BOT}>" in message.text and channel.kind != "im" and message.user != seed.BOT


def _client_id(message: Message) -> str:
    digits = message.ts.replace(".", "").rjust(32, "0")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
