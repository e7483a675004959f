"""What becomes of messages after they were sent: people edit and delete them."""

from dataclasses import dataclass
from typing import Any

from bot.events import Turn, from_a_person, mentions, turn_from

CALLED_WITHIN_SECONDS = 600  #: so old may a message be when a mention is added that calls us in


@dataclass(frozen=True, slots=True)
class Change:
    """A person edited or deleted a message; never in a box.

    Attributes:
        turn: The message as it is now, or as it was last.
        gone: Whether it asks nothing of us any more.
        called: When, as Slack counts, a mention was added that still calls us in; empty where none was.
    """

    turn: Turn
    gone: bool
    called: str = ""


def change_from(body: dict[str, Any], *, bot_user: str) -> Change | None:
    """The change that a `message` event tells of; None for any other, such as a preview that Slack put under one."""
    event: dict[str, Any] = body["event"]
    subtype = event.get("subtype")
    before: dict[str, Any] = event.get("previous_message") or {}
    after: dict[str, Any] = event.get("message") or {}
    deleted = subtype == "message_deleted" or (subtype == "message_changed" and after.get("subtype") == "tombstone")
    edited = subtype == "message_changed" and not deleted and after.get("text") != before.get("text")
    if not (deleted or edited) or not from_a_person(before):
        return None
    said = {**before, **(after if edited else {}), "type": "message", "channel": event["channel"]}
    told = {"team_id": body["team_id"], "event": {**said, "channel_type": event.get("channel_type")}}
    turn = turn_from(told, bot_user=bot_user)
    asked = mentions(before, bot_user)
    adds = edited and turn.mention and not asked
    called = _in_time(turn.ts, str((after.get("edited") or {}).get("ts") or "")) if adds else ""
    return Change(turn=turn, gone=deleted or (asked and not turn.mention), called=called)


def _in_time(ts: str, at: str) -> str:
    """When a message was edited, if that was soon after it was written; else empty.

    Why not for ever: who mends a word of last week wants no answer today. Slack tells whole seconds of an edit.
    """
    soon = at and _seconds(at) - _seconds(ts) <= CALLED_WITHIN_SECONDS
    return max(at, ts) if soon else ""


def _seconds(ts: str) -> int:
    return int(ts.partition(".")[0])
