"""Which Block Kit messages and modals Slack takes.

Limits: `docs.slack.dev/reference/block-kit`; those of blocks younger than 2026 come from the SDK's models and Slack's
own examples.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from demo.workspace.block_elements import ELEMENTS, INPUTS, element, feedback_buttons, icon_button, image
from demo.workspace.block_rules import Problems, all_objects, array, boolean, objects, one_of, string, text_object
from demo.workspace.identifiers import new_id
from demo.workspace.model import JSON

Rules = dict[str, Callable[[JSON, str], Problems]]

MOST_BLOCKS = 50
MOST_IN_MODAL = 100
MARKDOWN_CHARACTERS = 12_000  #: of all `markdown` blocks of a message together


def problems(blocks: Any) -> list[str]:
    """What Slack would refuse, in its words: `[ERROR] complaint [json-pointer:/blocks/0/text]`; empty when fine."""
    if not isinstance(blocks, list):
        return ["[ERROR] must be of type array [json-pointer:/blocks]"]
    return [f"[ERROR] {complaint} [json-pointer:{pointer}]" for pointer, complaint in _message(blocks)]


def modal_problems(blocks: list[Any], at: str) -> Problems:
    """What is wrong with the blocks of a modal, which stand at the pointer `at`."""
    yield from _all(blocks, at, most=MOST_IN_MODAL, allowed=MODAL_BLOCKS)
    focused = [
        f"{at}/{index}/element/focus_on_load"
        for index, block in enumerate(blocks)
        if isinstance(block, dict) and isinstance(block.get("element"), dict) and block["element"].get("focus_on_load")
    ]
    for pointer in focused[1:]:
        yield pointer, "only one element can have focus_on_load set to true"


def with_ids(blocks: Sequence[JSON]) -> tuple[JSON, ...]:
    """The blocks as Slack stores them: every block, and every interactive element, has an id."""
    return tuple(_with_ids(block) for block in blocks)


def _with_ids(block: JSON) -> JSON:
    known = {**block, "block_id": block.get("block_id") or new_id("", 4)}
    if "elements" in known and known["type"] in {"actions", "context_actions"}:
        known["elements"] = [{"action_id": new_id("", 4), **e} for e in known["elements"]]
    if isinstance(known.get("accessory"), dict) and known["accessory"].get("type") in ELEMENTS:
        known["accessory"] = {"action_id": new_id("", 4), **known["accessory"]}
    if isinstance(known.get("element"), dict) and known["type"] == "input":
        known["element"] = {"action_id": new_id("", 4), **known["element"]}
    return known


def _message(blocks: list[Any]) -> Problems:
    yield from _all(blocks, "/blocks", most=MOST_BLOCKS, allowed=BLOCKS)
    whole = [b for b in blocks if isinstance(b, dict)]
    kinds = Counter(b.get("type") for b in whole)
    for kind, most in (("table", 1), ("data_visualization", 2)):
        if kinds[kind] > most:
            yield "/blocks", f"no more than {most} {kind} blocks allowed"
    written = sum(len(b["text"]) for b in whole if b.get("type") == "markdown" and isinstance(b.get("text"), str))
    if written > MARKDOWN_CHARACTERS:
        yield "/blocks", f"markdown blocks must be less than {MARKDOWN_CHARACTERS + 1} characters together"


def _all(blocks: list[Any], at: str, *, most: int, allowed: Rules) -> Problems:
    if len(blocks) > most:
        yield at, f"no more than {most} items allowed"
    for index, block in enumerate(blocks):
        yield from _block(block, f"{at}/{index}", allowed)
    yield from _once(blocks, at)


def _once(blocks: list[Any], at: str) -> Problems:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(block_id, str) and block_id:
            if block_id in seen:
                yield f"{at}/{index}/block_id", f'"{block_id}" already exists'
            seen.add(block_id)


def _block(block: Any, at: str, allowed: Rules) -> Problems:
    if not isinstance(block, dict):
        yield at, "must be of type object"
        return
    rule = allowed.get(str(block.get("type")))
    if rule is None:
        yield f"{at}/type", f"unsupported type: {block.get('type')}"
        return
    yield from string(block, "block_id", at, most=255)
    yield from rule(block, at)


def _section(block: JSON, at: str) -> Problems:
    if "text" not in block and "fields" not in block:
        yield at, "missing required field: text or fields"
    yield from text_object(block, "text", at, most=3000, needed=False)
    yield from array(block, "fields", at, most=10, needed=False)
    for index, field in enumerate(block["fields"] if isinstance(block.get("fields"), list) else ()):
        yield from text_object({str(index): field}, str(index), f"{at}/fields", most=2000)
    accessory = block.get("accessory")
    if isinstance(accessory, dict):
        yield from element(accessory, f"{at}/accessory", {**ELEMENTS, "image": image})
    elif accessory is not None:
        yield f"{at}/accessory", "must be of type object"


def _header(block: JSON, at: str) -> Problems:
    yield from text_object(block, "text", at, most=150, plain=True)


def _divider(block: JSON, at: str) -> Problems:
    del block, at
    yield from ()


def _image(block: JSON, at: str) -> Problems:
    yield from image(block, at)
    yield from text_object(block, "title", at, most=2000, plain=True, needed=False)


def _context(block: JSON, at: str) -> Problems:
    yield from array(block, "elements", at, most=10)
    yield from all_objects(block, "elements", at)
    for item, pointer in objects(block, "elements", at):
        if item.get("type") == "image":
            yield from image(item, pointer)
        else:
            parent, _, index = pointer.rpartition("/")
            yield from text_object({index: item}, index, parent, most=3000)


def _elements(most: int, allowed: Rules) -> Callable[[JSON, str], Problems]:
    def rule(block: JSON, at: str) -> Problems:
        yield from array(block, "elements", at, most=most)
        yield from all_objects(block, "elements", at)
        ids: set[str] = set()
        for item, pointer in objects(block, "elements", at):
            yield from element(item, pointer, allowed)
            action_id = item.get("action_id")
            if isinstance(action_id, str) and action_id in ids:
                yield f"{pointer}/action_id", f'"{action_id}" already exists for this block_id'
            ids.add(str(action_id))

    return rule


def _input(block: JSON, at: str) -> Problems:
    yield from text_object(block, "label", at, most=2000, plain=True)
    yield from text_object(block, "hint", at, most=2000, plain=True, needed=False)
    yield from boolean(block, "optional", at)
    yield from boolean(block, "dispatch_action", at)
    if isinstance(block.get("element"), dict):
        yield from element(block["element"], f"{at}/element", INPUTS)
    else:
        yield at, "missing required field: element"


def _alert(block: JSON, at: str) -> Problems:
    yield from text_object(block, "text", at, most=200)
    yield from one_of(block, "level", at, {"default", "info", "warning", "error", "success"})


def _markdown(block: JSON, at: str) -> Problems:
    yield from string(block, "text", at, most=MARKDOWN_CHARACTERS, least=1, needed=True)


def _rich_text(block: JSON, at: str) -> Problems:
    yield from array(block, "elements", at, most=1000, least=0)
    kinds = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
    for item, pointer in objects(block, "elements", at):
        if item.get("type") not in kinds:
            yield f"{pointer}/type", f"unsupported type: {item.get('type')}"


def _table(block: JSON, at: str) -> Problems:
    yield from array(block, "rows", at, most=100)
    yield from _rows(block, at, most_columns=20, most_characters=10_000)


def _data_table(block: JSON, at: str) -> Problems:
    yield from string(block, "caption", at, most=2000, least=1, needed=True)
    yield from array(block, "rows", at, most=201)
    yield from _rows(block, at, most_columns=20, most_characters=20_000)


def _rows(block: JSON, at: str, *, most_columns: int, most_characters: int) -> Problems:
    characters = 0
    rows = block["rows"] if isinstance(block.get("rows"), list) else []
    for index, row in enumerate(rows):
        pointer = f"{at}/rows/{index}"
        if not isinstance(row, list):
            yield pointer, "must be of type array"
            continue
        if len(row) > most_columns:
            yield pointer, f"no more than {most_columns} items allowed"
        for column, cell in enumerate(row):
            text = cell.get("text") if isinstance(cell, dict) else None
            if isinstance(text, str):
                characters += len(text)
            if isinstance(cell, dict) and cell.get("type") == "raw_text" and not text:
                yield f"{pointer}/{column}/text", "must be more than 0 characters"
    if characters > most_characters:
        yield f"{at}/rows", f"must be less than {most_characters + 1} characters together"


def _chart(block: JSON, at: str) -> Problems:
    yield from string(block, "title", at, most=50, needed=True)
    chart = block.get("chart")
    if not isinstance(chart, dict):
        yield at, "missing required field: chart"
        return
    at = f"{at}/chart"
    name = "segments" if chart.get("type") == "pie" else "series"
    yield from array(chart, name, at, most=12)
    for series, pointer in objects(chart, name, at):
        yield from string(series, "name" if name == "series" else "label", pointer, most=20)
        if name == "series":
            yield from array(series, "data", pointer, most=20)


def _task_card(block: JSON, at: str) -> Problems:
    yield from string(block, "task_id", at, most=255, least=1, needed=True)
    yield from string(block, "title", at, most=256, least=1, needed=True)


def _plan(block: JSON, at: str) -> Problems:
    yield from string(block, "title", at, most=256, least=1, needed=True)
    yield from array(block, "tasks", at, most=50, needed=False)
    for task, pointer in objects(block, "tasks", at):
        yield from _task_card(task, pointer)


def _card(block: JSON, at: str) -> Problems:
    yield from text_object(block, "title", at, most=150, needed=False)
    yield from text_object(block, "subtitle", at, most=150, needed=False)
    yield from text_object(block, "body", at, most=200, needed=False)
    yield from array(block, "actions", at, most=3, needed=False)
    for item, pointer in objects(block, "actions", at):
        yield from element(item, pointer, ELEMENTS)


def _carousel(block: JSON, at: str) -> Problems:
    yield from array(block, "elements", at, most=10)
    for item, pointer in objects(block, "elements", at):
        yield from _block(item, pointer, {"card": _card})


def _container(block: JSON, at: str) -> Problems:
    yield from text_object(block, "title", at, most=150, needed=False)
    yield from array(block, "child_blocks", at, most=10)
    inside = {k: rule for k, rule in BLOCKS.items() if k not in {"card", "carousel", "container", "data_table"}}
    for item, pointer in objects(block, "child_blocks", at):
        yield from _block(item, pointer, inside)


def _video(block: JSON, at: str) -> Problems:
    yield from text_object(block, "title", at, most=200, plain=True)
    yield from string(block, "video_url", at, most=3000, needed=True)
    yield from string(block, "alt_text", at, most=2000, needed=True)


BLOCKS: Rules = {
    "actions": _elements(25, ELEMENTS),
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "context": _context,
    "context_actions": _elements(5, {"feedback_buttons": feedback_buttons, "icon_button": icon_button}),
    "data_table": _data_table,
    "data_visualization": _chart,
    "divider": _divider,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "plan": _plan,
    "rich_text": _rich_text,
    "section": _section,
    "table": _table,
    "task_card": _task_card,
    "video": _video,
}
"""What may stand in a message (an `alert` may not: it is for modals)."""

_MESSAGES_ONLY = {
    "carousel",
    "container",
    "context_actions",
    "data_table",
    "data_visualization",
    "markdown",
    "plan",
    "table",
    "task_card",
}

MODAL_BLOCKS: Rules = {**{kind: rule for kind, rule in BLOCKS.items() if kind not in _MESSAGES_ONLY}, "alert": _alert}
"""What may stand in a modal."""
