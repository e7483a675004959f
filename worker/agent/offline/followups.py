"""What a message means after what was said before: answers to questions, `and sentiment?`, `stop it`."""

import re
from dataclasses import replace

from worker.agent.offline import repeats
from worker.agent.offline.dialogue import Dialogue
from worker.agent.offline.intents import INTENTS
from worker.agent.offline.moods import Mood
from worker.agent.offline.parameters import Named
from worker.agent.offline.slots import Slots
from worker.agent.offline.steps import WHICH_PARAMETER
from worker.agent.offline.understanding import Understanding, understand
from worker.agent.offline.vocabulary import word_set
from worker.agent.offline.wish import Wish
from worker.agent.outcome import OUTCOME, PRESSED

_BY_NAME = {intent.name: intent for intent in INTENTS}
_TALK = word_set("greet_help thanks bye small_talk stop who_are_you noted")
ASKING = ("?", "Please tell me.", "I have not started it yet.")
_ENDED = word_set("COMPLETED FAILED CRASHED CANCELLED CANCELLING")
_OPTION = re.compile(r"`([^`]+)`")
_SURE = 2.0  #: from this strength on, a message has a wish of its own
_RUNNING = word_set("run_pipeline retry_run")
_TIMED = _RUNNING | {"schedule"}
_LISTING = ("list_", "search_")
#: What shows one of a list, by the tool that gave the list.
_SHOWS = {"list_pipelines": "describe_pipeline", "list_runs": "run_status", "search_runs": "run_metrics"}
#: What makes values alone another run: `now with 500 trees`.
_ANEW = word_set("=now =again =time =then =next")
#: Words that make a request of their own: a message without them may be an answer.
_REQUESTS = word_set(
    """
    start cancel retry show tell what why howdid how log metric deploy undeploy rollback promote plan pause resume
    compare predict experiment onboard failed
    """
)

_DEMANDS = _REQUESTS - {"show", "tell", "what"}


def in_context(understood: Understanding, dialogue: Dialogue) -> Understanding:
    """The message with what it leaves out taken from the conversation."""
    earlier = _last_wish(dialogue)
    if (repeated := _repeated(understood, earlier, dialogue)) is not None:
        return repeated
    if earlier is not None and (_is_answer(understood) or _only_repeats(understood, earlier)):
        if _asked(dialogue) and not (earlier.intent.changes and "=?" in understood.features):
            return _answered(earlier, _chosen(understood, dialogue.before[-1].answer), said=dialogue.now.said)
        if not earlier.intent.changes and not understood.wishes:
            return _answered(earlier, understood)
    return _stopping_a_run(understood, dialogue)


def _repeated(understood: Understanding, earlier: Wish | None, dialogue: Dialogue) -> Understanding | None:
    """What a message asks for that only repeats what was asked before, changed in one thing; None for any other."""
    said = dialogue.now.said
    asked = bool(dialogue.before) and _asked(dialogue)
    if repeats.points(said, understood) and not asked and not understood.features & _DEMANDS:
        return _pointed(understood, earlier, dialogue)
    if other := repeats.same_for(said, understood, names=dialogue.pipelines()):
        if repeats.starts(said) and (earlier is None or earlier.intent.name not in _RUNNING):
            return None
        return _same_for(other, understood, earlier, asks=repeats.asks(said))
    if repeats.again(said) and not _runs_again(understood, earlier, dialogue):
        return _alone(earlier) if earlier else replace(understood, wishes=())
    if repeats.other_values(said, understood) and not asked:
        return _with_other_values(understood, earlier, dialogue)
    return None


def _alone(wish: Wish) -> Understanding:
    return Understanding((wish,), wish.slots, wish.features)


def _runs_again(understood: Understanding, earlier: Wish | None, dialogue: Dialogue) -> bool:
    """Whether `again` may mean a run: one was spoken of, and what was asked last was one, or else `do it again` is."""
    if not dialogue.runs():
        return False
    if earlier is None or earlier.intent.name in _RUNNING:
        return True
    return "=do" in understood.features and not earlier.intent.changes


def _same_for(other: str, understood: Understanding, earlier: Wish | None, *, asks: bool) -> Understanding:
    """The earlier wish, for something else; without one, nothing: words alone start nothing."""
    if earlier is None:
        return replace(understood, wishes=())
    merged = _merged(earlier.slots, understood.slots)
    slots = replace(
        _renamed(earlier.slots, other),
        run=understood.slots.run,
        ordinal=understood.slots.ordinal,
        values=_joined(earlier.slots.values, understood.slots.values),
        versions=merged.versions,
        when=merged.when,
    )
    said = _put_in(earlier, other)
    doubt = Mood.HOW if asks and earlier.intent.changes and earlier.mood is Mood.TOLD else earlier.mood
    return _alone(replace(earlier, slots=slots, mood=doubt, features=earlier.features | {"name"}, said=said))


def _put_in(earlier: Wish, other: str) -> str:
    """The message of before with another name in the place of its first one: what else it says holds for that, too."""
    first = _subject(earlier.slots)
    if not first:
        return earlier.said
    spelled = r"[-_ ]".join(map(re.escape, re.split(r"[-_ ]+", first)))
    return re.sub(rf"(?<![\w-]){spelled}(?![\w-])", lambda _: other, earlier.said, flags=re.IGNORECASE)


def _subject(slots: Slots) -> str:
    """The first name; `churn tomorrow at 9` gives no value to something called `churn tomorrow`."""
    names = slots.free_names or (slots.names if slots.when else ())
    return names[0] if names else ""


def _renamed(slots: Slots, other: str) -> Slots:
    """The same values with another name in the place of the first one."""
    words = tuple(other.split())
    first = _subject(slots)
    if not first:
        return replace(slots, names=(*slots.names, *words), pointed=words, said=(*slots.said, *words))

    def put(known: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word for one in known for word in (words if one == first else (one,)))

    return replace(slots, names=put(slots.names), pointed=put(slots.pointed), said=put(slots.said))


def _pointed(understood: Understanding, earlier: Wish | None, dialogue: Dialogue) -> Understanding | None:
    """What is to be told of the one that a message points to: what was asked of another one, else how it stands."""
    if earlier is not None and not earlier.intent.changes and not _lists(earlier):
        return _answered(earlier, understood)
    shown = next((reply.tool for reply in reversed(dialogue.replies) if reply.tool.startswith(_LISTING)), "")
    name = _SHOWS.get(shown)
    if name is None:
        return None
    return _alone(Wish(_BY_NAME[name], Mood.TOLD, understood.slots, _SURE, understood.features))


def _lists(wish: Wish) -> bool:
    return any(tool.startswith(_LISTING) for tool in wish.intent.tools)


def _with_other_values(understood: Understanding, earlier: Wish | None, dialogue: Dialogue) -> Understanding | None:
    """Another run with values that differ from the last one's; None where no run was asked for or spoken of."""
    features = understood.features | {"again"}
    if earlier is not None and earlier.intent.name in _RUNNING:
        slots = replace(earlier.slots, values=_joined(earlier.slots.values, understood.slots.values), unread="")
        return _alone(replace(earlier, intent=_BY_NAME["run_pipeline"], slots=slots, features=features, said=""))
    if dialogue.runs() and features & _ANEW and (earlier is None or not earlier.intent.changes):
        return _alone(Wish(_BY_NAME["run_pipeline"], Mood.TOLD, understood.slots, _SURE, features))
    return None


def _joined(old: tuple[Named, ...], new: tuple[Named, ...]) -> tuple[Named, ...]:
    """The values of before that are not given anew, and those that are given now."""
    given = {word for value in new for names in value.names for word in names}
    return (*(one for one in old if not given & {word for names in one.names for word in names}), *new)


def _asked(dialogue: Dialogue) -> bool:
    """Whether the last answer asked something."""
    return dialogue.before[-1].answer.rstrip().endswith(ASKING)


def _stopping_a_run(understood: Understanding, dialogue: Dialogue) -> Understanding:
    """`stop it`, where a run was spoken of that had not ended, means the run; `quit it` and `stop that` never do."""
    wish = understood.wishes[0] if len(understood.wishes) == 1 else None
    if wish is None or wish.intent.name != "stop" or not {"=stop", "=it"} <= wish.features - {"=halt", "=quit"}:
        return understood
    known = dialogue.runs()
    if not known or known[0].state in _ENDED:
        return understood
    return replace(understood, wishes=(replace(wish, intent=_BY_NAME["cancel_run"]),))


def _last_wish(dialogue: Dialogue) -> Wish | None:
    """The last thing asked for, its values completed by the answers given since."""
    exchanges, names = dialogue.before, dialogue.pipelines()
    given: list[Understanding] = []
    for at in range(len(exchanges) - 1, -1, -1):
        if exchanges[at].said.startswith((OUTCOME, PRESSED)):
            continue
        understood = understand(exchanges[at].said, names=names)
        found = [wish for wish in understood.wishes if wish.intent.name not in _TALK]
        if found and not _is_answer(understood) and not _repeats(exchanges[at].said, understood, names):
            whole = replace(found[-1], slots=understood.slots if len(found) == 1 else found[-1].slots)
            whole = replace(whole, said=exchanges[at].said)
            for later in reversed(given):
                whole = replace(whole, slots=_merged(whole.slots, later.slots))
            return whole
        given.append(_chosen(understood, exchanges[at - 1].answer) if at else understood)
    return None


def _repeats(said: str, understood: Understanding, names: tuple[str, ...]) -> bool:
    return (
        repeats.again(said)
        or repeats.points(said, understood)
        or repeats.other_values(said, understood)
        or (bool(repeats.same_for(said, understood, names=names)) and not repeats.starts(said))
    )


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


def _answered(earlier: Wish, understood: Understanding, *, said: str = "") -> Understanding:
    """The wish of before with what is given now; for a run, the moment that was named before holds on."""
    slots = _merged(earlier.slots, understood.slots)
    doubtful = earlier.intent.changes and earlier.mood is not Mood.TOLD
    wish = replace(
        earlier,
        slots=slots,
        mood=earlier.mood if doubtful else Mood.TOLD,
        features=earlier.features | understood.features,
        said=f"{earlier.said}\n{said}" if said and earlier.intent.name in _TIMED else "",
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
