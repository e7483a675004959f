"""Files on their way into a thread: what Slack is told of them, and their bytes until Slack has them.

The bytes lie beside the message that brings them, not in it: a message is read again and again while it waits.
"""

import base64
import json
from dataclasses import asdict, dataclass, replace
from typing import cast

import redis

from bot.views.hiding import Hide

KEPT_SECONDS = 86_400  #: what Slack has not taken by then leaves as words alone


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that a message brings along.

    Attributes:
        kept: Under which name its bytes are kept.
        name: Its name, with its ending.
        title: What Slack writes above it.
        said: What to read from it, plain text; the message's own words.
        alt: What it shows, for those who do not see it; empty for what is no picture.
    """

    kept: str
    name: str
    title: str
    said: str = ""
    alt: str = ""

    def told(self, hide: Hide) -> "Enclosure":
        """The same without what `hide` takes out of its words."""
        return replace(self, name=hide(self.name), title=hide(self.title), said=hide(self.said), alt=hide(self.alt))

    def to_json(self) -> str:
        """As it lies beside its message."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Enclosure":
        """As it lay there."""
        return cls(**json.loads(text))


class Enclosures:
    """The bytes of one team's files that are to leave."""

    def __init__(self, connection: "redis.Redis", *, team: str) -> None:
        self._redis = connection
        self._team = team

    def keep(self, kept: str, content: bytes) -> None:
        """Keep a file's bytes until it has left, at most a day."""
        self._redis.set(self._key(kept), base64.b64encode(content), ex=KEPT_SECONDS)

    def content(self, kept: str) -> bytes | None:
        """A file's bytes; None when they are kept no more."""
        found = cast("str | None", self._redis.get(self._key(kept)))
        return None if found is None else base64.b64decode(found)

    def drop(self, kept: str) -> None:
        """Keep a file's bytes no longer."""
        self._redis.delete(self._key(kept))

    def _key(self, kept: str) -> str:
        return f"tm:{self._team}:enclosure:v1:{kept}"
