"""Foreign text made safe for Slack: escaped, unable to notify anybody, cut to a length.

Everything that a person, a file, a model or a tool wrote passes through here before it is shown. What comes out of
`plain`, `prose`, `code` and `fenced` holds no control sequence of Slack's: `<!channel>`, `<@U…>` and links in it are
words. Only `person`, `group` and `link` make such sequences, from checked ids and addresses.
"""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.views.limits import LINK, SECTION, size

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the reading direction, to imitate other text
    "\ue000-\ue00f]"  # the marks that `markdown` puts in and takes out again
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_REFERENCE = re.compile(r"<([@#!])([^<>|\s]{1,80})(?:\|([^<>]{0,200}))?>")
_BROADCAST = re.compile(r"@(?=channel|here|everyone|group)", re.IGNORECASE)  # a later cut may end the word here
_PERSON = re.compile(r"[UW][A-Z0-9]{2,30}")
_GROUP = re.compile(r"S[A-Z0-9]{2,30}")
WORD_JOINER = "\u2060"  #: unseen, and enough for Slack not to read a broadcast, or an address

FENCE = "```"


def clean(text: str) -> str:
    """`text` without what cannot be seen or sent, its mentions and broadcasts turned into words."""
    text = _SURROGATE.sub("\ufffd", _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    return _BROADCAST.sub("@" + WORD_JOINER, _REFERENCE.sub(_worded, text))


def _worded(reference: re.Match[str]) -> str:
    sigil, target, label = reference.groups()
    if sigil == "!":
        kind, _, name = target.partition("^")
        label = label or (name if kind == "subteam" else kind)
        return label if label.startswith("@") or target.startswith("date^") else f"@{label}"
    return sigil + (label or target).removeprefix(sigil)


def escape(text: str) -> str:
    """`text` with the three characters that Slack reads as control written as entities, and no fence in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(FENCE, "'''")


def clip(text: str, limit: int) -> str:
    """At most `limit` characters of escaped text, an ellipsis where it was cut; no entity or link is cut in two."""
    if size(text) <= limit:
        return text
    return text[: cut(text, limit - 1)].rstrip() + "…"


def cut(text: str, limit: int) -> int:
    """The last place at or before `limit` where escaped text may be cut; at least 1."""
    place = fitting(text, limit)
    head = text[:place]
    token, entity = head.rfind("<"), head.rfind("&")
    if token > head.rfind(">"):
        return token or place
    if entity > head.rfind(";") and place - entity < len("&amp;"):
        return entity or place
    return place


def fitting(text: str, limit: int) -> int:
    """How many characters of `text`, from its start, are no longer than `limit` as Slack may count."""
    if text[:limit].isascii():
        return min(len(text), limit)
    used = 0
    for place, character in enumerate(text):
        used += 1 + (character > "\uffff")
        if used > limit:
            return place
    return len(text)


def plain(text: str, limit: int = 200) -> str:
    """One line of foreign text, at most `limit` characters before escaping."""
    return escape(clip(" ".join(clean(text[: 4 * limit]).split()), limit))


def prose(text: str, limit: int = 1_000) -> str:
    """Several lines of foreign text, at most `limit` characters before escaping."""
    return escape(clip(clean(text[: 2 * limit]).strip(), limit))


def code(text: str, limit: int = 80) -> str:
    """One line of foreign text as code; "(empty)" when there is nothing to show."""
    shown = plain(text, limit).replace("`", "'")
    return f"`{shown}`" if shown else "(empty)"


def codes(names: Iterable[str], *, limit: int = 20) -> str:
    """Names as code, separated by commas; says how many were left out."""
    every = tuple(names)
    shown = ", ".join(code(name, 60) for name in every[:limit])
    return shown if len(every) <= limit else f"{shown} and {len(every) - limit} more"


def fenced(text: str, limit: int = SECTION) -> str:
    """Foreign text as a block of code, at most `limit` characters with its fences."""
    inside = escape(clean(text[: 2 * limit])).strip("\n") or " "
    return f"{FENCE}\n{clip(inside, limit - 2 * len(FENCE) - 2)}\n{FENCE}"


def person(user: str) -> str:
    """The person's name as Slack shows it, from the person's id."""
    return f"<@{user}>" if _PERSON.fullmatch(user) else plain(user, 40) or "somebody"


def group(user_group: str) -> str:
    """The user group's name as Slack shows it, from the group's id."""
    return f"<!subteam^{user_group}>" if _GROUP.fullmatch(user_group) else plain(user_group, 40)


def link(url: str, label: str, limit: int = 80) -> str:
    """`label` linked to an address of a system that we configured; the label alone when it is no web address."""
    shown = plain(label, limit).replace("|", "¦") or "link"
    return f"<{escape(url)}|{shown}>" if is_web_address(url) else shown


def is_web_address(url: str) -> bool:
    """Whether `url` can stand in a link: http or https, a host, no credentials, nothing that ends the link."""
    if len(url) > LINK or re.search(r"[\s<>|\x00-\x20\x7f\u2028\u2029\ud800-\udfff]", url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def bounded(lines: Sequence[str], limit: int, *, most: int = 1_000, kind: str = "") -> str:
    """Lines joined, as many as fit into `limit` characters and `most` lines; the last one says how many were left out.

    Args:
        lines: Escaped lines, in order of weight.
        limit: Characters, as Slack counts them.
        most: Lines.
        kind: What is counted, such as "tasks".
    """
    notice = len("… and 1000000 more ") + len(kind)
    shown: list[str] = []
    left = limit
    for line in lines[:most]:
        if size(line) + 1 > left - (notice if len(shown) + 1 < len(lines) else 0):
            break
        shown.append(line)
        left -= size(line) + 1
    if missing := len(lines) - len(shown):
        shown.append(f"… and {missing} more {kind}".rstrip())
    return "\n".join(shown)


def duration(seconds: float) -> str:
    """Seconds as a person says them: "0.4 s", "12 s", "3 min 05 s", "2 h 10 min"."""
    if not 0 <= seconds < 1e9:  # noqa: PLR2004  # nonsense, infinity and not-a-number are all "unknown"
        return "unknown time"
    if seconds < 9.95:  # noqa: PLR2004  # below ten seconds a tenth is worth showing
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest:02} s"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes:02} min"


def age(seconds: float) -> str:
    """How long ago, roughly: "just now", "3 min ago", "2 h ago", "5 d ago"."""
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if unit <= seconds < 1e9:  # noqa: PLR2004  # infinity is no age
            return f"{seconds // unit:.0f} {name} ago"
    return "just now" if 0 <= seconds < 60 else "an unknown time ago"  # noqa: PLR2004  # a minute


def file_size(size_in_bytes: int) -> str:
    """Bytes as a person says them: "812 bytes", "4.2 kB", "1.3 MB"."""
    if size_in_bytes < 1_000:  # noqa: PLR2004  # kilo
        return f"{count(size_in_bytes, 'byte')}"
    kilo = size_in_bytes / 1_000
    return f"{kilo:.1f} kB" if kilo < 999.95 else f"{kilo / 1_000:.1f} MB"  # noqa: PLR2004  # kilo again


def moment(epoch: float) -> str:
    """A time as "23 Nov 14:02 UTC"."""
    try:
        return datetime.fromtimestamp(epoch, UTC).strftime("%-d %b %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return "an unknown time"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 task`, `3 tasks`, `no tasks`."""
    return f"{number or 'no'} {noun if number == 1 else plural or noun + 's'}"


def many(number: int, noun: str) -> str:
    """`1 token`, `2,000 tokens`, `0 tokens`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def span(seconds: float) -> str:
    """A length that somebody has set, such as `10 minutes`, or `1 min 30 s` where it is no number of minutes."""
    minutes, rest = divmod(seconds, 60)
    return duration(seconds) if rest or not minutes else many(int(minutes), "minute")


def money(amount: float, currency: str) -> str:
    """An amount with two digits that tell something, never as a power of ten: `0.0031 USD`, `123.40 USD`."""
    places = 2 if not 0 < amount < 0.1 else min(1 - math.floor(math.log10(amount)), 12)  # noqa: PLR2004  # ten cents
    return f"{amount:,.{places}f} {currency}".rstrip()


def figure(value: float) -> str:
    """A metric with four significant digits, whole numbers whole: "0.8731", "12", "1.25e-05"."""
    return f"{value:.0f}" if value == value // 1 and abs(value) < 1e9 else f"{value:.4g}"  # noqa: PLR2004  # beyond, e-notation
