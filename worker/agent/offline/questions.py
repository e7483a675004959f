"""Answers to talk about changes that were not asked for, and to what was not understood."""

from worker.agent.offline.intent import Intent
from worker.agent.offline.moods import Mood
from worker.agent.offline.steps import Step
from worker.agent.offline.toolbox import Toolbox

WHAT_I_AM = (
    "I am Trainmaster's offline model: a set of rules, not a language model. "
    "With `GOOGLE_API_KEY` set, Gemini answers instead of me."
)


def explained(step: Step) -> str:
    """What a change would do and how to ask for it; nothing is done."""
    intent = step.wish.intent
    able = step.toolbox.find(intent.tools) is not None
    how = intent.how or f"To {intent.does}, say for example {intent.example}."
    if step.wish.mood is Mood.NEGATED:
        return f"All right, I leave it: I did not {intent.does}."
    if not able:
        return f"{step.cannot()} Nothing was changed."
    if step.wish.mood in {Mood.SUPPOSED, Mood.STATED}:
        return f"I have changed nothing, since you only spoke of it. {how}"
    return f"{how} I have changed nothing now."


def offered(intents: tuple[Intent, ...], toolbox: Toolbox) -> tuple[str, ...]:
    """An example for each intent that a bound tool can serve, and for those that need none."""
    return tuple(
        f"{intent.example}: {intent.does}"
        for intent in intents
        if intent.example and (not intent.tools or toolbox.find(intent.tools) is not None)
    )


def not_understood(examples: tuple[str, ...]) -> str:
    """That the message was not understood, what this model is, and what it does understand."""
    return f"I did not understand that. {WHAT_I_AM} I understand, for example:\n{listed(examples)}"


def listed(examples: tuple[str, ...]) -> str:
    """Examples, one a line."""
    return "\n".join(f"- {example}" for example in examples)
