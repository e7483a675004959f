"""Messages that ask for a run of each of several pipelines: `run churn-report and daily-ingest with max_depth 4`.

Recognised only by exact names, and only when nothing else is said: whatever else stands there may call off one of them,
or be no order at all, and is asked about.
"""

import re
from dataclasses import replace

from worker.agent.offline import wording
from worker.agent.offline.moods import Mood
from worker.agent.offline.understanding import understand
from worker.agent.offline.wish import Wish

MOST_CHARACTERS = 600
_VERB = r"(?:(?:run|start|train|retrain|launch|trigger|execute) )"
_JOINT = r"(?:(?: ,| ;)(?: and)?(?: then)? | and (?:then )?)"
_VALUE = r"[a-z_]\w* (?:= )?(?:-?\d[\w.]*|true|false)"
_VALUES = rf"(?: (?:with|using) {_VALUE}(?:(?: ,)?(?: and)? {_VALUE})*)"
_LEAD = r"(?:(?:please|ok|okay|now|hi|hello|,) )*"
_END = r"(?: (?:please|now|thanks|\.|!))*"


def runs(message: str, names: tuple[str, ...]) -> tuple[Wish, ...]:
    """What such a message asks for, each as if it had been said alone; empty for every other message.

    Args:
        message: The message as it came from Slack.
        names: The pipelines that exist.
    """
    if len(names) < 2:  # noqa: PLR2004 - of one there are no several
        return ()
    spoken = " ".join(word.typed for word in wording.read(message).words)
    if len(spoken) > MOST_CHARACTERS:
        return ()
    name = f"(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?![\\w-])"
    one = rf"{name}{_VALUES}?"
    if not re.fullmatch(rf"{_LEAD}{_VERB}{one}(?:{_JOINT}{_VERB}?{one})*{_END}", spoken, re.IGNORECASE):
        return ()
    orders = dict.fromkeys(
        f"run {found[0]}{values}"
        for each, values in re.findall(rf"({name}(?:{_JOINT}{name})*)({_VALUES}?)", spoken, re.IGNORECASE)
        for found in re.finditer(name, each, re.IGNORECASE)
    )
    heard = {order: understand(order, names=names).wishes for order in orders}
    wishes = tuple(replace(found[0], said=order) for order, found in heard.items() if found)
    plain = all(wish.intent.name == "run_pipeline" and wish.mood is Mood.TOLD for wish in wishes)
    return wishes if plain and len(wishes) == len(orders) > 1 else ()
