"""A message as clauses, each with its mood.

Everything that casts doubt (a negation, a condition, a question of how) does so for the clauses that stand under it
too: `if it fails, retry it` tells nobody to retry.
"""

from dataclasses import dataclass

from worker.agent.offline.moods import CHANGES, VERBS, Mood, mood_of
from worker.agent.offline.vocabulary import phrases, word_set
from worker.agent.offline.withheld import labelled
from worker.agent.offline.wording import Word, Wording, based


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a message that says one thing."""

    words: tuple[Word, ...]
    mood: Mood

    def joined(self, other: "Clause") -> "Clause":
        """Both as one clause, with the stronger doubt of the two; an order beside a statement stays an order."""
        moods = {self.mood, other.mood}
        told = self if self.mood is Mood.TOLD else other
        if moods == {Mood.TOLD, Mood.STATED}:
            mood = Mood.TOLD if _orders(told.words) else Mood.STATED
        else:
            mood = min(moods, key=STRONGEST_DOUBT.index)
        return Clause(self.words + other.words, mood)


STRONGEST_DOUBT = (Mood.NEGATED, Mood.SUPPOSED, Mood.HOW, Mood.ASKED, Mood.STATED, Mood.TOLD)

#: Politeness that looks like a condition or a question.
_POLITE = phrases(
    """
    if you can|if you could|if possible|if you do not mind|if you please|if that is ok|if that is okay|if that is
    possible|if it is not too much trouble|if you would|when you can|when you get a chance|when you have a
    moment|when you have time|when you have a minute|when you have a sec|when you have a second|when you got a
    minute|when you get a moment|when you get a minute|if you have a
    moment|if you have time|would you mind|do you mind|i was wondering if you could|i wonder if you could|i am
    wondering if you could|i was wondering whether you could|do not hesitate|why do not you|why do not we|whenever
    you can|whenever you are ready|if you will|if i may|if i may ask|as soon as possible|as soon as you can|would
    be great if you could|be great if you could|be nice if you could|would it be possible to|is it possible for
    you to|be so kind as to|be so kind and|be a dear and|feel free to|do me a favor and|do me a favour and|would
    be nice if you could|would be good if you could|would appreciate it if you could|once you have a moment|until
    further notice|it would be great if you could|it would be nice if you could|thanks in advance|i think you
    should now|when you are free|if you do not mind me asking
    """
)
_POLITE_BEGINNINGS = frozenset(phrase[0] for phrase in _POLITE)
_HESITATIONS = word_set("wait no oh hm hmm uh actually , nope well ok okay whoa hold_on hang on hold up")
_TAGS = frozenset({("would", "you"), ("will", "you"), ("could", "you"), ("can", "you")})
_JOINTS = word_set(", ; : and then but or instead & so")
_CONTRASTS = word_set(", ; but instead")
_SKIPPED = word_set(
    """
    please just also now then so and kindly ok okay , ! : simply immediately instead but or
    """
)
_BEGINNINGS = word_set(
    """
    who whom whose what which when where why how is are was were did does do has have had am if unless once until
    while can could would let make not never i you we use only how_did get put give set take bring tear can_you
    do_it go_ahead try please_do
    """
)


def split(wording: Wording) -> list[Clause]:
    """The clauses of a message, in order."""
    return [clause for sentence in wording.sentences() for clause in _clauses(_plain(sentence))]


def _plain(sentence: tuple[Word, ...]) -> tuple[Word, ...]:
    """The sentence without polite phrases; a question mark that belonged to one goes too."""
    words = list(sentence)
    if words[-1].text == "?" and _texts(words[-4:-1])[-2:] in _TAGS and words[-4:-3] and words[-4].text == ",":
        words = words[:-4]  # `cancel it, would you?`
    at = 0
    while at < len(words):
        polite = _polite(words[at:])
        if polite:
            del words[at : at + len(polite)]
            if polite[-1] == "mind" and words[at:]:
                words[at] = based(words[at])
            if words[at:] and words[-1].text == "?":
                del words[-1]
        else:
            at += 1
    return tuple(words)


def _polite(words: list[Word]) -> tuple[str, ...]:
    """The polite phrase that words begin with; empty when they begin with none."""
    if words[0].text.split("_")[0] not in _POLITE_BEGINNINGS:
        return ()
    return next((phrase for phrase in _POLITE if _texts(words[: len(phrase)]) == phrase), ())


def _texts(words: list[Word]) -> tuple[str, ...]:
    return tuple(part for word in words for part in word.text.split("_"))


def _clauses(sentence: tuple[Word, ...]) -> list[Clause]:
    found: list[Clause] = []
    over = Mood.TOLD  # the doubt that the clauses before cast over this one
    question = any(word.text == "?" for word in sentence[-2:])
    before: tuple[Word, ...] = ()
    pieces = _pieces(sentence)
    while len(pieces) > 1 and all(word.text in _HESITATIONS for word in pieces[0][0]):
        pieces = pieces[1:]  # `wait no, cancel the run`
    for words, contrast in pieces:
        if before and labelled(before, words):
            over = Mood.SUPPOSED
        before = words
        own = mood_of(words, question=question)
        lifted = over is Mood.NEGATED and contrast
        if over in {Mood.HOW, Mood.SUPPOSED, Mood.NEGATED} and not lifted and own in {Mood.TOLD, Mood.STATED}:
            own = over
        over = own if lifted or own in {Mood.HOW, Mood.SUPPOSED, Mood.NEGATED} else over
        found.append(Clause(words, own))
    if any(clause.mood is Mood.SUPPOSED for clause in found):  # the condition may come last
        found = [Clause(one.words, Mood.SUPPOSED if one.mood is Mood.TOLD else one.mood) for one in found]
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
            contrast = word.text in _CONTRASTS
        current.append(word)
    parts.append((tuple(current), contrast))
    return [(words, contrast) for words, contrast in parts if any(word.text[0].isalnum() for word in words)]


def _splits(word: Word, following: tuple[Word, ...]) -> bool:
    """Whether a new clause begins with this word: a joint, and then a verb or a question."""
    if word.text not in _JOINTS or word.quoted:
        return False
    first = next((after for after in following if after.text not in _SKIPPED), None)
    return first is not None and (bool(first.concepts & VERBS) or first.text in _BEGINNINGS)


def _orders(words: tuple[Word, ...]) -> bool:
    """Whether an order names itself what is to be done."""
    texts = {part for word in words for part in word.text.split("_")}
    return (
        any(word.concepts & CHANGES for word in words)
        or {"do", "it"} <= texts
        or bool(texts & {"again", "go", "set", "make", "put"})
    )
