"""A connection to a real Valkey, worse than the one there is."""

from typing import Any

import redis


class LosesAnswers(redis.Redis):
    """Every answer to a script is lost once: as the client's own retries do, it is asked again."""

    def evalsha(self, *given: Any) -> Any:
        """The answer to the second asking."""
        super().evalsha(*given)
        return super().evalsha(*given)
