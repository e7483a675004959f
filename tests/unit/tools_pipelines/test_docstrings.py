import pytest

from tools.pipelines.docstrings import summary


@pytest.mark.parametrize(
    "section",
    [
        "Args:\n    rows: How many.",
        "Returns: a model.",
        "Parameters\n----------\nrows : int",
        ":param rows: How many.",
        "@param rows How many.",
        "Example::\n\n    train()",
    ],
)
def test_what_comes_before_the_first_section_is_the_summary(section: str) -> None:
    assert summary(f"Train a model.\n\nIt is slow.\n\n{section}\n\nMore.") == "Train a model.\n\nIt is slow."
    assert summary(section) == ""


def test_paragraphs_that_do_not_fit_are_left_out_whole() -> None:
    assert summary("Train a model.\n\n" + "x" * 50 + "\n\nIt is slow.", 40) == "Train a model."
    assert summary("x" * 50, 40) == "x" * 50


def test_a_sentence_with_a_headings_word_is_no_heading() -> None:
    text = "Notes on churn.\nReturns a model.\nParameters are tuned: depth first."
    assert summary(text) == text
