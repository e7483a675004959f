"""Answers to clicks and commands: by the address that came with them, or in a command's acknowledgement."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.fakes.minimal_slack.drafts import flag, must_say_something, read_draft
from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.feed import Feed
from tests.fakes.minimal_slack.posting import edited
from tests.fakes.minimal_slack.refusal import Refusal
from tests.fakes.minimal_slack.workspace import Message, Workspace

MOST_USES = 5
LIFETIME = 30 * 60.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an answer goes: to the person who clicked or typed, by default so that nobody else sees it.

    Attributes:
        channel: Where it happened.
        user: Who did it.
        source: `ts` of the message with the button; None for a command.
        source_is_ephemeral: Whether only that person sees the message with the button.
    """

    channel: str
    user: str
    source: str | None = None
    source_is_ephemeral: bool = False


@dataclass(kw_only=True)
class _Issued:
    place: Place
    expires: float
    uses: int = 0


@dataclass(frozen=True, kw_only=True)
class ResponseUrls:
    """Gives out addresses and takes what is posted to them: five times within 30 minutes each.

    Attributes:
        workspace: Where answers are shown.
        feed: Told about those that everybody sees.
        now: A clock in seconds that never goes back.
        refused_blocks: Block types that this workspace does not have.
    """

    workspace: Workspace
    feed: Feed
    now: Callable[[], float]
    refused_blocks: frozenset[str] = frozenset()
    _issued: dict[str, _Issued] = field(default_factory=dict)

    def issue(self, place: Place) -> str:
        """A new address for answers to one click or command."""
        key = secrets.token_urlsafe(12)
        self._issued[key] = _Issued(place=place, expires=self.now() + LIFETIME)
        return f"{self.workspace.site}/response/{key}"

    def use(self, key: str, body: JSON) -> None:
        """Do what was posted to an address.

        Raises:
            Refusal: `used_url`, `expired_url`, or a fault of the message.
        """
        issued = self._issued.get(key)
        if issued is None or issued.expires <= self.now():
            raise Refusal("expired_url")
        if issued.uses >= MOST_USES:
            raise Refusal("used_url")
        self.answer(issued.place, body)
        issued.uses += 1

    def answer(self, place: Place, body: JSON) -> None:
        """Show an answer, or replace or delete the message it answers.

        Raises:
            Refusal: The message breaks one of Slack's limits, or there is nothing to replace.
        """
        if flag(body.get("delete_original")):
            self.workspace.remove(self._source(place))
        elif flag(body.get("replace_original")) and place.source is not None:
            self._replace(self._source(place), body)
        else:
            self._say(place, body)

    def _replace(self, old: Message, body: JSON) -> None:
        new = self.workspace.change(edited(old, read_draft(body, refused_blocks=self.refused_blocks)))
        if new.ephemeral_to is None:
            self.feed.edited(new, old)

    def _say(self, place: Place, body: JSON) -> None:
        draft = read_draft(body, refused_blocks=self.refused_blocks)
        must_say_something(draft)
        message = Message(
            channel=place.channel,
            ts=self.workspace.new_ts(),
            user=self.workspace.identity.bot_user_id,
            text=draft.text or "",
            blocks=draft.blocks or [],
            attachments=draft.attachments or [],
            metadata=draft.metadata,
            thread_ts=body.get("thread_ts"),
            unfurl_links=flag(body.get("unfurl_links")),
            unfurl_media=flag(body.get("unfurl_media")),
            by_bot=True,
        )
        if body.get("response_type") == "in_channel":
            self.feed.posted(self.workspace.add(message))
        else:
            self.workspace.add(replace(message, ephemeral_to=place.user))

    def _source(self, place: Place) -> Message:
        if place.source is None:
            raise Refusal("message_not_found")
        if place.source_is_ephemeral:
            found = self.workspace.find_ephemeral(place.source)
        else:
            found = self.workspace.find(place.channel, place.source)
        if found is None:
            raise Refusal("message_not_found")
        return found
