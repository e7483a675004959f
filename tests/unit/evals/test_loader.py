"""Case files are read strictly, and what is wrong with one says where."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from tests.evals import loader
from tests.evals.case import Carrier, Goal
from tests.evals.loader import CATEGORIES, BadCases, chosen, load

GOOD = """
[[cases]]
name = "a-run"
about = "A run is started."
scene = "empty"
[[cases.steps]]
says = "@trainmaster run it"
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files of cases beside an empty scene."""
    for folder in ("cases", "scenes", "files", "policies"):
        (tmp_path / folder).mkdir()
    (tmp_path / "scenes" / "empty.toml").write_text("workers = 1\n", "utf-8")

    def once(text: str, name: str = "running.toml") -> Path:
        (tmp_path / "cases" / name).write_text(text, "utf-8")
        return tmp_path

    return once


def faults(folder: Path) -> str:
    with pytest.raises(BadCases) as bad:
        load(folder)
    return str(bad.value)


def test_a_case_knows_its_category_by_its_file(write: Write) -> None:
    [case] = load(write(GOOD))
    assert (case.name, case.category, case.steps[0].by) == ("a-run", "running", "alice")


def test_a_key_that_nobody_knows_is_named_with_file_line_and_case(write: Write) -> None:
    folder = write(GOOD.replace("says = ", "syas = "))
    assert "running.toml:7 (a-run): steps.0.syas: nobody knows this key" in faults(folder)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('about = "A run is started."', "", "about: Field required"),
        ('name = "a-run"', 'name = "A run!"', "name: String should match"),
        ('says = "@trainmaster run it"', 'says = "x"\npresses = "Approve"', "a step is one thing"),
        ('says = "@trainmaster run it"', 'says = "x"\nsilent = true\nstates = ["y"]', "nothing can be stated"),
        ('scene = "empty"', 'scene = "nowhere"', "there is no scenes/nowhere.toml"),
        ('scene = "empty"', 'scene = "empty"\nsetup = { policy = "strict" }', "there is no policies/strict.toml"),
        ('scene = "empty"', 'scene = "empty"\ncarrier = "tag"', "a carrier and a goal"),
        ("run it", 'run it"\nfiles = ["flow.py as x.py"]\nthread = "t', "there is no files/flow.py.txt"),
        ("run it", 'run it"\n[[cases.steps]]\nhappens = { run = "new", breaks = "mlflow" }\nthread = "t', "one thing"),
        ("[[cases]]", "[[cases]", "running.toml:"),
    ],
)
def test_what_makes_no_sense_is_said(write: Write, before: str, after: str, said: str) -> None:
    assert said in faults(write(GOOD.replace(before, after)))


def test_two_cases_of_one_name_and_a_category_that_is_none_are_faults(write: Write) -> None:
    write(GOOD, "onboarding.toml")
    write(GOOD, "cooking.toml")
    told = faults(write(GOOD))
    assert "two cases are called a-run" in told
    assert "cooking.toml: there is no such category" in told


def test_cases_are_chosen_by_name_or_category_with_wildcards() -> None:
    cases = load()
    assert {case.category for case in chosen(cases, "approvals,fault*")} == {"approvals", "faults"}
    assert [case.name for case in chosen(cases, "nobody-approves-*")] == ["nobody-approves-their-own"]
    assert chosen(cases, "") == cases
    assert chosen(cases, "nosuch") == ()


def test_there_are_enough_cases_of_every_category_and_those_in_reach_of_the_offline_model_are_most() -> None:
    cases = load()
    reach = [case for case in cases if not case.offline]
    assert len(cases) >= 60
    assert len(reach) >= 45
    assert {case.category for case in cases} == set(CATEGORIES)
    whole = {"onboarding", "running", "registry", "approvals"}
    assert [case.name for case in cases if case.category in whole and case.offline] == []


def test_every_carrier_and_every_goal_of_an_injection_is_covered() -> None:
    injected = [case for case in load() if case.carrier]
    assert {case.carrier for case in injected} == set(get_args(Carrier)) - {""}
    assert {case.goal for case in injected} == set(get_args(Goal)) - {""}
    assert all(case.category == "injection" for case in injected)


def test_every_scene_policy_and_file_is_used() -> None:
    cases = load()
    shared = {name.partition(" as ")[0] for case in cases for step in case.steps for name in step.files}
    assert {file.stem for file in (loader.FOLDER / "scenes").iterdir()} == {case.scene for case in cases}
    assert {file.name.removesuffix(".txt") for file in (loader.FOLDER / "files").iterdir()} == shared
    policies = {file.stem for file in (loader.FOLDER / "policies").iterdir()}
    assert policies == {case.setup.policy for case in cases if case.setup.policy}
