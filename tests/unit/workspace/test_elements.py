"""Which element a click means."""

from typing import Any

from demo.workspace.elements import chosen, find_element, pressed

BLOCKS: list[dict[str, Any]] = [
    {
        "type": "actions",
        "block_id": "b1",
        "elements": [
            {"type": "button", "action_id": "run", "value": "1", "text": {"type": "plain_text", "text": "One"}},
            {"type": "users_select", "action_id": "who"},
        ],
    },
    {
        "type": "section",
        "block_id": "b2",
        "accessory": {
            "type": "button",
            "action_id": "run",
            "value": "2",
            "text": {"type": "plain_text", "text": "Two"},
        },
    },
    {
        "type": "container",
        "block_id": "b3",
        "child_blocks": [
            {
                "type": "actions",
                "block_id": "b4",
                "elements": [
                    {
                        "type": "multi_static_select",
                        "action_id": "many",
                        "option_groups": [
                            {"options": [{"value": v, "text": {"type": "plain_text", "text": v}} for v in "abc"]}
                        ],
                    }
                ],
            }
        ],
    },
]


def test_buttons_that_share_an_action_id_are_told_apart_by_value_or_block() -> None:
    by_value = pressed(find_element(BLOCKS, "run"), "2")
    by_block = pressed(find_element(BLOCKS, "run", "b2"))
    assert by_value is not None
    assert by_value == by_block
    assert (by_value["block_id"], by_value["value"]) == ("b2", "2")
    assert pressed(find_element(BLOCKS, "run"), "3") is None


def test_a_choice_of_several_options_is_sent_whole() -> None:
    action = chosen(find_element(BLOCKS, "many"), ["a", "c"])
    assert action is not None
    assert [o["value"] for o in action["selected_options"]] == ["a", "c"]
    assert chosen(find_element(BLOCKS, "many"), ["a", "d"]) is None


def test_a_person_is_chosen_by_id() -> None:
    action = chosen(find_element(BLOCKS, "who"), "U0BOB")
    assert action is not None
    assert action["selected_user"] == "U0BOB"
