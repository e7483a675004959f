"""The limits of Block Kit: what fits exactly is taken, one more is refused with a pointer to it."""

from typing import Any

import pytest

from tests.fakes.minimal_slack.blocks import faults

JSON = dict[str, Any]


def mrkdwn(length: int) -> JSON:
    return {"type": "mrkdwn", "text": "x" * length}


def plain(length: int) -> JSON:
    return {"type": "plain_text", "text": "x" * length}


def section(length: int) -> JSON:
    return {"type": "section", "text": mrkdwn(length)}


def button(place: int = 0, **changes: Any) -> JSON:
    return {"type": "button", "action_id": f"a{place}", "text": plain(5), "value": "v", **changes}


def actions(*elements: JSON) -> JSON:
    return {"type": "actions", "elements": list(elements)}


def fields(number: int, length: int) -> JSON:
    return {"type": "section", "fields": [mrkdwn(length)] * number}


def image(alt: int, url: int) -> JSON:
    return {"type": "image", "alt_text": "x" * alt, "image_url": "x" * url}


def table(rows: int, columns: int, length: int) -> JSON:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x" * length}] * columns] * rows}


def plan(number: int) -> JSON:
    tasks = [{"type": "task_card", "task_id": f"t{n}", "title": "t", "status": "complete"} for n in range(number)]
    return {"type": "plan", "title": "p", "tasks": tasks}


def menu(options: int, length: int) -> JSON:
    items = [{"text": plain(length), "value": str(n)} for n in range(options)]
    return actions({"type": "static_select", "action_id": "m", "options": items})


def overflow(options: int) -> JSON:
    items = [{"text": plain(3), "value": str(n)} for n in range(options)]
    return actions({"type": "overflow", "action_id": "o", "options": items})


def confirm(title: int, text: int) -> JSON:
    dialog = {"title": plain(title), "text": plain(text), "confirm": plain(30), "deny": plain(30)}
    return actions(button(confirm=dialog))


def container(children: int, child: JSON) -> JSON:
    return {"type": "container", "title": plain(150), "child_blocks": [child] * children}


FITS: list[tuple[list[JSON], list[JSON]]] = [
    ([{"type": "divider"}] * 50, [{"type": "divider"}] * 51),
    ([section(3000)], [section(3001)]),
    ([section(1)], [section(0)]),
    ([fields(10, 2000)], [fields(11, 1)]),
    ([fields(1, 2000)], [fields(1, 2001)]),
    ([{"type": "header", "text": plain(150)}], [{"type": "header", "text": plain(151)}]),
    ([{"type": "header", "text": plain(1)}], [{"type": "header", "text": mrkdwn(1)}]),
    ([{"type": "context", "elements": [mrkdwn(1)] * 10}], [{"type": "context", "elements": [mrkdwn(1)] * 11}]),
    ([{"type": "context", "elements": [mrkdwn(1)]}], [{"type": "context", "elements": [button()]}]),
    ([actions(*(button(n) for n in range(25)))], [actions(*(button(n) for n in range(26)))]),
    ([actions(button())], [actions()]),
    ([actions(button(text=plain(75)))], [actions(button(text=plain(76)))]),
    ([actions(button(text=plain(1)))], [actions(button(text=mrkdwn(1)))]),
    ([actions(button(value="x" * 2000))], [actions(button(value="x" * 2001))]),
    ([actions(button(url="x" * 3000))], [actions(button(url="x" * 3001))]),
    ([actions(button(action_id="x" * 255))], [actions(button(action_id="x" * 256))]),
    ([actions(button(style="danger"))], [actions(button(style="green"))]),
    ([actions(button(1), button(2))], [actions(button(1), button(1))]),
    ([{**section(1), "block_id": "x" * 255}], [{**section(1), "block_id": "x" * 256}]),
    ([{**section(1), "block_id": "a"}, section(1)], [{**section(1), "block_id": "a"}] * 2),
    ([{**section(1), "accessory": button()}], [{**section(1), "accessory": {"type": "lever"}}]),
    ([image(2000, 3000)], [image(2001, 3000)]),
    ([image(1, 3000)], [image(1, 3001)]),
    ([image(1, 1)], [image(0, 1)]),
    ([{"type": "markdown", "text": "x" * 6000}] * 2, [{"type": "markdown", "text": "x" * 6001}] * 2),
    ([menu(100, 75)], [menu(101, 75)]),
    ([menu(1, 75)], [menu(1, 76)]),
    ([overflow(5)], [overflow(6)]),
    ([confirm(100, 300)], [confirm(101, 300)]),
    ([confirm(100, 300)], [confirm(100, 301)]),
    ([table(100, 20, 5)], [table(101, 20, 1)]),
    ([table(100, 20, 5)], [table(100, 20, 6)]),
    ([table(1, 20, 1)], [table(1, 21, 1)]),
    ([table(1, 1, 1)], [table(1, 1, 0)]),
    ([table(1, 1, 1)], [table(1, 1, 1)] * 2),
    ([plan(50)], [plan(51)]),
    ([plan(1)], [plan(1), plan(1)]),
    ([container(10, section(1))], [container(11, section(1))]),
    ([container(1, section(1))], [container(1, {"type": "card", "title": plain(1)})]),
    ([{"type": "card", "body": mrkdwn(200)}], [{"type": "card", "body": mrkdwn(201)}]),
    ([section(1)], [{"type": "alert", "text": plain(1)}]),
    ([section(1)], [{"type": "chart"}]),
    ([section(1)], [{"type": "section"}]),
]


@pytest.mark.parametrize(("fits", "too_much"), FITS)
def test_what_fits_exactly_is_taken_and_one_more_is_refused(fits: list[JSON], too_much: list[JSON]) -> None:
    assert faults(fits) == []
    assert faults(too_much) != []


def test_a_fault_points_at_its_place() -> None:
    found = faults([section(1), actions(button(0), button(1, text=plain(76)))])

    assert found == ["[ERROR] must be less than 76 characters [json-pointer:/blocks/1/elements/1/text/text]"]


@pytest.mark.parametrize(
    "nonsense",
    [
        "blocks",
        {"type": "section"},
        ["section"],
        [{"type": ["section"], "block_id": ["b"]}],
        [{"type": "actions", "elements": [{"type": "button", "action_id": ["a"]}]}],
        [{"type": "actions", "elements": 3}],
        [{"type": "section", "fields": "all"}],
        [{"type": "table", "rows": [["a"]]}],
        [{"type": "section", "text": "bare"}],
        [{"type": "plan", "title": "p", "tasks": 1}],
    ],
)
def test_malformed_blocks_are_refused_and_break_nothing(nonsense: Any) -> None:
    assert faults(nonsense) != []


def test_a_workspace_can_lack_a_block_type() -> None:
    assert faults([table(1, 1, 1)], refused=frozenset({"table"})) == [
        "[ERROR] unsupported type: table [json-pointer:/blocks/0/type]"
    ]
