"""Which runs are left to play, and what becomes of the table."""

from pathlib import Path

import pytest

from tests.chaos import command, scenarios
from tests.chaos.play import Play, Scenario
from tests.chaos.results import Result


def nothing(play: Play) -> None:
    """A scenario in which nothing happens."""


CALM = Scenario("calm", "nothing happens", nothing)
SLOW = Scenario("slow", "nothing happens, at length", nothing, slow=True)
RARE = Scenario("rare", "nothing happens, for minutes", nothing, slow=True, most=3)


def left(scenario: Scenario, runs: int, *done: Result, brief: bool = False) -> tuple[int, ...]:
    return command._left(scenario, runs, 1, done, brief=brief).runs


def test_what_was_played_with_this_seed_is_not_played_again() -> None:
    assert left(CALM, 3, Result("calm", 1, 1)) == (0, 2)
    assert left(CALM, 3, Result("calm", 1, 2)) == (0, 1, 2)


def test_what_could_not_be_played_is_tried_again() -> None:
    assert left(CALM, 2, Result("calm", 0, 1, broken="never seen")) == (0, 1)


def test_what_waits_for_minutes_is_played_a_few_times_however_many_are_asked_for() -> None:
    assert left(RARE, 20) == (0, 1, 2)
    assert left(RARE, 2) == (0, 1)


def test_a_brief_round_plays_once_what_takes_long() -> None:
    assert left(CALM, 2, brief=True) == (0, 1)
    assert left(SLOW, 2, brief=True) == left(RARE, 2, brief=True) == (0,)
    assert left(SLOW, 20) == tuple(range(20))


def test_a_run_that_was_tried_again_counts_as_it_ended_last() -> None:
    results = [Result("calm", 0, 1, broken="never seen"), Result("calm", 0, 1, recovery=2.0)]
    [row] = command._rows([CALM], 2, 1, results)
    assert [result.broken for result in row.results] == [""]


def test_the_table_goes_between_the_marks_of_a_page_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- chaos -->\nold\n<!-- /chaos -->\nafter\n", "utf-8")
    command.write_down(page, "| new |\n")
    assert page.read_text("utf-8") == "before\n<!-- chaos -->\n| new |\n<!-- /chaos -->\nafter\n"
    command.write_down(page, "| newer |\n")
    assert page.read_text("utf-8") == "before\n<!-- chaos -->\n| newer |\n<!-- /chaos -->\nafter\n"


def test_a_page_without_marks_is_the_table(tmp_path: Path) -> None:
    page = tmp_path / "table.md"
    command.write_down(page, "| new |\n")
    assert page.read_text("utf-8") == "| new |\n"


def test_an_unknown_scenario_or_guarantee_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--only", "nosuch-*"]) == 2
    assert command.main(["--mutation", "nosuch"]) == 2
    assert "nosuch" in capsys.readouterr().err


def test_every_scenario_has_a_name_of_its_own_and_says_what_happens() -> None:
    names = [one.name for one in scenarios.ALL]
    assert len(names) == len(set(names))
    assert all(one.promise for one in scenarios.ALL)
    assert [one.name for one in scenarios.named("worker-in-*,bot-idle")] == [
        name for name in names if name.startswith("worker-in-") or name == "bot-idle"
    ]
