"""One thing that Slack wants the app to know, from the first try to the acknowledgement or the last."""

import time
import uuid
from dataclasses import dataclass, field
from typing import Literal

from tests.fakes.minimal_slack.elements import JSON

Kind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long Slack waits.

    Attributes:
        ack_seconds: Time for an acknowledgement.
        again_after: Rests in seconds before the second, third and fourth try of an event. Clicks and commands
            have one try.
    """

    ack_seconds: float = 3.0
    again_after: tuple[float, ...] = (0.0, 60.0, 300.0)


@dataclass(kw_only=True)
class Delivery:
    """A body on its way to the app.

    Attributes:
        kind: The type of its envelopes.
        body: The payload, the same in every try.
        due: When the next step is due, in seconds of the monotonic clock; None when there is none.
        held: Whether it had to wait for a connection.
        envelope_ids: One for each try so far.
        acknowledged: Whether the app acknowledged in time.
        given_up: Whether Slack stopped trying; for clicks and commands the person sees an error.
        response: What the acknowledgement carried, if anything.
    """

    kind: Kind
    body: JSON
    due: float | None
    held: bool = False
    envelope_ids: list[str] = field(default_factory=list)
    acknowledged: bool = False
    given_up: bool = False
    response: JSON | None = None

    @property
    def tries(self) -> int:
        """How often it was sent."""
        return len(self.envelope_ids)

    @property
    def event_type(self) -> str:
        """The type of the event, or of the interaction; the command itself for a slash command."""
        if self.kind == "events_api":
            return str(self.body["event"]["type"])
        return str(self.body.get("type") or self.body.get("command"))

    def is_exhausted(self, patience: Patience) -> bool:
        """Whether no further try is left."""
        most = 1 + len(patience.again_after) if self.kind == "events_api" else 1
        return self.tries >= most

    def next_envelope(self, patience: Patience) -> JSON:
        """The envelope of the next try; what follows is due when its acknowledgement is late."""
        envelope_id = str(uuid.uuid4())
        retry = self.tries + (1 if self.held else 0)
        envelope: JSON = {"envelope_id": envelope_id, "type": self.kind, "payload": self.body}
        envelope["accepts_response_payload"] = self.kind != "events_api"
        if self.kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        rest = patience.again_after[self.tries] if self.tries < len(patience.again_after) else 0.0
        self.envelope_ids.append(envelope_id)
        self.due = time.monotonic() + patience.ack_seconds + (rest if self.kind == "events_api" else 0.0)
        return envelope

    def acknowledge(self, response: object) -> bool:
        """Note an acknowledgement; whether it came in time and for the first time."""
        if self.acknowledged or self.given_up:
            return False
        self.acknowledged, self.due = True, None
        self.response = response if isinstance(response, dict) else None
        return True

    def give_up(self) -> None:
        """Stop trying."""
        self.given_up, self.due = True, None
