"""Proposals in Redis. Every change names the revision that it was made from, so that of two at once one is made.

Nothing here decides anything: `bot/proposals.py` says what may follow what. A change that leads to more work puts the
proposal's next look into the same step, so that a process that dies right after it leaves nothing undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import cast

import redis
import structlog
from pydantic import ValidationError

from bot.errors import BotError, Stale
from bot.mailbox import Fence
from bot.proposals import Proposal
from bot.redis_clock import NOW
from bot.retention import Kept as Keeping
from bot.retention import Retention

log = structlog.get_logger()

GONE = "I no longer have that proposal: the access policy says for how long they are kept. Please ask for it anew."
UNREADABLE = "{proposal} asks for this, and another version of me wrote it: I cannot read it."
RECENT = 500  #: proposals listed, open or not
LOOK_AGAIN_SECONDS = 5.0  #: a look that was asked for and not taken is asked for again

#: KEYS proposal, by call, due, recent · ARGV id, record, ttl, next look (ms), most recent: the id that holds
_ADD = """
local known = redis.call('GET', KEYS[2])
if known then return known end
redis.call('HSET', KEYS[1], 'rev', 1, 'record', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
redis.call('EXPIRE', KEYS[3], ARGV[3])
redis.call('LPUSH', KEYS[4], ARGV[1])
redis.call('LTRIM', KEYS[4], 0, tonumber(ARGV[5]) - 1)
redis.call('EXPIRE', KEYS[4], ARGV[3])
return ARGV[1]
"""

#: KEYS proposal, due, [fence] · ARGV id, expected revision, record, ttl, next look (ms; '' for never), token
_CHANGE = """
if KEYS[3] and redis.call('HGET', KEYS[3], 'token') ~= ARGV[6] then return -1 end
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'rev', ARGV[2] + 1, 'record', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
if ARGV[5] == '' then redis.call('ZREM', KEYS[2], ARGV[1]) else redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1]) end
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1
"""

#: KEYS due · ARGV milliseconds until the next look at one that is not seen to
_DUE = (
    NOW
    + """
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)
for _, id in ipairs(found) do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), id) end
return found
"""
)

#: KEYS the resources · ARGV owner, milliseconds
_HOLD = """
for _, key in ipairs(KEYS) do
  local owner = redis.call('GET', key)
  if owner and owner ~= ARGV[1] then return owner end
end
for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
return ARGV[1]
"""

_RELEASE = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A proposal as it is kept, and the revision to name when it is changed."""

    proposal: Proposal
    revision: int


class ProposalStore:
    """The proposals of one team."""

    def __init__(self, connection: "redis.Redis", *, team: str, kept: Keeping = Retention) -> None:
        self._redis = connection
        self._team = team
        self._kept = kept
        self._add = connection.register_script(_ADD)
        self._change = connection.register_script(_CHANGE)
        self._due = connection.register_script(_DUE)
        self._hold = connection.register_script(_HOLD)
        self._release = connection.register_script(_RELEASE)

    def add(self, proposal: Proposal) -> Proposal:
        """Keep a new proposal; the same call again gives the one that it made before."""
        keys = [self._key(proposal.id), self._by_call(proposal.key), self._due_key, self._recent_key]
        record = proposal.model_dump_json()
        look = _milliseconds(proposal.next_look)
        arguments: list[str | int] = [proposal.id, record, self._kept().proposals, look, RECENT]
        held = cast("str", self._add(keys=keys, args=arguments))
        if held == proposal.id:
            return proposal
        if before := self.load(held):
            return before.proposal
        if self._redis.exists(self._key(held)):
            raise BotError(UNREADABLE.format(proposal=held))
        return self.add(proposal)  # it ran out between the two

    def load(self, proposal_id: str) -> Kept | None:
        """A proposal; None when there is none, its record is not kept any longer, or this version cannot read it."""
        return self._all([proposal_id])[0]

    def change(self, kept: Kept, after: Proposal, *, fence: Fence | None = None) -> Kept | None:
        """Put a proposal's new record in the place of the old one, if nobody was quicker.

        Returns:
            The proposal as it is kept now; None when somebody was quicker: read it again.

        Raises:
            Stale: The lease has passed to somebody else; nothing was changed.
        """
        keys = [self._key(after.id), self._due_key, *([fence.key] if fence else [])]
        look = _milliseconds(after.next_look)
        ttl = self._kept().proposals
        arguments: list[str | int] = [after.id, kept.revision, after.model_dump_json(), ttl, look]
        arguments.append(fence.token if fence else "")
        answer = cast("int", self._change(keys=keys, args=arguments))
        if answer < 0:
            raise Stale("the lease has passed on; the proposal was not changed")
        return Kept(after, kept.revision + 1) if answer else None

    def open(self) -> tuple[Proposal, ...]:
        """Every proposal of which something may still come, oldest first."""
        ids = cast("list[str]", self._redis.zrange(self._due_key, 0, -1))
        found = [kept.proposal for kept in self._all(ids) if kept and kept.proposal.open]
        return tuple(sorted(found, key=lambda proposal: proposal.created))

    def recent(self, limit: int) -> tuple[Proposal, ...]:
        """The newest proposals, open or not, newest first; at most 500."""
        if limit < 1:
            return ()
        ids = cast("list[str]", self._redis.lrange(self._recent_key, 0, limit - 1))
        return tuple(kept.proposal for kept in self._all(ids) if kept)

    def due(self) -> Sequence[str]:
        """Proposals to look at now; each is named again after a few seconds unless that changes it."""
        return cast("list[str]", self._due(keys=[self._due_key], args=[int(LOOK_AGAIN_SECONDS * 1000)]))

    def forget_look(self, proposal_id: str) -> None:
        """Look at a proposal no more that is gone or has ended; one that another version wrote is for that one."""
        kept = self.load(proposal_id)
        if kept or not self._redis.exists(self._key(proposal_id)):
            self._redis.zrem(self._due_key, proposal_id)

    def hold(self, resources: Sequence[str], *, owner: str, seconds: float) -> str:
        """Hold all of these resources for so long, or none.

        Returns:
            The owner: the one given when they are held now, or again; else who holds one of them.
        """
        keys = [self._resource(resource) for resource in resources]
        return cast("str", self._hold(keys=keys, args=[owner, int(seconds * 1000)])) if keys else owner

    def release(self, resources: Sequence[str], *, owner: str) -> None:
        """Let go of those of these resources that the owner holds."""
        if resources:
            self._release(keys=[self._resource(resource) for resource in resources], args=[owner])

    def _all(self, ids: Sequence[str]) -> list[Kept | None]:
        """The proposals with these ids, in one journey."""
        pipe = self._redis.pipeline(transaction=False)
        for each in ids:
            pipe.hmget(self._key(each), "rev", "record")
        found = cast("list[list[str | None]]", pipe.execute())
        return [_kept(each, *fields) for each, fields in zip(ids, found, strict=True)]

    def _key(self, proposal_id: str) -> str:
        return f"tm:{self._team}:proposal:v1:{proposal_id}"

    def _by_call(self, key: str) -> str:
        return f"tm:{self._team}:proposed:v1:{key}"

    def _resource(self, resource: str) -> str:
        return f"tm:{self._team}:resource:v1:{resource}"

    @property
    def _due_key(self) -> str:
        return f"tm:{self._team}:proposals:v1:due"

    @property
    def _recent_key(self) -> str:
        return f"tm:{self._team}:proposals:v1:recent"


def _kept(proposal_id: str, revision: str | None, record: str | None) -> Kept | None:
    if revision is None or record is None:
        return None
    try:
        return Kept(Proposal.model_validate_json(record), int(revision))
    except ValidationError as exc:  # it must not keep others from theirs
        log.error("proposal_unreadable", proposal=proposal_id, faults=exc.error_count())  # noqa: TRY400 - no trace of it
        return None


def _milliseconds(moment: float) -> str | int:
    """A moment as Redis compares it, never before it has come; nothing for one that never comes."""
    return "" if moment == float("inf") else ceil(moment * 1000)
