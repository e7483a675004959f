"""Both stand-ins for Slack, written from its documentation by themselves, take every card."""

import pytest

from bot.views.reply import Answer, Footer, reply
from bot.views.view import View
from demo.workspace import blocks as local
from tests.fakes.minimal_slack import blocks as minimal
from tests.unit.views.test_cards import CARDS

LONG = "# Runs\n\n" + "\n\n".join(
    f"Run {number} of **churn** & co.\n\n```\n{'x = 1  # <&>' * 60}\n```" for number in range(40)
)
VIEWS: dict[str, View] = {
    **CARDS,
    **{f"reply-{part}": view for part, view in enumerate(reply(Answer(LONG, Footer("gemini-flash", 3.0))))},
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_local_workspace_takes_it(name: str) -> None:
    assert local.problems(VIEWS[name].blocks) == []


@pytest.mark.parametrize("name", VIEWS)
def test_the_minimal_stand_in_takes_it(name: str) -> None:
    assert minimal.faults(VIEWS[name].blocks) == []
