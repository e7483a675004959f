"""Work pools and their queues, which hand runs to workers, and how much may go on at once."""

import re

from worker.agent.offline.intent import Intent
from worker.agent.offline.parameters import SPOKEN
from worker.agent.offline.steps import Step, Told
from worker.agent.offline.vocabulary import word_set

_NO_NAMES = word_set(
    """
    the a an our my this that work pool queue of in on for please now again and it is called named until till before
    pause resume unpause continue hold stop both all to from at by be with limit limits concurrency set change raise
    increase lower decrease reduce remove drop lift allow cap
    """
)
_DEFAULT = "default"
#: Words that take a limit away.
_UNLIMITED = ("delete", "=lift", "=unlimited", "=no", "=without")
_NUMBER = rf"(\d{{1,6}}|{'|'.join(SPOKEN)})(?![\w.%-])"


def _switch(step: Step) -> str:
    """The pool or the queue that is meant; the queue that every pool has, where none is named."""
    said = step.dialogue.now.said
    queue = _named(said, "queue")
    if not queue and re.search(r"\bqueues?\b", said, re.IGNORECASE):
        queue = _DEFAULT
    return step.call(step.tool(), pool=_named(said, "pool") or None, queue=queue or None).text


def _limit(step: Step) -> str:
    """The limit of the tag, queue or pool that is named; else that of a pipeline."""
    said, tool = step.dialogue.now.said, step.tool()
    limit = "none" if step.has(*_UNLIMITED) else _count(said)
    if tag := _named(said, "tag"):
        return step.call(tool, of="tag", name=tag, limit=_needed(limit)).text
    if re.search(r"\bqueues?\b", said, re.IGNORECASE):
        queue, pool = _named(said, "queue") or _DEFAULT, _named(said, "pool")
        return step.call(tool, of="queue", name=queue, pool=pool or None, limit=_needed(limit)).text
    if step.has("workpool"):
        return step.call(tool, of="pool", name=_named(said, "pool") or None, limit=_needed(limit)).text
    return step.call(tool, of="pipeline", name=step.pipeline(needed=True), limit=_needed(limit)).text


def _needed(limit: str) -> str:
    if not limit:
        raise Told("How many may go on at once? Say for example `set the limit of the work pool to 3`.")
    return limit


def _count(said: str) -> str:
    """The number that a limit is to become; empty without one, and where only the difference is said."""
    if re.search(rf"\bby\s+{_NUMBER}", said, re.IGNORECASE):
        return ""
    leading = re.search(rf"\b(?:to|at|allow)\s+(?:only\s+)?{_NUMBER}", said, re.IGNORECASE)
    found = leading or re.search(rf"(?<![\w.-]){_NUMBER}", said, re.IGNORECASE)
    return str(SPOKEN.get(found[1].lower(), found[1])) if found else ""


def _named(said: str, what: str) -> str:
    """A name beside a word: `pool gpu`, `the gpu pool`; empty without one."""
    after = re.search(rf"\b{what}\s+(?:called\s+|named\s+)?[\"'`]?([\w.-]*\w)", said, re.IGNORECASE)
    before = re.search(rf"([\w.-]+)[\"'`]?\s+(?:work[ -]?)?{what}\b", said, re.IGNORECASE)
    names = [found[1] for found in (after, before) if found and found[1].lower() not in _NO_NAMES]
    return names[0] if names else ""


INTENTS = (
    Intent(
        name="pause_pool",
        does="pause a work pool or a queue",
        example="`pause the work pool`",
        play=_switch,
        tools=("pause_pool", "pause_work_pool"),
        changes=True,
        instead="Until then, pause it on its page in Prefect.",
        how="A paused work pool hands out no runs, nobody's, until it is resumed; those that have begun go on.",
        signs="""
            pause workpool @3.7
            =stop|=halt workpool !run @3.6
        """,
    ),
    Intent(
        name="resume_pool",
        does="resume a paused work pool or queue",
        example="`resume the work pool`",
        play=_switch,
        tools=("resume_pool", "resume_work_pool"),
        changes=True,
        instead="Until then, resume it on its page in Prefect.",
        how="A work pool that is resumed hands out runs again, those first that have waited.",
        signs="""
            resume workpool @3.7
            =turn|=switch workpool =on @3.7
        """,
    ),
    Intent(
        name="set_concurrency_limit",
        does="change how much may go on at once",
        example="`set the limit of the work pool to 3`",
        play=_limit,
        tools=("set_concurrency_limit",),
        changes=True,
        instead="Until then, change it in Prefect.",
        how="A concurrency limit says how many runs of a work pool, a queue or a pipeline, or tasks with a tag, go on "
        "at once; what goes on already is left alone.",
        signs="""
            slots change|delete|=lift|=reduce|=cap !start @3.9
            =limit|=cap|=restrict =to|=at name|pipeline|workpool|=tag !show !log !start @3.8
        """,
    ),
)
