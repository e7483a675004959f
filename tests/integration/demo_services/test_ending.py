"""How the command ends, by what became of the story; the stack is one that starts nothing."""

import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo import run
from demo.run import FAILED, FINE
from demo.stories import catalogue
from demo.stories.stage import Stage
from tests.fakes.stack import IdleStack

Play = Callable[[Callable[[Stage], None]], int]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Play:
    monkeypatch.setattr(run, "Stack", IdleStack)

    def played(chapter: Callable[[Stage], None]) -> int:
        tale = SimpleNamespace(__doc__="A tale.", CHAPTERS={"The only chapter": chapter})
        monkeypatch.setitem(catalogue.STORIES, "tale", tale)
        return run.main(["--story", "tale", "--headless", "--fresh", "--state-dir", str(tmp_path / "state")], {})

    return played


def expects(what: str) -> Callable[[Stage], None]:
    def chapter(stage: Stage) -> None:
        stage.expect("it is so", lambda: what or None, within=0)

    return chapter


def interrupted(stage: Stage) -> None:
    signal.raise_signal(signal.SIGINT)
    stage.expect("it is so", lambda: None)


def test_a_story_whose_expectations_hold_ends_well(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(expects("it is")) == FINE == 0
    assert "tale: 1 of 1 expectations held." in capsys.readouterr().out


def test_a_story_with_a_broken_expectation_fails_the_command(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(expects("")) == FAILED == 1
    assert "✗ it is so" in capsys.readouterr().out


def test_a_story_that_was_stopped_has_not_held(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(interrupted) == FAILED
    assert "The story was stopped." in capsys.readouterr().out


@pytest.mark.parametrize(("stops", "code"), [("", FAILED), ("Ctrl-C", FINE)])
def test_what_does_not_start_fails_unless_somebody_stopped_it(
    play: Play, monkeypatch: pytest.MonkeyPatch, stops: str, code: int
) -> None:
    monkeypatch.setattr(IdleStack, "stopped", bool(stops))
    monkeypatch.setattr(IdleStack, "fails", "Prefect ended with 1")
    assert play(expects("it is")) == code
