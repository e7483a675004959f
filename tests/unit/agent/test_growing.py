"""What of an answer is shown while it is written."""

import pytest

from worker.growing import whole


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one\ntwo\n", "one\ntwo\n"),
        ("one\n```\ncode\n", "one\n"),
        ("one\n```\ncode\n```\n", "one\n```\ncode\n```\n"),
        ("one\n~~~\ncode\n~~~\ntwo\n", "one\n~~~\ncode\n~~~\ntwo\n"),
        ("one\n| a |\n|---|\n| 1 |\n", "one\n"),
        ("one\n| a |\n|---|\n| 1 |\n\n", "one\n| a |\n|---|\n| 1 |\n\n"),
        ("", ""),
    ],
)
def test_no_table_and_no_code_is_cut_in_two(written: str, shown: str) -> None:
    assert whole(written) == shown
