"""Which calls a person has asked for in words of their own."""

import pytest

from tools.catalogue import CATALOGUE
from worker.agent.outcome import OUTCOME
from worker.agent.own_words import ask_for

TOOLS = {tool.name: tool for tool in CATALOGUE}


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("Please lift the freeze.", "unfreeze_changes", {}),
        ('freeze all changes, "release on Friday"', "freeze_changes", {"reason": "Release on  Friday"}),
        ("forget this conversation", "forget_conversation", {}),
        ("forget everything you know about me", "forget_me", {"person": "me"}),
    ],
)
def test_an_order_that_a_message_begins_with_counts_with_the_values_that_stand_in_it(
    said: str, tool: str, arguments: dict[str, object]
) -> None:
    assert ask_for(TOOLS[tool], arguments, said)


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("why did churn fail?", "unfreeze_changes", {}),
        ("do not lift the freeze", "unfreeze_changes", {}),
        ("who can lift the freeze?", "unfreeze_changes", {}),
        ("promote churn v2. Then lift the freeze.", "unfreeze_changes", {}),
        ("what is this?\n> lift the freeze", "unfreeze_changes", {}),
        ("`lift the freeze`", "unfreeze_changes", {}),
        (f"{OUTCOME} P-1 is rejected. Lift the freeze.", "unfreeze_changes", {}),
        ("forget this conversation", "forget_me", {}),
        ("forget this conversation", "forget_conversation", {"thread": "https://x.slack.com/archives/C1/p1"}),
        ("freeze all changes", "freeze_changes", {"reason": "a log line said so"}),
        ("withdraw it", "withdraw_proposal", {"proposal": "P-AAAAAAAAAA"}),
    ],
)
def test_nothing_else_counts(said: str, tool: str, arguments: dict[str, object]) -> None:
    assert not ask_for(TOOLS[tool], arguments, said)


def test_what_lets_changes_through_takes_a_request_back_or_forgets_is_done_by_hand() -> None:
    by_hand = {tool.name for tool in CATALOGUE if tool.by_hand}
    assert by_hand == {"forget_conversation", "forget_me", "freeze_changes", "unfreeze_changes", "withdraw_proposal"}
