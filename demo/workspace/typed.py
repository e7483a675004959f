"""From what a person types into the composer to what Slack stores."""

import re
from collections.abc import Iterable

from demo.workspace.model import Channel, Person, UserGroup

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_TOKEN = re.compile(
    r"(?P<kept><(?:[@#]|!subteam\^)[A-Z0-9]+(?:\|[^>]*)?>)"
    r"|(?P<url>https?://[^\s<>|]+[^\s<>|.,;:!?)\]'\"])"
    r"|(?<![\w@])@(?P<name>[a-z0-9][\w.-]*)"
    r"|(?<![\w#&])#(?P<channel>[a-z0-9][\w-]*)"
    r"|(?P<special>[&<>])",
    re.IGNORECASE,
)
_BROADCASTS = {"here", "channel", "everyone"}
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


_SENT = re.compile(
    r"(?P<kept><(?:[@#!][^<>\n]+|(?:https?|mailto|tel):[^<>\s|]+(?:\|[^<>\n]*)?)>|&(?:amp|lt|gt);)"
    r"|(?P<url>https?://[^\s<>|]+[^\s<>|.,;:!?)\]'\"*_~])"
    r"|(?P<special>[&<>])"
)


def normalised(text: str) -> str:
    """What is stored for the text an app sends.

    Tokens and entities are kept, bare links become tokens, other `&`, `<` and `>` are escaped; code stays as it is.
    """
    parts = _CODE.split(text)
    return "".join(part if i % 2 else _SENT.sub(_sent, part) for i, part in enumerate(parts))


def _sent(found: re.Match[str]) -> str:
    if found["kept"]:
        return found[0]
    if found["url"]:
        return f"<{found['url']}>"
    return _ENTITIES[found["special"]]


def escaped(text: str) -> str:
    """`&`, `<` and `>` as Slack stores them."""
    return re.sub("[&<>]", lambda found: _ENTITIES[found[0]], text)


def stored(text: str, people: Iterable[Person], channels: Iterable[Channel], groups: Iterable[UserGroup] = ()) -> str:
    """The mrkdwn that is stored for typed text: mentions, channels and links become tokens, the rest is escaped.

    A token that already names somebody (`<@U0BOB>`, from a composer with completion) is kept. Nothing in code changes.
    """
    names = {g.handle: f"!subteam^{g.id}" for g in groups} | {p.name: f"@{p.id}" for p in people}
    rooms = {c.name: c for c in channels if c.name}
    known = {*names.values(), *(f"#{c.id}" for c in rooms.values())}

    def token(found: re.Match[str]) -> str:
        if kept := found["kept"]:
            return kept if kept[1:-1].split("|")[0] in known else escaped(kept)
        if url := found["url"]:
            return f"<{escaped(url)}>"
        if name := found["name"]:
            return _mention(name, names)
        if channel := found["channel"]:
            room = rooms.get(channel.lower())
            return f"<#{room.id}|{room.name}>" if room else found[0]
        return _ENTITIES[found["special"]]

    parts = _CODE.split(text)
    return "".join(escaped(p) if i % 2 else _TOKEN.sub(token, p) for i, p in enumerate(parts))


def _mention(name: str, names: dict[str, str]) -> str:
    # "@bob." and "@bob-" are a mention and punctuation, unless somebody is really called so.
    bare = name.lower()
    rest = ""
    while bare and bare not in names and bare not in _BROADCASTS and bare[-1] in ".-_":
        bare, rest = bare[:-1], bare[-1] + rest
    if bare in _BROADCASTS:
        return f"<!{bare}>{rest}"
    return f"<{names[bare]}>{rest}" if bare in names else f"@{name}"
