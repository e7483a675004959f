"""Block Kit that can be clicked: buttons, menus, pickers. What is typed into is in `inputs`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nicegui import ui

from demo.page import blocks, inputs, mrkdwn
from demo.page.markup import box, icon, markup
from demo.page.menus import MENUS, Menu, testid
from demo.page.visit import Visit
from demo.workspace.model import Message, View

Element = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Controls:
    """Draws the interactive elements of one message or modal into the element that is open, and does what they do.

    Attributes:
        visit: Who clicks.
        place: Where; it is looked up again at the click, so an edit in between is no problem.
        complain: Shows what went wrong under the message or in the modal, or clears it with `""`.
        errors: By block id, where an error under an `input` block is shown.
    """

    visit: Visit
    place: Message | View
    complain: Callable[[str], None]
    errors: dict[str, ui.html] = field(default_factory=dict)

    def row(self, block: blocks.Block) -> None:
        """An `actions` or `context_actions` block."""
        with box("b-actions"):
            for element in block.get("elements", ()):
                self.element(element, str(block.get("block_id", "")))

    def field(self, block: blocks.Block) -> None:
        """An `input` block: label, element, what is wrong with it, hint."""
        block_id, element = str(block.get("block_id", "")), block.get("element", {})
        with box("b-input", testid=f"field-{block_id}"):
            markup(blocks.to_html(block, self.visit.names))
            if element.get("type") in inputs.TEXT:
                inputs.text(self.visit, self.place, block, self._dispatch)
            else:
                self.element(element, block_id, blocks.plain(block.get("label")))
            self.errors[block_id] = markup("", css="b-error", testid=f"error-{block_id}")
            self.errors[block_id].props["role"] = "alert"
            if block.get("hint"):
                markup(blocks.text_object(block["hint"], self.visit.names), css="b-hint")

    def element(self, element: Element, block: str, label: str = "") -> None:
        """One interactive element; an unknown one is shown as a placeholder.

        Args:
            element: The element as the app sent it.
            block: The id of its block.
            label: What screen readers call it, where its block has a label.
        """
        if isinstance(self.place, View):
            element = self.visit.filled(self.place, block, dict(element))
        kind = str(element.get("type"))
        if kind == "button":
            self._button(element, block)
        elif kind == "feedback_buttons":
            self._feedback(element, block)
        elif kind in MENUS:
            self._menu(element, block)
        elif kind in inputs.PICKERS:
            inputs.picker(element, label, lambda control, value: self._choose(control, element, value, block))
        elif kind in {"radio_buttons", "checkboxes"}:
            self._choices(element, block, label)
        else:
            markup(blocks.placeholder(kind))

    def _button(self, element: Element, block: str) -> None:
        style = {"primary": "primary", "danger": "danger"}.get(str(element.get("style")), "")
        url = str(element.get("url", ""))
        label = mrkdwn.plain_to_html(str((element.get("text") or {}).get("text", "")))
        button = markup(label, tag="a" if url else "button", css=f"btn {style}", testid=testid(element))
        if mrkdwn.is_safe(url):
            button.props.update({"href": url, "target": "_blank", "rel": "noopener", "referrerpolicy": "same-origin"})
        value, action = element.get("value"), str(element.get("action_id", ""))
        self._on_click(button, element, lambda: self.visit.click(self.place, action, value, block))

    def _feedback(self, element: Element, block: str) -> None:
        action = str(element.get("action_id", ""))
        for side, sign in (("positive_button", "thumb_up"), ("negative_button", "thumb_down")):
            choice = element.get(side, {})
            button = markup(icon(sign), tag="button", css="icon-button", testid=f"{testid(element)}-{side}")
            button.props["title"] = button.props["aria-label"] = blocks.plain(choice.get("text"))
            value = str(choice.get("value", ""))
            self._on_click(button, element, partial(self.visit.click, self.place, action, value, block))

    def _on_click(self, button: ui.element, element: Element, act: Callable[[], Awaitable[str]]) -> None:
        async def clicked() -> None:
            if await confirmed(element):
                await self._carry_out(button, act)

        button.on("click", clicked, args=[])

    async def _carry_out(self, control: ui.element, act: Callable[[], Awaitable[str]]) -> None:
        """Do it while the control shows that it is busy; what went wrong is shown under the message."""
        self.complain("")
        control.classes(add="busy")
        problem = await act()
        if not control.is_deleted:
            control.classes(remove="busy")
        self.complain(problem)

    def _menu(self, element: Element, block: str) -> None:
        async def choose(button: ui.element, value: str | Sequence[str]) -> None:
            if await confirmed(element):
                await self._choose(button, element, value, block)

        Menu(element, self.visit, choose)

    async def _choose(self, control: ui.element, element: Element, value: str | Sequence[str], block: str) -> None:
        action = str(element.get("action_id", ""))
        await self._carry_out(control, lambda: self.visit.choose(self.place, action, value, block))

    async def _dispatch(self, control: ui.element, action: str, value: str, block: str) -> None:
        await self._carry_out(control, lambda: self.visit.choose(self.place, action, value, block))

    def _choices(self, element: Element, block: str, label: str) -> None:
        many = element["type"] == "checkboxes"
        first = element.get("initial_options") or [element.get("initial_option") or {}]
        picked = {str(option["value"]) for option in first if option}

        with box(testid=testid(element)) as group:
            group.props.update({"role": "group" if many else "radiogroup", "aria-label": label or "Options"})
            for option in element.get("options", ()):
                value = str(option.get("value", ""))
                with box("choice", tag="label"):
                    mark = box(tag="input", testid=f"option-{value}")
                    mark.props.update({"type": "checkbox" if many else "radio"})
                    mark.props["name"] = f"{group.id}-{element.get('action_id', '')}"
                    mark.props["checked"] = value in picked
                    note = blocks.text_object(option.get("description"), self.visit.names)
                    markup(
                        blocks.text_object(option.get("text"), self.visit.names)
                        + (f"<small>{note}</small>" * bool(note))
                    )

                async def changed(_event: Any, chosen: str = value) -> None:
                    picked.symmetric_difference_update({chosen})
                    values: str | Sequence[str] = sorted(picked) if many else chosen
                    await self._choose(group, element, values, block)

                mark.on("change", changed, args=[])


async def confirmed(element: Element) -> bool:
    """Ask the question that an element carries, if it carries one; whether to go on."""
    confirm = element.get("confirm")
    if not confirm:
        return True
    names = mrkdwn.Names()
    with ui.context.client.layout, ui.dialog() as dialog, box("ask", testid="confirm"):
        markup(blocks.text_object(confirm.get("title"), names), tag="h2")
        markup(blocks.text_object(confirm.get("text"), names))
        with box("answers"):
            deny = markup(mrkdwn.plain_to_html(blocks.plain(confirm.get("deny")) or "Cancel"), tag="button", css="btn")
            label = mrkdwn.plain_to_html(blocks.plain(confirm.get("confirm")) or "Yes")
            style = "danger solid" if confirm.get("style") == "danger" else "primary"
            accept = markup(label, tag="button", css=f"btn {style}", testid="confirm-yes")
            deny.props["data-testid"] = "confirm-no"
    deny.on("click", lambda: dialog.submit(result=False), args=[])
    accept.on("click", lambda: dialog.submit(result=True), args=[])
    answer = await dialog
    dialog.delete()
    return bool(answer)
