"""Questions that could not be answered, kept so that `Try again` can ask them anew."""

from collections.abc import Iterator
from typing import cast

import redis

from bot.events import Turn
from bot.retention import DAY, Kept, Retention
from worker.services import Services

LONGEST_SECONDS = 7 * DAY


class Unanswered:
    """The questions of one team that were not answered."""

    def __init__(self, connection: "redis.Redis", *, team: str, kept: Kept = Retention) -> None:
        self._redis = connection
        self._team = team
        self._kept = kept

    def keep(self, turn: Turn) -> None:
        """Keep a question for a week, and no longer than its conversation."""
        seconds = min(LONGEST_SECONDS, self._kept().conversations)
        self._redis.set(self._key(turn.id), turn.model_dump_json(), ex=seconds)

    def load(self, turn: str) -> Turn | None:
        """A question; None when it is not kept any longer."""
        kept = cast("str | None", self._redis.get(self._key(turn)))
        return Turn.model_validate_json(kept) if kept is not None else None

    def all(self) -> Iterator[Turn]:
        """Every question that is kept; looked for through all of Redis, so for what is rare."""
        for key in self._redis.scan_iter(match=self._key("*"), count=1_000):
            kept = cast("str | None", self._redis.get(key))
            if kept is not None:
                yield Turn.model_validate_json(kept)

    def forget(self, turn: str) -> None:
        """Keep a question no longer."""
        self._redis.delete(self._key(turn))

    def _key(self, turn: str) -> str:
        return f"tm:{self._team}:failed:v1:{turn}"


def unanswered(services: Services) -> Unanswered:
    """The questions that were not answered."""
    return Unanswered(services.connection, team=services.team, kept=services.policies.retention)
