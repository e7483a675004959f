"""What is remembered and forgotten, as the tools tell it."""

from datetime import datetime

from tools.spec import Result


class StillKept(Result):
    """Something that is kept.

    Attributes:
        what: What it is.
        until: For how long.
        why: Why it is not forgotten; empty where nobody asked for that.
    """

    what: str
    until: str
    why: str = ""


class Forgotten(Result):
    """What was forgotten, and what was not.

    Attributes:
        forgotten: What is gone, in words.
        kept: What is not.
    """

    forgotten: tuple[str, ...] = ()
    kept: tuple[StillKept, ...] = ()


class SaidOnce(Result):
    """What a person once asked, and what was answered; both cut to some lines.

    Attributes:
        at: When it was asked.
        channel: The channel's id.
        asked: The question.
        answered: The answer.
    """

    at: datetime
    channel: str
    asked: str
    answered: str


class Stored(Result):
    """What is stored about a person.

    Attributes:
        person: The person's id.
        kinds: What there is, and for how long.
        said: What they asked, newest first, as far as it was read.
        turns: How many turns of theirs are remembered in all.
    """

    person: str
    kinds: tuple[StillKept, ...]
    said: tuple[SaidOnce, ...] = ()
    turns: int = 0
