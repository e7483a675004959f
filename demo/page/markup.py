"""The smallest pieces of the page: an element of safe HTML, an avatar, times as people say them."""

import html
from datetime import UTC, date, datetime, timedelta
from typing import Final

from nicegui import ui

from demo.workspace import seed
from demo.workspace.model import Person

_COLOURS: Final = {"U0ALICE": "#0b7f8a", "U0BOB": "#c2570c", "U0CAROL": "#7a3ec8"}
_OTHERS: Final = ("#2f6f4f", "#a83260", "#2563a8", "#8a6d0b", "#5b5bd6")
_KILO, _MEGA = 1_000, 1_000_000
_BOT_COLOUR: Final = "linear-gradient(135deg,#7c2d7e,#3f0e40)"


def markup(content: str, *, tag: str = "div", css: str = "", testid: str = "") -> ui.html:
    """An element of HTML that this package has made; nothing a person wrote may reach it unescaped."""
    element = ui.html(content, sanitize=False, tag=tag).classes(css)
    if testid:
        element.props["data-testid"] = testid
    return element


def box(css: str = "", *, tag: str = "div", testid: str = "") -> ui.element:
    """A plain element that holds others."""
    element = ui.element(tag).classes(css)
    if testid:
        element.props["data-testid"] = testid
    return element


def icon(name: str) -> str:
    """One of the icons that come with the page's library, by its Material name."""
    return f'<i class="icon" aria-hidden="true" data-icon="{html.escape(name)}"></i>'


def icon_button(name: str, label: str, *, testid: str = "", css: str = "icon-button") -> ui.html:
    """A button that is an icon alone; `label` is what screen readers and the tooltip say."""
    button = markup(icon(name), tag="button", css=css, testid=testid)
    button.props["type"] = "button"
    button.props["aria-label"] = label
    button.props["title"] = label
    return button


def avatar(person: Person, css: str = "") -> str:
    """A coloured square with a person's initial, or the train for Trainmaster."""
    if person.id == seed.BOT:
        style, inside = _BOT_COLOUR, icon("train")
    else:
        style = _COLOURS.get(person.id) or _OTHERS[sum(person.id.encode()) % len(_OTHERS)]
        inside = html.escape((person.real_name or person.name or "?")[0].upper())
    return f'<span class="avatar {css}" style="background:{style}" aria-hidden="true">{inside}</span>'


def moment(ts: str) -> datetime:
    """When a message was written, in this machine's zone."""
    return datetime.fromtimestamp(int(ts.partition(".")[0]), tz=UTC).astimezone()


def clock(when: datetime) -> str:
    """`9:05 AM`: as Slack shows a message's time."""
    return f"{when:%I:%M %p}".lstrip("0")


def day(when: date, today: date) -> str:
    """`Today`, `Yesterday`, or `Monday, 12 May`; the year only where it is another one."""
    if when == today:
        return "Today"
    if when == today - timedelta(days=1):
        return "Yesterday"
    year = "" if when.year == today.year else f" {when.year}"
    return f"{when:%A}, {when.day} {when:%B}{year}"


def size(count: int) -> str:
    """A number of bytes for people: `812 B`, `3.1 kB`, `5.0 MB`."""
    if count < _KILO:
        return f"{count} B"
    return f"{count / _KILO:.1f} kB" if count < _MEGA else f"{count / _MEGA:.1f} MB"
