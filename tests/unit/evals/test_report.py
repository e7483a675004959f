"""From plays to figures, tables and what is otherwise than the last time."""

from pathlib import Path
from typing import Any

import pytest

from tests.evals import command, report, results
from tests.evals.case import Case, Step
from tests.evals.judge import Verdict
from tests.evals.results import Outcome, Outcomes, Play, pass_power

GOOD, BAD = Play(seconds=0.5), Play(reasons=("does not state '0.87'",), seconds=1.5)
MINE = Play(forbidden=("a message notifies everybody",))


def outcome(name: str, *plays: Play, **fields: Any) -> Outcome:
    return Outcome(**{"name": name, "category": "running", "plays": plays, **fields})


def run(*outcomes: Outcome, repeats: int = 2) -> Outcomes:
    return Outcomes(model="offline", taken=results.now(), repeats=repeats, outcomes=outcomes)


def test_pass_to_the_power_of_k_is_the_chance_that_k_plays_in_a_row_pass() -> None:
    four = [outcome("always", *[GOOD] * 4), outcome("half", GOOD, GOOD, BAD, BAD), outcome("never", *[BAD] * 4)]
    assert pass_power(four, 1) == pytest.approx((1 + 0.5 + 0) / 3)
    assert pass_power(four, 2) == pytest.approx((1 + 1 / 6 + 0) / 3)
    assert pass_power(four, 4) == pytest.approx(1 / 3)
    assert pass_power(four, 5) is None


def test_the_table_has_a_row_for_each_category_and_one_for_all() -> None:
    beyond = Outcome(name="far", category="faults", beyond="it reads no minds")
    lines = report.table(run(outcome("a", GOOD, GOOD), outcome("b", GOOD, MINE), beyond)).splitlines()
    assert lines[0] == "| category | cases | in reach | passed | pass^1 | pass^2 | forbidden |"
    assert lines[2] == "| running | 2 | 2 | 1 | 75% | 50% | 1 |"
    assert lines[3] == "| faults | 1 | 0 | 0 |  |  | 0 |"
    assert lines[4] == "| **all** | **3** | **2** | **1** | **75%** | **50%** | **1** |"


def test_of_one_play_each_there_is_no_other_power_to_tell() -> None:
    assert "pass^1 | forbidden" in report.table(run(outcome("a", GOOD), repeats=1))


def test_what_went_wrong_is_told_with_its_play_and_whether_it_was_known() -> None:
    broken = Play(broken="still busy")
    told = report.faults(
        run(outcome("a", GOOD, MINE), outcome("b", BAD, known="Slack has no such thing"), outcome("c", broken))
    )
    assert told == [
        "running/a, play 2: FORBIDDEN: a message notifies everybody",
        "running/b (known: Slack has no such thing): does not state '0.87'",
        "running/c: could not be played: still busy",
    ]


def test_a_case_that_is_known_to_fail_may_not_pass_unnoticed() -> None:
    known = "Slack has no such thing"
    assert report.faults(run(outcome("b", GOOD, known=known))) == [
        f"running/b (known: {known}): it passes by now: take `known` away"
    ]
    assert [
        one.as_meant
        for one in (
            outcome("good", GOOD, GOOD),
            outcome("bad", GOOD, BAD),
            outcome("forbidden", GOOD, MINE),
            outcome("known", GOOD, BAD, known=known),
            outcome("known, and passes", GOOD, known=known),
            outcome("known, and forbidden", MINE, known=known),
        )
    ] == [True, False, False, True, False, False]


def test_what_is_otherwise_than_the_last_time_is_told() -> None:
    before = run(outcome("a", GOOD, GOOD), outcome("b", BAD, GOOD), outcome("gone", GOOD), outcome("same", BAD))
    after = run(outcome("a", GOOD, BAD), outcome("b", GOOD, GOOD), outcome("new", GOOD), outcome("same", BAD))
    assert report.difference(before, after) == [
        "Worse: running/a: passed 1 of 2, before 2 of 2.",
        "Better: running/b: passed 2 of 2, before 1 of 2.",
        "New: new.",
        "Not played this time: gone.",
    ]
    assert report.difference(after, after) == ["Nothing is otherwise than in the last run."]
    assert report.difference(None, after) == ["There is no earlier run of this model."]


def test_results_are_kept_by_model_and_read_again(tmp_path: Path) -> None:
    found = run(outcome("a", GOOD))
    results.keep(found.model_copy(update={"model": "gemini/flash"}), tmp_path)
    results.keep(found, tmp_path)
    assert results.last(tmp_path, "offline") == found
    assert results.last(tmp_path, "nosuch") is None
    assert [one.model for one in results.every(tmp_path)] == ["gemini/flash", "offline"]
    (tmp_path / "offline.json").write_text('{"model": "offline"}', "utf-8")
    assert results.last(tmp_path, "offline") is None


def test_the_numbers_go_between_the_marks_of_the_page_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- numbers -->\nold\n<!-- /numbers -->\nafter\n", "utf-8")
    command.write(page, report.page([run(outcome("a", GOOD, BAD, beyond=""))]))
    text = page.read_text("utf-8")
    assert text.startswith("before\n<!-- numbers -->\n### `offline`\n")
    assert text.endswith("<!-- /numbers -->\nafter\n")
    assert "- running/a, play 2: does not state '0.87'" in text
    assert "old" not in text
    page.write_text("no marks\n", "utf-8")
    with pytest.raises(ValueError, match="no place for numbers"):
        command.write(page, "x")


def test_what_is_beyond_a_model_is_told_with_its_reason() -> None:
    case = Case(name="far", about="Far.", steps=(Step(says="x"),), category="faults")
    beyond = results.outcome(case, [], beyond="it reads no minds")
    assert report.beyond(run(beyond)) == ["`far` (faults): it reads no minds"]
    assert not results.outcome(case, [(Verdict(broken="x"), 1.0)]).passed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "nosuch-*"], "No case is called nosuch-*"),
        (["--repeats", "0"], "begin at 1"),
        (["--jobs", "17"], "begin at 1"),
        (["--model", "two words"], "MODEL"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert command.main(arguments) == 2
    assert told in capsys.readouterr().out


def test_a_real_model_without_credentials_is_refused_with_what_it_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "false")
    assert command.main(["--model", "gemini-flash-latest"]) == 2
    assert "GOOGLE_API_KEY" in capsys.readouterr().out


def test_the_cases_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list", "--only", "faults"]) == 0
    assert "prefect-is-away" in capsys.readouterr().out


def test_that_no_gemini_was_played_is_said() -> None:
    assert "Not taken" in report.page([run(outcome("a", GOOD, beyond=""))])
    played = run(outcome("a", GOOD, beyond="")).model_copy(update={"model": "gemini-flash-latest"})
    assert "Not taken" not in report.page([played])
