"""The prompts as they are sent, and that nothing is missing or too much in them."""

import inspect
import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from tools.catalogue import CATALOGUE
from worker.agent import prompts
from worker.agent.fitting import RULES_CHARACTERS
from worker.briefing import listed

EXPECTED = Path(__file__).parent / "expected"
FOLDER = Path(inspect.getfile(prompts)).parent
VALUES = {
    "answer": {
        "now": "Friday, 27 November 2026, 03:21 UTC",
        "local": "Friday, 27 November 2026, 04:21 (Europe/Berlin)",
        "person": "<@U0ALICE>",
        "place": "the channel <#C0MLPIPE>",
        "may": "`*:*:read`, `mlflow:alias:*`",
        "gated": "`mlflow:alias:*`",
        "pool": "trainmaster",
    },
    "summary": {"most": "1,000"},
}


def test_every_prompt_is_looked_at_here() -> None:
    assert sorted(VALUES) == sorted(prompts.NAMES) == sorted(file.stem for file in FOLDER.glob("*.md"))


@pytest.mark.parametrize("name", prompts.NAMES)
def test_a_prompt_is_as_it_was_agreed(name: str) -> None:
    assert prompts.render(name, **VALUES[name]) == (EXPECTED / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize(("name", "missing"), [(name, value) for name in VALUES for value in VALUES[name]])
def test_a_value_that_is_missing_is_an_error(name: str, missing: str) -> None:
    with pytest.raises(UndefinedError, match=missing):
        prompts.render(name, **{known: value for known, value in VALUES[name].items() if known != missing})


@pytest.mark.parametrize("name", prompts.NAMES)
def test_a_value_that_no_prompt_asks_for_is_an_error(name: str) -> None:
    with pytest.raises(TypeError, match=rf"{name}\.md asks for no colour"):
        prompts.render(name, **VALUES[name], colour="blue")


@pytest.mark.parametrize("length", [20, 60, 2_000])
def test_a_policy_that_names_many_permissions_does_not_outgrow_the_rules(length: int) -> None:
    many = [f"{number:03}" + "x" * length for number in range(300)]
    text = prompts.render("answer", **{**VALUES["answer"], "may": listed(many), "gated": listed(many)})
    assert len(text) <= RULES_CHARACTERS
    shown = text.count("`000x") // 2 and len(re.findall(r"`\d{3}x", text)) // 2
    assert f"and {300 - shown} more, which `who_am_i` tells" in text
    assert listed(many[:1] if length < 2_000 else ["a"]).count("`") == 2


def test_the_rules_keep_to_their_size_and_describe_no_tool() -> None:
    text = prompts.render("answer", **VALUES["answer"])
    assert len(text) <= RULES_CHARACTERS // 2  # a policy may name many permissions
    assert [tool.name for tool in CATALOGUE if re.search(rf"\b{tool.name}\b", text)] == []
