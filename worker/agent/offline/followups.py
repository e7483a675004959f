"""What a message means after what was said before: answers to questions, `again`, `and sentiment?`."""

import re
from dataclasses import replace

from worker.agent.offline.dialogue import Dialogue, Exchange
from worker.agent.offline.intents import INTENTS
from worker.agent.offline.moods import Mood
from worker.agent.offline.parameters import Named
from worker.agent.offline.slots import Slots
from worker.agent.offline.steps import WHICH_PARAMETER
from worker.agent.offline.understanding import Understanding, understand
from worker.agent.offline.vocabulary import word_set
from worker.agent.offline.wish import Wish

_BY_NAME = {intent.name: intent for intent in INTENTS}
_TALK = word_set("greet_help thanks bye small_talk stop who_are_you noted")
_ASKING = ("?", "Please tell me.", "I have started nothing yet.")
_ENDED = word_set("COMPLETED FAILED CRASHED CANCELLED CANCELLING")
_OPTION = re.compile(r"`([^`]+)`")
_SURE = 2.0  #: from this strength on, a message has a wish of its own
#: Words that make a request of their own: a message without them may be an answer.
_REQUESTS = word_set(
    """
    start cancel retry show tell what why howdid how log metric deploy undeploy rollback promote plan pause resume
    compare predict experiment onboard failed
    """
)


def in_context(understood: Understanding, dialogue: Dialogue) -> Understanding:
    """The message with what it leaves out taken from the conversation."""
    earlier = _last_wish(dialogue.before)
    if earlier is not None and (_is_answer(understood) or _only_repeats(understood, earlier)):
        if _asked(dialogue) and not (earlier.intent.changes and "=?" in understood.features):
            return _answered(earlier, _chosen(understood, dialogue.before[-1].answer))
        if not earlier.intent.changes and not understood.wishes:
            return _answered(earlier, understood)
    return _stopping_a_run(understood, dialogue)


def _asked(dialogue: Dialogue) -> bool:
    """Whether the last answer asked something."""
    return dialogue.before[-1].answer.rstrip().endswith(_ASKING)


def _stopping_a_run(understood: Understanding, dialogue: Dialogue) -> Understanding:
    """`stop it`, where a run was spoken of that had not ended, means the run; `quit it` and `stop that` never do."""
    wish = understood.wishes[0] if len(understood.wishes) == 1 else None
    if wish is None or wish.intent.name != "stop" or not {"=stop", "=it"} <= wish.features - {"=halt", "=quit"}:
        return understood
    known = dialogue.runs()
    if not known or known[0].state in _ENDED:
        return understood
    return replace(understood, wishes=(replace(wish, intent=_BY_NAME["cancel_run"]),))


def _last_wish(exchanges: tuple[Exchange, ...]) -> Wish | None:
    """The last thing asked for, its values completed by the answers given since."""
    given: list[Understanding] = []
    for at in range(len(exchanges) - 1, -1, -1):
        understood = understand(exchanges[at].said)
        found = [wish for wish in understood.wishes if wish.intent.name not in _TALK]
        if found and not _is_answer(understood):
            whole = replace(found[-1], slots=understood.slots if len(found) == 1 else found[-1].slots)
            for later in reversed(given):
                whole = replace(whole, slots=_merged(whole.slots, later.slots))
            return whole
        given.append(_chosen(understood, exchanges[at - 1].answer) if at else understood)
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
    plain = understood.features & {"#short", "=and", "=for", "=about", "=same"} or slots.values or slots.when
    own = understood.features & (_REQUESTS - ({"what", "tell", "how"} if "=about" in understood.features else set()))
    weak = all(wish.strength < _SURE for wish in understood.wishes)
    return (holds or "last" in understood.features) and bool(plain) and not own and weak


def _only_repeats(understood: Understanding, earlier: Wish) -> bool:
    """Whether a message names the same intent by its value alone: `every Monday at 9`."""
    intents = [wish.intent.name for wish in understood.wishes]
    return intents == [earlier.intent.name] and not understood.features & _REQUESTS and not understood.slots.free_names


def _chosen(understood: Understanding, question: str) -> Understanding:
    """An answer such as `the second one` or `max_depth` as the option that the question offered."""
    slots = understood.slots
    options = _OPTION.findall(question.rstrip().rsplit("\n", 1)[-1])
    place = (
        slots.ordinal
        if slots.ordinal >= 0
        else len(options) - 1
        if "last" in understood.features and not slots.names
        else -1
    )
    if question.rstrip().endswith("?") and 0 <= place < len(options):
        name = options[place].lower()
        slots = replace(slots, ordinal=-1, names=(name,), pointed=(name,), said=(name,))
    if WHICH_PARAMETER in question and not slots.values and slots.names:
        slots = replace(slots, names=(), pointed=(), said=(), values=(Named((slots.names,), "", sure=True),))
    return replace(understood, slots=slots)


def _answered(earlier: Wish, understood: Understanding) -> Understanding:
    slots = _merged(earlier.slots, understood.slots)
    doubtful = earlier.intent.changes and earlier.mood is not Mood.TOLD
    wish = replace(
        earlier,
        slots=slots,
        mood=earlier.mood if doubtful else Mood.TOLD,
        features=earlier.features | understood.features,
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
        values=_values(old.values, new.values),
        unread="" if new.values else old.unread,
    )


def _values(old: tuple[Named, ...], new: tuple[Named, ...]) -> tuple[Named, ...]:
    """Values given now in place of those of before; a bare parameter name goes with the value that waited for it."""
    if len(new) == 1 and not new[0].value:
        return (replace(old[0], names=new[0].names, sure=True), *old[1:]) if old else ()
    return new or old
