import pytest

from worker.suggestion import parameter_to_vary

SCHEMA = {
    "properties": {
        "customers": {"type": "integer"},
        "random_state": {"type": "integer"},
        "source": {"type": "string"},
        "learning_rate": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "max_depth": {"type": "integer"},
    }
}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "learning_rate"),
        ({"max_depth": 5}, "max_depth"),
        ({"customers": 500, "max_depth": 5}, "max_depth"),
        ({"customers": 500}, "customers"),
        ({"random_state": 1, "source": "x"}, "learning_rate"),
    ],
)
def test_what_was_varied_goes_first_and_seeds_are_never_named(given: dict[str, object], named: str) -> None:
    assert parameter_to_vary(SCHEMA, given) == named


def test_nothing_is_named_when_nothing_stands_out() -> None:
    assert parameter_to_vary({}, {}) == ""
    assert parameter_to_vary({"properties": {"n_rows": {"type": "integer"}, "seed": {"type": "integer"}}}, {}) == ""
