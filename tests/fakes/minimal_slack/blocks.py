"""Which blocks a message may carry, and how large each may be."""

from collections import Counter
from collections.abc import Iterator

from tests.fakes.minimal_slack.elements import (
    JSON,
    PLAIN_TEXT,
    Check,
    Faults,
    context_action,
    context_element,
    each,
    element,
    fault,
    items,
    listed,
    nested,
    one_of,
    picture,
    string,
    text_object,
)

BLOCKS_PER_MESSAGE = 50
MARKDOWN_PER_MESSAGE = 12_000
PER_MESSAGE = {"table": 1, "data_visualization": 2}
TASK_STATES = ("pending", "in_progress", "complete", "error")
NOT_IN_CONTAINER = ("card", "carousel", "data_table", "container")
ONLY_IN_MODALS = ("alert", "file_input")


def faults(blocks: object, *, refused: frozenset[str] = frozenset()) -> list[str]:
    """What Slack finds wrong with the blocks of a message: one line each, empty when it accepts them.

    Args:
        blocks: What the caller sent as `blocks`.
        refused: Block types that this workspace does not have.
    """
    if not isinstance(blocks, list):
        return [fault("must be an array", "/blocks")]
    found = list(items(blocks, "/blocks", most=BLOCKS_PER_MESSAGE, least=0))

    def known(block: JSON, at: str) -> Faults:
        if str(block.get("type")) in refused:
            yield fault(f"unsupported type: {block.get('type')}", f"{at}/type")
        else:
            yield from _block(block, at)

    found += each(blocks, "/blocks", known)
    found += _whole_message([block for block in blocks if isinstance(block, dict)])
    return found


def _block(block: JSON, at: str) -> Faults:
    kind = block.get("type")
    check = BLOCKS.get(kind) if isinstance(kind, str) else None
    if kind in ONLY_IN_MODALS:
        yield fault(f"{kind} is allowed in modals only", f"{at}/type")
    elif check is None:
        yield fault(f"unsupported type: {kind}", f"{at}/type")
    else:
        yield from string(block.get("block_id"), f"{at}/block_id", limit=255, required=False)
        yield from check(block, at)
        yield from _own_action_ids(block, at)


def _own_action_ids(block: JSON, at: str) -> Faults:
    elements = [item for item in listed(block.get("elements")) if isinstance(item, dict)]
    for action_id, times in Counter(str(item["action_id"]) for item in elements if "action_id" in item).items():
        if times > 1:
            yield fault(f'`action_id` "{action_id}" already exists', f"{at}/elements")


def _whole_message(blocks: list[JSON]) -> Faults:
    kinds = Counter(str(block.get("type")) for block in blocks)
    for kind, most in PER_MESSAGE.items():
        if kinds[kind] > most:
            yield fault(f"no more than {most} {kind} allowed in a message", "/blocks")
    for block_id, times in Counter(str(block["block_id"]) for block in blocks if "block_id" in block).items():
        if times > 1:
            yield fault(f'`block_id` "{block_id}" already exists', "/blocks")
    markdown = sum(len(str(block.get("text", ""))) for block in blocks if block.get("type") == "markdown")
    if markdown > MARKDOWN_PER_MESSAGE:
        yield fault(f"markdown must be less than {MARKDOWN_PER_MESSAGE + 1} characters in all", "/blocks")
    task_ids = Counter(str(task.get("task_id")) for task in _tasks(blocks))
    for task_id, times in task_ids.items():
        if times > 1:
            yield fault(f'`task_id` "{task_id}" already exists', "/blocks")


def _tasks(blocks: list[JSON]) -> Iterator[JSON]:
    for block in blocks:
        if block.get("type") == "task_card":
            yield block
        elif block.get("type") == "plan":
            yield from (task for task in listed(block.get("tasks")) if isinstance(task, dict))


def _section(block: JSON, at: str) -> Faults:
    if block.get("text") is None and not block.get("fields"):
        yield fault("must provide text or fields", at)
    yield from text_object(block.get("text"), f"{at}/text", limit=3000, required=False)
    if block.get("fields") is not None:
        yield from items(block["fields"], f"{at}/fields", most=10)
        yield from each(block["fields"], f"{at}/fields", lambda field, here: text_object(field, here, limit=2000))
    if block.get("accessory") is not None:
        yield from nested(block["accessory"], f"{at}/accessory", element)


def _header(block: JSON, at: str) -> Faults:
    yield from text_object(block.get("text"), f"{at}/text", limit=150, kinds=PLAIN_TEXT)


def _elements(most: int, check: Check) -> Check:
    def of_block(block: JSON, at: str) -> Faults:
        yield from items(block.get("elements"), f"{at}/elements", most=most)
        yield from each(block.get("elements"), f"{at}/elements", check)

    return of_block


def _image(block: JSON, at: str) -> Faults:
    yield from picture(block, at)
    yield from text_object(block.get("title"), f"{at}/title", limit=2000, kinds=PLAIN_TEXT, required=False)


def _markdown(block: JSON, at: str) -> Faults:
    yield from string(block.get("text"), f"{at}/text", limit=MARKDOWN_PER_MESSAGE)


def _input(block: JSON, at: str) -> Faults:
    yield from text_object(block.get("label"), f"{at}/label", limit=2000, kinds=PLAIN_TEXT)
    yield from nested(block.get("element"), f"{at}/element", element)


def _table(block: JSON, at: str) -> Faults:
    yield from _cells(block, at, most_rows=100, most_characters=10_000)


def _data_table(block: JSON, at: str) -> Faults:
    yield from string(block.get("caption"), f"{at}/caption", limit=3000)
    yield from _cells(block, at, most_rows=201, most_characters=20_000)


def _cells(block: JSON, at: str, *, most_rows: int, most_characters: int) -> Faults:
    rows = block.get("rows")
    yield from items(rows, f"{at}/rows", most=most_rows)
    characters = 0
    for place, row in enumerate(listed(rows)):
        here = f"{at}/rows/{place}"
        yield from items(row, here, most=20)
        for column, cell in enumerate(listed(row)):
            if not isinstance(cell, dict):
                yield fault("must provide an object", f"{here}/{column}")
                continue
            if cell.get("type") == "raw_text":
                yield from string(cell.get("text"), f"{here}/{column}/text", limit=most_characters)
            characters += len(str(cell.get("text", "")))
    if characters > most_characters:
        yield fault(f"cells must be less than {most_characters + 1} characters in all", f"{at}/rows")


def _data_visualization(block: JSON, at: str) -> Faults:
    title = block.get("title")
    yield from string(title.get("text") if isinstance(title, dict) else title, f"{at}/title", limit=50)


def _task_card(block: JSON, at: str) -> Faults:
    yield from string(block.get("task_id"), f"{at}/task_id", limit=255)
    yield from string(block.get("title"), f"{at}/title", limit=256)
    yield from one_of(block.get("status"), f"{at}/status", allowed=TASK_STATES, required=True)


def _plan(block: JSON, at: str) -> Faults:
    yield from string(block.get("title"), f"{at}/title", limit=256)
    yield from items(block.get("tasks", []), f"{at}/tasks", most=50, least=0)
    yield from each(block.get("tasks"), f"{at}/tasks", _task_card)


def _card(block: JSON, at: str) -> Faults:
    if not any(block.get(part) for part in ("hero_image", "title", "actions", "body")):
        yield fault("must provide hero_image, title, actions or body", at)
    for part, limit in (("title", 150), ("subtitle", 150), ("body", 200)):
        yield from text_object(block.get(part), f"{at}/{part}", limit=limit, required=False)
    if block.get("actions") is not None:
        yield from items(block["actions"], f"{at}/actions", most=3)
        yield from each(block["actions"], f"{at}/actions", element)


def _carousel(block: JSON, at: str) -> Faults:
    yield from items(block.get("elements"), f"{at}/elements", most=10)
    yield from each(block.get("elements"), f"{at}/elements", _card)


def _container(block: JSON, at: str) -> Faults:
    if block.get("rich_text_title") is None:
        yield from text_object(block.get("title"), f"{at}/title", limit=150, kinds=PLAIN_TEXT)
    yield from one_of(block.get("width"), f"{at}/width", allowed=("narrow", "standard", "wide", "full"))
    yield from items(block.get("child_blocks"), f"{at}/child_blocks", most=10)

    def child(inner: JSON, here: str) -> Faults:
        if inner.get("type") in NOT_IN_CONTAINER:
            yield fault(f"{inner['type']} is not allowed in a container", f"{here}/type")
        else:
            yield from _block(inner, here)

    yield from each(block.get("child_blocks"), f"{at}/child_blocks", child)


def _rich_text(block: JSON, at: str) -> Faults:
    yield from items(block.get("elements"), f"{at}/elements", most=1000)


def _nothing(_block: JSON, _at: str) -> Faults:
    return iter(())


BLOCKS: dict[str, Check] = {
    "section": _section,
    "header": _header,
    "divider": _nothing,
    "image": _image,
    "context": _elements(10, context_element),
    "actions": _elements(25, element),
    "context_actions": _elements(5, context_action),
    "markdown": _markdown,
    "rich_text": _rich_text,
    "input": _input,
    "video": _nothing,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _data_visualization,
    "task_card": _task_card,
    "plan": _plan,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
}
