"""From a message to what is wanted: intents in the order they are asked for, each with its mood and its values."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from worker.agent.offline import clauses, slots, wording
from worker.agent.offline.clauses import STRONGEST_DOUBT, Clause
from worker.agent.offline.intents import INTENTS
from worker.agent.offline.moods import Mood
from worker.agent.offline.slots import Slots
from worker.agent.offline.wish import Wish
from worker.agent.offline.withheld import bare_stop

_TWO = 2
_SURE = 2.0  #: a clause that speaks for its intent less than this is read together with its neighbour
#: What names the run that is to be ended; `it` alone may be the work on an answer.
_RUN_MEANT = frozenset({"run", "name", "#run", "pipeline", "last", "live", "#ordinal"})


#: What is asked of one pipeline; of two that are named side by side it is asked of each.
_OF_ONE = frozenset(
    {
        *("run_pipeline", "describe_pipeline", "schedule", "pause_schedule", "resume_schedule", "remove_schedule"),
        *("list_runs", "list_failed_runs", "run_status", "run_metrics", "read_logs", "explain_failure", "why_late"),
    }
)
_AND = frozenset({"and", ",", "&", "plus"})


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
def understand(message: str, *, names: tuple[str, ...] = (), listed: tuple[str, ...] = ()) -> Understanding:
    """What a message asks for.

    Args:
        message: The message as it came from Slack.
        names: Names that are known to exist; they help to tell names from words.
        listed: Names that were looked up since; they do no more than tell that two things stand side by side.
    """
    message = _with_names(message, names)
    read = wording.read(message)
    everything = slots.extract(read.words, message)
    pieces = _merged(clauses.split(read), message, names)
    found = [wish for piece in pieces for wish in _wishes(piece, message, names, listed or names)]
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


def _wishes(clause: Clause, message: str, names: tuple[str, ...], listed: tuple[str, ...]) -> list[Wish]:
    """What a clause asks for: one thing, or the same of each pipeline in `run churn-report and daily-ingest`."""
    whole = _wish(clause, message, names)
    beside = _beside(clause.words, listed)
    if whole is None or len(beside) < _TWO or whole.intent.name not in _OF_ONE:
        return [whole] if whole else []
    first, last = beside[0], beside[-1] + 1
    each = [Clause((*clause.words[:first], clause.words[at], *clause.words[last:]), clause.mood) for at in beside]
    return [wish for one in each if (wish := _wish(one, message, names)) is not None]


def _beside(words: tuple[wording.Word, ...], names: tuple[str, ...]) -> list[int]:
    """Where names stand side by side, with nothing but `and` or a comma between them; empty when others stand apart."""
    known = {name.lower() for name in names}
    found = [at for at, word in enumerate(words) if word.typed.lower() in known]
    apart = any(not {word.text for word in words[one + 1 : other]} <= _AND for one, other in pairwise(found))
    return [] if apart else found


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
    kept: list[Wish] = []
    for wish in wishes:
        at = next((at for at, other in enumerate(kept) if _repeats(wish, other)), len(kept))
        if at == len(kept) or STRONGEST_DOUBT.index(wish.mood) < STRONGEST_DOUBT.index(kept[at].mood):
            kept[at : at + 1] = [wish]
    found = tuple(kept)
    if any(wish.intent.name == "stop" for wish in found):  # `stop, cancel that` means what was asked, not some run
        found = tuple(wish for wish in found if wish.intent.name != "cancel_run" or wish.features & _RUN_MEANT)
    requests = tuple(wish for wish in found if wish.intent.tools or wish.intent.name == "onboard")
    if requests:
        wanted = tuple(wish for wish in requests if wish.mood is not Mood.NEGATED)
        return wanted or requests[:1]
    return max(((wish,) for wish in found), key=lambda one: one[0].strength, default=())


def _repeats(wish: Wish, earlier: Wish) -> bool:
    """Whether a wish is an earlier one said again; the same for something else that is named is not."""
    named, before = wish.slots.free_names, earlier.slots.free_names
    return wish.intent.name == earlier.intent.name and (not named or not before or named == before)
