"""What the composer makes of a few keystrokes."""

import pytest

from demo.page import compose

PEOPLE = (("trainmaster", "MLOps agent"), ("alice", "Data scientist"), ("bob", "Approver"))
COMMANDS = (("/mlops", "talk to Trainmaster"),)


def offered(before: str) -> list[str]:
    return [s.completed for s in compose.suggestions(before, people=PEOPLE, commands=COMMANDS)]


@pytest.mark.parametrize(
    ("before", "completed"),
    [
        ("@", ["@trainmaster ", "@alice ", "@bob "]),
        ("hello @TR", ["hello @trainmaster "]),
        ("one\n@b", ["one\n@bob "]),
        ("/", ["/mlops "]),
        ("/ml", ["/mlops "]),
    ],
)
def test_a_word_that_has_begun_is_completed(before: str, completed: list[str]) -> None:
    assert offered(before) == completed


@pytest.mark.parametrize("before", ["", "alice@", "me@b", "@trainmaster", "@nobody", "/mlops", "/mlops r", "see /ml"])
def test_nothing_is_offered_for_a_finished_word_or_an_address(before: str) -> None:
    assert offered(before) == []


@pytest.mark.parametrize("text", ["/mlops", "/mlops runs churn", " /mlops runs\nlast", "/nonsense"])
def test_a_leading_slash_makes_a_command(text: str) -> None:
    assert compose.is_command(text)


@pytest.mark.parametrize("text", ["hello", "see /mlops", "/home/alice/x.py is the file", "/", "// no"])
def test_a_path_or_a_slash_in_the_middle_makes_no_command(text: str) -> None:
    assert not compose.is_command(text)
