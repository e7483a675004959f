"""Menus of a message or modal: one of several options, several of them, or what hides behind three dots."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from nicegui import ui

from demo.page import blocks, mrkdwn
from demo.page.markup import box, icon, markup
from demo.page.visit import Visit

Element = Mapping[str, Any]
Choose = Callable[[ui.element, str | Sequence[str]], Awaitable[None]]

_PEOPLE: Final = frozenset({"users_select", "multi_users_select"})
_ROOMS: Final = frozenset(
    {"channels_select", "conversations_select", "multi_channels_select", "multi_conversations_select"}
)
MENUS: Final = frozenset({"static_select", "multi_static_select", "overflow"}) | _PEOPLE | _ROOMS


class Menu:
    """A button that opens a list.

    Args:
        element: The Block Kit element; its type is one of `MENUS`.
        visit: Who looks.
        choose: Called with the button and what was chosen: at once, or, where several can be, when the list closes.
    """

    def __init__(self, element: Element, visit: Visit, choose: Choose) -> None:
        self._element = element
        self._visit = visit
        self._choose = choose
        self._several = str(element["type"]).startswith("multi_")
        self._options = {str(o["value"]): o for _, options in self._groups() for o in options}
        self._picked = set(_initial(element))
        self._told = set(self._picked)
        overflow = element["type"] == "overflow"
        css = "btn more" if overflow else "btn menu"
        with box(css, tag="button", testid=testid(element)) as self._button:
            self._button.props["aria-haspopup"] = "menu"
            if overflow:
                self._button.props["aria-label"] = "More actions"
                markup(icon("more_horiz"), tag="span")
            else:
                self._label = markup(self._face(), tag="span")
                markup(icon("expand_more"), tag="span")
            self._list = self._draw_list()

    def _draw_list(self) -> ui.menu:
        with ui.menu().props("fit") as opened:
            for group, options in self._groups():
                if group:
                    markup(mrkdwn.plain_to_html(group), css="menu-group")
                for option in options:
                    self._draw_option(option)
        if self._several:
            opened.on("hide", self._closed, args=[])
        return opened

    def _draw_option(self, option: Element) -> None:
        value = str(option.get("value", ""))
        danger = " danger" if option.get("style") == "danger" else ""
        item = markup(self._line(option), tag="button", css=f"menu-item{danger}", testid=f"option-{value}")

        async def pressed() -> None:
            if self._several:
                self._picked.symmetric_difference_update({value})
                item.set_content(self._line(option))
            else:
                self._list.close()
                self._pick(value)
                await self._choose(self._button, value)

        item.on("click.stop", pressed, args=[])

    def _pick(self, value: str) -> None:
        """Show the one option that is chosen; an overflow menu forgets at once."""
        if self._element["type"] != "overflow":
            self._picked = {value}
            self._label.set_content(self._face())

    async def _closed(self) -> None:
        self._label.set_content(self._face())
        if self._picked != self._told:
            self._told = set(self._picked)
            await self._choose(self._button, sorted(self._picked))

    def _line(self, option: Element) -> str:
        label = mrkdwn.plain_to_html(blocks.plain(option.get("text")))
        note = mrkdwn.plain_to_html(blocks.plain(option.get("description")))
        mark = "✓ " if self._several and option.get("value") in self._picked else ""
        return f"{mark}{label}{f'<small>{note}</small>' if note else ''}"

    def _face(self) -> str:
        """What the closed menu shows."""
        shown = ", ".join(
            blocks.plain(self._options[value].get("text")) if value in self._options else value
            for value in sorted(self._picked)
        )
        if shown:
            return mrkdwn.plain_to_html(shown)
        placeholder = blocks.plain(self._element.get("placeholder")) or "Choose"
        return f'<span class="placeholder">{mrkdwn.plain_to_html(placeholder)}</span>'

    def _groups(self) -> Iterator[tuple[str, Sequence[Element]]]:
        """The options in their groups; a menu without groups has one without a name."""
        kind = self._element["type"]
        if kind in _PEOPLE:
            people = (person for person in self._visit.workspace.people if not person.deleted)
            yield "", [_option(person.id, person.real_name) for person in people]
        elif kind in _ROOMS:
            yield "", [_option(room.id, f"#{room.name}") for room in self._visit.rooms if room.name]
        elif self._element.get("option_groups"):
            for group in self._element["option_groups"]:
                yield blocks.plain(group.get("label")), group.get("options", ())
        else:
            yield "", self._element.get("options", ())


def testid(element: Element) -> str:
    """How tests find an interactive element."""
    return f"action-{element.get('action_id', '')}"


def _initial(element: Element) -> Iterator[str]:
    """The values that are chosen from the start."""
    for name in ("option", "user", "channel", "conversation"):
        first = element.get(f"initial_{name}")
        for one in element.get(f"initial_{name}s") or ([first] if first else []):
            yield str(one["value"] if isinstance(one, Mapping) else one)


def _option(value: str, label: str) -> Element:
    return {"value": value, "text": {"type": "plain_text", "text": label}}
