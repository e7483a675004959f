from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.benchmarks import machine, page
from tests.benchmarks.figures import RATIO, Figure
from tests.benchmarks.measure import Measure
from tests.benchmarks.measures import MEASURES
from tests.benchmarks.results import Result, Results, taken_now

MEASURE = Measure("way", "The way", "How long the way is.", lambda _: ())
OTHER = Measure("other-way", "The other way", "How long the other way is.", lambda _: ())
RESULT = Result(
    measure="way",
    taken=datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
    code="abc",
    facts={"CPU": "a small one", "Cores": "2"},
    busy=0.1,
    quick=False,
    figures=(
        Figure("ours against theirs", RATIO, (3.0, 2.0, 2.5, 2.6, 2.4), goal=2.0, means="Divided."),
        Figure("ours", "ms", (1234.0, 1.5, 2.5, 2.6, 2.4), goal=5.0),
        Figure("theirs", "MB", (0.01234,) * 5),
    ),
)


def drawn(*results: Result, code: str = "abc") -> str:
    return page.render((MEASURE, OTHER), {result.measure: result for result in results}, code=code)


def test_ratios_come_first_then_goals_then_the_machine_then_each_measure() -> None:
    heads = [line for line in drawn(RESULT).splitlines() if line.startswith("#")]
    assert heads == [
        "# Benchmarks",
        "## Ratios",
        "## Goals",
        "## The machine",
        "## The way",
        "## The other way",
        "## Under load",
        "### Steady",
        "### Burst",
        "### Cards",
        "### Idle",
    ]


def test_a_figure_is_drawn_with_its_median_its_spread_and_whether_its_goal_is_met() -> None:
    text = drawn(RESULT)
    assert "| ours | **2.5 ms** | 1.5 to 1,234 | ≤ 5 ms | yes |" in text
    assert f"| [The way](#the-way) | ours against theirs | **2.5{RATIO}** | 2 to 3 | ≤ 2{RATIO} | **no** |" in text
    assert "| theirs | **0.0123 MB** | 0.0123 to 0.0123 |  |  |" in text
    assert "- *ours against theirs*: Divided." in text


def test_the_machine_is_described_once_when_all_was_taken_on_one() -> None:
    text = drawn(RESULT, RESULT.model_copy(update={"measure": "other-way"}))
    assert text.count("| CPU | a small one |") == 1


def test_results_of_two_machines_are_told_apart() -> None:
    text = drawn(RESULT, RESULT.model_copy(update={"measure": "other-way", "facts": {"CPU": "a large one"}}))
    assert "Of way:" in text
    assert "Of other-way:" in text


def test_what_was_not_measured_says_how_to() -> None:
    assert "*Not measured yet: `make bench ONLY=other-way`.*" in drawn(RESULT)
    assert "Nothing was measured yet." in drawn()


@pytest.mark.parametrize(
    ("update", "code", "words"),
    [
        ({}, "another", "Stale: the product's source has changed since."),
        ({"quick": True}, "abc", "With few repetitions"),
        ({"busy": 0.7}, "abc", "busy with other work (70%)"),
        ({"figures": (Figure("ours", "ms", (1.0, 2.0)),)}, "abc", "Fewer than the usual 5 repeats."),
    ],
)
def test_a_result_not_to_be_relied_on_says_so(update: dict[str, object], code: str, words: str) -> None:
    assert words in drawn(RESULT.model_copy(update=update), code=code)
    assert words not in drawn(RESULT)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.00001234, "0.000012"),
        (0.0123, "0.0123"),
        (1.234, "1.23"),
        (12.34, "12.3"),
        (99.96, "100"),
        (123456.7, "123,457"),
    ],
)
def test_a_number_has_three_digits_that_say_something(value: float, text: str) -> None:
    assert page.number(value) == text


def test_a_kept_result_is_read_back_as_it_was(tmp_path: Path) -> None:
    results = Results(tmp_path / "bench")
    results.keep(RESULT)
    assert results.of("way") == RESULT
    assert results.of("other-way") is None


def test_keeping_one_measure_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    results = Results(tmp_path)
    other = RESULT.model_copy(update={"measure": "other-way"})
    results.keep(RESULT)
    results.keep(other)
    results.keep(RESULT.model_copy(update={"code": "new"}))
    assert results.of("other-way") == other
    found = results.of("way")
    assert found is not None
    assert found.code == "new"


def test_a_result_that_nobody_can_read_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "way.json").write_text('{"measure": "way", "from": "an older version"}', "utf-8")
    assert Results(tmp_path).of("way") is None


def test_a_result_of_now_carries_the_machine_and_the_source() -> None:
    result = taken_now("way", RESULT.figures, busy=0.2, quick=False)
    assert set(result.facts) == {"CPU", "Cores", "Memory", "System", "Python", "Libraries"}
    assert result.code == machine.digest_of_code()
    assert result.repeats == 5


def test_another_source_has_another_digest(tmp_path: Path) -> None:
    for package in machine.PRODUCT:
        (tmp_path / package).mkdir()
    (tmp_path / "bot" / "a.py").write_text("one", "utf-8")
    before = machine.digest_of_code(tmp_path)
    (tmp_path / "bot" / "a.py").write_text("two", "utf-8")
    assert machine.digest_of_code(tmp_path) != before


def test_every_measure_has_a_name_of_its_own_and_a_heading_that_can_be_linked_to() -> None:
    assert len({measure.name for measure in MEASURES}) == len({measure.anchor for measure in MEASURES}) == len(MEASURES)
