"""The table, and the file that a long run is resumed from."""

from pathlib import Path

from tests.chaos.results import Result, Row, load, markdown_table, text_table

GOOD = Result("worker-dies", 0, 1, asked=12, recovery=3.25)
LOST = Result("worker-dies", 1, 1, asked=12, lost=("question 3",), recovery=4.0)
BROKEN = Result("worker-dies", 2, 1, broken="never seen")
SKIPPED = Result("worker-dies", 0, 1, skipped="libfaketime is not installed")


def row(*results: Result, within: float = 10.0, failures: bool = False) -> Row:
    return Row("worker-dies", "a worker dies", within, failures, results)


def test_a_result_comes_back_from_its_line(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    file.write_text(f"{GOOD.to_json()}\n{LOST.to_json()}\n{LOST.to_json()[:20]}", "utf-8")
    assert load(file) == [GOOD, LOST]
    assert load(tmp_path / "missing") == []


def test_a_row_adds_up_its_runs_and_shows_the_slowest() -> None:
    assert row(GOOD, LOST).cells() == ("worker-dies", "a worker dies", "2", "1", "0", "0", "0", "0", "4.0 s", "10 s")


def test_what_could_not_be_played_is_no_success() -> None:
    assert row(GOOD, BROKEN).cells()[2] == "1 of 2"
    assert len(row(GOOD, BROKEN).faults()) == 1


def test_a_slow_recovery_a_loss_and_an_unjustified_failure_are_faults() -> None:
    assert row(GOOD).faults() == []
    assert len(row(GOOD, within=3.0).faults()) == 1
    assert row(GOOD, within=3.0).faults(timed=False) == []
    assert len(row(GOOD, BROKEN, LOST, within=3.0).faults(timed=False)) == 2
    assert len(row(LOST).faults()) == 1
    failed = Result("worker-dies", 0, 1, failed=("question 3",))
    assert len(row(failed).faults()) == 1
    assert row(failed, failures=True).faults() == []


def test_what_this_machine_cannot_play_says_why_in_the_table() -> None:
    assert "not played: libfaketime is not installed" in text_table([row(SKIPPED)])
    assert row(SKIPPED).faults() == []


def test_the_page_s_table_has_a_cell_for_every_heading() -> None:
    lines = markdown_table([row(GOOD, LOST), row(SKIPPED)]).splitlines()
    assert {line.count("|") for line in lines} == {11}
