"""A message that grows while it is written, as one of Slack's streams where a workspace has them.

The stream is a way of showing, never of telling: whatever becomes of it, the message's last face is put on by an edit
like any other, which may be repeated. So what is not known for sure (an append that may have arrived, a face that is no
longer what the stream began with, a stream that is too old) ends the stream; from then on the message is edited.
"""

import hashlib
import json
import time
from collections.abc import Callable, Sequence

import redis
import structlog

from bot.errors import SlackRefused, SlackUnavailable, SlackUncertain
from bot.slack import SlackGateway
from bot.unsupported import Unsupported
from bot.views.view import Block, View

log = structlog.get_logger()

START = "chat.startStream"
APPENDED_MILLISECONDS = 1000  #: between two growths of a stream
#: Slack ends a stream after about five minutes, whether anything was added or not.
LONGEST_SECONDS = 200.0
_LOST = "lost"  #: in the place of what was streamed, while nobody knows


class Streams:
    """The streams of one team."""

    def __init__(
        self,
        gateway: SlackGateway,
        connection: "redis.Redis",
        *,
        team: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._gateway = gateway
        self._redis = connection
        self._unsupported = Unsupported(connection, team=team)
        self._team = team
        self._clock = clock

    def begin(self, key: str, entry: str, *, channel: str, thread: str, reader: str, view: View) -> str | None:
        """Begin a stream with this view; its `ts`, or None where the message is to be posted instead.

        Raises:
            SlackUncertain: It may have begun: look with `lost` before anything is posted.
        """
        if not (thread and view.blocks) or START in self._unsupported:
            return None
        blocks = marked(view.blocks, entry)
        self._redis.hset(key, "grew", 1)
        try:
            ts = self._gateway.start_stream(
                channel=channel, thread=thread, blocks=blocks, reader=reader, team=self._team
            )
        except SlackUncertain:
            raise
        except SlackUnavailable:
            return None  # it did not begin, and a message may well be posted
        except SlackRefused as refusal:
            self._unsupported.learn(START, refusal)
            return None
        self._redis.hset(key, "stream", _mark(view.blocks, since=self._clock()))
        return ts

    def lost(self, key: str, entry: str, *, channel: str, thread: str, since: float) -> str | None:
        """The `ts` of a stream of which nobody saw whether it began, if it did.

        Raises:
            SlackUnavailable: Nobody can tell now.
        """
        if not self._redis.hexists(key, "grew"):
            return None
        ts = self._gateway.find_stream(channel=channel, thread=thread, marker=marker(entry), since=since)
        if ts is not None:
            self._redis.hset(key, "stream", _LOST)
        return ts

    def grown(self, key: str, entry: str, *, channel: str, ts: str, view: View, grows: bool) -> bool:
        """Add to a stream what a view has more than before.

        Returns:
            Whether the stream shows the view now; else there is no stream any more, and the view is to be put on.

        Raises:
            SlackUnavailable: Nothing was done; try again.
        """
        stream = str(self._redis.hget(key, "stream") or "")
        more = _beyond(view.blocks, stream, now=self._clock()) if grows else None
        if more is None:
            self._end(key, entry, channel=channel, ts=ts)
            return False
        if not more:
            return True
        self._redis.hset(key, "stream", _LOST)
        try:
            self._gateway.append_stream(channel=channel, ts=ts, blocks=more)
        except SlackUncertain:
            raise
        except SlackUnavailable:
            self._redis.hset(key, "stream", stream)
            raise
        except SlackRefused as refusal:
            log.info("stream_ended", entry=entry, reason=refusal.reason)
            self._end(key, entry, channel=channel, ts=ts)
            return False
        self._redis.hset(key, "stream", _mark(view.blocks, since=float(stream.partition(":")[0])))
        return True

    def still_grows(self, key: str) -> None:
        """Note that Slack takes a message for a stream that we took for ended: it is ended before it is edited."""
        self._redis.hset(key, "stream", _LOST)

    def _end(self, key: str, entry: str, *, channel: str, ts: str) -> None:
        try:
            self._gateway.stop_stream(channel=channel, ts=ts, entry=entry)
        except SlackRefused as refusal:
            log.debug("stream_not_stopped", entry=entry, reason=refusal.reason)  # it has ended by itself, or is gone
        self._redis.hdel(key, "stream")


def marker(entry: str) -> str:
    """The `block_id` by which the stream of an entry is found again: streams carry no metadata before they end."""
    return f"stream-{hashlib.sha256(entry.encode()).hexdigest()[:32]}"


def marked(blocks: Sequence[Block], entry: str) -> list[Block]:
    """The blocks, of which the first one carries the marker."""
    return [{**blocks[0], "block_id": marker(entry)}, *blocks[1:]]


def _mark(blocks: Sequence[Block], *, since: float) -> str:
    """What is remembered of a stream: since when, how many blocks, and which."""
    return f"{since:.0f}:{len(blocks)}:{_digest(blocks)}"


def _beyond(blocks: Sequence[Block], stream: str, *, now: float) -> list[Block] | None:
    """The blocks that a stream does not show yet; None when it must not, or cannot, be gone on with."""
    if stream in {"", _LOST}:
        return None
    since, number, digest = stream.split(":")
    if not 0 <= now - float(since) < LONGEST_SECONDS or _digest(blocks[: int(number)]) != digest:
        return None
    return list(blocks[int(number) :])


def _digest(blocks: Sequence[Block]) -> str:
    return hashlib.sha256(json.dumps(list(blocks), sort_keys=True).encode()).hexdigest()[:32]
