"""Sends one message of the outbox to Slack, with the file that it brings along.

A post carries its entry's name in its metadata, and is found again by it. A message that shows a file carries none, so
it is found by the file: its id is written down before it is shared, and Slack shares a file once. Where nobody may be
sure, the very same file is shared again, never another copy of it.
"""

import redis
import structlog

from bot import budgets, courier_scripts
from bot.budgets import Budgets, Limit
from bot.claims import Parcel, Taken, Wait
from bot.enclosures import Enclosure, Enclosures
from bot.errors import SlackRefused, SlackUnavailable
from bot.outbox import entry_key
from bot.slack import SlackGateway
from bot.streaming import Streams
from bot.views.enclosed import without
from bot.views.view import View

log = structlog.get_logger()

#: Slack says these of our token: the message waits until that is mended.
TOKEN = {
    "account_inactive",
    "invalid_auth",
    "not_authed",
    "team_access_not_granted",
    "token_expired",
    "token_revoked",
}
#: Slack says these of what the token was granted: a message waits for it, too; a file is left out and said to be.
GRANTS = {"missing_scope", "no_permission", "not_allowed_token_type"}
#: Slack says these of what we drew; the words alone may still get through.
UNDRAWABLE = {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"}
KEPT_NO_LONGER = "it waited for more than a day"


class Sender:
    """Sends parcels of one team."""

    def __init__(
        self, connection: "redis.Redis", gateway: SlackGateway, limits: Budgets, *, streams: Streams, team: str
    ) -> None:
        self._redis = connection
        self._gateway = gateway
        self._streams = streams
        self._budgets = limits
        self._team = team
        self._enclosures = Enclosures(connection, team=team)
        self._note_upload = connection.register_script(courier_scripts.UPLOADED)

    def send(self, parcel: Parcel) -> tuple[str, bool]:
        """Send a parcel, unless Slack has it already.

        Returns:
            The message's `ts`, empty where Slack does not tell it; and whether all of it is shown.

        Raises:
            Wait: It is not its time.
            Taken: Another courier has it.
            bot.errors.SlackUncertain: It may have arrived.
            bot.errors.SlackUnavailable: It did not arrive.
            bot.errors.SlackRefused: Slack will not have it.
        """
        if parcel.url:
            self._gateway.respond(parcel.url, parcel.view, instead=parcel.instead)
            return "", True
        if parcel.user:
            self._gateway.ephemeral(
                channel=parcel.channel, thread=parcel.thread or None, user=parcel.user, view=parcel.view
            )
            return "", True
        if parcel.maybe_sent:
            if (found := self._found(parcel)) is not None:
                return found, True
            if (begun := self._lost(parcel)) is not None:
                return begun, False
        if parcel.enclosure is None:
            return self._posted(parcel, parcel.view), True
        return self._enclosing(parcel, parcel.enclosure), True

    def granted(self, limits: tuple[Limit, ...]) -> None:
        """Take one call out of every bucket.

        Raises:
            Wait: There is none in one of them.
        """
        refusal = self._budgets.refusal(limits)
        if refusal is not None:
            raise Wait(refusal)

    def pause(self, limit: Limit, error: SlackUnavailable) -> None:
        """Let nobody call for as long as Slack has asked for."""
        if error.retry_after is not None:
            self._budgets.pause(limit, error.retry_after)

    def _found(self, parcel: Parcel) -> str | None:
        thread = parcel.thread or None
        return self._gateway.find(channel=parcel.channel, thread=thread, entry=parcel.name, since=parcel.begun)

    def _lost(self, parcel: Parcel) -> str | None:
        """The `ts` of a stream that may have begun, if it did."""
        key, place = entry_key(self._team, parcel.name), {"channel": parcel.channel, "thread": parcel.thread}
        return self._streams.lost(key, parcel.name, **place, since=parcel.begun)

    def _begun(self, parcel: Parcel) -> str | None:
        """The `ts` of the stream as which a message that grows begins; None when it is to be posted."""
        key, place = entry_key(self._team, parcel.name), {"channel": parcel.channel, "thread": parcel.thread}
        if not parcel.grows:
            return None
        return self._streams.begin(key, parcel.name, **place, reader=parcel.grows, view=parcel.view)

    def _posted(self, parcel: Parcel, view: View) -> str:
        limits = self._turn_of(parcel)
        try:
            return self._begun(parcel) or self._post(parcel, view)
        except SlackUnavailable as exc:
            self.pause(limits[0], exc)
            raise

    def _post(self, parcel: Parcel, view: View) -> str:
        try:
            return self._gateway.post(
                channel=parcel.channel, thread=parcel.thread or None, view=view, entry=parcel.name
            )
        except SlackRefused as exc:
            if exc.reason not in UNDRAWABLE or not view.blocks:
                raise
            log.warning("blocks_refused", entry=parcel.name, reason=exc.reason)
            return self._post(parcel, View(text=view.text))

    def _enclosing(self, parcel: Parcel, enclosure: Enclosure) -> str:
        """Share the file; where Slack will not have it, its words say so in its place."""
        try:
            ts = self._shared(parcel, enclosure)
        except SlackRefused as exc:
            if exc.reason in TOKEN:
                raise
            log.warning("file_refused", entry=parcel.name, method=exc.method, reason=exc.reason)
            ts = self._posted(parcel, without(parcel.view, enclosure.name, f"Slack answered {exc.reason}"))
        self._enclosures.drop(enclosure.kept)
        return ts

    def _shared(self, parcel: Parcel, enclosure: Enclosure) -> str:
        looked_for = parcel.uploaded if parcel.maybe_sent else ""
        before = self._gateway.shown(looked_for, channel=parcel.channel) if looked_for else None
        if before:
            return before
        file = parcel.uploaded or self._uploaded(parcel, enclosure)
        if not file:
            return self._posted(parcel, without(parcel.view, enclosure.name, KEPT_NO_LONGER))
        limits = self._turn_of(parcel)
        try:
            self._gateway.share(
                file,
                title=enclosure.title,
                text=parcel.view.text,
                channel=parcel.channel,
                thread=parcel.thread or None,
            )
        except SlackUnavailable as exc:
            self.pause(limits[0], exc)
            raise
        except SlackRefused as exc:
            if not parcel.uploaded or exc.reason in TOKEN:
                raise
            if before is None:  # Slack threw it away before it was shared
                self._noted(parcel, "")
                raise SlackUnavailable(exc.method) from exc
        return ""

    def _uploaded(self, parcel: Parcel, enclosure: Enclosure) -> str:
        """The file's id, written down before anybody may see the file; empty when its bytes are kept no more."""
        content = self._enclosures.content(enclosure.kept)
        if content is None:
            return ""
        file = self._gateway.upload(enclosure, content)
        self._noted(parcel, file)
        return file

    def _noted(self, parcel: Parcel, file: str) -> None:
        """Write down under which id Slack has the bytes.

        Raises:
            Taken: Somebody else has gone on meanwhile.
        """
        if not self._note_upload(keys=[entry_key(self._team, parcel.name)], args=[parcel.nonce, file]):
            raise Taken

    def _turn_of(self, parcel: Parcel) -> tuple[Limit, ...]:
        limits = budgets.posts(parcel.channel)
        self.granted(limits)
        if self._redis.hget(entry_key(self._team, parcel.name), "nonce") != parcel.nonce:
            raise Taken  # this process slept, and another one has gone on meanwhile
        return limits
