"""One thing that a message asks for."""

from dataclasses import dataclass

from worker.agent.offline.intent import Intent
from worker.agent.offline.moods import Mood
from worker.agent.offline.slots import Slots


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that a message asks for or talks about."""

    intent: Intent
    mood: Mood
    slots: Slots
    strength: float
    features: frozenset[str] = frozenset()

    @property
    def may_change(self) -> bool:
        """Whether it may lead to a call that changes something."""
        return self.intent.changes and self.mood is Mood.TOLD
