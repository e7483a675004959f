from typing import Any

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments, Refused
from tools.google.endpoints import (
    PredictionTold,
    describe_endpoint,
    list_endpoints,
    list_served_models,
    predict,
)
from tools.google.traffic import TrafficSet, roll_back_endpoint, set_traffic, shares
from tools.spec import Backends, Done, NotDone, Tool, ToolResult


@pytest.fixture
def staging(bench: Bench) -> str:
    """An endpoint on which v1 has the traffic, and v2 has none."""
    made = bench.vertex.add_endpoint("churn-staging")
    bench.vertex.deploy(made.id, bench.vertex.add_model("churn v1"), traffic=100)
    bench.vertex.deploy(made.id, bench.vertex.add_model("churn v2", labels={"trainmaster-run": "abcdef1234"}))
    return made.id


def told(answer: ToolResult) -> TrafficSet:
    assert isinstance(answer.data, TrafficSet)
    return answer.data


def by_name(bench: Bench, endpoint: str) -> dict[str, int]:
    return {each.name: each.traffic for each in bench.vertex.endpoint(endpoint).deployed if each.traffic}


def test_endpoints_are_listed_with_who_serves_what(bench: Bench, staging: str) -> None:
    bench.vertex.add_endpoint("fraud")
    text = bench.use(list_endpoints).text
    assert text == "2 endpoints:\n\n- **fraud**: nothing is deployed\n- **churn-staging**: churn v2 0 %, churn v1 100 %"
    assert bench.use(list_endpoints, search="nothing").text == "No endpoint has “nothing” in its name."


def test_an_endpoint_is_found_by_a_near_name_and_described_with_its_machines(bench: Bench, staging: str) -> None:
    text = bench.use(describe_endpoint, endpoint="churn-stagin").text
    assert "I took “churn-stagin” for the endpoint **churn-staging**." in text
    assert "100 % of the traffic, 1 to 2 of n1-standard-2, cost unknown, deployed" in text
    assert "churn v2" in bench.use(describe_endpoint, endpoint=staging).text
    with pytest.raises(BadArguments, match="There is no endpoint “sales”"):
        bench.use(describe_endpoint, endpoint="sales")
    bench.vertex.add_endpoint("churn-staging")
    with pytest.raises(BadArguments, match="There are 2 endpoints called churn-staging; say by its id"):
        bench.use(describe_endpoint, endpoint="churn-staging")


def test_uploaded_models_are_listed_with_their_run_and_where_they_serve(bench: Bench, staging: str) -> None:
    bench.vertex.add_model("fraud v1")
    text = bench.use(list_served_models).text
    assert "**churn v2**, from MLflow run `abcdef12`, uploaded" in text
    assert "deployed on 1 endpoint\n" in text
    assert "fraud v1**, uploaded" in text
    assert "deployed nowhere" in text


@pytest.mark.parametrize("instances", [[1, 2], "[1, 2]"])
def test_a_deployed_model_is_asked_and_the_answer_names_it(bench: Bench, staging: str, instances: object) -> None:
    answer = bench.use(predict, endpoint="churn-staging", instances=instances)
    assert isinstance(answer.data, PredictionTold)
    assert answer.data.prediction.predictions == (2, 4)
    assert answer.text == "**churn v1** on churn-staging answers:\n\n1. `2`\n2. `4`"


def test_one_instance_needs_no_list(bench: Bench, staging: str) -> None:
    bench.vertex.model = sorted
    bench.use(predict, endpoint="churn-staging", instances={"tenure": 12})
    bench.use(predict, endpoint="churn-staging", parameters={"tenure": 13})
    assert bench.vertex.asked == [({"tenure": 12},), ({"tenure": 13},)]
    with pytest.raises(BadArguments, match="Say what to ask churn-staging about"):
        bench.use(predict, endpoint="churn-staging")
    with pytest.raises(ValueError, match="is no JSON: write a list of instances"):
        bench.use(predict, endpoint="churn-staging", instances="tenure is 12")


def test_many_long_answers_are_bounded_and_the_rest_is_said(bench: Bench, staging: str) -> None:
    bench.vertex.model = lambda _: "x" * 5_000
    text = bench.use(predict, endpoint="churn-staging", instances=list(range(100))).text
    assert "86 more answers were left out." in text
    assert len(text) < 9_000


def test_where_nobody_has_traffic_nobody_is_asked(bench: Bench) -> None:
    bench.vertex.add_endpoint("empty")
    with pytest.raises(BadArguments, match="Nothing on empty gets any traffic"):
        bench.use(predict, endpoint="empty", instances=[1])


@pytest.mark.parametrize(
    ("split", "after"),
    [
        ({"churn v1": 90, "churn v2": 10}, {"churn v1": 90, "churn v2": 10}),
        ("churn v1: 25 %, churn v2: 75 %", {"churn v1": 25, "churn v2": 75}),
        ({"v2": 10}, {"churn v1": 90, "churn v2": 10}),
        ({"churn v2": 100}, {"churn v2": 100}),
    ],
)
def test_traffic_is_shared_out_by_name(bench: Bench, staging: str, split: object, after: dict[str, int]) -> None:
    answer = bench.use(set_traffic, endpoint="churn-staging", split=split)
    assert by_name(bench, staging) == after
    assert told(answer).changed
    assert "The traffic of **churn-staging** goes to" in answer.text


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ({"churn v1": 90, "churn v2": 20}, "make 110 % together; they must make 100 %"),
        ({"churn v1": 120}, "make 120 % together"),
        ({"fraud": 100}, "There is no deployed model “fraud”"),
    ],
)
def test_shares_that_make_no_sense_change_nothing(bench: Bench, staging: str, split: object, words: str) -> None:
    with pytest.raises(BadArguments, match=words):
        bench.use(set_traffic, endpoint="churn-staging", split=split)
    assert by_name(bench, staging) == {"churn v1": 100}


def test_traffic_is_rolled_back_to_who_had_it_and_back_again(bench: Bench, staging: str) -> None:
    bench.use(set_traffic, endpoint="churn-staging", split={"churn v2": 100})
    bench.use(roll_back_endpoint, endpoint="churn-staging")
    assert by_name(bench, staging) == {"churn v1": 100}
    bench.use(roll_back_endpoint, endpoint="churn-staging")
    assert by_name(bench, staging) == {"churn v2": 100}


def test_a_share_is_taken_back_by_who_had_the_rest_and_never_given_more(bench: Bench, staging: str) -> None:
    bench.use(set_traffic, endpoint="churn-staging", split={"churn v2": 10})
    bench.use(roll_back_endpoint, endpoint="churn-staging")
    assert by_name(bench, staging) == {"churn v1": 100}
    with pytest.raises(BadArguments, match="churn v1 has all the traffic of churn-staging, as it had before"):
        bench.use(roll_back_endpoint, endpoint="churn-staging")
    assert by_name(bench, staging) == {"churn v1": 100}


def test_the_only_model_has_nobody_to_give_its_traffic_back_to(bench: Bench) -> None:
    made = bench.vertex.add_endpoint("alone")
    bench.vertex.deploy(made.id, bench.vertex.add_model("churn v1"), traffic=100)
    with pytest.raises(BadArguments, match="there is none to give its traffic back to; `/mlops undeploy alone churn"):
        bench.use(roll_back_endpoint, endpoint="alone")


def test_where_nobody_knows_who_had_it_nothing_is_guessed(bench: Bench, staging: str) -> None:
    bench.vertex.deploy(staging, bench.vertex.add_model("churn v3"))
    with pytest.raises(BadArguments, match="I do not know which model had the traffic of churn-staging before"):
        bench.use(roll_back_endpoint, endpoint="churn-staging")


def test_a_call_is_known_again_by_its_key(bench: Bench, staging: str) -> None:
    calls: list[tuple[Tool, dict[str, Any]]] = [(set_traffic, {"split": {"churn v2": 100}}), (roll_back_endpoint, {})]
    for tool, arguments in calls:
        key = tool.name
        assert isinstance(bench.probe(tool, key=key, endpoint=staging, **arguments), NotDone)
        first = bench.use(tool, key=key, endpoint=staging, **arguments)
        assert isinstance(bench.probe(tool, key=key, endpoint=staging, **arguments), Done)
        again = bench.use(tool, key=key, endpoint=staging, **arguments)
        assert told(again).endpoint == told(first).endpoint


def test_the_plan_names_what_changes_and_is_the_same_when_planned_again(bench: Bench, staging: str) -> None:
    calls: list[tuple[Tool, dict[str, Any]]] = [(set_traffic, {"split": {"churn v2": 10}}), (roll_back_endpoint, {})]
    for tool, arguments in calls:
        plan = bench.plan(tool, endpoint="churn-staging", **arguments)
        again = bench.plan(tool, **plan.arguments)
        assert (again.arguments, again.preconditions) == (plan.arguments, plan.preconditions)
        assert plan.facts == {"endpoint": "churn-staging"}
        assert plan.rollback == "Send it back to churn v1 100 %."
        assert [change.name for change in plan.evidence.differences] == ["churn v2", "churn v1"]
    with pytest.raises(BadArguments, match="shared out so already"):
        bench.plan(set_traffic, endpoint="churn-staging", split={"churn v1": 100})


def test_what_was_changed_meanwhile_changes_the_precondition(bench: Bench, staging: str) -> None:
    plan = bench.plan(set_traffic, endpoint="churn-staging", split={"churn v2": 10})
    found = bench.vertex.endpoint(staging)
    bench.vertex.set_traffic(found, {each.id: 50 for each in found.deployed}, {})
    assert bench.plan(set_traffic, **plan.arguments).preconditions != plan.preconditions
    assert set(shares(bench.vertex.endpoint(staging)).values()) == {50}


def test_without_a_project_it_says_so_in_a_sentence(bench: Bench) -> None:
    bare = Backends(prefect=bench.prefect, mlflow=bench.mlflow, sources=bench.sources)
    with pytest.raises(Refused, match="Google Cloud is not configured here"):
        list_endpoints.function(list_endpoints.arguments(), bare, bench.call())
