"""What the app can read back: conversations.history, conversations.replies, files.info, users.info."""

import base64
import binascii
from dataclasses import dataclass

from tests.fakes.minimal_slack.drafts import flag
from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.payloads import file_json, message_json
from tests.fakes.minimal_slack.posting import timestamp
from tests.fakes.minimal_slack.refusal import Refusal
from tests.fakes.minimal_slack.workspace import Message, Workspace

PAGE, LARGEST_PAGE = 100, 999


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Reads for the app.

    Attributes:
        workspace: Where messages and files are.
    """

    workspace: Workspace

    def history(self, arguments: JSON) -> JSON:
        """`conversations.history`: roots and broadcast replies only, newest first.

        Raises:
            Refusal: What Slack answers to a bad call.
        """
        channel = self._channel(arguments)
        found = [one for one in self.workspace.messages(channel) if one.is_root or one.reply_broadcast]
        found = [one for one in found if _between(one, arguments)]
        return self._page(found[::-1], arguments)

    def replies(self, arguments: JSON) -> JSON:
        """`conversations.replies`: the root first, then its replies; a reply's own `ts` gives that reply alone.

        Raises:
            Refusal: What Slack answers to a bad call.
        """
        channel, ts = self._channel(arguments), timestamp(arguments, "ts")
        root = self.workspace.find(channel, ts)
        if root is None:
            raise Refusal("thread_not_found")
        if not root.is_root:
            return self._page([root], arguments)
        replies = [one for one in self.workspace.messages(channel, ts) if one.ts != ts]
        return self._page([root, *(one for one in replies if _between(one, arguments))], arguments)

    def file_info(self, arguments: JSON) -> JSON:
        """`files.info`: the file, and in which threads it was shared.

        Raises:
            Refusal: What Slack answers to a bad call.
        """
        file = self.workspace.file(str(arguments.get("file")))
        if file is None:
            raise Refusal("file_not_found")
        if file.deleted:
            raise Refusal("file_deleted")
        shares: dict[str, list[JSON]] = {}
        for message in self.workspace.messages():
            if file.id in (one.id for one in message.files):
                share = {"ts": message.ts} | ({"thread_ts": message.thread_ts} if message.thread_ts else {})
                shares.setdefault(message.channel, []).append(share)
        shown = file_json(file, self.workspace.identity, site=self.workspace.site)
        return {"file": {**shown, "shares": {"public": shares}}}

    def user_info(self, arguments: JSON) -> JSON:
        """`users.info`: everybody with a user's id is a full member.

        Raises:
            Refusal: What Slack answers to a bad call.
        """
        user = str(arguments.get("user"))
        if not user.startswith("U"):
            raise Refusal("user_not_found")
        status = dict.fromkeys(("deleted", "is_bot", "is_restricted", "is_ultra_restricted"), False)
        return {"user": {"id": user, "team_id": self.workspace.identity.team_id, "name": user.lower(), **status}}

    def _channel(self, arguments: JSON) -> str:
        channel = arguments.get("channel")
        if not isinstance(channel, str) or not self.workspace.has_channel(channel):
            raise Refusal("channel_not_found")
        return channel

    def _page(self, found: list[Message], arguments: JSON) -> JSON:
        start, size = _start(arguments.get("cursor")), _size(arguments.get("limit"))
        page, rest = found[start : start + size], found[start + size :]
        answer: JSON = {"messages": [self._shown(one, arguments) for one in page], "has_more": bool(rest)}
        if rest:
            cursor = base64.b64encode(f"next:{start + size}".encode()).decode()
            answer["response_metadata"] = {"next_cursor": cursor}
        return answer

    def _shown(self, message: Message, arguments: JSON) -> JSON:
        replies = len(self.workspace.messages(message.channel, message.ts)) - 1 if message.is_root else 0
        return message_json(
            message,
            self.workspace.identity,
            site=self.workspace.site,
            replies=replies,
            with_metadata=bool(flag(arguments.get("include_all_metadata"))),
        )


def _between(message: Message, arguments: JSON) -> bool:
    """Whether it lies between `oldest` and `latest`, the ends counted only with `inclusive`."""
    oldest, latest = str(arguments.get("oldest") or "0"), str(arguments.get("latest") or "9" * 12)
    at = _microseconds(message.ts)
    low, high = _microseconds(oldest), _microseconds(latest)
    return low <= at <= high if flag(arguments.get("inclusive")) else low < at < high


def _microseconds(ts: str) -> int:
    seconds, _, fraction = ts.partition(".")
    if not seconds.isdecimal() or (fraction and not fraction.isdecimal()):
        raise Refusal("invalid_arguments", details=(f"[ERROR] must be a timestamp: {ts}",))
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6])


def _size(limit: object) -> int:
    if limit is None:
        return PAGE
    if not str(limit).isdecimal() or int(str(limit)) < 1:
        raise Refusal("invalid_limit")
    return min(int(str(limit)), LARGEST_PAGE)


def _start(cursor: object) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(str(cursor)).decode().removeprefix("next:"))
    except (binascii.Error, UnicodeDecodeError, ValueError) as exc:
        raise Refusal("invalid_cursor") from exc
