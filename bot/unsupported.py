"""What of Slack a workspace does not have, remembered for a day by all processes."""

import redis
import structlog

from bot.errors import SlackRefused

log = structlog.get_logger()

REMEMBERED_SECONDS = 86_400
#: Slack says these where a workspace has no such method or the app may not use it; asking again will not help.
_REASONS = {
    "access_denied",
    "channel_type_not_supported",
    "invalid_arguments",
    "invalid_chunks",
    "missing_scope",
    "not_allowed_token_type",
    "unknown_method",
}


class Unsupported:
    """The methods of the Web API that one workspace refused for good."""

    def __init__(self, connection: "redis.Redis", *, team: str) -> None:
        self._redis = connection
        self._key = f"tm:{team}:unsupported:v1"

    def __contains__(self, method: str) -> bool:
        """Whether a method was refused for good within the last day.

        Raises:
            redis.RedisError: Redis is away.
        """
        return bool(self._redis.sismember(self._key, method))

    def learn(self, method: str, refusal: SlackRefused) -> bool:
        """Remember a refusal, if it is for good; whether it is.

        Raises:
            redis.RedisError: Redis is away.
        """
        if refusal.reason not in _REASONS:
            return False
        self._redis.sadd(self._key, method)
        self._redis.expire(self._key, REMEMBERED_SECONDS)
        log.info("slack_method_missing", method=method, reason=refusal.reason)
        return True
