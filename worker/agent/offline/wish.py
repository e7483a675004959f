"""One thing that a message asks for."""

from dataclasses import dataclass

from worker.agent.offline.intent import Intent
from worker.agent.offline.moods import Mood
from worker.agent.offline.slots import Slots


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that a message asks for or talks about.

    Attributes:
        intent: What.
        mood: Whether it is asked for, or only talked about.
        slots: The values beside it.
        strength: How clearly.
        features: What stands in its words.
        said: Its message, where that is an earlier one; empty for the one at hand.
    """

    intent: Intent
    mood: Mood
    slots: Slots
    strength: float
    features: frozenset[str] = frozenset()
    said: str = ""

    @property
    def may_change(self) -> bool:
        """Whether it may lead to a call that changes something."""
        return self.intent.changes and self.mood is Mood.TOLD
