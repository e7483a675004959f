"""What is hidden of what is said."""

from itertools import pairwise

import pytest

from bot import settings as configuration
from bot.hiding import Hiding, hiding

SETTINGS = {
    "slack_bot_token": "plain-bot-secret",
    "slack_app_token": "plain-app-secret",
    "prefect_api_auth_string": "admin:correct-horse",
    "audit_key": "first-audit-key,second-audit-key",
    "mlflow_tracking_password": "abc",
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the token plain-bot-secret!", "the token [hidden]!"),
        ("admin:correct-horse", "[hidden]"),
        ("it is correct-horse", "it is [hidden]"),
        ("first-audit-key second-audit-key", "[hidden] [hidden]"),
        ("abc is too short to be looked for", "abc is too short to be looked for"),
        ("AIza" + "x" * 35, "[hidden]"),
        ("admin said so", "admin said so"),
    ],
)
def test_what_we_hold_is_hidden_however_it_looks_and_what_looks_like_a_secret_too(text: str, shown: str) -> None:
    assert hiding(configuration.load(SETTINGS))(text) == shown


BEGIN, END = (f"{'-' * 5}{word} PRIVATE KEY{'-' * 5}\n" for word in ("BEGIN", "END"))
KEY = f"{BEGIN}MIIEabc\nMIIEdef\n{END}"


@pytest.mark.parametrize(
    ("written", "settled"),
    [
        ("", ""),
        ("no end of a line", ""),
        ("one\ntwo", "one\n"),
        ("one\nmy key AIza" + "x" * 20, "one\n"),
        ("one\nmy key AIza" + "x" * 35 + "\n", "one\nmy key [hidden]\n"),
        (f"one\n{BEGIN}MIIEabc\n", "one\n"),
        (f"one\n{KEY}", "one\n[hidden]\n[hidden]\n[hidden]\n[hidden]\n"),
        (f"{KEY}{BEGIN}MII", "[hidden]\n" * 4),
    ],
)
def test_of_a_text_that_is_still_written_only_what_is_settled_is_shown(written: str, settled: str) -> None:
    assert Hiding().settled(written) == settled


def test_a_secret_of_ours_in_several_lines_is_never_shown_by_halves() -> None:
    hide = Hiding(("correct\nhorse battery",))
    text = "the first line of all\nit is correct\nhorse battery, you know\nand here is the end of it\n"
    shown = [hide.settled(text[:end]) for end in range(len(text) + 1)]
    assert not any(word in "".join(shown) for word in ("correct", "horse"))
    assert shown[-1] == "the first line of all\nit is [hidden], you know\nand here is the end of it\n"
    assert all(after.startswith(before) for before, after in pairwise(shown))
