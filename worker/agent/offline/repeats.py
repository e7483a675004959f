"""Messages that repeat what was asked, changed in one thing: `same for sentiment`, `now with 500 trees`, `again`.

They have no wish of their own, so that their words are never weighed as an order: what they ask for stands earlier in
the conversation, and nowhere else. Each is recognised only when nothing else is said in it.
"""

import re

from worker.agent.offline import wording
from worker.agent.offline.understanding import Understanding
from worker.agent.offline.vocabulary import word_set

_LEADS = r"(?:(?:and|now|ok|okay|then|please|just|also|but|next|great|good|thanks|so|yes|,|!)\s+)*"
_POLITE = r"(?P<polite>(?:can|could|will|would)\s+you\s+(?:please\s+)?)?"
_SAME_FOR = re.compile(
    rf"{_LEADS}{_POLITE}(?:(?:do|show|tell|give)\s+(?:me\s+|us\s+)?)?(?P<starts>(?:run|start|retrain|train)\s+)?"
    r"(?:the\s+|exactly\s+the\s+|just\s+the\s+)?same(?:\s+thing|\s+again)?\s+(?:for|with|to|on|of|about)\s+(?P<of>.+)"
)
_AGAIN = re.compile(
    rf"{_LEADS}(?:(?:the\s+|exactly\s+the\s+|do\s+the\s+)?same(?:\s+thing)?(?:\s+again)?|again|once\s+more|"
    r"one\s+more\s+time|another\s+time|do\s+(?:it|that|this)\s+(?:again|once\s+more))(?:\s+please)?[\s.!,]*"
)
_WITH = re.compile(rf"{_LEADS}(?:(?:this|next)\s+time\s+|instead\s+)?(?:with|using)\s+(?P<values>.+)")
_JOINTS = word_set("and , . ! ? = : to of a the as well too also please this time now then instead pipeline flow with")
#: What may stand beside `second` without saying what is wanted of it.
_SHOWN = word_set("show me us the one please what about and is of can i we see look at pipeline run version")


def same_for(message: str, understood: Understanding, *, names: tuple[str, ...]) -> str:
    """For what else a message wants the same; empty when it says anything else.

    Args:
        message: The message.
        understood: What was understood in it.
        names: Names that are known to exist; one may be made of ordinary words.
    """
    found = _SAME_FOR.fullmatch(_spoken(message))
    if found is None:
        return ""
    words = set(found["of"].split())
    named = understood.slots.free_names or next(
        ((name,) for name in names if set(re.split(r"[-_ ]+", name.lower())) <= words), ()
    )
    parts = {part for name in named for part in name.replace("_", " ").split()} | {
        part for name in named for part in re.split(r"[-_ ]+", name)
    }
    return " ".join(named) if named and words <= parts | _valued(understood) | _JOINTS else ""


def starts(message: str) -> bool:
    """Whether such a message says itself that something is to be run: `run the same for sentiment`."""
    found = _SAME_FOR.fullmatch(_spoken(message))
    return found is not None and bool(found["starts"])


def asks(message: str) -> bool:
    """Whether such a message asks rather than tells: `same for sentiment?`."""
    found = _SAME_FOR.fullmatch(_spoken(message))
    return message.rstrip().endswith("?") and not (found and found["polite"])


def again(message: str) -> bool:
    """Whether a message says nothing but that the same is wanted once more."""
    return _AGAIN.fullmatch(_spoken(message)) is not None


def other_values(message: str, understood: Understanding) -> bool:
    """Whether a message gives nothing but values to what was asked before: `now with 500 trees`."""
    found = _WITH.fullmatch(_spoken(message))
    if found is None or not understood.slots.values or asks(message):
        return False
    return set(found["values"].split()) <= _valued(understood) | _JOINTS


def points(message: str, understood: Understanding) -> bool:
    """Whether a message only points to one in a list: `the second one`, `show me the second one`."""
    words = {word for word in _spoken(message).split() if word[0].isalnum()}
    return understood.slots.ordinal >= 0 and len(words - _SHOWN) == 1


def _spoken(message: str) -> str:
    """A message in its plain words, corrected and in lower case."""
    return " ".join(word.text.replace("_", " ") for word in wording.read(message).words)


def _valued(understood: Understanding) -> set[str]:
    """The words by which values are given."""
    values = understood.slots.values
    named = {part for value in values for names in value.names for name in names for part in name.split("_")}
    return named | {value.value.lower() for value in values}
