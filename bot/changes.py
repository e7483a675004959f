"""What becomes of messages after they were sent: people edit and delete them."""

from dataclasses import dataclass
from typing import Any

from bot.events import Turn, from_a_person, mentions, turn_from


@dataclass(frozen=True, slots=True)
class Change:
    """A person edited or deleted a message; never in a box.

    Attributes:
        turn: The message as it is now, or as it was last.
        gone: Whether it asks nothing of us any more.
    """

    turn: Turn
    gone: bool


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
    return Change(turn=turn, gone=deleted or (mentions(before, bot_user) and not turn.mention))
