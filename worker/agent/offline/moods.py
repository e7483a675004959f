"""Whether words tell to do something, or only talk about it.

The rule is the other way round from what one would write first: words are an order only when they have the form of one.
A question, a condition, a negation, a report, a plan or a plain statement is none, however clearly it names a change.
"""

from enum import StrEnum

from worker.agent.offline import withheld
from worker.agent.offline.vocabulary import phrases, word_set
from worker.agent.offline.wording import Word


class Mood(StrEnum):
    """What a clause does with what it names."""

    TOLD = "told"  #: an order or a polite request
    STATED = "stated"  #: a statement: how things are or will be
    ASKED = "asked"  #: a question about the state of things
    HOW = "how"  #: a question of how, whether or what would happen: wants an explanation
    SUPPOSED = "supposed"  #: under a condition, imagined, intended, or what somebody else said
    NEGATED = "negated"  #: not to be done


#: How questions begin that want an explanation.
_HOW = phrases(
    """
    how do|how can|how could|how would|how should|how to|how does|how might|how am|can i|could i|may i|am i|is it
    possible|is there a way|is there any way|are you able|are we able|is there|what would|what will|what
    happens|what happen|what if|what does it|what is the way|what is needed|should i|should we|shall i|shall
    we|ought|do i|do we|must i|must we|would it|will it|would that|is it ok|is it okay|is it safe|is it wise|is it
    worth|does it make|do you know|do you think|do you|would running|would retraining|what do i|what should|what
    must|what can|what command|which command|which button|which word|who can|who may|who is|who should|who
    could|are we allowed|are you allowed|explain|describe how|describe what|teach me|show me how to|show me how
    i|tell me how to|tell me how i|tell me how you|tell me what would|tell me what happens|tell me if|tell me
    whether|tell me about|what are the|what is the|what is a|what does|what do|any way|is it|would you
    recommend|would you advise|would you suggest|would you say|would you ever|when should|when can|when would|when
    could|where do|where can|want to know|like to know|need to know|i want to know|i need to know|i would like to
    know|i would like to understand|i want to understand|walk me through|talk me through|can you explain|can you
    tell|could you explain|could you tell|can you describe|can anybody|can anyone|can someone|can the|can that|can
    this|can it|could it|could the|could someone|could somebody|could anyone|could anybody|how long would|how long
    will|how long does|how much would|how much does|are you
    going|will you be|could you have|would you have|can you always|do you want|do you mind
    """
)
#: How polite requests begin.
_REQUESTS = phrases(
    """
    can you|could you|would you|will you|can we|could we|i want you to|i need you to|may i ask you to|do you think
    you could|do you think you can|can i get|could i get|can i have|could i have|may i have|can i see|could i
    see|may i see|is there any chance you could|any chance you could|would you be able to|are you able to|will you
    please|will you kindly|i want|i need|we want|we need|i would like|we would like|i would love|we would love|let
    us|let|time to|it is time to|we have to|we must|we should now|i have to|you can now|you may now|you should
    now|i am asking you to|i ask you to|i would ask you to|i request|i am requesting|requesting
    """
)
_IF = word_set(
    """
    if unless suppose supposing supposed imagine imagining assume assuming hypothetically theoretically theory
    pretend when whenever once until till before after while provided otherwise lest whether
    """
)
_PLANS = word_set(
    """
    maybe perhaps might probably possibly considering consider thinking think thought tempted wonder hesitate
    wondering unsure undecided planning plans intend intending hoping hope wish wished almost someday eventually
    ever either deciding decided remind discuss wait waiting debate risky dangerous decide talk consider later able
    sometime soonish recommend
    advise suggest supposedly allegedly reminder remember forgot
    """
)
_REPORTS = word_set(
    """
    said say says told asked mentioned wrote claims claimed suggested suggests recommends recommended wants wanted
    proposed thinks ordered means mean
    """
)
_PAST = word_set("tried was were had has been already used")
_NOT = word_set(
    """
    not never nobody neither nor without avoid refrain against nothing hands-off no-one noone hardly barely scarcely
    """
)
_OPENERS = word_set(
    """
    who whom whose what which when where why how is are was were did does do has have had am how_did will would
    could can should may might shall
    """
)
_AUXILIARY = word_set(
    """
    is are was were will would could should shall may might can has had did does must am seems
    """
)
_PRONOUNS = word_set(
    """
    i we you he she they it everyone everybody somebody someone people anyone anybody nobody bob alice carol
    """
)
_DETERMINERS = word_set("the my our your this that his her their")
_COURTESIES = word_set(
    """
    please just also now then so and kindly quickly well hey hi hello ok okay yes yeah alright right , ! . : simply
    immediately hiya greetings morning sorry um uh actually thanks thank good dear great perfect cool sure yep no
    nope but or afterwards thank_you go_ahead yup bot trainmaster instead & finally next first lastly
    """
)
#: Conditions that only say for how long: `pause it until Monday` is to be done now.
_LASTING = word_set("until till while")
#: What makes `once more`, `once a week` and `until next week` no condition.
_NO_CONDITION = word_set("? more again a next tomorrow monday tuesday wednesday thursday friday saturday sunday")
#: Verbs that say what is done only together with another word: `roll churn back`, `put v4 on staging`.
_MOVING = word_set("roll put move give bring push switch turn send take point route")
_DENIED_STATES = word_set("is are was were has have did does could had")
_SUBJECTS_OF_DO = word_set("you we i they the any my our these those runs pipelines all")


def mood_of(words: tuple[Word, ...], *, question: bool) -> Mood:
    """The mood of one clause; `question` says whether its sentence ends in a question mark."""
    body = _body(words)
    asking = _beginning(body, _REQUESTS)
    how = _beginning(body, _HOW)
    rest = body[len(asking) :]
    doubt = _doubt(words, body, rest, question=question)
    if doubt is not None:
        return doubt
    if len(how) > len(asking) or _inside(body, ("how", "to")) or _explains(words, body):
        return Mood.HOW
    if asking:
        return Mood.HOW if question and _generic(words) else Mood.TOLD
    if (_REPORTS | _PAST) & set(body[:4]):
        told = Mood.SUPPOSED if _REPORTS & set(body[:4]) else Mood.STATED
        return Mood.ASKED if body[0] in _OPENERS else told
    if body and ((body[0] in _OPENERS and not _orders(body, question=question)) or question):
        return Mood.ASKED
    return Mood.STATED if _states(words, body) else Mood.TOLD


def _body(words: tuple[Word, ...]) -> tuple[str, ...]:
    """The words without joints and courtesies in front, fixed phrases taken apart again."""
    texts = [part for word in words for part in (word.text.split("_") if "_" not in word.typed else [word.text])]
    texts = [text for text in texts if text not in {".", "!"}]
    while len(texts) > 1 and texts[0] in _COURTESIES:
        texts = texts[1:]
    return tuple(texts)


def _beginning(body: tuple[str, ...], known: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return next((phrase for phrase in known if body[: len(phrase)] == phrase), ())


def _inside(body: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return any(body[at : at + len(phrase)] == phrase for at in range(len(body)))


def _doubt(words: tuple[Word, ...], body: tuple[str, ...], rest: tuple[str, ...], *, question: bool) -> Mood | None:
    """What takes all force from a clause, wherever it stands in it."""
    lasting = _LASTING if any("pause" in word.concepts or "freeze" in word.concepts for word in words) else frozenset()
    if any(text in _IF - lasting and body[at + 1] not in _NO_CONDITION for at, text in enumerate(body[:-1])):
        return Mood.ASKED if body[0] == "when" and (question or body[1] in _AUXILIARY) else Mood.SUPPOSED
    if any(text == "not" and at and rest[at - 1] in _DENIED_STATES for at, text in enumerate(rest)):
        return Mood.ASKED  # a state, as in `the run is not starting`
    if any(text in _NOT for text in rest) or withheld.called_off(words, body, rest):
        return Mood.ASKED if body and body[0] in _OPENERS - {"do"} else Mood.NEGATED
    if any(text in _PLANS for text in body) or _inside(body, ("going", "to")) or withheld.supposed(words, body, rest):
        return Mood.SUPPOSED
    through_others = body[:1] in {("ask",), ("tell",)} and "to" in body[2:4]
    kept_from = "from" in body and any(
        text.endswith("ing") and not text.endswith("staging") for text in body[body.index("from") + 1 :][:2]
    )
    return Mood.SUPPOSED if through_others or kept_from else None


def _explains(words: tuple[Word, ...], body: tuple[str, ...]) -> bool:
    """Whether it asks to be told about a change: `tell me how promote works`."""
    asked = next((at for at, text in enumerate(body) if at and text in {"how", "why"}), len(body))
    later = set(body[asked:])
    if any(word.concepts & CHANGES and set(word.text.split("_")) & later for word in words):
        return True
    telling = body[:1] in {("tell",), ("show",), ("say",), ("clarify",), ("remind",)}
    return telling and bool({"how", "what", "why", "who"} & set(body[1:4])) and any(w.concepts & CHANGES for w in words)


def _orders(body: tuple[str, ...], *, question: bool) -> bool:
    """Whether `do …` or `have …` is an order rather than a question."""
    if body[0] not in {"do", "have"}:
        return False
    return not (len(body) > 1 and body[1] in _SUBJECTS_OF_DO) or (body[:2] == ("do", "the") and not question)


def _states(words: tuple[Word, ...], body: tuple[str, ...]) -> bool:
    """Whether a clause has a subject and says something of it: `we will promote v4`, `the retry button is missing`."""
    if body == ("sorry",):
        return False  # it takes nothing from what stands beside it
    if not body or body[0] in _PRONOUNS or body[0] in _DETERMINERS or withheld.remarks(words, body):
        return True
    return _AUXILIARY & set(body[1:]) != set() and not _verb_first(words)


def _verb_first(words: tuple[Word, ...]) -> bool:
    first = next((word for word in words if word.text not in _COURTESIES and word.text[0].isalnum()), None)
    return first is not None and (bool(first.concepts & VERBS) or first.text in _MOVING)


#: Concepts of words that begin an order.
VERBS = word_set(
    """
    start cancel retry promote rollback deploy undeploy delete predict pause resume freeze unfreeze approve reject
    onboard follow compare plan show tell why who howdid change shift
    """
)
#: Those of them that stand for a change.
CHANGES = VERBS - {"predict", "compare", "show", "tell", "why", "who", "howdid", "onboard", "follow"}


def _generic(words: tuple[Word, ...]) -> bool:
    """Whether a request names nothing in particular: `can you cancel runs?` asks what is possible."""
    if any(word.foreign or word.quoted for word in words):
        return False
    texts = {word.text for word in words}
    pointing = "the it this that these those my our last again all me them latest one"
    versions = any(text[0] == "v" and text[1:].isdigit() for text in texts)
    return not set(pointing.split()) & texts and not versions
