"""Work pools and their queues, which hand runs to workers."""

import re

from worker.agent.offline.intent import Intent
from worker.agent.offline.steps import Step
from worker.agent.offline.vocabulary import word_set

_NO_NAMES = word_set(
    """
    the a an our my this that work pool queue of in on for please now again and it is called named until till before
    pause resume unpause continue hold stop both all
    """
)
_DEFAULT = "default"


def _switch(step: Step) -> str:
    """The pool or the queue that is meant; the queue that every pool has, where none is named."""
    said = step.dialogue.now.said
    queue = _named(said, "queue")
    if not queue and re.search(r"\bqueues?\b", said, re.IGNORECASE):
        queue = _DEFAULT
    return step.call(step.tool(), pool=_named(said, "pool") or None, queue=queue or None).text


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
)
