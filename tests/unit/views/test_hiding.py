"""Secrets are taken out of everything in a view that people see."""

import json

from bot.hiding import Hiding
from bot.views import actions
from bot.views.blocks import actions as row
from bot.views.blocks import button, context, message, section
from bot.views.hiding import NOWHERE, unseen
from bot.views.limits import violations
from tests.unit.views.test_cards import CARDS

TOKEN = "xoxb-12345-abcdefghij"
HIDE = Hiding()


def test_no_text_of_a_view_keeps_a_secret_and_what_is_pressed_is_found_again() -> None:
    pressed = button("Retry", actions.TURN_RETRY, "T1-C1-1.000001")
    link = {
        "type": "button",
        "text": {"type": "plain_text", "text": f"Run {TOKEN}"},
        "url": f"https://p.example/{TOKEN}",
    }
    view = unseen(message(f"a {TOKEN}", section(f"b {TOKEN}"), context(f"c {TOKEN}"), row(pressed, link)), HIDE)
    assert TOKEN not in json.dumps(view.blocks) + view.text
    assert view.text == "a [hidden]"
    assert view.blocks[-1]["elements"][0] == pressed
    assert view.blocks[-1]["elements"][1]["url"] == NOWHERE


def test_a_view_without_secrets_stays_as_it_is() -> None:
    assert {name for name, card in CARDS.items() if unseen(card, HIDE) != card} == set()


def test_a_text_that_grows_by_it_stays_within_slacks_limits() -> None:
    grown = 'password = "abcd" ' * 166
    view = unseen(message("x", section(grown)), HIDE)
    assert "abcd" not in json.dumps(view.blocks)
    assert violations(view) == []
