"""What became of each tool call, so that a crash repeats none that may have changed something."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, cast

import redis

from bot.enclosures import Enclosure
from bot.errors import Stale
from bot.mailbox import Fence

JOURNAL_SECONDS = 3 * 86_400

#: KEYS journal, fence · ARGV call, token, started | outcome, ttl: what was written before, if anything
_BEGIN = """
if ARGV[2] ~= '' and redis.call('HGET', KEYS[2], 'token') ~= ARGV[2] then return {'stale'} end
local before = redis.call('HGET', KEYS[1], ARGV[1])
if not before then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  return {'fresh'}
end
return {'before', before}
"""

_FINISH = """
if ARGV[2] ~= '' and redis.call('HGET', KEYS[2], 'token') ~= ARGV[2] then return 'stale' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 'written'
"""


class Status(StrEnum):
    """How a tool call ended."""

    DONE = "done"  #: it gave a result
    BAD_ARGUMENTS = "bad_arguments"  #: the caller may correct the arguments
    UNAVAILABLE = "unavailable"  #: the system behind it did not answer
    REFUSED = "refused"  #: the system, or the policy, said no
    AWAITING = "awaiting"  #: nothing was changed: people are asked for their approval first
    UNDERWAY = "underway"  #: it was begun and takes long: the same call, made again later, goes on with it
    UNKNOWN = "unknown"  #: it may or may not have happened: a person must look
    FAILED = "failed"  #: a fault of ours


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a tool call ended.

    Attributes:
        status: In one word.
        text: In words, for the model and for people.
        data: The typed result as JSON; None unless it is done.
        change: Whether something was changed.
        files: What goes into the thread beside the answer; the bytes are kept elsewhere.
    """

    status: Status
    text: str
    data: dict[str, Any] | None = None
    change: bool = False
    files: tuple[Enclosure, ...] = ()

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Outcome":
        """As it was kept."""
        fields = json.loads(text)
        files = tuple(Enclosure(**one) for one in fields.get("files", ()))
        return cls(**{**fields, "status": Status(fields["status"]), "files": files})


@dataclass(frozen=True, slots=True)
class Before:
    """What the journal says about a call.

    Attributes:
        started: It was begun before, and this process does not know how it ended.
        outcome: How it ended, if that was written.
    """

    started: bool
    outcome: Outcome | None = None


class Journal:
    """The calls of one piece of work."""

    def __init__(self, connection: "redis.Redis", *, team: str, work: str, fence: Fence | None) -> None:
        """Open the journal of a turn, a command or a click, by its id."""
        self._key = f"tm:{team}:journal:v1:{work}"
        self._redis = connection
        self._fence = fence
        self._begin = connection.register_script(_BEGIN)
        self._finish = connection.register_script(_FINISH)

    def begin(self, call: str) -> Before:
        """Note that a call is about to be made.

        Raises:
            Stale: The lease has passed to somebody else; the call must not be made.
        """
        answer = cast(
            "list[str]", self._begin(keys=self._keys(), args=[call, self._token(), "started", JOURNAL_SECONDS])
        )
        if answer[0] == "stale":
            raise Stale("the lease has passed on; the call was not made")
        if answer[0] == "fresh":
            return Before(started=False)
        return Before(started=True, outcome=None if answer[1] == "started" else Outcome.from_json(answer[1]))

    def finish(self, call: str, outcome: Outcome) -> None:
        """Note how a call ended.

        Raises:
            Stale: The lease has passed to somebody else; nothing was noted.
        """
        arguments = [call, self._token(), outcome.to_json(), JOURNAL_SECONDS]
        if self._finish(keys=self._keys(), args=arguments) == "stale":
            raise Stale("the lease has passed on; the outcome was not noted")

    def changes(self) -> list[str]:
        """What was changed, in the words of each call that did, and what may have been; in no certain order."""
        kept = cast("dict[str, str]", self._redis.hgetall(self._key))
        outcomes = [Outcome.from_json(text) for text in kept.values() if text != "started"]
        told = [one for one in outcomes if one.change or one.status is Status.UNKNOWN]
        return [one.text.strip().split("\n", 1)[0] for one in told]

    def awaiting(self) -> list[str]:
        """What was proposed and waits for people, in the words of each call; in no certain order."""
        kept = cast("dict[str, str]", self._redis.hgetall(self._key))
        outcomes = [Outcome.from_json(text) for text in kept.values() if text != "started"]
        return [one.text.strip().split("\n", 1)[0] for one in outcomes if one.status is Status.AWAITING]

    def _keys(self) -> list[str]:
        return [self._key, self._fence.key if self._fence else self._key]

    def _token(self) -> int | str:
        return self._fence.token if self._fence else ""
