import json
from typing import Any

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments, Refused, Underway
from tools.google.deploying import MOST_OF_A_FILE, split_with
from tools.google.deployment import ModelDeployed, deploy_model
from tools.google.serving import DeployedModel, Endpoint
from tools.google.traffic import roll_back_endpoint, set_traffic
from tools.mlflow.results import ModelVersion
from tools.spec import Done, NotDone, Plan, ToolResult

MLMODEL = b"flavors:\n  sklearn:\n    sklearn_version: 1.5.2\n"
EXAMPLE = {"dataframe_split": {"columns": ["tenure", "charges"], "data": [[12, 70.5], [1, 2]]}}
WHERE: dict[str, Any] = {"model": "churn", "endpoint": "churn-staging"}


def add_version(bench: Bench, *aliases: str, example: object = EXAMPLE) -> ModelVersion:
    run = bench.mlflow.add_run("churn", metrics={"roc_auc": 0.83})
    version = bench.mlflow.add_version("churn", run_id=run.id, aliases=aliases)
    bench.mlflow.add_file(version, "MLmodel", MLMODEL)
    bench.mlflow.add_file(version, "model.pkl", b"pickle of v" + version.version.encode())
    if example is not None:
        bench.mlflow.add_file(version, "serving_input_example.json", json.dumps(example).encode())
    return version


@pytest.fixture
def ready(bench: Bench) -> Bench:
    """A champion that can be served, and models that add up what they are given."""
    add_version(bench, "champion")
    bench.vertex.model = lambda row: sum(row.values())
    return bench


def told(answer: ToolResult) -> ModelDeployed:
    assert isinstance(answer.data, ModelDeployed)
    return answer.data


def test_the_champion_goes_from_mlflow_to_an_endpoint_and_answers_its_own_example(ready: Bench) -> None:
    answer = ready.use(deploy_model, **WHERE)
    assert "**churn v1** is deployed to **churn-staging** on 1 of n1-standard-2." in answer.text
    assert "The traffic goes to churn v1 100 %." in answer.text
    assert "Asked with the example that churn v1 was registered with, churn v1 answers `[82.5]`." in answer.text
    assert told(answer).answer == "[82.5]"
    [uploaded] = ready.vertex.uploads
    assert uploaded.image == "us-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-5:latest"
    assert uploaded.labels["trainmaster-model"] == "churn"
    assert uploaded.labels["trainmaster-run"] == ready.mlflow.model_version("churn", "1").run_id
    folder = uploaded.artifacts.removeprefix("gs://ml-data/")
    kept = ready.storage.objects("ml-data", prefix=folder, flat=True).objects
    assert [each.name.removeprefix(f"{folder}/") for each in kept] == [
        "MLmodel",
        "model.pkl",
        "serving_input_example.json",
    ]


def test_what_was_uploaded_once_is_found_again_for_another_endpoint(ready: Bench) -> None:
    ready.use(deploy_model, **WHERE)
    ready.use(deploy_model, model="churn", endpoint="churn-production", replicas=2, machine="n1-standard-4")
    assert len(ready.vertex.uploads) == 1
    assert [(each.replicas, each.machine) for each in ready.vertex.deployments] == [
        (1, "n1-standard-2"),
        (2, "n1-standard-4"),
    ]


def test_a_second_version_takes_its_share_and_the_way_back_is_known(ready: Bench) -> None:
    ready.use(deploy_model, **WHERE)
    add_version(ready)
    answer = ready.use(deploy_model, **WHERE, version="2", traffic=10)
    assert {each.name: each.traffic for each in told(answer).endpoint.deployed} == {"churn v2": 10, "churn v1": 90}
    add_version(ready)
    ready.use(deploy_model, **WHERE, version="3")
    assert (
        "The traffic of **churn-staging** goes to churn v1 100 %."
        in ready.use(roll_back_endpoint, endpoint="churn-staging").text
    )


def test_what_takes_long_is_gone_on_with_by_the_same_call_and_made_once(ready: Bench) -> None:
    ready.vertex.looks = 3
    for _ in range(2):
        with pytest.raises(Underway, match="churn v1 is being deployed to churn-staging"):
            ready.use(deploy_model, **WHERE, key="k1")
    assert told(ready.use(deploy_model, **WHERE, key="k1")).version == "1"
    assert told(ready.use(deploy_model, **WHERE, key="k1")).endpoint.deployed[0].traffic == 100
    assert (len(ready.vertex.uploads), len(ready.vertex.deployments)) == (1, 1)


def test_whether_a_call_was_made_is_told_by_what_is_on_the_endpoint(ready: Bench) -> None:
    assert isinstance(ready.probe(deploy_model, key="k1", **WHERE), NotDone)
    ready.use(deploy_model, key="k1", **WHERE)
    assert isinstance(ready.probe(deploy_model, key="k1", **WHERE), Done)
    assert isinstance(ready.probe(deploy_model, key="k2", **WHERE), NotDone)


def test_a_deployment_that_fails_at_google_is_told_in_its_words_and_not_begun_again(ready: Bench) -> None:
    ready.vertex.looks, ready.vertex.failure = 2, "There are no machines left."
    with pytest.raises(Underway):
        ready.use(deploy_model, key="k1", **WHERE)
    for _ in range(2):
        with pytest.raises(Refused, match="could not deploy churn v1 to churn-staging: There are no machines left"):
            ready.use(deploy_model, key="k1", **WHERE)
    assert len(ready.vertex.deployments) == 1


def test_a_model_that_does_not_answer_is_deployed_and_that_is_said(ready: Bench) -> None:
    def broken(_: object) -> object:
        raise BadArguments("Vertex AI refused this: the model takes other columns.")

    ready.vertex.model = broken
    assert "⚠️ Asked with its own example it did not answer: Vertex AI refused" in ready.use(deploy_model, **WHERE).text


def test_a_model_without_an_example_is_asked_nothing(bench: Bench) -> None:
    add_version(bench, "champion", example=None)
    assert "MLflow keeps no input example of it." in bench.use(deploy_model, **WHERE).text
    assert bench.vertex.asked == []


def test_the_plan_shows_what_would_serve_and_stays_the_same_while_it_is_carried_out(ready: Bench) -> None:
    plan = ready.plan(deploy_model, **WHERE)
    told_of = {fact.label: fact.value for fact in plan.evidence.facts}
    assert plan.summary == "Deploy churn v1 to churn-staging."
    assert plan.arguments["version"] == "1"
    assert plan.facts == {"model": "churn", "endpoint": "churn-staging"}
    assert told_of["Endpoint"] == "churn-staging, which is made for it"
    assert (told_of["Machines"], told_of["Traffic"], told_of["Measured"]) == (
        "1 of n1-standard-2",
        "100 %",
        "roc_auc 0.83",
    )
    assert deploy_model.plan is not None
    arguments = deploy_model.arguments(**plan.arguments)
    call = ready.call(key="k1")
    ready.use(deploy_model, key="k1", **plan.arguments)
    again = deploy_model.plan(arguments, ready.backends, call)
    assert (again.arguments, again.preconditions) == (plan.arguments, plan.preconditions)
    other = deploy_model.plan(arguments, ready.backends, ready.call(key="k2"))
    assert other.preconditions != plan.preconditions


def test_what_cannot_be_served_is_said_before_anything_is_done(bench: Bench) -> None:
    run = bench.mlflow.add_run("churn")
    version = bench.mlflow.add_version("churn", run_id=run.id, aliases=("champion",))
    with pytest.raises(BadArguments, match="has no file MLmodel, so it is no model that can be served"):
        bench.plan(deploy_model, **WHERE)
    bench.mlflow.add_file(version, "MLmodel", b"flavors:\n  python_function: {}\n")
    with pytest.raises(BadArguments, match="name one with image="):
        bench.plan(deploy_model, **WHERE)
    assert bench.plan(deploy_model, **WHERE, image="eu.gcr.io/p/serve:1").arguments["image"] == "eu.gcr.io/p/serve:1"
    bench.storage.default_bucket = ""
    with pytest.raises(Refused, match="whoever runs me sets GCS_BUCKET"):
        bench.plan(deploy_model, **WHERE, image="eu.gcr.io/p/serve:1")
    assert bench.vertex.uploads == []


def facts_of(plan: Plan) -> dict[str, str]:
    return {fact.label: fact.value for fact in plan.evidence.facts}


def test_the_container_that_was_approved_is_the_one_that_serves(ready: Bench) -> None:
    ready.use(deploy_model, **WHERE)
    ready.use(deploy_model, **WHERE, image="eu.gcr.io/acme/serve:2")
    ready.use(deploy_model, **WHERE, image="eu.gcr.io/acme/serve:2")
    served = [{new.id: new.image for new in ready.vertex.uploads}[each.model] for each in ready.vertex.deployments]
    assert served[1:] == ["eu.gcr.io/acme/serve:2"] * 2
    assert served[0] != served[1]
    assert len(ready.vertex.uploads) == 2


def test_a_file_that_would_not_be_taken_is_refused_before_anybody_approves(ready: Bench) -> None:
    version = add_version(ready)
    ready.mlflow.add_file(version, "big.bin", b"x" * (MOST_OF_A_FILE + 1))
    with pytest.raises(BadArguments, match=r"big\.bin of churn v2 has 32,000,001 bytes; I take files of at most 32,0"):
        ready.plan(deploy_model, **WHERE, version="2")


def test_a_model_without_traffic_is_not_said_to_have_been_tested(ready: Bench) -> None:
    ready.use(deploy_model, **WHERE)
    add_version(ready)
    none = "none, Vertex AI asks only models that get traffic, and it gets none"
    assert facts_of(ready.plan(deploy_model, **WHERE, version="2", traffic=0))["Test"] == none
    asked = len(ready.vertex.asked)
    answer = ready.use(deploy_model, **WHERE, version="2", traffic=0)
    assert "churn v2 was not tested: Vertex AI asks only models that get traffic" in answer.text
    assert told(answer).answer == ""
    assert len(ready.vertex.asked) == asked


def test_a_model_with_a_share_is_asked_until_it_answers_itself_and_else_said_to_be_untested(ready: Bench) -> None:
    ready.use(deploy_model, **WHERE)
    add_version(ready)
    answer = ready.use(deploy_model, **WHERE, version="2", traffic=10)
    assert "Asked with the example that churn v2 was registered with, churn v2 answers `[82.5]`." in answer.text
    assert len(ready.vertex.asked) > 2
    add_version(ready)
    plan = ready.plan(deploy_model, **WHERE, version="3", traffic=1)
    assert facts_of(plan)["Test"].endswith("with 1 % of the traffic its turn may not come")
    answer = ready.use(deploy_model, **WHERE, version="3", traffic=1)
    assert "churn v3 was not tested: it gets 1 % of the traffic, and other models answered all 8 times" in answer.text
    assert told(answer).answer == ""


def test_the_card_shows_everybodys_share_afterwards_and_is_void_when_traffic_changes(ready: Bench) -> None:
    ready.use(deploy_model, **WHERE)
    add_version(ready)
    ready.use(deploy_model, **WHERE, version="2", traffic=1)
    add_version(ready)
    plan = ready.plan(deploy_model, **WHERE, version="3", traffic=50)
    shown = {each.name: (each.before, each.after) for each in plan.evidence.differences}
    assert shown == {"churn v1": ("99 %", "49 %")}
    assert facts_of(plan)["Traffic"] == "50 %"
    ready.use(set_traffic, endpoint="churn-staging", split={"churn v1": 90, "churn v2": 10})
    assert ready.plan(deploy_model, **WHERE, version="3", traffic=50).preconditions != plan.preconditions


def test_what_a_call_itself_makes_of_the_traffic_does_not_void_it(ready: Bench) -> None:
    ready.use(deploy_model, **WHERE)
    add_version(ready)
    assert deploy_model.plan is not None
    arguments = deploy_model.arguments.model_validate({**WHERE, "version": "2", "traffic": 30})
    before = deploy_model.plan(arguments, ready.backends, ready.call(key="k2"))
    ready.use(deploy_model, key="k2", **WHERE, version="2", traffic=30)
    assert deploy_model.plan(arguments, ready.backends, ready.call(key="k2")).preconditions == before.preconditions


@pytest.mark.parametrize(
    ("before", "traffic", "after"),
    [
        ({"a": 99, "b": 1}, 50, {"a": 49, "b": 1}),
        ({"a": 98, "b": 1, "c": 1}, 97, {"a": 1, "b": 1, "c": 1}),
        ({"a": 34, "b": 33, "c": 33}, 0, {"a": 34, "b": 33, "c": 33}),
        ({"a": 50, "b": 50}, 1, {"a": 50, "b": 49}),
        ({"a": 70, "b": 30}, 100, {}),
    ],
)
def test_no_model_loses_its_last_per_cent_to_rounding(
    before: dict[str, int], traffic: int, after: dict[str, int]
) -> None:
    on_it = tuple(DeployedModel(id=each, name=each, traffic=share) for each, share in before.items())
    split = split_with(Endpoint(id="1", name="e", deployed=on_it), "new", traffic)
    assert split == {**after, **({"new": traffic} if traffic else {})}


def test_what_would_leave_somebody_nothing_is_said_before_it_is_done() -> None:
    on_it = tuple(DeployedModel(id=each, name=each, traffic=50) for each in "ab")
    with pytest.raises(BadArguments, match=r"1 % is not enough for the 2 models .* say traffic=98 or less, or 100"):
        split_with(Endpoint(id="1", name="e", deployed=on_it), "new", 99)


def test_an_endpoint_of_ours_is_found_however_many_there_are(ready: Bench) -> None:
    ready.use(deploy_model, **WHERE)
    for number in range(250):
        ready.vertex.add_endpoint(f"unrelated-{number}")
    add_version(ready)
    plan = ready.plan(deploy_model, **WHERE, version="2")
    assert facts_of(plan)["Serves there now"] == "churn v1 100 %"
    answer = ready.use(deploy_model, **WHERE, version="2")
    assert [each.name for each in told(answer).endpoint.deployed] == ["churn v2", "churn v1"]


def test_an_endpoint_that_somebody_else_made_is_found_by_its_name_however_many_there_are(ready: Bench) -> None:
    theirs = ready.vertex.add_endpoint("churn-staging")
    for number in range(250):
        ready.vertex.add_endpoint(f"unrelated-{number}")
    assert told(ready.use(deploy_model, **WHERE)).endpoint.id == theirs.id


def test_a_name_near_to_an_endpoints_is_asked_about_before_a_new_one_is_made(ready: Bench) -> None:
    ready.use(deploy_model, **WHERE)
    with pytest.raises(BadArguments, match=r"“churn-stagign”; did you mean churn-staging.*add `new=true`"):
        ready.plan(deploy_model, model="churn", endpoint="churn-stagign")
    plan = ready.plan(deploy_model, model="churn", endpoint="churn-stagign", new=True)
    assert facts_of(plan)["Endpoint"] == "churn-stagign, which is made for it"
    ready.use(deploy_model, **plan.arguments)
    assert ready.plan(deploy_model, **plan.arguments).arguments == plan.arguments
