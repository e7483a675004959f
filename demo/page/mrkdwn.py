"""Slack's mrkdwn as HTML that is safe to put into a page.

Everything a person wrote is escaped before a single tag is added, and the tags are ours alone. So nothing in a
message can become an element, an attribute or a script; links lead to http, https or mailto only.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from demo.page import emoji

_FENCE: Final = re.compile(r"```(.*?)```", re.DOTALL)
_ATOMS: Final = (
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?P<url>%s)"
    r"|(?P<emoji>:[a-z0-9_+\-']+(?:::skin-tone-[2-6])?:)"
)
_ATOM: Final = re.compile(_ATOMS % r"https?://[^\s<>|`]+")
_ATOM_VERBATIM: Final = re.compile(_ATOMS % "(?!)")  # the same without bare addresses
_STYLES: Final = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), "strong"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), "em"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), "s"),
)
_OPEN, _CLOSE = (
    "\ue000",
    "\ue001",
)  # private use: marks a finished piece of HTML inside text still being styled
_HELD: Final = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_MARKS: Final = str.maketrans("", "", _OPEN + _CLOSE + "\x00")
_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_BROADCASTS: Final = frozenset({"here", "channel", "everyone"})


@dataclass(frozen=True, slots=True)
class Names:
    """What ids in a message are called, and who is looking.

    Attributes:
        people: Display name by user id, bots included.
        channels: Name without `#`, by channel id.
        groups: Handle without `@`, by user group id.
        viewer: The user id of the reader, whose own mentions are marked; empty for nobody.
        viewer_groups: Ids of the user groups that the reader is in: their mentions are marked too.
    """

    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    viewer: str = ""
    viewer_groups: frozenset[str] = frozenset()


def to_html(text: str, names: Names, *, verbatim: bool = False) -> str:
    """`text` in mrkdwn as HTML without any block wrapper; line breaks are `<br>`.

    With `verbatim`, a bare address stays text: only what is written `<https://…>` becomes a link.
    """
    atom = _ATOM_VERBATIM if verbatim else _ATOM
    pieces: list[str] = []
    for index, piece in enumerate(_FENCE.split(text.translate(_MARKS))):
        if index % 2:
            pieces.append(f"<pre>{_code(piece.strip(chr(10)))}</pre>")
        elif piece.strip("\n"):
            pieces.append(_paragraphs(piece.strip("\n") if index else piece.rstrip("\n"), names, atom))
    return "".join(pieces)


def plain_to_html(text: str, *, with_shortcodes: bool = True) -> str:
    """A `plain_text` object as HTML: escaped, emoji names replaced unless told otherwise, line breaks kept."""
    shown = emoji.with_emoji(text) if with_shortcodes else text
    return html.escape(shown).replace("\n", "<br>")


def link(url: str, label: str) -> str:
    """A link that opens in a new tab, or the label alone when `url` is not one a message may lead to.

    Other sites are not told where it was; this one is, so that a permalink opens as the person who followed it.
    """
    if not is_safe(url):
        return html.escape(label)
    attributes = 'target="_blank" rel="noopener" referrerpolicy="same-origin"'
    return f'<a href="{html.escape(url)}" {attributes}>{html.escape(label)}</a>'


def is_safe(url: str) -> bool:
    """Whether a message may lead to `url`: http, https and mailto, with no control characters in it."""
    if any(ord(char) <= ord(" ") for char in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in _SCHEMES and bool(parts.netloc or parts.path)


def decoded(text: str) -> str:
    """`text` with Slack's three entities (`&amp;`, `&lt;`, `&gt;`) turned back into characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def person(user: str, names: Names, label: str = "") -> str:
    """A mention of a person."""
    mine = " mention-me" if user == names.viewer else ""
    return f'<span class="mention{mine}">@{html.escape(names.people.get(user) or label or user)}</span>'


def channel(channel_id: str, names: Names, label: str = "") -> str:
    """A mention of a channel."""
    name = names.channels.get(channel_id) or label or channel_id
    return f'<span class="mention">#{html.escape(name)}</span>'


def group(group_id: str, names: Names, label: str = "") -> str:
    """A mention of a user group."""
    mine = " mention-me" if group_id in names.viewer_groups else ""
    handle = names.groups.get(group_id) or label.removeprefix("@") or group_id
    return f'<span class="mention{mine}">@{html.escape(handle)}</span>'


def broadcast(name: str) -> str:
    """`@here`, `@channel` or `@everyone`."""
    return f'<span class="mention mention-me">@{html.escape(name)}</span>'


def timestamp(seconds: str, pattern: str, fallback: str) -> str:
    """A date token: `pattern` with the time in this machine's zone, or `fallback` when `seconds` is no time."""
    try:
        when = datetime.fromtimestamp(int(seconds), tz=UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return html.escape(fallback or seconds)
    day, clock = f"{when:%B} {when.day}, {when.year}", f"{when:%H:%M}"
    short = f"{when:%b} {when.day}, {when.year}"
    forms = {"date_num": f"{when:%Y-%m-%d}", "time": clock, "time_secs": f"{when:%H:%M:%S}"}
    forms |= {"date": day, "date_pretty": day, "date_short": short, "date_short_pretty": short}
    forms |= {
        "date_long": f"{when:%A}, {day}",
        "date_long_pretty": f"{when:%A}, {day}",
        "ago": f"{short} {clock}",
    }
    shown = re.sub(r"\{(\w+)\}", lambda found: forms.get(found.group(1), found.group(0)), pattern)
    return f'<time datetime="{when.isoformat()}" title="{html.escape(day)} {clock}">{html.escape(shown)}</time>'


def _paragraphs(text: str, names: Names, atom: re.Pattern[str]) -> str:
    """Lines joined by `<br>`, runs of quoted lines in one quote."""
    out: list[str] = []
    quoted: list[str] = []
    lines: list[str] = []

    def flush() -> None:
        if quoted:
            out.append(f"<blockquote>{'<br>'.join(quoted)}</blockquote>")
            quoted.clear()
        if lines:
            out.append("<br>".join(lines))
            lines.clear()

    for line in text.split("\n"):
        quote = re.match(r"(?:&gt;|>) ?", line)
        if lines if quote else quoted:
            flush()
        (quoted if quote else lines).append(_inline(line[quote.end() :] if quote else line, names, atom))
    flush()
    return "".join(out)


def _inline(line: str, names: Names, atom: re.Pattern[str]) -> str:
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        piece, rest = _atom(found, names)
        held.append(piece)
        return f"{_OPEN}{len(held) - 1}{_CLOSE}{rest}"

    text = html.escape(decoded(atom.sub(hold, line)))
    for pattern, tag in _STYLES:
        text = pattern.sub(rf"<{tag}>\1</{tag}>", text)
    return _HELD.sub(lambda found: held[int(found.group(1))], text)


def _atom(found: re.Match[str], names: Names) -> tuple[str, str]:
    """The HTML of one token, and what of it was no part of the token after all."""
    if found["code"] is not None:
        return f"<code>{_code(found['code'])}</code>", ""
    if found["emoji"] is not None:
        return html.escape(emoji.with_emoji(found["emoji"])), ""
    if found["url"] is not None:
        url = found["url"].rstrip(".,;:!?)'\"*_~")
        return link(decoded(url), decoded(url)), found["url"][len(url) :]
    return _angle(found["angle"], names), ""


def _angle(inside: str, names: Names) -> str:
    target, _, label = (decoded(part) for part in inside.partition("|"))
    if re.fullmatch(r"@[UWB][A-Z0-9]+", target):
        return person(target[1:], names, label.removeprefix("@"))
    if re.fullmatch(r"#[CDG][A-Z0-9]+", target):
        return channel(target[1:], names, label.removeprefix("#"))
    if target.startswith("!"):
        return _special(target[1:], label, names)
    if is_safe(target):
        return link(target, label or target.removeprefix("mailto:"))
    return html.escape(f"<{decoded(inside)}>")


def _special(command: str, label: str, names: Names) -> str:
    name, _, rest = command.partition("^")
    if name == "subteam" and rest:
        return group(rest, names, label)
    if name in _BROADCASTS:
        return broadcast(name)
    if name == "date":
        seconds, _, pattern = rest.partition("^")
        return timestamp(seconds, pattern.partition("^")[0], label)
    return f'<span class="mention">{html.escape(label or "@" + name)}</span>'


def _code(text: str) -> str:
    """Code is shown as written; a link inside it shows its address."""
    shown = re.sub(r"<((?:https?|mailto):[^<>|\n]+)(?:\|[^<>\n]*)?>", r"\1", text)
    return html.escape(decoded(shown))
