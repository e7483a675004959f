"""Which existing name a person means."""

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

_NEAR = 0.75  #: below this, two words are different words
_PART = 0.9  #: one is the beginning of the other
_JOINED = r"(?:\b(?:and|plus)\s+|[,&]\s*)(?:\w+\s+)?[`\"']?{word}\b|\b{word}[`\"']?\s*(?:,|&|\b(?:and|plus)\b)"


@dataclass(frozen=True, slots=True)
class Match:
    """What a name was taken for.

    Attributes:
        found: The names it may mean: none, the one, or several that are equally near.
    """

    found: tuple[str, ...]

    @property
    def one(self) -> str:
        """The name, when only one is meant; else empty."""
        return self.found[0] if len(self.found) == 1 else ""


def nearest(said: tuple[str, ...], foreign: tuple[str, ...], names: tuple[str, ...]) -> Match:
    """The names that a message means.

    Args:
        said: All words of the message, lower case.
        foreign: Those of them that are no ordinary words; at least one must fit, unless a name is there in full.
        names: The names that exist.
    """
    words = [piece for word in said for piece in _pieces(word)]
    odd = [piece for word in foreign for piece in _pieces(word)]
    scores = {name: _score(words, odd, name) for name in names}
    best = max(scores.values(), default=0.0)
    if best < _NEAR:
        return Match(())
    return Match(tuple(name for name, score in scores.items() if score > best - 0.05))


def beside(said: str, foreign: tuple[str, ...], name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The other names that a message joins to the one it was taken to mean, by `and` or a comma, however written.

    Args:
        said: The message.
        foreign: Its words that may name something, lower case.
        name: What it was taken to mean.
        names: The names that exist.
    """
    parts = _pieces(name)
    apart = [
        word for word in foreign if all(_likeness(piece, part) < _NEAR for piece in _pieces(word) for part in parts)
    ]
    joined = [word for word in apart if re.search(_JOINED.format(word=re.escape(word)), said, re.IGNORECASE)]
    return tuple(dict.fromkeys(other for word in joined for other in nearest((word,), (word,), names).found))


def misspelt(said: tuple[str, ...], name: str) -> str:
    """The word of a message that is nearly a part of a name, and none; empty when there is none.

    Args:
        said: The words that may name something, lower case.
        name: What the message was taken to mean.
    """
    parts = _pieces(name)
    near = {word: [max(_likeness(piece, part) for part in parts) for piece in _pieces(word)] for word in said}
    return next((word for word, all_near in near.items() if any(_NEAR <= one < _PART for one in all_near)), "")


def _score(words: list[str], odd: list[str], name: str) -> float:
    pieces = _pieces(name)
    hits = [max((_likeness(word, piece) for word in words), default=0.0) for piece in pieces]
    telling = max((_likeness(word, piece) for word in odd for piece in pieces), default=0.0)
    covered = sum(hit for hit in hits if hit >= _NEAR)
    if covered >= len(pieces) - 0.01:
        return covered + 1.0  # the whole name is there
    return covered if telling >= _NEAR else 0.0


def _likeness(word: str, piece: str) -> float:
    if word == piece:
        return 1.0
    shorter = min(len(word), len(piece))
    if shorter < 4:  # noqa: PLR2004 - short words have too many neighbours
        return 0.0
    if word.startswith(piece) or piece.startswith(word):
        return _PART
    return float(OSA.normalized_similarity(word, piece))


def _pieces(name: str) -> list[str]:
    return [piece for piece in re.split(r"[^a-z0-9]+", name.lower()) if piece]
