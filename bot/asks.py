"""What paused runs ask for: kept for the bot, which must open a form within three seconds and knows no Prefect."""

from typing import Any, cast

import redis
from pydantic import BaseModel, ConfigDict, ValidationError

KEPT_SECONDS = 30 * 86_400
LONGEST = 20_000  #: characters; what asks for more is answered in Prefect


class Ask(BaseModel):
    """What one run waits for.

    Attributes:
        run: The run's id.
        name: Its name.
        about: What it says it wants.
        wanted: JSON Schema of the input.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    name: str
    about: str = ""
    wanted: dict[str, Any]


class AskStore:
    """What runs wait for, by run."""

    def __init__(self, connection: "redis.Redis", *, team: str) -> None:
        """Keep them in Redis, for one workspace."""
        self._redis = connection
        self._team = team

    def keep(self, ask: Ask) -> bool:
        """Keep what a run waits for; False when it is too long to be a form."""
        text = ask.model_dump_json()
        if len(text) > LONGEST:
            return False
        self._redis.set(self._key(ask.run), text, ex=KEPT_SECONDS)
        return True

    def drop(self, run: str) -> None:
        """The run waits no more."""
        self._redis.delete(self._key(run))

    def load(self, run: str) -> Ask | None:
        """What a run waits for; None when it waits for nothing."""
        text = cast("str | None", self._redis.get(self._key(run)))
        try:
            return Ask.model_validate_json(text) if text else None
        except ValidationError:  # written by another version
            return None

    def _key(self, run: str) -> str:
        return f"tm:{self._team}:ask:v1:{run}"
