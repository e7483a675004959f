"""The policy in force, for all processes: the one that was published last."""

import time
from collections.abc import Callable
from typing import Final, NamedTuple, cast

import redis
import structlog

from bot import policy_file
from bot.access import Policy, digest_of
from bot.errors import NoPolicy
from bot.policy_faults import BadPolicy
from bot.retention import Retention
from bot.settings import Settings

log = structlog.get_logger()

#: KEYS policy · ARGV digest, text, source
_PUBLISH = """
local kept = redis.call('HMGET', KEYS[1], 'digest', 'text')
if kept[1] == ARGV[1] and kept[2] == ARGV[2] then return 0 end
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'text', ARGV[2], 'source', ARGV[3], 'at', t[1] .. '.' .. t[2])
return 1
"""

#: Seconds for which what a policy says of keeping is believed, unless another one was read: it is asked at each write.
RETENTION_SECONDS: Final = 5.0

NONE_YET = "No access policy is in force, so nothing is allowed. Whoever runs me has to restart one of my processes."
UNREADABLE = (
    "I cannot read the access policy in force, so nothing is allowed. Whoever runs me has to bring all of my processes "
    "to one version and restart them, which publishes it anew."
)


class Loaded(NamedTuple):
    """A policy that this process has put in force.

    Attributes:
        policy: It.
        changed: Whether another one, or none, was in force before.
    """

    policy: Policy
    changed: bool


class PolicyStore:
    """The policy of one workspace in Redis. It is read at every use, so that a change counts at once everywhere.

    Only how long things are kept may be some seconds old, and never older than the policy that was read last here.

    Args:
        connection: To the Redis of this workspace.
        team: The workspace.
        clock: Seconds, of a clock that nobody sets.

    Attributes:
        team: The workspace.
    """

    def __init__(self, connection: "redis.Redis", *, team: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.team = team
        self._clock = clock
        self._redis = connection
        self._key = f"tm:{team}:policy:v1"
        self._publish = connection.register_script(_PUBLISH)
        self._known: Policy | None = None
        self._retention = Retention()
        self._retention_until = float("-inf")

    def publish(self, text: str, source: str) -> bool:
        """Put a policy in force; the one in force already stays with the time at which it was published.

        Args:
            text: Its TOML.
            source: What it is called in messages.

        Returns:
            Whether another one, or none, was in force before.

        Raises:
            BadPolicy: It makes no sense; nothing was changed.
            redis.RedisError: Redis is away.
        """
        policy_file.parse(text, team=self.team, source=source)
        changed = bool(self._publish(keys=[self._key], args=[digest_of(text), text, source]))
        self._retention_until = float("-inf")
        return changed

    def replaced_by(self, text: str) -> str | None:
        """A name for what is in force, that policy and that time, if another one is to come after it; else None.

        Raises:
            redis.RedisError: Redis is away.
        """
        digest, kept, at = cast("list[str | None]", self._redis.hmget(self._key, ["digest", "text", "at"]))
        return None if (digest, kept) == (digest_of(text), text) else f"{digest or 'none'}:{at or 0}"

    def current(self) -> Policy:
        """The policy in force.

        Raises:
            NoPolicy: None was published, or this process cannot read it.
            redis.RedisError: Redis is away.
        """
        digest = cast("str | None", self._redis.hget(self._key, "digest"))
        known = self._known
        if known is None or known.digest != digest:
            self._known = known = self._read()
            self._retention_until = float("-inf")
        return known

    def retention(self) -> Retention:
        """How long things are kept; as long as is usual while no policy can be read.

        By one that was in force within the last seconds (`RETENTION_SECONDS`), and by none that `current` has replaced.

        Raises:
            redis.RedisError: Redis is away.
        """
        now = self._clock()
        if now >= self._retention_until:
            try:
                self._retention = self.current().retention
            except NoPolicy:
                self._retention = Retention()
            self._retention_until = now + RETENTION_SECONDS
        return self._retention

    def _read(self) -> Policy:
        digest, text, source = cast("list[str | None]", self._redis.hmget(self._key, ["digest", "text", "source"]))
        if digest is None or text is None:
            raise NoPolicy(NONE_YET)
        if digest_of(text) != digest:
            log.error("policy_altered", remedy="somebody else wrote to Redis; a restart publishes it anew")
            raise NoPolicy(UNREADABLE)
        try:
            return policy_file.parse(text, team=self.team, source=source or "")
        except BadPolicy as exc:
            log.error("policy_unreadable", reason=str(exc))  # noqa: TRY400 - a sentence for the operator, no trace
            raise NoPolicy(UNREADABLE) from exc


def _nothing(policy: Policy, replaced: str) -> None:
    del policy, replaced


def load_policy(
    settings: Settings, store: PolicyStore, *, changing: Callable[[Policy, str], None] = _nothing
) -> Loaded:
    """Read the policy and put it in force, for every process; at a start and on SIGHUP.

    Args:
        settings: Name the file; without one the built-in policy counts.
        store: Where it is put in force.
        changing: Called right before another policy comes into force, with it and a name for the one before; a crash
            in between has it called again with the same.

    Raises:
        BadPolicy: It makes no sense; the one in force stays.
        redis.RedisError: Redis is away.
    """
    text, source = policy_file.read(settings.policy_file)
    policy = policy_file.parse(text, team=store.team, source=source)
    replaced = store.replaced_by(text)
    if replaced is not None:
        changing(policy, replaced)
    changed = store.publish(text, source)
    log.info("policy_loaded", source=source, digest=policy.digest[:12], changed=changed)
    return Loaded(policy, changed)
