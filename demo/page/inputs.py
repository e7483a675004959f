"""Block Kit that is typed into: text fields, and the browser's own date and time fields.

The text lives in the browser: an element's `defaultValue` is where it begins, and no later drawing takes away what was
typed since. The workspace is told of it while it is typed, and once more, whole, when a modal is submitted.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nicegui import events, ui

from demo.page import blocks
from demo.page.markup import box
from demo.page.menus import testid
from demo.page.visit import Visit
from demo.workspace.model import Message, View

Element = Mapping[str, Any]
Dispatch = Callable[[ui.element, str, str, str], Awaitable[None]]

TEXT: Final = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
PICKERS: Final = {"datepicker": "date", "timepicker": "time", "datetimepicker": "datetime-local"}

_KINDS: Final = {"email_text_input": "email", "url_text_input": "url"}
_VALUE: Final = "(e) => emit(e.target.value)"
_ON_ENTER: Final = "(e) => { if (e.key === 'Enter' && !e.isComposing && !e.shiftKey) emit(e.target.value); }"
_SECONDS: Final = "(e) => emit(String(Math.floor(new Date(e.target.value).getTime() / 1000) || ''))"


def text(visit: Visit, place: Message | View, block: blocks.Block, dispatch: Dispatch) -> None:
    """The text field of an `input` block.

    Args:
        visit: Who types.
        place: The modal that is told of what is typed; a message is not.
        block: The block, whose element is one of `TEXT`.
        dispatch: Tells the app, where the block asks for it: called with the field, action id, text and block id.
    """
    block_id, element = str(block.get("block_id", "")), dict(block["element"])
    action = str(element.get("action_id", ""))
    if isinstance(place, View):
        element = visit.filled(place, block_id, element)
    field = box("field", tag="textarea" if element.get("multiline") else "input", testid=testid(element))
    field.props["placeholder"] = blocks.plain(element.get("placeholder"))
    field.props["defaultValue"] = str(element.get("initial_value") or "")
    field.props.update({"aria-label": blocks.plain(block.get("label")), "autocomplete": "off"})
    field.props.update({"data-block": block_id, "data-action": action})
    if element.get("multiline"):
        field.props["rows"] = "4"
    else:
        field.props["type"] = _KINDS.get(str(element["type"]), "text")
    if element["type"] == "number_input":
        field.props["inputmode"] = "decimal"
    if element.get("focus_on_load"):
        field.props["data-focus"] = "true"
    if isinstance(place, View):
        _tell(visit, place, block, field, dispatch)


def _tell(visit: Visit, view: View, block: blocks.Block, field: ui.element, dispatch: Dispatch) -> None:
    block_id, action = str(field.props["data-block"]), str(field.props["data-action"])
    config = block["element"].get("dispatch_action_config") or {}
    triggers = config.get("trigger_actions_on", ["on_enter_pressed"]) if block.get("dispatch_action") else []

    def typed(event: events.GenericEventArguments) -> None:
        visit.enter(view, block_id, action, str(event.args))

    async def told(event: events.GenericEventArguments) -> None:
        await dispatch(field, action, str(event.args), block_id)

    if "on_character_entered" in triggers:
        field.on("input", told, js_handler=_VALUE, throttle=0.3, leading_events=False)
    else:
        field.on("input", typed, js_handler=_VALUE, throttle=0.1)
    field.on("change", typed, js_handler=_VALUE)  # on leaving it: what is pressed next finds all that was typed
    if "on_enter_pressed" in triggers:
        field.props["data-enter"] = "true"
        field.on("keydown", told, js_handler=_ON_ENTER)


def picker(element: Element, label: str, choose: Callable[[ui.element, str], Awaitable[None]]) -> None:
    """A date, a time, or both, in the browser's own field; `choose` is called with the field and Slack's value."""
    kind = str(element["type"])
    field = box("field short", tag="input", testid=testid(element))
    initial = element.get("initial_date") or element.get("initial_time") or ""
    if seconds := element.get("initial_date_time"):
        initial = f"{datetime.fromtimestamp(int(seconds), tz=UTC).astimezone():%Y-%m-%dT%H:%M}"
    field.props.update({"type": PICKERS[kind], "defaultValue": str(initial)})
    field.props["aria-label"] = label or blocks.plain(element.get("placeholder")) or PICKERS[kind]

    async def changed(event: events.GenericEventArguments) -> None:
        await choose(field, str(event.args))

    field.on("change", changed, js_handler=_SECONDS if kind == "datetimepicker" else _VALUE)
