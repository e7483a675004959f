"""Whether a person asked for a call in words of their own.

What is to be done by hand a model may only do on a person's word, and what it has read must not pass for one. So the
person's message alone is read, by the rules of the offline model and by nobody who could be talked into something.
"""

import re
from fnmatch import fnmatchcase

from tools.spec import JSONDict, Tool
from worker.agent.offline.understanding import understand
from worker.agent.outcome import OUTCOME

_PASTED = re.compile(r"`|^\s*>", re.MULTILINE)  #: code or a quotation, which are somebody else's words


def ask_for(tool: Tool, arguments: JSONDict, said: str) -> bool:
    """Whether a message begins with an order that this tool serves, and holds every value of its arguments.

    Args:
        tool: What a model calls.
        arguments: With what.
        said: The message as the person wrote it.
    """
    if said.startswith(OUTCOME) or _PASTED.search(said):
        return False
    first = next(iter(understand(said).wishes), None)
    if first is None or not first.may_change or not any(fnmatchcase(tool.name, each) for each in first.intent.tools):
        return False
    words = _plain(said)
    return all(_plain(str(value)) in words for value in arguments.values() if value)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
