import pytest

from tests.unit.tools_google.test_deployment import add_version
from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments, Outdated, Refused, Unavailable, Underway
from tools.google.deployment import deploy_model
from tools.google.serving import Endpoint
from tools.google.traffic import KEY, label, set_traffic, shares
from tools.google.undeploying import ModelUndeployed, undeploy_model
from tools.spec import Done, NotDone, ToolResult

WHERE = {"endpoint": "churn-staging", "model": "churn v2"}


@pytest.fixture
def staging(bench: Bench) -> str:
    """An endpoint on which v1 has the traffic, and v2 has none."""
    made = bench.vertex.add_endpoint("churn-staging")
    bench.vertex.deploy(made.id, bench.vertex.add_model("churn v1"), traffic=100)
    bench.vertex.deploy(made.id, bench.vertex.add_model("churn v2"))
    return made.id


def on(bench: Bench, endpoint: str) -> list[str]:
    return [each.name for each in bench.vertex.endpoint(endpoint).deployed]


def told(answer: ToolResult) -> ModelUndeployed:
    assert isinstance(answer.data, ModelUndeployed)
    return answer.data


@pytest.mark.parametrize("model", ["churn v2", "Churn-V2", "v2"])
def test_a_model_without_traffic_is_taken_off(bench: Bench, staging: str, model: str) -> None:
    answer = bench.use(undeploy_model, endpoint="churn-staging", model=model)
    assert "**churn v2** is no longer on **churn-staging**. Its traffic goes to churn v1 100 %." in answer.text
    assert ("I took “v2”" in answer.text) == (model == "v2")
    assert on(bench, staging) == ["churn v1"]


def test_one_that_people_are_served_by_stays(bench: Bench, staging: str) -> None:
    for use in (bench.use, bench.plan):
        with pytest.raises(BadArguments, match="churn v1 gets 100 % of the traffic of churn-staging; give it to"):
            use(undeploy_model, endpoint="churn-staging", model="churn v1")
    assert on(bench, staging) == ["churn v2", "churn v1"]
    assert bench.vertex.undeployments == []


def test_the_last_one_goes_only_when_it_is_named_in_full_and_the_card_says_what_that_means(
    bench: Bench, staging: str
) -> None:
    bench.use(undeploy_model, **WHERE)
    with pytest.raises(BadArguments, match="If it is to go, name it in full: `/mlops undeploy churn-staging churn v1`"):
        bench.plan(undeploy_model, endpoint="churn-staging", model="v1")
    plan = bench.plan(undeploy_model, endpoint="churn-staging", model="churn v1")
    assert plan.summary == "Take churn v1 off churn-staging, which answers nothing any more."
    assert plan.evidence.warnings == (
        "It is the only model on churn-staging, which answers nothing any more without it.",
    )
    assert bench.use(undeploy_model, **plan.arguments).text.endswith("It answers nothing now.")
    assert on(bench, staging) == []
    with pytest.raises(BadArguments, match="Nothing is deployed on churn-staging"):
        bench.plan(undeploy_model, endpoint="churn-staging", model="churn v1")


def test_the_plan_shows_what_goes_and_is_the_same_when_planned_again(bench: Bench, staging: str) -> None:
    plan = bench.plan(undeploy_model, **WHERE)
    again = bench.plan(undeploy_model, **plan.arguments)
    assert (again.arguments, again.preconditions) == (plan.arguments, plan.preconditions)
    facts = {fact.label: fact.value for fact in plan.evidence.facts}
    assert (facts["Traffic"], facts["Serves there now"]) == ("none", "churn v1 100 %")
    assert facts["Machines"].startswith("1 to 2 of n1-standard-2, deployed")
    assert plan.facts == {"endpoint": "churn-staging"}
    assert plan.rollback == "Deploy churn v2 to churn-staging again."
    assert plan.evidence.warnings == ()
    bench.use(set_traffic, endpoint="churn-staging", split={"churn v2": 10})
    with pytest.raises(BadArguments, match="churn v2 gets 10 % of the traffic"):
        bench.plan(undeploy_model, **plan.arguments)


def test_what_takes_long_is_followed_and_begun_once(bench: Bench, staging: str) -> None:
    bench.vertex.looks = 3
    with pytest.raises(Underway, match="churn v2 is being taken off churn-staging; that takes Vertex AI some minutes"):
        bench.use(undeploy_model, key="k1", **WHERE)
    with pytest.raises(Underway, match="churn v2 is being taken off churn-staging"):
        bench.probe(undeploy_model, key="k1", **WHERE)
    assert told(bench.use(undeploy_model, key="k1", **WHERE)).model == "churn v2"
    assert len(bench.vertex.undeployments) == 1
    assert on(bench, staging) == ["churn v1"]


def test_whether_a_call_was_made_is_told_by_what_is_on_the_endpoint(bench: Bench, staging: str) -> None:
    arguments = bench.plan(undeploy_model, **WHERE).arguments
    assert isinstance(bench.probe(undeploy_model, key="k1", **arguments), NotDone)
    bench.use(undeploy_model, key="k1", **arguments)
    found = bench.probe(undeploy_model, key="k1", **arguments)
    assert isinstance(found, Done)
    assert "**churn v2** is no longer on" in found.result.text
    assert isinstance(bench.probe(undeploy_model, key="k2", **arguments), NotDone)
    assert told(bench.use(undeploy_model, key="k1", **arguments)).endpoint.deployed[0].name == "churn v1"


def test_what_fails_at_google_is_told_in_its_words_and_not_begun_again(bench: Bench, staging: str) -> None:
    bench.vertex.looks, bench.vertex.failure = 2, "It is being backed up."
    with pytest.raises(Underway):
        bench.use(undeploy_model, key="k1", **WHERE)
    for _ in range(2):
        with pytest.raises(Refused, match="could not take churn v2 off churn-staging: It is being backed up"):
            bench.use(undeploy_model, key="k1", **WHERE)
    assert len(bench.vertex.undeployments) == 1
    assert on(bench, staging) == ["churn v2", "churn v1"]


def test_one_that_could_not_be_taken_off_is_no_reason_why_another_could_not_be_deployed(
    bench: Bench, staging: str
) -> None:
    bench.vertex.failure = "It is being backed up."
    with pytest.raises(Refused, match="could not take churn v2 off"):
        bench.use(undeploy_model, key="k1", **WHERE)
    bench.vertex.failure = ""
    add_version(bench, "champion", example=None)
    found = bench.vertex.endpoint(staging)
    bench.vertex.set_traffic(found, shares(found), {KEY: label("k2")})  # as a worker leaves it that dies there
    assert "is deployed to" in bench.use(deploy_model, key="k2", model="churn", endpoint="churn-staging").text


def test_an_endpoint_that_was_changed_meanwhile_is_left_alone(
    bench: Bench, staging: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_at(endpoint: str) -> Endpoint:
        found = read(endpoint)
        monkeypatch.undo()
        bench.use(set_traffic, endpoint=staging, split={"churn v2": 10})
        return found

    read = bench.vertex.endpoint
    monkeypatch.setattr(bench.vertex, "endpoint", looked_at)
    with pytest.raises(Outdated, match="churn-staging was changed while I looked at it, so I took nothing off"):
        bench.use(undeploy_model, **WHERE)
    assert bench.vertex.undeployments == []


def test_a_vertex_ai_that_is_away_took_nothing_off(bench: Bench, staging: str) -> None:
    bench.vertex.away = Unavailable("Vertex AI", "connection refused")
    with pytest.raises(Unavailable, match="I could not reach Vertex AI"):
        bench.use(undeploy_model, **WHERE)
