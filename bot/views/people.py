"""People and user groups in a text, by their names instead of their ids: read by everybody, notifying nobody.

A mention would ring with whoever it names, each time an answer says who approved something; an id says nothing. So
texts of tools and models keep ids, as `<@U…>` or bare, and whoever shows them puts names there first. What a person has
chosen to be called is foreign text: of it only what cannot be read as Markdown or as one of Slack's sequences stays.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

MOST = 30  #: different ids of which the names are asked for in one text
LONGEST_NAME = 40
SOMEBODY, SOME_GROUP = "somebody", "a user group"

Kind = Literal["person", "group"]

#: Ids have a digit, which words in capitals seldom have. Bare ones stand by themselves, never within an address.
_ID = r"(?=[A-Z]*[0-9])[A-Z0-9]{2,30}"
_REFERENCE = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)"
    rf"|<@(?P<person>[UW]{_ID})(?:\|[^<>\n]{{0,200}})?>"
    rf"|<!subteam\^(?P<group>S{_ID})(?:\|[^<>\n]{{0,200}})?>"
    rf"|(?<![\w/.=&?%#<^-])@?(?P<bare>[UW]{_ID})(?![\w/=%-])"
    rf"|(?<![\w/.=&?%#<^-])@(?P<handle>S{_ID})(?![\w/=%-])",
    re.DOTALL,
)
_UNTAMED = re.compile(r"[^\w .,'\u2019()+-]|_")


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody, or a group, that a text names.

    Attributes:
        id: Slack's id.
        kind: Which of the two.
        sure: Whether it is written as a mention, and not as a word that may be no id at all.
    """

    id: str
    kind: Kind
    sure: bool


def with_names(text: str, name_of: Callable[[Named], str | None]) -> str:
    """The text with names in the place of ids.

    Args:
        text: Markdown of a tool or a model.
        name_of: Tells a name: empty where nobody has the id, None where it cannot be told now. Asked once for each
            id, and for 30 at most.
    """
    known: dict[str, str | None] = {}

    def shown(found: re.Match[str]) -> str:
        if code := found["code"]:  # with spaces it is for somebody to type, and stays as it is
            return code if re.search(r"\s", code) else f"`{_REFERENCE.sub(shown, code[1:-1])}`"
        one = _named(found)
        if one.id not in known:
            known[one.id] = name_of(one) if len(known) < MOST else None
        name = known[one.id]
        if name is None:
            return (SOMEBODY if one.kind == "person" else SOME_GROUP) if one.sure else found[0]
        return tame(name) or (found[0] if not name else SOMEBODY)

    return _REFERENCE.sub(shown, text)


def tame(name: str) -> str:
    """What of a name means nothing to Markdown or to Slack, at most 40 characters."""
    return " ".join(_UNTAMED.sub("", name).split()).lstrip("-+.,)' ")[:LONGEST_NAME].rstrip()


def _named(found: re.Match[str]) -> Named:
    group = found["group"] or found["handle"]
    sure = not found["bare"] or found[0].startswith("@")
    return Named(group or found["person"] or found["bare"], "group" if group else "person", sure)
