"""Numbers, their goals, and the file they are kept in."""

import json
import math
from pathlib import Path

import pytest

from tests.benchmarks.load.cards import place
from tests.benchmarks.load.command import LOADS, main
from tests.benchmarks.load.results import Result, Row


@pytest.mark.parametrize(
    ("value", "goal", "met"),
    [
        (0, "= 0", True),
        (1, "= 0", False),
        (0.99, "< 1", True),
        (1.0, "< 1", False),
        (1.1, "≤ 1.1", True),
        (3, "≥ 4", False),
        (0.9, "0.9 to 1.1", True),
        (1.2, "0.9 to 1.1", False),
        (7, "", None),
        (math.nan, "< 1", False),
    ],
)
def test_a_goal_is_met_or_it_is_not(value: float, goal: str, met: bool | None) -> None:  # noqa: FBT001 - a table
    assert Row("it", value, goal=goal).met is met


def test_a_result_holds_when_no_goal_was_missed() -> None:
    assert Result("x", "now", {}, (Row("a", 1), Row("b", 0, goal="= 0"))).held
    assert not Result("x", "now", {}, (Row("a", 1), Row("b", 1, goal="= 0"))).held


def test_what_is_written_can_be_read_by_anybody(tmp_path: Path) -> None:
    rows = (Row("answers", 12, goal="≥ 10"), Row("waited", math.nan, "s", "< 1"))
    file = Result("load-x", "2026-01-01T00:00:00+00:00", {"Cores": "2"}, rows, "A note.").write(tmp_path / "new")
    assert file.name == "load-x.json"
    assert json.loads(file.read_text("utf-8")) == {
        "name": "load-x",
        "taken": "2026-01-01T00:00:00+00:00",
        "machine": {"Cores": "2"},
        "rows": [
            {"what": "answers", "value": 12, "unit": "", "goal": "≥ 10", "met": True},
            {"what": "waited", "value": None, "unit": "s", "goal": "< 1", "met": False},
        ],
        "note": "A note.",
    }


def test_the_table_shows_what_was_missed() -> None:
    table = Result("load-x", "now", {}, (Row("lost", 2, goal="= 0"), Row("rate", 1234.5, "/s")), "Note.").table()
    assert table.splitlines()[0] == "load-x: NOT HELD"
    assert "✗ lost  2   (goal = 0)" in table
    assert "1,234 /s" in table


def test_a_card_tells_how_far_its_run_is() -> None:
    faces = [
        "⏳ *churn* · x — starting",
        "❔ *churn* · x — step-0",
        "❔ *churn* · x — step-11",
        "✅ *churn* — completed",
    ]
    assert [place(face) for face in faces] == sorted(place(face) for face in faces)
    assert len({place(face) for face in faces}) == 4


def test_an_unknown_load_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "nothing"], {})
    said = capsys.readouterr().err
    assert all(name in said for name in LOADS)
