"""Many wordings of each intent, and talk about changes that must change nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.offline.heard import may_change, understood, values
from worker.agent.offline.intents import INTENTS

OWN: dict[str, Any] = json.loads((Path(__file__).parent / "wordings.json").read_text("utf-8"))
EVALS = Path(__file__).parents[2] / "evals"
ENOUGH = 0.9


@pytest.mark.parametrize("intent", OWN["intents"])
def test_every_wording_of_ours_is_understood(intent: str) -> None:
    missed = [text for text in OWN["intents"][intent] if not understood(text, intent)]
    assert missed == []


def test_talk_about_a_change_is_no_order() -> None:
    taken = [text for text in OWN["no_change"] if may_change(text)]
    assert taken == []


def test_there_are_at_least_25_intents_with_8_wordings_each() -> None:
    assert sum(len(texts) >= 8 for texts in OWN["intents"].values()) >= 25
    assert len({intent.name for intent in INTENTS}) == len(INTENTS)


@pytest.fixture(scope="module", params=["wordings.json", "wordings_held_out.json"])
def foreign(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Wordings by people who had not seen the rules; the rules were never fitted to the ones held out."""
    read: dict[str, Any] = json.loads((EVALS / request.param).read_text("utf-8"))
    return read


def test_at_least_90_percent_of_foreign_wordings_are_understood(foreign: dict[str, Any]) -> None:
    asked = [(intent, each["text"]) for intent, wordings in foreign["intents"].items() for each in wordings]
    missed = [(intent, text) for intent, text in asked if not understood(text, intent)]
    assert len(missed) <= (1 - ENOUGH) * len(asked), missed


def test_no_foreign_talk_about_a_change_is_an_order(foreign: dict[str, Any]) -> None:
    assert [text for text in foreign["no_change"] if may_change(text)] == []


def test_no_foreign_question_is_heard_as_an_order(foreign: dict[str, Any]) -> None:
    changing = {intent.name for intent in INTENTS if intent.changes} | {"run_with_parameters"}
    reading = {name: wordings for name, wordings in foreign["intents"].items() if name not in changing}
    heard = [each["text"] for wordings in reading.values() for each in wordings if may_change(each["text"])]
    assert heard == []


def test_at_least_90_percent_of_foreign_values_are_heard(foreign: dict[str, Any]) -> None:
    expected = [
        (each["text"], name, value)
        for wordings in foreign["intents"].values()
        for each in wordings
        for name, value in each["expect"].items()
    ]
    missed = [(text, name, value) for text, name, value in expected if values(text).get(name) != value]
    assert len(missed) <= (1 - ENOUGH) * len(expected), missed
