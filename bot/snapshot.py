"""What the bot must know of the tools, published by the worker: the bot itself imports none of them."""

from typing import cast

import redis
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.views.help import Entry

KEY = "tm:catalogue:v1"


class CommandHelp(BaseModel):
    """One exact command; a decision's needs no permission that could be named."""

    model_config = ConfigDict(frozen=True)

    words: str
    usage: str
    help: str
    permission: str = ""

    @property
    def entry(self) -> Entry:
        """Its line of help."""
        return Entry(f"{self.words} {self.usage}".strip(), self.help, self.permission)


class ToolFacts(BaseModel):
    """One tool, as far as the bot must know it."""

    model_config = ConfigDict(frozen=True)

    name: str
    permission: str
    effect: str


class Snapshot(BaseModel):
    """The tools and commands of the workers that run now.

    Attributes:
        version: Changes with the content; for logs.
        commands: In the order of `/mlops help`.
        tools: By name.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    commands: tuple[CommandHelp, ...]
    tools: tuple[ToolFacts, ...]


def publish(connection: "redis.Redis", snapshot: Snapshot) -> None:
    """Make the snapshot known to every bot process."""
    connection.set(KEY, snapshot.model_dump_json())


def read(connection: "redis.Redis") -> Snapshot | None:
    """The snapshot in force; None before any worker ran, or when it was written by another version."""
    text = cast("str | None", connection.get(KEY))
    try:
        return Snapshot.model_validate_json(text) if text else None
    except ValidationError:
        return None
