"""Time zones as people name them; only names that mean one thing are taken."""

import re
from functools import cache
from zoneinfo import available_timezones

from tools import names
from tools.errors import BadArguments

_IANA = re.compile(r"\(?\b(?P<name>[A-Za-z]+(?:/[A-Za-z_+\-0-9]+){1,2})\b\)?")
_UTC = re.compile(r"\(?\b(?:UTC|GMT|Z)\b\)?", re.IGNORECASE)
#: Shortened names, most of which mean several zones, and none of which knows summer time.
_SHORT = re.compile(r"\b(?P<name>CES?T|EE?S?T|EDT|C[DS]T|M[DS]T|P[DS]T|BST|IST|JST|AES?T|WES?T|MSK)\b")
EXAMPLES = "for example `Europe/Berlin`, `America/New_York` or `UTC`"


def cut_timezone(text: str) -> tuple[str, str]:
    """What is left of a text, and the time zone in it; empty without one.

    Raises:
        BadArguments: It names a zone that does not exist, or that could be several.
    """
    if found := _IANA.search(text):
        return text.replace(found[0], " ", 1), checked(found["name"])
    if utc := _UTC.search(text):
        return text.replace(utc[0], " ", 1), "UTC"
    if short := _SHORT.search(text):
        raise _several(short["name"])
    return text, ""


def _several(name: str) -> BadArguments:
    return BadArguments(
        f"“{name}” can mean several time zones and knows no summer time; name yours by its place, {EXAMPLES}."
    )


def checked(name: str) -> str:
    """The time zone with this name.

    Raises:
        BadArguments: There is none; the message names the nearest.
    """
    if name.upper() in {"UTC", "GMT", "Z"}:
        return "UTC"
    if _SHORT.fullmatch(name.upper()):
        raise _several(name)
    known = _by_plain_name()
    plain = names.plain(name)
    if plain in known:
        return known[plain]
    by_place = [zone for zone in sorted(known.values()) if names.plain(zone.rpartition("/")[2]) == plain]
    if len(by_place) == 1:
        return by_place[0]
    near = by_place or names.nearest(name, sorted(known.values()))
    hint = f"The nearest: {', '.join(near[:3])}." if near else f"Name it by its place, {EXAMPLES}."
    raise BadArguments(f"There is no time zone “{names.shown(name)}”. {hint}")


@cache
def _by_plain_name() -> dict[str, str]:
    places = (zone for zone in available_timezones() if "/" in zone)
    return {names.plain(zone): zone for zone in places if not zone.startswith(("Etc/", "posix/", "right/"))}
