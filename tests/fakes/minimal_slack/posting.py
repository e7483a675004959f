"""How messages of the app get into the workspace: chat.postMessage, chat.update, chat.postEphemeral."""

import re
from dataclasses import dataclass, replace

from tests.fakes.minimal_slack.drafts import TEXT_IN_UPDATE, Draft, flag, must_say_something, read_draft
from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.feed import Feed
from tests.fakes.minimal_slack.payloads import message_json
from tests.fakes.minimal_slack.rates import Rates
from tests.fakes.minimal_slack.refusal import Refusal
from tests.fakes.minimal_slack.workspace import Message, Workspace

TIMESTAMP = re.compile(r"\d{9,}\.\d{6}")


@dataclass(frozen=True, kw_only=True)
class Posting:
    """Writes for the app.

    Attributes:
        workspace: Where messages go.
        feed: Told about each new version.
        rates: Asked before a message is posted.
        refused_blocks: Block types that this workspace does not have.
    """

    workspace: Workspace
    feed: Feed
    rates: Rates
    refused_blocks: frozenset[str] = frozenset()

    def post_message(self, arguments: JSON) -> JSON:
        """`chat.postMessage`; a person's id as channel means the direct message with that person.

        Raises:
            Refusal: What Slack answers to a bad call.
        """
        channel = self._channel(arguments, people_too=True)
        draft = read_draft(arguments, refused_blocks=self.refused_blocks)
        must_say_something(draft)
        thread_ts = self._thread(arguments, channel)
        self.rates.post(channel)
        message = self.workspace.add(
            replace(
                self._from_bot(draft, channel=channel, thread_ts=thread_ts),
                unfurl_links=flag(arguments.get("unfurl_links")),
                unfurl_media=flag(arguments.get("unfurl_media")),
                reply_broadcast=bool(flag(arguments.get("reply_broadcast"))),
            )
        )
        self.feed.posted(message)
        return {"channel": channel, "ts": message.ts, "message": self._shown(message)}

    def update(self, arguments: JSON) -> JSON:
        """`chat.update`: text without blocks takes the old blocks away.

        Raises:
            Refusal: What Slack answers to a bad call.
        """
        self.rates.call("chat.update")
        channel, ts = self._channel(arguments), timestamp(arguments, "ts")
        draft = read_draft(arguments, refused_blocks=self.refused_blocks, text_limit=TEXT_IN_UPDATE)
        with self.workspace.changed:  # two edits at once must not lose one another's parts
            old = self.workspace.find(channel, ts)
            if old is None:
                raise Refusal("message_not_found")
            if not old.by_bot:
                raise Refusal("cant_update_message")
            new = self.workspace.change(edited(old, draft))
            self.feed.edited(new, old)
        return {"channel": new.channel, "ts": new.ts, "text": new.text, "message": self._shown(new)}

    def post_ephemeral(self, arguments: JSON) -> JSON:
        """`chat.postEphemeral`: seen by one person, never by an event or `chat.update`.

        Raises:
            Refusal: What Slack answers to a bad call.
        """
        self.rates.call("chat.postEphemeral")
        channel, user = self._channel(arguments), arguments.get("user")
        if not isinstance(user, str) or not user:
            raise Refusal("user_not_in_channel")
        draft = read_draft(arguments, refused_blocks=self.refused_blocks)
        must_say_something(draft)
        message = self._from_bot(draft, channel=channel, thread_ts=self._thread(arguments, channel))
        return {"message_ts": self.workspace.add(replace(message, ephemeral_to=user)).ts}

    def _from_bot(self, draft: Draft, *, channel: str, thread_ts: str | None) -> Message:
        return Message(
            channel=channel,
            ts=self.workspace.new_ts(),
            user=self.workspace.identity.bot_user_id,
            text=draft.text or "",
            blocks=draft.blocks or [],
            attachments=draft.attachments or [],
            metadata=draft.metadata,
            thread_ts=thread_ts,
            by_bot=True,
        )

    def _channel(self, arguments: JSON, *, people_too: bool = False) -> str:
        channel = arguments.get("channel")
        if isinstance(channel, str) and people_too and channel.startswith("U"):
            return self.workspace.open_channel(f"D{channel[1:]}")
        if not isinstance(channel, str) or not self.workspace.has_channel(channel):
            raise Refusal("channel_not_found")
        return channel

    def _thread(self, arguments: JSON, channel: str) -> str | None:
        if arguments.get("thread_ts") is None:
            return None
        root = self.workspace.find(channel, timestamp(arguments, "thread_ts"))
        if root is None:
            raise Refusal("thread_not_found")
        if not root.is_root:
            raise Refusal("cannot_reply_to_message")
        return root.ts

    def _shown(self, message: Message) -> JSON:
        return message_json(message, self.workspace.identity, site=self.workspace.site, with_metadata=True)


def edited(old: Message, draft: Draft) -> Message:
    """The message after an edit; blocks stay only when neither text nor blocks were named, metadata when omitted.

    Raises:
        Refusal: The edit would leave nothing to show.
    """
    keep_blocks = draft.blocks is None and draft.text is None
    new = replace(
        old,
        text=old.text if draft.text is None else draft.text,
        blocks=old.blocks if keep_blocks else draft.blocks or [],
        attachments=old.attachments if draft.attachments is None else draft.attachments,
        metadata=old.metadata if draft.metadata is None else draft.metadata,
        edits=old.edits + 1,
    )
    if draft.text is None and draft.blocks is None and draft.attachments is None:
        raise Refusal("no_text")
    must_say_something(Draft(text=new.text, blocks=new.blocks, attachments=new.attachments, metadata=None))
    return new


def timestamp(arguments: JSON, name: str) -> str:
    """A `ts` argument, which is a string and never a number.

    Raises:
        Refusal: It is missing or malformed.
    """
    value = arguments.get(name)
    if not isinstance(value, str) or TIMESTAMP.fullmatch(value) is None:
        raise Refusal("invalid_arguments", details=(f"[ERROR] must be a timestamp [json-pointer:/{name}]",))
    return value
