"""What an intent is: how it is recognised, which tool serves it, and how it is carried out.

A sign is a line of concepts that must all be in a clause, in any order, with its weight behind `@` (default: how many
concepts it has): `why failed|error @3`. `a|b` is either, `!a` must not be there, `=word` is the word itself, and
`#version` is a kind of value that was found. The sign with the most weight wins; the earlier intent on a tie.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.agent.offline.steps import Step


@dataclass(frozen=True, slots=True)
class Sign:
    """One way to recognise an intent."""

    wanted: tuple[frozenset[str], ...]
    unwanted: frozenset[str]
    weight: float

    def strength(self, features: frozenset[str]) -> float:
        """Its weight when all it wants is there and nothing it forbids, else 0."""
        if not self.unwanted.isdisjoint(features):
            return 0.0
        for options in self.wanted:  # asked some thousand times for each message: a loop is the fastest
            if options.isdisjoint(features):
                return 0.0
        return self.weight


def sign(line: str) -> Sign:
    """A sign as it is written in the tables."""
    body, _, weight = line.partition("@")
    tokens = body.split()
    wanted = tuple(frozenset(token.split("|")) for token in tokens if not token.startswith("!"))
    unwanted = frozenset(token[1:] for token in tokens if token.startswith("!"))
    return Sign(wanted, unwanted, float(weight) if weight else float(len(wanted)))


def either_word(text: str) -> str:
    """A sign's part that any of these words satisfies."""
    return "|".join(f"={word}" for word in text.split())


@dataclass(frozen=True)
class Intent:
    """One thing that people ask for.

    Attributes:
        name: Its name, snake case.
        does: What it does, after "I can".
        example: How to ask for it.
        signs: How it is recognised, a sign per line.
        play: Carries it out; returns the answer.
        tools: Tools that serve it, best first, patterns allowed (`promote_*`); none for plain talk.
        changes: Whether it may change something outside.
        instead: What can be done while no such tool is bound, one sentence.
        how: How it is done and what it does, for those who ask.
    """

    name: str
    does: str
    example: str
    signs: str
    play: "Callable[[Step], str]"
    tools: tuple[str, ...] = ()
    changes: bool = False
    instead: str = ""
    how: str = ""

    @cached_property
    def _signs(self) -> tuple[Sign, ...]:
        return tuple(sign(line) for line in self.signs.strip().splitlines() if line.strip())

    def strength(self, features: frozenset[str]) -> float:
        """How strongly some features speak for this intent; 0 for not at all."""
        return max((each.strength(features) for each in self._signs), default=0.0)
