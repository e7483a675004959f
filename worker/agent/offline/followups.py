"""What a message means after what was said before: answers to questions, `again`, `and sentiment?`."""

from dataclasses import replace

from worker.agent.offline.moods import Mood
from worker.agent.offline.dialogue import Dialogue, Exchange
from worker.agent.offline.intents import INTENTS
from worker.agent.offline.slots import Slots
from worker.agent.offline.understanding import Understanding, understand
from worker.agent.offline.wish import Wish

_ONBOARD = next(intent for intent in INTENTS if intent.name == "onboard")
_WEAK = 2.2  #: below this, an answer to a question is rather that than a wish of its own
_TALK = frozenset({"greet_help", "thanks", "bye", "small_talk", "stop", "who_are_you"})


def in_context(understood: Understanding, dialogue: Dialogue) -> Understanding:
    """The message with what it leaves out taken from the conversation."""
    asked = _asked(dialogue)
    if asked is not None and _is_answer(understood):
        return _answered(asked, understood)
    if not understood.wishes and dialogue.before and _elliptic(understood):
        earlier = _last_wish(dialogue.before)
        if earlier is not None and not earlier.intent.changes:
            return _answered(earlier, understood)
    return understood


def _asked(dialogue: Dialogue) -> Wish | None:
    """The wish that the last answer asked something about; None when it asked nothing."""
    if not dialogue.before or not dialogue.before[-1].answer.rstrip().endswith(
        ("?", "Please tell me.", "nothing yet.")
    ):
        return None
    return _last_wish(dialogue.before)


def _last_wish(exchanges: tuple[Exchange, ...]) -> Wish | None:
    """The last thing asked for, its values completed by answers given since."""
    given: list[Understanding] = []
    for exchange in reversed(exchanges):
        understood = understand(exchange.said)
        found = [wish for wish in understood.wishes if wish.intent.name not in _TALK]
        if found and not (found[-1].strength < _WEAK and _is_answer(understood)):
            wish = found[-1]
            whole = replace(wish, slots=understood.slots if len(found) == 1 else wish.slots)
            for later in reversed(given):
                whole = replace(whole, slots=_merged(whole.slots, later.slots))
            return whole
        given.append(understood)
    return None


def _is_answer(understood: Understanding) -> bool:
    """Whether a message only adds a value: a name, an ordinal, `max_depth 5`."""
    slots = understood.slots
    holds = bool(
        slots.names
        or slots.ordinal >= 0
        or slots.values
        or slots.run
        or slots.versions
        or slots.when
        or slots.environment
    )
    return holds and all(wish.strength <= _WEAK + 0.8 and _only_values(wish) for wish in understood.wishes)


def _only_values(wish: Wish) -> bool:
    """Whether nothing in a clause is a verb or a question of its own."""
    return not wish.features & {
        "start",
        "cancel",
        "retry",
        "show",
        "tell",
        "what",
        "why",
        "howdid",
        "how",
        "log",
        "metric",
        "deploy",
        "rollback",
    }


def _elliptic(understood: Understanding) -> bool:
    return bool(understood.slots.names or understood.slots.ordinal >= 0) and bool(
        understood.features & {"=and", "=what", "tell", "=for", "#short", "=same"}
    )


def _answered(earlier: Wish, understood: Understanding) -> Understanding:
    doubt = earlier.mood is not Mood.TOLD and earlier.intent.changes
    slots = _merged(earlier.slots, understood.slots)
    wish = replace(
        earlier, slots=slots, mood=earlier.mood if doubt else Mood.TOLD, features=earlier.features | understood.features
    )
    return Understanding((wish,), slots, wish.features, understood.files)


def _merged(old: Slots, new: Slots) -> Slots:
    """Values of before, overridden by those that were given now."""
    return replace(
        old,
        names=new.free_names or old.names,
        pointed=new.free_names or old.pointed,
        said=new.said if new.free_names else (*old.said, *new.said),
        run=new.run or old.run,
        ordinal=new.ordinal if new.ordinal >= 0 else old.ordinal,
        versions=new.versions or old.versions,
        alias=new.alias or old.alias,
        environment=new.environment or old.environment,
        limit=new.limit or old.limit,
        metric=new.metric or old.metric,
        when=new.when or old.when,
        values=_values(old, new),
    )


def _values(old: Slots, new: Slots) -> tuple:  # type: ignore[type-arg]
    return new.values or old.values
