"""Which of the names that exist a person means: exact, then a unique beginning, then the nearest.

Two that are near are asked about, never guessed between.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from tools.errors import BadArguments

#: Points of 100 that a name must reach to be taken for the one that was meant.
CLOSE = 84
#: Points by which it must be ahead of the next.
AHEAD = 8
#: Points from which a name is worth offering.
WORTH_OFFERING = 55
OFFERED = 5
SHORTEST_BEGINNING = 4
LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Match:
    """The name that was meant.

    Attributes:
        name: The name as it exists.
        exact: Whether it was written so, apart from case and from what joins the words.
    """

    name: str
    exact: bool


def match(text: str, names: Sequence[str], *, noun: str) -> Match:
    """The one name that `text` means.

    Args:
        text: What a person wrote.
        names: The names that exist.
        noun: What they are names of, such as `pipeline`.

    Raises:
        BadArguments: None is near, or several are; the message names the near ones.
    """
    wanted = plain(text)
    exact = [name for name in names if name == text] or [name for name in names if plain(name) == wanted]
    if len(exact) == 1:
        return Match(exact[0], exact=True)
    beginning = [name for name in names if wanted and plain(name).startswith(wanted)]
    if len(beginning) == 1:
        return Match(beginning[0], exact=False)
    if exact or beginning:
        raise BadArguments(f"“{shown(text)}” could be {either(exact or beginning)}; which {noun} do you mean?")
    return _nearest(text, names, noun=noun)


def _nearest(text: str, names: Sequence[str], *, noun: str) -> Match:
    ranked = _ranked(text, names)
    best = ranked[0][1] if ranked else 0.0
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    near = [name for name, points in ranked if points >= WORTH_OFFERING]
    if best >= CLOSE and best - second >= AHEAD:
        return Match(ranked[0][0], exact=False)
    if best >= CLOSE and len(near) > 1:
        raise BadArguments(f"“{shown(text)}” could be {either(near)}; which {noun} do you mean?")
    raise BadArguments(f"There is no {noun} “{shown(text)}”. {_instead(near, names, noun=noun)}")


def _ranked(text: str, names: Sequence[str]) -> list[tuple[str, float]]:
    """The names that are nearest with their points, best first."""
    wanted = plain(text)
    points = ((name, _points(wanted, plain(name))) for name in names)
    return sorted(points, key=lambda each: -each[1])[:OFFERED]


def _points(wanted: str, name: str) -> float:
    """Points of 100 for a name as a whole, or for its beginning: people misspell the short form too."""
    beginning = fuzz.ratio(wanted, name[: len(wanted)]) if len(wanted) >= SHORTEST_BEGINNING else 0.0
    return max(fuzz.WRatio(wanted, name), beginning)


def _instead(near: list[str], names: Sequence[str], *, noun: str) -> str:
    if near:
        return f"The nearest: {', '.join(near)}."
    if names:
        return f"There are: {', '.join(names[:OFFERED])}{' and more' if len(names) > OFFERED else ''}."
    return f"There are no {noun}s yet."


def nearest(text: str, names: Sequence[str]) -> list[str]:
    """The names that are worth offering instead of `text`, best first."""
    return [name for name, points in _ranked(text, names) if points >= WORTH_OFFERING]


def mistakable(text: str, names: Sequence[str]) -> list[str]:
    """The names that `text` may well be a slip for, best first: nearer than a name that is merely worth offering."""
    return [name for name, points in _ranked(text, names) if points >= CLOSE]


def either(names: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`; at most five and how many more."""
    shown = list(names[:OFFERED])
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} or {more} more"
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def plain(name: str) -> str:
    """A name without case and without what joins its words."""
    return re.sub(r"[\s_\-]+", "-", name.strip().lower())


def shown(text: str) -> str:
    """What a person wrote, short enough to be said back."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_SHOWN else flat[: LONGEST_SHOWN - 1] + "…"
