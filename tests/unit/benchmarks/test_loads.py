from pathlib import Path

from tests.benchmarks import loads
from tests.benchmarks.load.command import LOADS
from tests.benchmarks.load.results import Result, Row

SHOWN = Result(
    name="load-burst",
    taken="2026-01-05T09:30:00+00:00",
    machine={"CPU": "a small one", "Code": "abc"},
    rows=(
        Row("turns lost", 0, goal="= 0"),
        Row("backlog gone against arithmetic", 1.8, goal="0.9 to 1.1"),
        Row("slowest", float("nan"), "s"),
    ),
    note="Every thread asked five times.",
)


def drawn(tmp_path: Path, code: str) -> str:
    SHOWN.write(tmp_path)
    return loads.render(loads.kept_in(tmp_path), code=code)


def test_what_a_load_wrote_down_is_drawn_with_its_goals_and_its_note(tmp_path: Path) -> None:
    text = drawn(tmp_path, "abc")
    assert "| turns lost | 0 | = 0 | yes |" in text
    assert "| backlog gone against arithmetic | 1.8 | 0.9 to 1.1 | **no** |" in text
    assert "| slowest | — |  |  |" in text
    assert "Every thread asked five times." in text
    assert "Taken 2026-01-05 09:30 UTC on a small one." in text
    assert "Stale" not in text


def test_a_load_of_another_source_is_said_to_be_stale(tmp_path: Path) -> None:
    assert "Stale: the product's source has changed since." in drawn(tmp_path, "def")


def test_what_was_not_taken_or_cannot_be_read_is_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "load-idle.json").write_text("{}", "utf-8")
    assert drawn(tmp_path, "abc").count("Not taken yet") == len(loads.NAMES) - 1


def test_every_load_there_is_has_a_place_on_the_page() -> None:
    assert {name.removeprefix("load-") for name in loads.NAMES} == set(LOADS)
