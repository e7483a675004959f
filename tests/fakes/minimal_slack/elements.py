"""The rules for what stands inside a block: text objects, buttons, menus.

Each check yields one line per fault, with a JSON pointer to it.
"""

from collections.abc import Callable, Iterator
from typing import Any

JSON = dict[str, Any]
Faults = Iterator[str]
Check = Callable[[JSON, str], Faults]

BUTTON_STYLES = ("primary", "danger")
ANY_TEXT = ("plain_text", "mrkdwn")
PLAIN_TEXT = ("plain_text",)


def fault(what: str, at: str) -> str:
    """One line as Slack writes it into `response_metadata.messages`."""
    return f"[ERROR] {what} [json-pointer:{at}]"


def string(value: object, at: str, *, limit: int, required: bool = True) -> Faults:
    """A string of one to `limit` characters."""
    if value is None and not required:
        return
    if value is None:
        yield fault("missing required field", at)
    elif not isinstance(value, str):
        yield fault("must be a string", at)
    elif not value:
        yield fault("must be more than 0 characters", at)
    elif len(value) > limit:
        yield fault(f"must be less than {limit + 1} characters", at)


def items(value: object, at: str, *, most: int, least: int = 1) -> Faults:
    """A list with `least` to `most` items."""
    if not isinstance(value, list):
        yield fault("must be an array", at)
    elif len(value) > most:
        yield fault(f"no more than {most} items allowed", at)
    elif len(value) < least:
        yield fault(f"no fewer than {least} items allowed", at)


def one_of(value: object, at: str, *, allowed: tuple[str, ...], required: bool = False) -> Faults:
    """One of the words that Slack knows."""
    if value is None and not required:
        return
    if value not in allowed:
        yield fault(f"must be a valid enum value: {', '.join(allowed)}", at)


def text_object(
    value: object, at: str, *, limit: int, kinds: tuple[str, ...] = ANY_TEXT, required: bool = True
) -> Faults:
    """A text object of an allowed kind with one to `limit` characters."""
    if value is None and not required:
        return
    if not isinstance(value, dict):
        yield fault("must provide an object", at)
        return
    yield from one_of(value.get("type"), f"{at}/type", allowed=kinds, required=True)
    yield from string(value.get("text"), f"{at}/text", limit=limit)


def nested(value: object, at: str, check: Check) -> Faults:
    """An object that obeys `check`."""
    if isinstance(value, dict):
        yield from check(value, at)
    else:
        yield fault("must provide an object", at)


def each(value: object, at: str, check: Check) -> Faults:
    """Every object of a list; what is no list was reported by `items`."""
    for place, item in enumerate(listed(value)):
        yield from nested(item, f"{at}/{place}", check)


def listed(value: object) -> list[Any]:
    """The list itself, or an empty one for anything that is none."""
    return value if isinstance(value, list) else []


def element(value: JSON, at: str) -> Faults:
    """Something a person can press or pick, or a picture."""
    kind = value.get("type")
    check = ELEMENTS.get(kind) if isinstance(kind, str) else None
    if check is None:
        yield fault(f"unsupported type: {kind}", f"{at}/type")
        return
    yield from string(value.get("action_id"), f"{at}/action_id", limit=255, required=False)
    yield from _confirmation(value.get("confirm"), f"{at}/confirm")
    yield from check(value, at)


def picture(value: JSON, at: str) -> Faults:
    """An image with its description; the address may be left out for a file that Slack hosts."""
    yield from string(value.get("alt_text"), f"{at}/alt_text", limit=2000)
    yield from string(value.get("image_url"), f"{at}/image_url", limit=3000, required="slack_file" not in value)


def context_element(value: JSON, at: str) -> Faults:
    """A text object or an image: all that a context block may hold."""
    if value.get("type") == "image":
        yield from picture(value, at)
    else:
        yield from text_object(value, at, limit=3000)


def context_action(value: JSON, at: str) -> Faults:
    """Feedback buttons or an icon button: all that a context_actions block may hold."""
    yield from one_of(value.get("type"), f"{at}/type", allowed=("feedback_buttons", "icon_button"), required=True)
    yield from string(value.get("action_id"), f"{at}/action_id", limit=255, required=False)
    for side in ("positive_button", "negative_button"):
        if value.get("type") == "feedback_buttons":
            button = value.get(side)
            if not isinstance(button, dict):
                yield fault("missing required field", f"{at}/{side}")
                continue
            yield from text_object(button.get("text"), f"{at}/{side}/text", limit=75, kinds=PLAIN_TEXT)
            yield from string(button.get("value"), f"{at}/{side}/value", limit=2000)


def _button(value: JSON, at: str) -> Faults:
    yield from text_object(value.get("text"), f"{at}/text", limit=75, kinds=PLAIN_TEXT)
    yield from string(value.get("value"), f"{at}/value", limit=2000, required=False)
    yield from string(value.get("url"), f"{at}/url", limit=3000, required=False)
    yield from string(value.get("agent_prompt"), f"{at}/agent_prompt", limit=4000, required=False)
    yield from string(value.get("accessibility_label"), f"{at}/accessibility_label", limit=75, required=False)
    yield from one_of(value.get("style"), f"{at}/style", allowed=BUTTON_STYLES)


def _option(value: JSON, at: str) -> Faults:
    yield from text_object(value.get("text"), f"{at}/text", limit=75)
    yield from string(value.get("value"), f"{at}/value", limit=150)
    yield from text_object(value.get("description"), f"{at}/description", limit=75, required=False)


def _menu(value: JSON, at: str) -> Faults:
    yield from text_object(value.get("placeholder"), f"{at}/placeholder", limit=150, kinds=PLAIN_TEXT, required=False)
    if "option_groups" not in value:
        yield from items(value.get("options"), f"{at}/options", most=100)
        yield from each(value.get("options"), f"{at}/options", _option)


def _short_list(most: int) -> Check:
    def check(value: JSON, at: str) -> Faults:
        yield from items(value.get("options"), f"{at}/options", most=most)
        yield from each(value.get("options"), f"{at}/options", _option)

    return check


def _field(value: JSON, at: str) -> Faults:
    yield from text_object(value.get("placeholder"), f"{at}/placeholder", limit=150, kinds=PLAIN_TEXT, required=False)


def _confirmation(value: object, at: str) -> Faults:
    if value is None:
        return
    if not isinstance(value, dict):
        yield fault("must provide an object", at)
        return
    yield from text_object(value.get("title"), f"{at}/title", limit=100, kinds=PLAIN_TEXT)
    yield from text_object(value.get("text"), f"{at}/text", limit=300)
    yield from text_object(value.get("confirm"), f"{at}/confirm", limit=30, kinds=PLAIN_TEXT)
    yield from text_object(value.get("deny"), f"{at}/deny", limit=30, kinds=PLAIN_TEXT)
    yield from one_of(value.get("style"), f"{at}/style", allowed=BUTTON_STYLES)


ELEMENTS: dict[str, Check] = {
    "button": _button,
    "image": picture,
    "static_select": _menu,
    "multi_static_select": _menu,
    "overflow": _short_list(5),
    "radio_buttons": _short_list(10),
    "checkboxes": _short_list(10),
    "users_select": _field,
    "multi_users_select": _field,
    "conversations_select": _field,
    "channels_select": _field,
    "external_select": _field,
    "datepicker": _field,
    "timepicker": _field,
    "datetimepicker": _field,
    "plain_text_input": _field,
    "number_input": _field,
}
