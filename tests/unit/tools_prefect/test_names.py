import pytest

from tools import names
from tools.errors import BadArguments

PIPELINES = ["churn-prediction", "sentiment-analysis", "nightly_report", "Customer Value"]


@pytest.mark.parametrize(
    ("text", "name", "exact"),
    [
        ("churn-prediction", "churn-prediction", True),
        ("Churn Prediction", "churn-prediction", True),
        ("churn_prediction", "churn-prediction", True),
        ("nightly-report", "nightly_report", True),
        ("customer value", "Customer Value", True),
        ("churn", "churn-prediction", False),
        ("senti", "sentiment-analysis", False),
        ("chrun-prediction", "churn-prediction", False),
        ("sentiment analisys", "sentiment-analysis", False),
        ("sentimant", "sentiment-analysis", False),
    ],
)
def test_a_name_is_found_exactly_by_its_beginning_or_nearly(text: str, name: str, *, exact: bool) -> None:
    assert names.match(text, PIPELINES, noun="pipeline") == names.Match(name, exact=exact)


def test_a_beginning_that_several_share_is_asked_about() -> None:
    with pytest.raises(BadArguments, match="could be churn-a or churn-b; which pipeline"):
        names.match("churn", ["churn-a", "churn-b", "other"], noun="pipeline")


def test_two_near_names_are_asked_about_and_never_guessed_between() -> None:
    with pytest.raises(BadArguments, match="could be churn-model-a or churn-model-b"):
        names.match("chrun-model", ["churn-model-a", "churn-model-b"], noun="pipeline")


def test_an_exact_name_wins_over_longer_ones() -> None:
    assert names.match("churn", ["churn", "churn-v2"], noun="pipeline").name == "churn"


def test_case_decides_between_names_that_differ_in_nothing_else() -> None:
    assert names.match("Churn", ["churn", "Churn"], noun="pipeline").name == "Churn"
    with pytest.raises(BadArguments, match="could be churn or Churn"):
        names.match("CHURN", ["churn", "Churn"], noun="pipeline")


def test_a_name_that_is_not_there_is_answered_with_what_is() -> None:
    with pytest.raises(BadArguments, match="There is no pipeline “fraud”"):
        names.match("fraud", PIPELINES, noun="pipeline")
    with pytest.raises(BadArguments, match="There are no pipelines yet"):
        names.match("fraud", [], noun="pipeline")


@pytest.mark.parametrize("text", ["", " ", "-", "🙂", "x" * 500])
def test_nonsense_means_nothing(text: str) -> None:
    with pytest.raises(BadArguments):
        names.match(text, PIPELINES, noun="pipeline")
