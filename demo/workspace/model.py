"""The nouns of a workspace, all frozen: a change makes a new value, and readers may keep what they were given."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

JSON = dict[str, Any]

ChangeKind = Literal[
    "posted",
    "edited",
    "deleted",
    "ephemeral",
    "ephemeral_gone",
    "reaction",
    "status",
    "channel",
    "file",
    "interaction",
    "view",
]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes in the workspace: a person, the app's bot user, or Slackbot.

    Attributes:
        id: `U…`.
        name: The handle people type after `@`, lower case.
        real_name: What the page shows.
        title: What the person does, as in a Slack profile.
        team: The workspace the person belongs to; another one than ours makes a channel "externally shared".
        bot_id: `B…` for a bot user, else empty.
        guest: `multi` may be in several channels, `single` in one; empty for a full member.
        deleted: Deactivated: cannot act any more, is still named where they wrote.
        tz: Where the person is, as the time zone database names it.
    """

    id: str
    name: str
    real_name: str
    title: str = ""
    team: str = "T0LOCAL"
    bot_id: str = ""
    guest: Literal["", "multi", "single"] = ""
    deleted: bool = False
    tz: str = "Europe/Amsterdam"

    @property
    def is_bot(self) -> bool:
        """Whether this is a bot user."""
        return bool(self.bot_id)


@dataclass(frozen=True, slots=True)
class UserGroup:
    """People who are mentioned together.

    Attributes:
        id: `S…`.
        handle: What people type after `@`, lower case.
        name: What the group is called.
        members: User ids.
        created: Seconds since the epoch, as `updated`.
    """

    id: str
    handle: str
    name: str
    description: str = ""
    members: tuple[str, ...] = ()
    created: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation: a public channel (`channel`), a private one (`group`), or a direct message with the bot (`im`).

    Attributes:
        id: `C…`, `G…` or `D…`.
        name: Without `#`; empty for a direct message.
        members: User ids, the bot's included where it was invited.
        created: Seconds since the epoch.
    """

    id: str
    name: str
    kind: Literal["channel", "group", "im"] = "channel"
    members: tuple[str, ...] = ()
    topic: str = ""
    purpose: str = ""
    created: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """A file that was uploaded; its bytes come from `Workspace.content(file.id)`.

    Attributes:
        size: Bytes.
        shares: Where it was posted, as (channel, ts of the message) pairs; empty while private to its owner.
        deleted: Its content is gone; messages keep a tombstone.
    """

    id: str
    name: str
    size: int
    user: str
    created: int
    title: str = ""
    mimetype: str = "application/octet-stream"
    filetype: str = "binary"
    alt_text: str = ""
    shares: tuple[tuple[str, str], ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji under a message, with those who put it there."""

    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as Slack stores it.

    Attributes:
        ts: Identity within the channel, `1717171717.000100`: a string, never a number.
        user: Who wrote it; the bot's messages carry its user id and `bot_id`.
        text: mrkdwn as stored: `<@U…>`, `<#C…|name>`, `<https://…>`, with `&`, `<`, `>` escaped.
        blocks: Block Kit blocks as the app sent them, each with a `block_id`.
        attachments: Legacy attachments as the app sent them.
        thread_ts: The root's ts; on a root only once it has replies; None outside threads.
        broadcast: A reply that is shown in the channel too.
        subtype: Slack's: `""`, `file_share`, `thread_broadcast`, `tombstone`, `channel_join`.
        metadata: `{"event_type", "event_payload"}` as the app sent it.
        edited: (user, ts) of the last edit a reader can see; edits of blocks alone leave it None.
        ephemeral_to: The one person who sees it; None for a lasting message.
        unfurl: (unfurl_links, unfurl_media) as sent; None where the app left Slack's default.
        streaming: Since when the app lets it grow, in seconds since the epoch; 0 for a message that is complete.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[JSON, ...] = ()
    attachments: tuple[JSON, ...] = ()
    files: tuple[File, ...] = ()
    thread_ts: str | None = None
    broadcast: bool = False
    subtype: str = ""
    bot_id: str = ""
    username: str = ""
    icon: str = ""
    metadata: JSON | None = None
    edited: tuple[str, str] | None = None
    reactions: tuple[Reaction, ...] = ()
    ephemeral_to: str | None = None
    unfurl: tuple[bool | None, bool | None] = (None, None)
    streaming: float = 0.0

    @property
    def root(self) -> str:
        """The ts of the thread it belongs to: its own when it starts one."""
        return self.thread_ts or self.ts

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class View:
    """One view of a modal, as its person sees it.

    Attributes:
        id: `V…`.
        user: Whose screen it is on.
        body: What the app sent: title, blocks with their ids, submit, close, callback_id and so on.
        hash: Changes whenever the app changes the view.
        root: Id of the view at the bottom of the stack; its own there.
        previous: Id of the view below it; empty at the bottom.
        state: What stands in the fields, by block id and action id, as `view.state.values` has it.
        errors: What is wrong with a field, by block id, as it stands under the field.
        trouble: Why the modal as a whole does not go on, e.g. because the app did not answer.
        busy: The app was asked, and has not answered yet.
    """

    id: str
    user: str
    body: JSON
    hash: str
    root: str
    previous: str = ""
    state: dict[str, dict[str, JSON]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    busy: bool = False

    @property
    def title(self) -> str:
        """What stands at its top."""
        return str(self.body["title"]["text"])

    @property
    def blocks(self) -> tuple[JSON, ...]:
        """Its blocks, each with its id."""
        return tuple(self.body["blocks"])


@dataclass(frozen=True, slots=True)
class Status:
    """A line such as "trainmaster is reading the file…" under a thread.

    Attributes:
        text: What the app said, to be shown after the app's name; empty for a session state alone.
        loading: Texts to rotate through while it lasts.
        expires: Seconds since the epoch when the text vanishes by itself.
        session: The agent session's state (`active`, `processing`, `suspended`, `closed`), or empty.
        session_expires: Seconds since the epoch when `processing` becomes `active` by itself.
    """

    channel: str
    thread_ts: str
    text: str
    loading: tuple[str, ...] = ()
    expires: float = 0.0
    session: str = ""
    session_expires: float = 0.0

    def at(self, now: float) -> "Status | None":
        """What is left of it at a time; None when nothing is."""
        text, loading = (self.text, self.loading) if self.expires > now else ("", ())
        lapsed = self.session == "processing" and self.session_expires <= now
        session = "active" if lapsed else self.session
        return replace(self, text=text, loading=loading, session=session) if text or session else None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What became of a click, a choice or a command.

    Attributes:
        ok: The app answered within three seconds.
        error: Slack's word for it when not: `operation_timeout`, `dispatch_failed`, `dispatch_unknown_error`.
        body: What the app put into its answer (a command's immediate reply), if anything.
    """

    ok: bool
    error: str = ""
    body: JSON = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What a subscriber is told.

    Attributes:
        kind: What happened. `interaction` tells the end of a click or command: `acknowledgement` says how it went;
            `view` tells that a person's modal opened, changed or closed.
        channel: Where, or empty for something workspace-wide.
        message: The message after the change (before it, for `deleted` and `ephemeral_gone`), where one is concerned.
        before: The message before an edit.
        reaction: (name, user, added) for `reaction`.
        status: The thread's status line for `status`; None when it was cleared.
        thread_ts: The thread concerned, where there is one.
        user: Whose modal it is, for `view`.
    """

    kind: ChangeKind
    channel: str = ""
    thread_ts: str = ""
    message: Message | None = None
    before: Message | None = None
    reaction: tuple[str, str, bool] | None = None
    status: Status | None = None
    file: File | None = None
    acknowledgement: Acknowledgement | None = None
    user: str = ""
