"""Words that keep a clause from being an order although it names a change, by the class of talk they belong to.

`no need to retry`, `hold off on the deploy`, `skip the retraining`, `in case it fails`, `todo: roll back`: each class
is
open, so rules name its form (what stands first, what follows) rather than sentences.
"""

from itertools import pairwise

from worker.agent.offline.lexicon import DOING, THIRD_PERSON
from worker.agent.offline.vocabulary import phrases, word_set
from worker.agent.offline.wording import Word

Body = tuple[str, ...]

#: Orders and things done that can be called off.
ACTIONS = word_set("start retry promote rollback deploy undeploy delete approve freeze unfreeze shift")
_ACTION_NOUNS = word_set(
    """
    rollback deploy deploys deployment promotion promotions retraining training rerun reruns retry retries rollout
    release cancellation cancelling canceling rerunning retrying deploying promoting undeploying reverting
    scheduling pausing deletion deleting starting restarting running retrain rolling launching shipping
    """
)
#: To leave something undone; `drop` and `scrap` do so to a plan, and end a run that is going on.
_LEAVING = word_set(
    """
    skip forget disregard ignore shelve postpone delay defer ditch drop scrap scratch abandon discount nix bin omit
    spare
    """
)
#: To wait with something, as `hold the deploy`, `hold off on it`.
_WAITING = word_set("hold hang wait sit")
_KEEPING = word_set("keep leave retain")
_ENDING = word_set("stop quit cease halt")
_NO_OBJECTION = word_set(
    """
    rush hurry worries worry problem problemo matter thanks thank idea stress pressure objection objections biggie
    doubt wonder pain bother longer , . ! ? : ; more no please actually just it that this i we you but wait stop
    """
)
_PHRASES = phrases(
    """
    hold off|on hold|hold on|hang on|leave off|stay away|keep from|rather not|better not|stop short|hands
    off|hands away|
    decided against|decide against|voted against|opted against|opted out|thought better|think better|not necessary|
    not needed|not required|changed my mind|changed our mind|changed our minds|change of plan|change of plans|far
    from|anything but|god forbid|heaven forbid|call off the|calling off the|leave it to|let go of|put off|putting
    off|back out of|as you were|take that back|take it back|false alarm|too soon|too early|too late|makes no
    sense|make no sense|is pointless|out of the question|off the table
    """
)
#: Conditions and suppositions of several words.
_SUPPOSING = phrases(
    """
    as soon as|in case|in theory|in principle|in the event|as long as|so long as|the moment|every time|each time|
    the minute|the day|only after|even if|given that|on condition|depending on|subject to|just in case|for
    example|for instance|let us say|note to self|some day|one day|at some point|sooner or later|down the road|
    down the line|in the future|in future|next sprint|next quarter|some time|the idea is|the plan is|about to|had to
    """
)
_IMAGINED = word_set("hypothetically theoretically theory say_we hypothetical purely eg e.g i.e")
#: What a remark before a colon can be that turns the rest into a quotation or a list.
_LABELS = word_set(
    """
    todo todos to-do note notes example examples e.g eg i.e ie reminder plan plans idea ideas docs readme message
    subject title headline agenda minutes quote channel thread joke self later backlog
    rule rules policy step pending blocked done status
    """
)
_STOPS = word_set("stop halt quit cease desist whoa")
_RUNNING = word_set(
    """
    running training retraining executing processing serving hosting hitting scheduling anything
    everything nothing something thing staging morning evening pending string king
    """
)
_ENDS = word_set("cancel abort terminate end exit stop halt pause kill")
_COURTEOUS = word_set("please now just ok okay no yes hey wait oh actually well thanks sorry um")
_BARE = _COURTEOUS | word_set(
    """
    it that this everything all immediately right there here at once away doing i said say want need you to would
    could can will already and enough so then for the moment a second minute with me us let be go
    """
)
_OTHERS = word_set("bob alice carol anna him her them they he she somebody someone anybody anyone everybody everyone")
_SUBJECTS = word_set("i we they he she bob alice carol everybody everyone somebody someone nobody people")
_PREDICATES = word_set("failed fails broke crashed worked works succeeded hung errored finished completed ended died")
_ARTICLES = word_set("the a an this that any your my our another")
_PREPOSITIONS = word_set("about of before after than without from despite since worth")
_RELATIVES = word_set("it that which what whatever who because since as the , ones one they and but")
_STATING = word_set(
    "is was were are seems looks takes took sounds needs has had did does went will would should gets being becomes"
)
_ABOUT = word_set("for about after since because despite re regarding concerning jk sorry glad nice nicely thanks")
_WISHING = word_set(
    "need want time please go proceed make be try trying let remember begin start gotta got get have see"
)


def called_off(words: tuple[Word, ...], body: Body, rest: Body) -> bool:
    """Whether a clause says to leave something undone, or that it need not be done."""
    said = next((phrase for phrase in _PHRASES if _inside(body, phrase)), ())
    if said:
        return "hold" not in said or not _pauses(words)
    return _denied(words, body, rest) or _left(words, rest)


def _denied(words: tuple[Word, ...], body: Body, rest: Body) -> bool:
    """`no need to X`, `no X please`, `under no circumstances X`; but not `no, X` or `no rush`."""
    said = _said(words) if body == rest else rest
    if _pauses(words) and _inside(said, ("no", "more")):
        return False
    return any(
        text == "no" and following not in _NO_OBJECTION for text, following in zip(said, (*said[1:], "."), strict=True)
    ) or (_inside(said, ("no", "more")) and not _inside(body, ("changes",)))


def _left(words: tuple[Word, ...], rest: Body) -> bool:
    """`skip the deploy`, `hold the promotion`, `stop asking me to retry`."""
    first, after = rest[:1], rest[1:]
    if not first:
        return False
    if first[0] in _LEAVING:
        return not after or _acts(words, after)
    if first[0] in _KEEPING:
        return not {"me", "us", "an", "track", "eye"} & set(after[:1])
    if first[0] in _WAITING:
        return not _pauses(words)
    if first[0] in _ENDING:
        return any("to" in after[: at + 1] for at, text in enumerate(after) if _is_action(words, text))
    return False


def _acts(words: tuple[Word, ...], after: Body) -> bool:
    return bool(_ACTION_NOUNS & set(after)) or any(word.concepts & ACTIONS for word in words[1:])


def _is_action(words: tuple[Word, ...], text: str) -> bool:
    return any(word.text == text and word.concepts & (ACTIONS | {"cancel"}) for word in words)


def _pauses(words: tuple[Word, ...]) -> bool:
    """Whether it is about runs that come by themselves: `hold off the nightly runs` pauses them."""
    concepts = {concept for word in words for concept in word.concepts}
    return bool(concepts & {"schedule", "scheduled", "often"}) and not concepts & (ACTIONS - {"start"})


def _said(words: tuple[Word, ...]) -> Body:
    return tuple(part for word in words for part in word.text.split("_"))


def supposed(words: tuple[Word, ...], body: Body, rest: Body) -> bool:
    """Whether a clause only imagines, sets a condition, or leaves the doing to others."""
    if any(text in _IMAGINED for text in body) or any(_inside(body, phrase) for phrase in _SUPPOSING):
        return True
    if body[:1] in {("should",), ("were",), ("had",)}:
        return True  # `should it fail, retry it`
    if body[:1] == ("let",):
        return body[1:2] != () and _lets_others(words, body)
    if "rather" in body and "than" in body:
        return True
    return _has_subject(words, rest) or _spoken_about(words, rest)


def _lets_others(words: tuple[Word, ...], body: Body) -> bool:
    """`let Bob promote it`, `let the run go on`; `let churn run` is an order all the same."""
    if body[1] in {"us", "me"}:
        return False
    going_on = {"continue", "finish", "complete", "end", "proceed", "be", "alone", "live", "sit", "rest"} & set(body)
    started = any("start" in word.concepts for word in words)
    return body[1] in _OTHERS or bool(going_on) or (not started and any(word.concepts & ACTIONS for word in words))


def _has_subject(words: tuple[Word, ...], rest: Body) -> bool:
    """Whether somebody else, or oneself, stands as the one who does it: `next week we deploy v4`."""
    for at, text in enumerate(rest):
        if _is_action(words, text):
            return bool(_SUBJECTS & set(rest[max(0, at - 2) : at]))
    return False


def _spoken_about(words: tuple[Word, ...], rest: Body) -> bool:
    """`ping Bob about the rollback`: the change is a thing, not what is to be done."""
    for at, text in enumerate(rest):
        if _is_action(words, text):
            before = [word for word in rest[:at] if word not in _ARTICLES]
            return bool(before) and before[-1] in _PREPOSITIONS
    return False


def labelled(label: tuple[Word, ...], following: tuple[Word, ...]) -> bool:
    """Whether a remark before a colon makes what follows a quotation or a list: `todo: retrain churn`."""
    said = _said(label)
    return following[0].text == ":" and bool(_LABELS & set(said) or said[-1] in _LEAVING | _OTHERS)


def _said_to_stop_doing(words: tuple[Word, ...]) -> bool:
    """`stop suggesting rollbacks`: what it does itself is to end; `stop training churn` is about a run."""
    said = _said(words)
    served = any(word.concepts & {"traffic", "endpoint", "version", "model"} for word in words)
    return not served and any(
        first in _STOPS and then.endswith("ing") and then not in _RUNNING for first, then in pairwise(said)
    )


def bare_stop(words: tuple[Word, ...]) -> bool:
    """Whether a clause tells to stop, and names nothing that is to be stopped: `halt`, `would you quit it`."""
    said = {text for text in _said(words) if text[0].isalnum()}
    if _said_to_stop_doing(words):
        return True
    return (said <= _BARE | _STOPS and bool(said & _STOPS)) or (bool(said & _ENDS) and said <= _ENDS | _COURTEOUS)


def _tells_of_others(words: tuple[Word, ...], body: Body) -> bool:
    """`Bob deploys v4 tomorrow`, `churn runs every Monday`: somebody or something does it."""
    first = next((word for word in words if word.text[0].isalnum() and word.text not in _COURTEOUS), None)
    if "please" in _said(words) or first is None or first.concepts & DOING:
        return False
    named = {word.text for word in words if word.foreign} | _OTHERS
    return any(text in THIRD_PERSON and before in named for before, text in pairwise(body))


def remarks(words: tuple[Word, ...], body: Body) -> bool:
    """Whether a clause that begins like an order, or has no verb first, only says how things are.

    `run failed`, `deploy freeze is annoying`, `thanks for the deploy`, `ready to promote`, `churn runs every Monday`.
    """
    if body[0] in _ABOUT or (_said(words)[0] in _ABOUT and _said(words)[1:2] in {("for",), ("that",)}):
        return True
    if body[-1] in _PREDICATES and len(body) > 1 and not _RELATIVES & set(body[1:-1]):
        return True
    done = next((at for at, text in enumerate(body) if at and text.endswith("ed") and text != "need"), 0)
    if done and body[0] not in _WISHING and body[done + 1 : done + 2] in {(), ("by",)}:
        return not _RELATIVES & set(body[1:done])  # `run cancelled by Bob`
    early = next((at for at, text in enumerate(body[:4]) if text in _STATING), 0)
    if early and not _RELATIVES & set(body[:early]):
        return True
    return _towards(words, body) or _tells_of_others(words, body)


def _towards(words: tuple[Word, ...], body: Body) -> bool:
    """Whether the change stands after `to` without anybody being asked for it: `too risky to deploy`."""
    first = next((at for at, text in enumerate(body) if _is_action(words, text)), 0)
    return first > 0 and body[first - 1] == "to" and body[0] not in _WISHING


def _inside(body: Body, phrase: Body) -> bool:
    return any(body[at : at + len(phrase)] == phrase for at in range(len(body)))
