"""A message as words: mentions, politeness and contractions removed, typing slips corrected, concepts attached."""

import html
import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from worker.agent.offline.lexicon import COMMON, CONTRACTIONS, DOING, PHRASES, THINGS_HAVE, VERBS_AND_NOUNS, WORDS
from worker.agent.offline.vocabulary import word_set

#: It ends the message, and a reason in it may quote a line that has brackets of its own.
_FILES = re.compile(r"\[files? shared with this message:\s*(?P<what>.*?)\]\s*\Z", re.IGNORECASE | re.DOTALL)
_MENTION = re.compile(r"<[@!][^>]*>")
_LINK = re.compile(r"<(?:[#]?)([^>|]*)(?:\|([^>]*))?>")
_EMOJI = re.compile(r"(?<![\w:]):[a-z0-9_+\-]*[a-z][a-z0-9_+\-]*:(?![\w:])", re.IGNORECASE)
_TOKEN = re.compile(
    r"""
    [-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.-]*[a-z])%?   # a number, but not the beginning of an id
    | "[^"]*" | (?<!\w)'[^']*'(?!\w)                      # what stands in quotes
    | [a-z0-9_][a-z0-9_.\-/]*[a-z0-9_] | [a-z0-9_]        # a word or a name
    | => | [=:?!.,;()]
    """,
    re.IGNORECASE | re.VERBOSE,
)
_QUOTES = str.maketrans("’‘“”…–—", "''\"\".,,")  # noqa: RUF001 - the very characters that phones type
_ENDS = frozenset(".?!;")
#: After these, a word that may be a verb is one.
_SUBJECTS = word_set(
    """
    to and then you we i please just go us also now not never should would could can will must again or but might may
    shall do did quickly immediately kindly ahead they somebody someone only so ok me hi hey hello well alright yes no
    still simply , . ! ? ; : (
    """
) | {""}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a message.

    Attributes:
        typed: As it was typed, without its quotes.
        text: Lower case, corrected.
        concepts: What the word can stand for; empty for a word that is not in the lexicon.
        quoted: Whether it was typed in quotes or backticks, and so is a name or a value.
    """

    typed: str
    text: str
    concepts: frozenset[str] = frozenset()
    quoted: bool = False

    @property
    def foreign(self) -> bool:
        """Whether the lexicon does not know the word: it may be a name."""
        return not self.concepts and self.text not in COMMON and self.text[0].isalnum()


@dataclass(frozen=True, slots=True)
class Wording:
    """A whole message.

    Attributes:
        words: Its words and punctuation marks, in order.
        files: What the note about files shared with the message says, empty without one.
    """

    words: tuple[Word, ...]
    files: str = ""

    def sentences(self) -> list[tuple[Word, ...]]:
        """The words of each sentence, with its closing mark."""
        found: list[tuple[Word, ...]] = []
        current: list[Word] = []
        for word in self.words:
            current.append(word)
            if word.text in _ENDS:
                found.append(tuple(current))
                current = []
        return [sentence for sentence in (*found, tuple(current)) if any(word.text not in _ENDS for word in sentence)]


def read(message: str) -> Wording:
    """The words of a message as it came from Slack."""
    noted = _FILES.search(message)
    text = html.unescape(_FILES.sub(" ", message)).translate(_QUOTES)
    text = _MENTION.sub(" ", text)
    text = _LINK.sub(lambda link: link[2] or link[1], text)
    text = _EMOJI.sub(" ", text)
    text = text.replace("```", " ").replace("`", '"').replace("*", " ").replace("~", " ")
    tokens = [part for token in _TOKEN.findall(_expanded(text)) for part in _parts(token)]
    return Wording(_with_concepts(_joined([_word(token) for token in tokens])), noted["what"].strip() if noted else "")


def based(word: Word) -> Word:
    """`retraining` as `retrain`, where it asks for the doing: `would you mind retraining …`."""
    stem = word.text.removesuffix("ing")
    known = (form for form in (stem, f"{stem}e", stem[:-1]) if form in WORDS or form in COMMON)
    text = next(known, word.text) if stem != word.text else word.text
    return Word(word.typed, text, _concepts(text, "", ""), word.quoted)


def _expanded(text: str) -> str:
    """`don't` as `do not`, and so on; possessive `'s` is dropped."""

    def full(match: re.Match[str]) -> str:
        return CONTRACTIONS.get(match[0].lower(), match[0])

    text = re.sub(r"\b(?:e\.g|i\.e)\b\.?", "for example", text, flags=re.IGNORECASE)
    text = re.sub(r"[A-Za-z]+(?:'[A-Za-z]+)?", full, text)
    return re.sub(r"(?<=\w)'s\b", "", text)


def _parts(token: str) -> list[str]:
    """A token without the full stop that ends its sentence; `re-run` and `and/or` taken apart where it helps."""
    if token[0] in "\"'" or token[0].isdigit():
        return [token]
    if "/" in token and not any(character.isdigit() for character in token):
        return [part for part in token.split("/") if part]
    joined = token.replace("-", "").lower()
    if "-" in token and joined in WORDS:
        return [joined]
    return [token]


def _word(token: str) -> Word:
    if token[0] in "\"'" and len(token) > 1:
        return Word(typed=token[1:-1], text=token[1:-1].lower() or '"', quoted=True)
    return Word(typed=token, text=_corrected(token.lower()))


@lru_cache(maxsize=4096)
def _corrected(word: str) -> str:
    """The lexicon's word that this one was meant to be, or the word itself when it may well be a name."""
    if word in WORDS or word in COMMON or not word.isalpha():
        return word
    if len(word) < 4:  # noqa: PLR2004 - shorter words have too many neighbours, but for swapped letters: `rnu`
        swapped = (known for known in WORDS if len(known) == len(word) == 3)  # noqa: PLR2004 - `ti` may be anything
        return next((known for known in swapped if known[0] == word[0] and sorted(known) == sorted(word)), word)
    allowed = 1 if len(word) < 8 else 2  # noqa: PLR2004 - long words take two slips
    near = [
        known
        for known in _by_initial(word[0])
        if abs(len(known) - len(word)) <= allowed and OSA.distance(word, known, score_cutoff=allowed) <= allowed
    ]
    if len(word) == 4:  # noqa: PLR2004 - the shortest ones: only swapped letters or a missing one, as in `shwo`, `rety`
        near = [known for known in near if sorted(known) == sorted(word) or len(known) == 5]  # noqa: PLR2004 - one more
    return min(near, key=lambda known: _slip(word, known), default=word)


def _slip(word: str, known: str) -> tuple[float, bool, bool, str]:
    """How bad a slip would be: swapped letters are likely ones, and what does nothing is the safer guess."""
    return OSA.distance(word, known), sorted(word) != sorted(known), bool(WORDS[known] & DOING), known


@lru_cache(maxsize=64)
def _by_initial(initial: str) -> tuple[str, ...]:
    """Known words worth comparing with: people hardly ever miss the first letter."""
    return tuple(sorted(word for word in WORDS if word[0] == initial and len(word) > 3 and "_" not in word))  # noqa: PLR2004 - as above


def _joined(words: list[Word]) -> list[Word]:
    """Fixed phrases such as `kick off` as one word each, the longest first."""
    found: list[Word] = []
    at = 0
    while at < len(words):
        for length in (5, 4, 3, 2):
            part = words[at : at + length]
            key = "_".join(word.text for word in part)
            if len(part) == length and key in PHRASES and not any(word.quoted for word in part):
                found.append(Word(typed=" ".join(word.typed for word in part), text=key))
                at += length
                break
        else:
            found.append(words[at])
            at += 1
    return found


def _with_concepts(words: list[Word]) -> tuple[Word, ...]:
    done: list[Word] = []
    for at, word in enumerate(words):
        before = done[-1].text if done else ""
        after = words[at + 1].text if at + 1 < len(words) else ""
        concepts = frozenset() if word.quoted else _concepts(word.text, before, after)
        done.append(Word(word.typed, word.text, concepts, word.quoted))
    return tuple(done)


def _concepts(text: str, before: str, after: str) -> frozenset[str]:
    """What a word stands for here: `run` is something done after `please`, and a thing after `the last`."""
    if text in VERBS_AND_NOUNS:
        verb, noun = VERBS_AND_NOUNS[text]
        return frozenset({verb if before in _SUBJECTS and after not in THINGS_HAVE else noun})
    return WORDS.get(text, frozenset())
