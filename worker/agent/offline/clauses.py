"""A message as clauses, each with its mood: whether it tells to do something, or only talks about it.

Only a clause in the mood TOLD may ever change anything. Everything that casts doubt (a negation, a condition, a
question of how or whether, reported speech) takes that mood away, for every clause that stands under it.
"""

from dataclasses import dataclass
from enum import StrEnum

from worker.agent.offline.wording import Word, Wording


class Mood(StrEnum):
    """What a clause does with what it names."""

    TOLD = "told"  #: an order or a polite request
    ASKED = "asked"  #: a question about the state of things
    HOW = "how"  #: a question of how, whether or what would happen: wants an explanation
    SUPPOSED = "supposed"  #: under a condition, imagined, or what somebody else said
    NEGATED = "negated"  #: not to be done


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a message that says one thing."""

    words: tuple[Word, ...]
    mood: Mood

    @property
    def texts(self) -> tuple[str, ...]:
        """The words as corrected."""
        return tuple(word.text for word in self.words)


_COURTESY = (
    "if you can|if you could|if possible|if you do not mind|if you please|if that is ok|if that is okay|if that is possible|"
    "if it is not too much trouble|if you would|when you can|when you get a chance|when you have a moment|when you have time|"
    "when you have a minute|when you get a moment|when you get a minute|if you have a moment|if you have time|would you mind|"
    "do you mind|i was wondering if you could|i wonder if you could|i am wondering if you could|i was wondering whether you could|"
    "do not hesitate|why do not you|why do not we|whenever you can|whenever you are ready|if you will|if i may|if i may ask|"
    "as soon as possible|as soon as you can|would be great if you could|be great if you could|be nice if you could|"
    "would it be possible to|is it possible for you to|be so kind as to|be so kind and|be a dear and|go ahead and|feel free to|do me a favor and|do me a favour and|"
    "would be nice if you could|would be good if you could|would appreciate it if you could|once you have a moment|until further notice"
)
_POLITE = tuple(sorted((tuple(phrase.split()) for phrase in _COURTESY.split("|")), key=len, reverse=True))

_ASKS_HOW = (
    "how do|how can|how could|how would|how should|how to|how does|how might|how am|can i|could i|may i|am i|is it possible|"
    "is there a way|is there any way|are you able|are we able|is there|what would|what will|what happens|what happen|what if|what does it|what is the way|"
    "what is needed|should i|should we|shall i|shall we|ought|do i|do we|must i|must we|would it|will it|would that|is it ok|is it okay|is it safe|is it wise|"
    "is it worth|does it make|do you know|do you think|do you|would running|would retraining|what do i|what should|what must|what can|"
    "what command|which command|which button|which word|who can|who may|who is|who should|who could|are we allowed|are you allowed|"
    "explain|describe how|describe what|teach me|show me how to|show me how i|tell me how to|tell me how i|tell me how you|tell me what would|tell me what happens|tell me if|tell me whether|tell me about|"
    "what are the|what is the|what is a|what does|what do|any way|is it|would you recommend|would you advise|would you say|when should|when can|when would|when could|"
    "where do|where can|will you|want to know|like to know|need to know|wonder|wondering|curious|walk me through|talk me through|"
    "i would like to know|can you explain|can you tell|could you explain|could you tell|can you describe|would churn|"
    "can anybody|can anyone|can someone|can bob|can the|can that|can this|can it|could it|could the|how long would|how long will|how long does|how much would|how much does"
)
_HOW = tuple(sorted((tuple(phrase.split()) for phrase in _ASKS_HOW.split("|")), key=len, reverse=True))
_REQUESTS = tuple(
    tuple(phrase.split())
    for phrase in (
        "can you|could you|would you|will you|can we|could we|i want you to|i need you to|may i ask you to|do you think you could|do you think you can|"
        "can i get|could i get|can i have|could i have|may i have|can i see|could i see|may i see|is there any chance you could|any chance you could|would you be able to|"
        "are you able to|will you please|will you kindly|do you want to|do you mind"
    ).split("|")
)
_SUPPOSES = frozenset(
    "if unless suppose supposing supposed imagine imagining assume assuming hypothetically theoretically theory pretend "
    "when whenever once until till before after while provided otherwise lest in_case".split()
)
_HEDGES = frozenset("maybe perhaps might probably possibly considering consider thinking think thought tempted wonder hesitate "
                    "wondering unsure undecided planning plans intend intending hoping hope wish wished almost".split())  # fmt: skip
_REPORTS = frozenset("said says told asked mentioned wrote claims claimed suggested suggests recommends recommended wants "
                     "wanted proposed thinks tried was were had has been already never_ got used ordered".split())  # fmt: skip
_NOT = frozenset(
    "not never nobody neither nor without avoid dont don refrain rather_not stop_short against nothing hands-off".split()
)
_OPENERS = frozenset(
    "who whom whose what which when where why how is are was were did does do has have had am whats".split()
)
_BREAKS = frozenset({",", ";", ":", "(", ")", "=>"})
_VERBS = frozenset(
    "start cancel retry promote rollback deploy undeploy delete predict pause resume freeze unfreeze approve reject onboard "
    "follow compare plan show tell why who howdid".split()
)
_ADVERBS = frozenset("please just also now then so and kindly quickly well hey hi hello ok okay yes yeah alright right , ! . : simply immediately "
                     "hiya greetings morning sorry um uh actually thanks good dear great perfect cool sure yep no nope but or afterwards".split())  # fmt: skip


def split(wording: Wording) -> list[Clause]:
    """The clauses of a message, in order."""
    return [clause for sentence in wording.sentences() for clause in _clauses(_plain(sentence))]


def _plain(sentence: tuple[Word, ...]) -> tuple[Word, ...]:
    """The sentence without polite phrases that look like conditions or questions."""
    words = list(sentence)
    at = 0
    while at < len(words):
        for phrase in _POLITE:
            if tuple(_flat(words[at : at + len(phrase)])) == phrase:
                del words[at : at + len(phrase)]
                if words[at:] and words[-1].text == "?":
                    del words[-1]
                break
        else:
            at += 1
    return tuple(words)


def _flat(words: list[Word]) -> list[str]:
    return [part for word in words for part in word.text.split("_")] if not any("_" in w.typed for w in words) else []


def _clauses(sentence: tuple[Word, ...]) -> list[Clause]:
    found: list[Clause] = []
    over = Mood.TOLD  # what the clauses before cast over this one
    for words, after_break in _pieces(sentence):
        own = _mood(words, question=any(word.text == "?" for word in sentence[-2:]))
        if over in {Mood.HOW, Mood.SUPPOSED} or (over is Mood.NEGATED and not after_break):
            own = over if own is Mood.TOLD else own
        found.append(Clause(words, own))
        if own in {Mood.HOW, Mood.SUPPOSED, Mood.NEGATED}:
            over = own
        if over is Mood.NEGATED and after_break:
            over = own
    if any(clause.mood is Mood.SUPPOSED for clause in found):  # "run it if …": the condition may come last
        found = [Clause(c.words, Mood.SUPPOSED if c.mood is Mood.TOLD else c.mood) for c in found]
    return found


def _pieces(sentence: tuple[Word, ...]) -> list[tuple[tuple[Word, ...], bool]]:
    """Parts of a sentence, each with whether a comma or a contrast stands before it."""
    parts: list[tuple[tuple[Word, ...], bool]] = []
    current: list[Word] = []
    contrast = False
    for at, word in enumerate(sentence):
        if current and _splits(word, sentence[at + 1 : at + 4]):
            parts.append((tuple(current), contrast))
            current = []
            contrast = word.text in {",", ";", ":", "but", "instead"}
        current.append(word)
    parts.append((tuple(current), contrast))
    return [(words, contrast) for words, contrast in parts if any(word.text[0].isalnum() for word in words)]


def _splits(word: Word, following: tuple[Word, ...]) -> bool:
    """Whether a new clause begins with this word: a joint, and then a verb or a question."""
    if word.text not in {",", ";", ":", "and", "then", "but", "or", "instead", "&"} or word.quoted:
        return False
    for after in following:
        if after.text in _ADVERBS:
            continue
        return bool(after.concepts & _VERBS) or after.text in _OPENERS or after.text in _SUPPOSES or after.text in {
            "do", "can", "could", "would", "let", "make", "not", "never", "i", "you", "we", "use", "only", "how_did",
        }  # fmt: skip
    return False


def _mood(words: tuple[Word, ...], *, question: bool) -> Mood:
    texts = [part for word in words for part in (word.text.split("_") if "_" not in word.typed else [word.text])]
    texts = [text for text in texts if text not in {".", "!"}]
    while texts and texts[0] in _ADVERBS:
        texts = texts[1:]
    body = tuple(texts)
    asking = next((request for request in _REQUESTS if body[: len(request)] == request), None)
    rest = body[len(asking) :] if asking else body
    if any(text in _SUPPOSES for text in body[:-1]):
        return Mood.ASKED if body[0] == "when" else Mood.SUPPOSED
    if _denied(rest):
        return Mood.ASKED
    if any(text in _NOT for text in rest) or body[:2] in {("no", "need"), ("hold", "off"), ("leave", "off")}:
        return Mood.ASKED if body and body[0] in _OPENERS - {"do"} else Mood.NEGATED
    if any(text in _HEDGES for text in body):
        return Mood.SUPPOSED
    if asking is not None:
        return (
            Mood.HOW
            if _generic(words) or any(body[len(asking) : len(asking) + 1] == (w,) for w in ("explain", "describe"))
            else Mood.TOLD
        )
    if any(body[: len(phrase)] == phrase for phrase in _HOW):
        return Mood.HOW
    if any(text in _REPORTS for text in body[:4]):
        return Mood.ASKED if body[0] in _OPENERS else Mood.SUPPOSED
    if body and ((body[0] in _OPENERS and not _orders(body)) or question):
        return Mood.ASKED
    return Mood.TOLD


def _denied(texts: tuple[str, ...]) -> bool:
    """Whether something is said not to be so, as in `the run is not starting`: a state, not an order."""
    states = {"is", "are", "was", "were", "has", "have", "did", "does", "could", "had"}
    return any(text == "not" and at and texts[at - 1] in states for at, text in enumerate(texts))


def _orders(body: tuple[str, ...]) -> bool:
    """Whether `do …` or `have …` is an order rather than a question."""
    return body[0] in {"do", "have"} and body[1:2] not in {
        (word,)
        for word in ("you", "we", "i", "they", "the", "any", "my", "our", "these", "those", "runs", "pipelines", "all")
    }


def _generic(words: tuple[Word, ...]) -> bool:
    """Whether a request names nothing in particular: `can you cancel runs` asks what is possible."""
    if any(word.foreign or word.quoted for word in words):
        return False
    texts = [word.text for word in words]
    pointing = {
        "the",
        "it",
        "this",
        "that",
        "these",
        "those",
        "my",
        "our",
        "last",
        "again",
        "all",
        "me",
        "them",
        "latest",
        "one",
    }
    return not pointing & set(texts)
