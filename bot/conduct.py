"""Whether what is said in a thread is said to us: decided here, from who has spoken before, and nowhere else.

We answer who turns to us, and go on answering while nobody else speaks: a person who mentioned us need not do so again.
As soon as somebody turns to another person, or somebody speaks who has not turned to us, people are talking among
themselves; then only a mention is for us. Silence is the safer mistake: a mention mends it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class To(StrEnum):
    """To whom a message says that it speaks."""

    US = "us"  #: it mentions us, or brings a file into a thread of ours
    OTHERS = "others"  #: it mentions somebody else, and not us
    NOBODY = "nobody"  #: it mentions nobody


@dataclass(frozen=True, slots=True, order=True)
class Speech:
    """That a person said something in a thread.

    Attributes:
        ts: When, as Slack counts.
        by: Who.
        to: To whom, by its own words.
    """

    ts: str
    by: str
    to: To


def for_us(before: Iterable[Speech], said: Speech) -> bool:
    """Whether a message is for us.

    Args:
        before: Who has spoken in the thread; what was said after the message does not count.
        said: The message.
    """
    return _taken([*(one for one in before if one.ts < said.ts), said])[-1]


def overheard(spoken: Iterable[Speech]) -> bool:
    """Whether people have talked among themselves in a thread."""
    return not all(_taken(spoken))


def _taken(spoken: Iterable[Speech]) -> list[bool]:
    """For each message, the oldest first, whether it is for us."""
    talking_to_us: set[str] = set()
    among_themselves = False
    taken = []
    for one in sorted(spoken):
        if one.to is To.US:
            talking_to_us.add(one.by)
            among_themselves = False
        elif one.to is To.OTHERS or one.by not in talking_to_us:
            among_themselves = True
        taken.append(not among_themselves)
    return taken
