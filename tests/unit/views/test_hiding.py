"""Secrets are taken out of everything in a view that people see."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.hiding import Hiding
from bot.views import actions
from bot.views.approval import approval
from bot.views.blocks import actions as row
from bot.views.blocks import button, context, message, section
from bot.views.evidence import Difference, Evidence, Fact
from bot.views.failure import Failure, failure
from bot.views.final import Problem, final
from bot.views.hiding import NOWHERE, unseen
from bot.views.limits import violations
from bot.views.logs import Logs, logs
from bot.views.plan import plan
from bot.views.refusal import Refusal, refusal
from bot.views.run import run
from bot.views.stopped import Stopped, stopped
from bot.views.view import View
from tests.unit.views.approvals import PENDING
from tests.unit.views.examples import CHURN, FAILED, PLAN, RUN
from tests.unit.views.test_cards import CARDS
from tools.mlflow.results import RunSummary
from tools.prefect.results import StateType

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


HELD = "correct-horse-battery-staple-9000"
STRADDLING = (
    HELD,
    "ghp" + "_abcd0123efghijklmnopqrstuvwxyz012345",
    "password=swordfish-of-2024",
    "a=postgres://me:sword2fish@db/x",
)
BEFORE_IT = {HELD: 8, "password=swordfish-of-2024": 14, "a=postgres://me:sword2fish@db/x": 21}
LIMITS = (40, 60, 77, 80, 100, 120, 160, 200, 300, 400, 500, 600, 800, 1_000, 1_200, 2_900, 3_000)
PROBLEM = FAILED.problem or Problem()
WITH_FOREIGN_TEXT: dict[str, Callable[[str], View]] = {
    "an exception": lambda text: final(replace(FAILED, problem=replace(PROBLEM, exception=text))),
    "a line of a log": lambda text: final(replace(FAILED, problem=replace(PROBLEM, log=(text,)))),
    "what a run waits for": lambda text: run(replace(RUN, note=text)),
    "a parameter": lambda text: run(replace(RUN, parameters=(("of", text),))),
    "a run's name": lambda text: run(replace(RUN, name=text, pipeline=text)),
    "a log": lambda text: logs(Logs("bold-otter", "https://p.example/1", (text, text))),
    "a failure": lambda text: failure(Failure(what=text, fault=text, remedy=text, saved=text)),
    "a refusal": lambda text: refusal(Refusal(text, text, text, 1, text)),
    "a plan": lambda text: plan(replace(PLAN, flows=(replace(CHURN, description=text, name=text),))),
    "an approval": lambda text: approval(
        replace(
            PENDING,
            summary=text,
            evidence=Evidence(
                facts=(Fact(text, text),), differences=(Difference(text, text, text),), warnings=(text,), unread=(text,)
            ),
        )
    ),
    "a stop": lambda text: stopped(Stopped("U0BOB", (text,), (text,), (text,))),
}


@pytest.mark.parametrize("name", WITH_FOREIGN_TEXT)
@pytest.mark.parametrize("secret", STRADDLING)
def test_half_a_secret_is_hidden_wherever_a_text_was_cut(name: str, secret: str) -> None:
    cut = 0
    for limit in LIMITS:
        view = WITH_FOREIGN_TEXT[name]("e" * (limit - 24) + f" {secret}")
        shown = json.dumps(unseen(view, Hiding((HELD,))).blocks)
        assert secret[: BEFORE_IT.get(secret, 14)] not in shown
        cut += "\u2026" in json.dumps(view.blocks, ensure_ascii=False)
    assert cut


def test_what_is_hidden_before_it_is_shown_keeps_its_shape() -> None:
    told = RunSummary(
        id="r1",
        name=f"{HELD}!",
        experiment="e",
        experiment_id="1",
        status="FINISHED",
        params={"a": HELD},
        start=None,
        end=None,
    )
    hidden = Hiding((HELD,)).within((told, StateType.FAILED, None, [HELD]))
    assert hidden == (
        told.model_copy(update={"name": "[hidden]!", "params": {"a": "[hidden]"}}),
        StateType.FAILED,
        None,
        ["[hidden]"],
    )
    assert hidden[1] is StateType.FAILED
