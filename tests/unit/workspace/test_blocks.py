"""Block Kit's limits: the largest that passes, and one more that does not."""

from typing import Any

import pytest

from demo.workspace.blocks import problems, with_ids

JSON = dict[str, Any]


def plain(length: int) -> JSON:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> JSON:
    return {"type": "mrkdwn", "text": "x" * length}


def section(**more: Any) -> JSON:
    return {"type": "section", "text": mrkdwn(1), **more}


def button(**more: Any) -> JSON:
    return {"type": "button", "action_id": "a", "text": plain(1), **more}


def actions(*elements: JSON) -> JSON:
    return {"type": "actions", "elements": list(elements)}


def menu(options: int) -> JSON:
    each = [{"text": plain(1), "value": str(n)} for n in range(options)]
    return {"type": "static_select", "action_id": "m", "options": each}


def table(rows: int, columns: int, text: str = "x") -> JSON:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


def chart(**more: Any) -> JSON:
    series = [{"name": "s", "data": [{"label": "a", "value": 1}]}]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "line", "series": series, **more}}


FITS: list[tuple[str, list[JSON], list[JSON], str]] = [
    ("blocks", [{"type": "divider"}] * 50, [{"type": "divider"}] * 51, "/blocks"),
    ("section", [{"type": "section", "text": mrkdwn(3000)}], [section(text=mrkdwn(3001))], "/blocks/0/text/text"),
    ("section text", [section()], [{"type": "section", "text": mrkdwn(0)}], "/blocks/0/text/text"),
    ("section needs", [section()], [{"type": "section"}], "/blocks/0"),
    ("fields", [section(fields=[mrkdwn(2000)] * 10)], [section(fields=[mrkdwn(1)] * 11)], "/blocks/0/fields"),
    ("field", [section(fields=[mrkdwn(2000)])], [section(fields=[mrkdwn(2001)])], "/blocks/0/fields/0/text"),
    (
        "header",
        [{"type": "header", "text": plain(150)}],
        [{"type": "header", "text": plain(151)}],
        "/blocks/0/text/text",
    ),
    (
        "header type",
        [{"type": "header", "text": plain(1)}],
        [{"type": "header", "text": mrkdwn(1)}],
        "/blocks/0/text/type",
    ),
    (
        "context",
        [{"type": "context", "elements": [mrkdwn(1)] * 10}],
        [{"type": "context", "elements": [mrkdwn(1)] * 11}],
        "/blocks/0/elements",
    ),
    (
        "actions",
        [actions(*(button(action_id=str(n)) for n in range(25)))],
        [actions(*(button(action_id=str(n)) for n in range(26)))],
        "/blocks/0/elements",
    ),
    ("actions needs", [actions(button())], [actions()], "/blocks/0/elements"),
    (
        "button text",
        [actions(button(text=plain(75)))],
        [actions(button(text=plain(76)))],
        "/blocks/0/elements/0/text/text",
    ),
    (
        "button value",
        [actions(button(value="x" * 2000))],
        [actions(button(value="x" * 2001))],
        "/blocks/0/elements/0/value",
    ),
    ("button style", [actions(button(style="danger"))], [actions(button(style="loud"))], "/blocks/0/elements/0/style"),
    (
        "action id",
        [actions(button(action_id="x" * 255))],
        [actions(button(action_id="x" * 256))],
        "/blocks/0/elements/0/action_id",
    ),
    (
        "action ids",
        [actions(button(), button(action_id="b"))],
        [actions(button(), button())],
        "/blocks/0/elements/1/action_id",
    ),
    ("block ids", [section(block_id="b"), section()], [section(block_id="b")] * 2, "/blocks/1/block_id"),
    ("block id", [section(block_id="x" * 255)], [section(block_id="x" * 256)], "/blocks/0/block_id"),
    ("options", [actions(menu(100))], [actions(menu(101))], "/blocks/0/elements/0/options"),
    (
        "overflow",
        [section(accessory={**menu(5), "type": "overflow"})],
        [section(accessory={**menu(6), "type": "overflow"})],
        "/blocks/0/accessory/options",
    ),
    (
        "image",
        [{"type": "image", "image_url": "u" * 3000, "alt_text": "a" * 2000}],
        [{"type": "image", "image_url": "u", "alt_text": "a" * 2001}],
        "/blocks/0/alt_text",
    ),
    (
        "markdown together",
        [{"type": "markdown", "text": "x" * 6000}] * 2,
        [{"type": "markdown", "text": "x" * 6001}] * 2,
        "/blocks",
    ),
    ("table rows", [table(100, 2)], [table(101, 2)], "/blocks/0/rows"),
    ("table columns", [table(1, 20)], [table(1, 21)], "/blocks/0/rows/0"),
    ("table cell", [table(1, 1)], [table(1, 1, "")], "/blocks/0/rows/0/0/text"),
    ("table characters", [table(100, 10, "x" * 10)], [table(100, 10, "x" * 11)], "/blocks/0/rows"),
    ("tables", [table(1, 1)], [table(1, 1)] * 2, "/blocks"),
    ("chart series", [chart()], [chart(series=[{"name": "s", "data": [1]}] * 13)], "/blocks/0/chart/series"),
    ("charts", [chart()] * 2, [chart()] * 3, "/blocks"),
    (
        "container",
        [{"type": "container", "child_blocks": [section()] * 10}],
        [{"type": "container", "child_blocks": [section()] * 11}],
        "/blocks/0/child_blocks",
    ),
    (
        "confirm",
        [actions(button(confirm={"title": plain(100), "text": mrkdwn(300), "confirm": plain(30), "deny": plain(30)}))],
        [actions(button(confirm={"title": plain(101), "text": mrkdwn(1), "confirm": plain(1), "deny": plain(1)}))],
        "/blocks/0/elements/0/confirm/title/text",
    ),
    ("alert", [section()], [{"type": "alert", "text": plain(1)}], "/blocks/0/type"),
]


@pytest.mark.parametrize(("fits", "too_much", "pointer"), [row[1:] for row in FITS], ids=[row[0] for row in FITS])
def test_the_largest_passes_and_one_more_is_refused_at_its_place(
    fits: list[JSON], too_much: list[JSON], pointer: str
) -> None:
    assert problems(fits) == []
    found = problems(too_much)
    assert found
    assert found[0].startswith("[ERROR] ")
    assert found[0].endswith(f"[json-pointer:{pointer}]")


@pytest.mark.parametrize("garbage", ["text", {"type": "section"}, [None], [[]], [{"type": 3}], [{}]])
def test_what_is_no_list_of_blocks_is_refused_and_never_crashes(garbage: Any) -> None:
    assert problems(garbage)


def test_stored_blocks_and_elements_have_ids() -> None:
    (stored,) = with_ids([{"type": "actions", "elements": [{"type": "button", "text": plain(1)}]}])
    assert stored["block_id"]
    assert stored["elements"][0]["action_id"]
