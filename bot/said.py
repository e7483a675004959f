"""What stands in a thread, as Slack tells it to who reads it again."""

import html
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """One message.

    Attributes:
        ts: When, as Slack counts.
        by: The user id of who wrote it; empty for another app's.
        text: Its words, mentions as Slack writes them.
        files: The names of its files.
    """

    ts: str
    by: str
    text: str
    files: tuple[str, ...] = ()


def said_from(message: dict[str, Any]) -> Said:
    """A message of a thread."""
    return Said(
        ts=str(message["ts"]),
        by="" if message.get("bot_id") else str(message.get("user") or ""),
        text=html.unescape(str(message.get("text") or "")),
        files=tuple(str(file.get("name") or file.get("title") or "") for file in message.get("files") or ()),
    )
