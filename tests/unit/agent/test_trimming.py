"""A text that is too long keeps whole lines, and says what is missing."""

import re

import pytest

from worker.agent.trimming import short, trimmed

LINES = [f"- run {number}: COMPLETED, auc 0.8{number}" for number in range(100)]
TEXT = "\n".join(LINES)


def test_a_text_that_fits_stays_as_it_is() -> None:
    assert trimmed(TEXT, len(TEXT)) == TEXT


@pytest.mark.parametrize("limit", [200, 300, 777, 1_500, len(TEXT) - 1])
def test_lines_are_whole_and_those_that_are_missing_are_counted(limit: int) -> None:
    *kept, notice = trimmed(TEXT, limit).split("\n")
    assert len(trimmed(TEXT, limit)) <= limit
    assert kept == LINES[: len(kept)]
    assert kept
    missing = len(TEXT) - len("\n".join(kept))
    assert notice == f"… left out: {100 - len(kept)} more lines, {missing:,} characters."


def test_a_long_first_line_is_cut_behind_a_word_and_one_without_a_gap_is_left_out() -> None:
    begun, notice = trimmed("metric=0.8123 " * 100, 200).split("\n")
    assert begun.endswith("metric=0.8123")
    assert "1 more line" in notice
    assert trimmed("x" * 900, 300) == "… left out: 1 more line, 900 characters."


def test_one_long_value_is_cut_before_the_fields_behind_it_are_left_out() -> None:
    fields = ["**churn v4**", "Description: " + "word " * 3_000, "roc_auc: 0.8731", "page: https://mlflow.example/4"]
    shown = trimmed("\n".join(fields), 2_000)
    assert len(shown) <= 2_000
    assert shown.split("\n")[0::2] == fields[0::2]
    assert shown.endswith(fields[-1])
    described = shown.split("\n")[1]
    assert described.startswith("Description: word word")
    assert re.search(r"word … 13,\d\d\d characters left out$", described)
    assert len(shown) > 1_900


def test_the_longest_values_are_cut_first_and_one_without_a_gap_in_its_middle() -> None:
    fields = ["a: " + "x" * 5_000, "b: " + "y " * 2_000, "c: " + "z" * 300]
    first, second, third = trimmed("\n".join(fields), 1_500).split("\n")
    assert first.endswith("characters left out")
    assert len(first) > 500
    assert second.endswith("characters left out")
    assert third == fields[2]


def test_a_code_block_is_not_left_open() -> None:
    text = "The log:\n```\n" + TEXT + "\n```"
    shown = trimmed(text, 400)
    assert shown.count("```") == 2
    assert len(shown) <= 400


def test_a_short_line_ends_with_a_word() -> None:
    assert short("the  champion\nneeds 0.83", 100) == "the champion needs 0.83"
    assert short("the champion needs 0.83", 18) == "the champion …"
