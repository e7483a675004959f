import os
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import pytest

from tests.benchmarks.command import FINE, MISUSED, main
from tests.benchmarks.measures import MEASURES
from tests.benchmarks.results import Results


@pytest.mark.parametrize("measure", ["acceptance", "deciding"])
def test_measuring_one_part_writes_the_page_and_leaves_no_process(measure: str, tmp_path: Path) -> None:
    before, handler = direct_children(), signal.getsignal(signal.SIGTERM)
    page = tmp_path / "page" / "benchmarks.md"
    where = ["--write", str(page), "--state", str(tmp_path / "kept")]
    assert main(["--only", measure, "--repeat", "1", "--quick", *where], os.environ) == FINE
    result = Results(tmp_path / "kept").of(measure)
    assert result is not None
    assert result.quick
    assert all(len(figure.values) == 1 and figure.values[0] > 0 for figure in result.figures if figure.unit != "ms")
    assert "With few repetitions" in page.read_text("utf-8")
    assert page.read_text("utf-8").count("Not measured yet") == len(MEASURES) - 1
    assert direct_children() == before
    assert signal.getsignal(signal.SIGTERM) is handler


def test_a_page_can_be_drawn_again_without_measuring(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    assert main(["--draw", "--write", str(page), "--state", str(tmp_path / "nothing")], os.environ) == FINE
    assert page.read_text("utf-8").count("Not measured yet") == len(MEASURES)


def test_an_unknown_measure_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "turn,nonsense", "--write", str(tmp_path / "page.md")], os.environ) == MISUSED
    assert "nonsense" in capsys.readouterr().err
    assert not (tmp_path / "page.md").exists()


def test_the_measures_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"], os.environ) == FINE
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [measure.name for measure in MEASURES]


def direct_children() -> set[int]:
    """Not theirs: a Prefect worker that other tests keep starts processes at any time."""
    return {child.pid for child in psutil.Process().children()}
