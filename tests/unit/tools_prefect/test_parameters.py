import math

import pytest

from tools.errors import BadArguments
from tools.prefect.parameters import fitted, kind
from tools.spec import JSONDict

SCHEMA: JSONDict = {
    "title": "Parameters",
    "type": "object",
    "properties": {
        "max_depth": {"type": "integer", "default": 5},
        "learning_rate": {"type": "number", "default": 0.1},
        "data_url": {"type": "string"},
        "shuffle": {"type": "boolean", "default": True},
        "layers": {"type": "array", "items": {"type": "integer"}, "default": []},
        "seed": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        "criterion": {"enum": ["gini", "entropy"], "type": "string"},
        "model": {"allOf": [{"$ref": "#/definitions/Model"}]},
        "anything": {},
    },
    "required": ["data_url"],
    "definitions": {
        "Model": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    },
}


def refusal(given: JSONDict) -> str:
    with pytest.raises(BadArguments) as caught:
        fitted(SCHEMA, given, pipeline="churn")
    return str(caught.value)


def test_values_that_fit_are_taken_as_they_are() -> None:
    given = {"data_url": "x", "max_depth": 3, "layers": [1, 2], "model": {"name": "tree"}, "anything": "5"}
    assert fitted(SCHEMA, given, pipeline="churn") == given


def test_an_unknown_parameter_is_answered_with_the_nearest_and_all_there_are() -> None:
    said = refusal({"data_url": "x", "max_dept": 3})
    assert said.startswith("churn has no parameter “max_dept”. Did you mean max_depth?")
    assert "learning_rate (a number)" in said
    assert 'criterion (one of "gini", "entropy")' in said


def test_a_pipeline_without_parameters_says_so() -> None:
    with pytest.raises(BadArguments, match="It takes: no parameters"):
        fitted({"type": "object", "properties": {}}, {"depth": 1}, pipeline="churn")


def test_a_wrong_type_says_what_is_expected() -> None:
    assert refusal({"data_url": "x", "max_depth": "deep"}) == (
        "churn cannot run with this: max_depth must be a whole number, not the text “deep”."
    )
    assert "max_depth must be a whole number, not 2.5" in refusal({"data_url": "x", "max_depth": 2.5})
    assert "seed must be a whole number or nothing, not the text “s”" in refusal({"data_url": "x", "seed": "s"})
    assert 'criterion must be one of "gini", "entropy", not the text “best”' in refusal(
        {"data_url": "x", "criterion": "best"}
    )
    assert "data_url must be text, not 5" in refusal({"data_url": 5})


def test_a_missing_parameter_is_named_with_its_kind() -> None:
    assert refusal({}) == "churn cannot run with this: needs data_url (text)."
    assert "model needs name (text)" in refusal({"data_url": "x", "model": {}})


def test_a_wrong_place_inside_a_list_is_pointed_at() -> None:
    assert "layers.1 must be a whole number, not the text “b”" in refusal({"data_url": "x", "layers": [1, "b"]})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, "NaN", "Infinity", "1e999"])
def test_a_number_that_prefect_would_get_as_nothing_is_refused(number: object) -> None:
    assert "learning_rate must be a finite number, not " in refusal({"data_url": "x", "learning_rate": number})


@pytest.mark.parametrize("value", [[1, math.nan], {"rate": [math.inf]}, '{"rate": [NaN]}'])
def test_such_a_number_is_also_found_inside_of_a_value(value: object) -> None:
    schema: JSONDict = {"type": "object", "properties": {"grid": {"type": ["array", "object"]}}}
    with pytest.raises(BadArguments, match=r"grid\.(rate\.0|1) must be a finite number, not (NaN|Infinity)"):
        fitted(schema, {"grid": value}, pipeline="churn")


def test_many_problems_are_counted() -> None:
    said = refusal({"max_depth": "a", "learning_rate": "b", "shuffle": "c", "layers": 1})
    assert said.endswith("There are 2 more problems.")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("max_depth", "7", 7),
        ("learning_rate", "0.5", 0.5),
        ("shuffle", "false", False),
        ("shuffle", "False", False),
        ("seed", "null", None),
        ("seed", "None", None),
        ("layers", "[1, 2]", [1, 2]),
        ("data_url", "7", "7"),
        ("model", '{"name": "tree"}', {"name": "tree"}),
    ],
)
def test_text_becomes_a_value_only_where_text_would_be_refused(name: str, text: str, value: object) -> None:
    assert fitted(SCHEMA, {"data_url": "x", name: text}, pipeline="churn")[name] == value


def test_a_value_that_prefect_would_fill_in_itself_is_refused() -> None:
    secret = {"__prefect_kind": "workspace_variable", "variable_name": "token"}
    assert "__prefect_kind" in refusal({"data_url": secret})
    assert "__prefect_kind" in refusal({"data_url": "x", "anything": [{"deep": secret}]})


def test_what_prefect_would_fill_in_is_refused_when_it_comes_as_text() -> None:
    hidden = '{"__prefect_kind": "jinja", "template": "{{ 1 }}"}'
    assert "__prefect_kind" in refusal({"data_url": "x", "model": hidden})


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "anything"),
        ({"const": "a"}, '"a"'),
        ({"type": ["string", "null"]}, "text or nothing"),
        ({"$ref": "#/definitions/Model"}, "Model"),
    ],
)
def test_a_kind_is_told_in_words(wanted: JSONDict, words: str) -> None:
    assert kind(wanted) == words
