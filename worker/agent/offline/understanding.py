"""From a message to what is wanted: intents in the order they are asked for, each with its mood and its values."""

import re
from dataclasses import dataclass
from functools import lru_cache

from worker.agent.offline import clauses, slots, wording
from worker.agent.offline.clauses import STRONGEST_DOUBT, Clause
from worker.agent.offline.intents import INTENTS
from worker.agent.offline.moods import Mood
from worker.agent.offline.slots import Slots
from worker.agent.offline.wish import Wish
from worker.agent.offline.withheld import bare_stop

_SURE = 2.0  #: a clause that speaks for its intent less than this is read together with its neighbour
#: What names the run that is to be ended; `it` alone may be the work on an answer.
_RUN_MEANT = frozenset({"run", "name", "#run", "pipeline", "last", "live", "#ordinal"})


@dataclass(frozen=True, slots=True)
class Understanding:
    """All of a message.

    Attributes:
        wishes: What it asks for, in order; empty when nothing was recognised.
        slots: Values in the whole message.
        features: What stands in the whole message.
        files: What the note about shared files says; empty without files.
    """

    wishes: tuple[Wish, ...]
    slots: Slots
    features: frozenset[str]
    files: str = ""


@lru_cache(maxsize=256)
def understand(message: str, *, names: tuple[str, ...] = ()) -> Understanding:
    """What a message asks for.

    Args:
        message: The message as it came from Slack.
        names: Names that are known to exist; they help to tell names from words.
    """
    message = _with_names(message, names)
    read = wording.read(message)
    everything = slots.extract(read.words, message)
    pieces = _merged(clauses.split(read), message, names)
    found = [wish for piece in pieces if (wish := _wish(piece, message, names)) is not None]
    return Understanding(_distinct(found), everything, features(read.words, everything, names), read.files)


def _with_names(message: str, names: tuple[str, ...]) -> str:
    """The message with `daily ingest` as `daily-ingest`, where that exists: words of a name mean nothing else."""
    for name in names:
        pieces = re.split(r"[-_ ]+", name)
        if len(pieces) > 1:
            message = re.sub(rf"\b{r'[-_ ]'.join(map(re.escape, pieces))}\b", name, message, flags=re.IGNORECASE)
    return message


def features(words: tuple[wording.Word, ...], values: Slots, names: tuple[str, ...]) -> frozenset[str]:
    """All that signs can ask for: concepts, words as `=word`, kinds of values as `#kind`."""
    concepts = {concept for word in words for concept in word.concepts}
    texts = {f"={word.text}" for word in words}
    texts |= {f"={part}" for word in words for part in word.text.split("_")}
    kinds = {
        "name": bool(values.names) or any(set(name.lower().split("-")) <= set(values.said) for name in names),
        "#version": bool(values.versions),
        "#alias": bool(values.alias),
        "#environment": bool(values.environment),
        "#limit": values.limit > 0,
        "#since": values.hours > 0,
        "#when": bool(values.when),
        "#percent": values.percent is not None,
        "#replicas": values.replicas is not None,
        "#values": bool(values.values),
        "#set": any(value.sure for value in values.values),
        "#run": bool(values.run),
        "#ordinal": values.ordinal >= 0,
        "#quoted": bool(values.quoted),
        "#short": sum(word.text[0].isalnum() for word in words) <= 3,  # noqa: PLR2004 - a word or two
    }
    return frozenset(concepts | texts | {kind for kind, there in kinds.items() if there})


def _wish(clause: Clause, message: str, names: tuple[str, ...]) -> Wish | None:
    values = slots.extract(clause.words, message)
    found = features(clause.words, values, names) | {f"#{clause.mood}"}
    if bare_stop(clause.words):
        found |= {"#stop"}
    best = max(INTENTS, key=lambda intent: intent.strength(found))
    strength = best.strength(found)
    if best.changes and clause.mood is Mood.ASKED:  # `did churn run?` asks for what is, not for what could be done
        reading = max((intent for intent in INTENTS if not intent.changes), key=lambda intent: intent.strength(found))
        best = reading if reading.strength(found) >= _SURE else best
    return Wish(best, clause.mood, values, strength, found) if strength else None


def _merged(pieces: list[Clause], message: str, names: tuple[str, ...]) -> list[Clause]:
    """Clauses, with those that say too little on their own joined to a neighbour."""
    done: list[Clause] = []
    carried: Clause | None = None
    for piece in pieces:
        if bare_stop(piece.words):  # stands for itself: `halt, you misunderstood`
            done.append(piece)
            continue
        current = carried.joined(piece) if carried else piece
        carried = None
        wish = _wish(piece, message, names)
        if wish is None or wish.strength < _SURE:
            carried = current
        else:
            done.append(current)
    if carried is not None:
        wish = _wish(carried, message, names)
        if done and not bare_stop(done[-1].words) and (wish is None or wish.strength < _SURE):
            done[-1] = done[-1].joined(carried)
        else:
            done.append(carried)
    return done


def _distinct(wishes: list[Wish]) -> tuple[Wish, ...]:
    """Wishes without repetition, without greetings beside a request, without what is not to be done beside what is."""
    by_intent: dict[str, Wish] = {}
    for wish in wishes:
        kept = by_intent.setdefault(wish.intent.name, wish)
        if STRONGEST_DOUBT.index(wish.mood) < STRONGEST_DOUBT.index(kept.mood):
            by_intent[wish.intent.name] = wish
    found = tuple(by_intent.values())
    if "stop" in by_intent:  # `stop, cancel that` means what was asked, not some run
        found = tuple(wish for wish in found if wish.intent.name != "cancel_run" or wish.features & _RUN_MEANT)
    requests = tuple(wish for wish in found if wish.intent.tools or wish.intent.name == "onboard")
    if requests:
        wanted = tuple(wish for wish in requests if wish.mood is not Mood.NEGATED)
        return wanted or requests[:1]
    return max(((wish,) for wish in found), key=lambda one: one[0].strength, default=())
