import pytest
from langchain_core.messages import HumanMessage

from tools.catalogue import CATALOGUE
from worker.agent.functions import function_of
from worker.agent.offline import OfflineModel


def asked(text: str) -> tuple[str, dict[str, object]]:
    model = OfflineModel().bind_tools([function_of(tool) for tool in CATALOGUE])
    [call] = model.invoke([HumanMessage(text)]).tool_calls
    return call["name"], call["args"]


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("list buckets", "list_buckets", {}),
        ("what is in gs://ml-data?", "list_objects", {"bucket": "gs://ml-data"}),
        ("list gs://ml-data/exports/", "list_objects", {"bucket": "gs://ml-data/exports/"}),
        ("show me gs://ml-data/exports/churn.csv.", "read_object", {"object": "gs://ml-data/exports/churn.csv"}),
        ("open gs://ml-data/a_b.json please", "read_object", {"object": "gs://ml-data/a_b.json"}),
        (
            "upload churn.csv to gs://ml-data/exports/",
            "upload_object",
            {"object": "gs://ml-data/exports/", "file": "churn.csv"},
        ),
        ("please save this file to gs://ml-data", "upload_object", {"object": "gs://ml-data/"}),
        ("download gs://ml-data/a.csv", "download_object", {"object": "gs://ml-data/a.csv"}),
        ("please fetch gs://ml-data/a.csv.", "download_object", {"object": "gs://ml-data/a.csv"}),
        ("put gs://ml-data/a.csv into this thread", "download_object", {"object": "gs://ml-data/a.csv"}),
        ("share gs://ml-data/a.csv here", "download_object", {"object": "gs://ml-data/a.csv"}),
        ("give me a link to gs://ml-data/a.csv", "sign_object_url", {"object": "gs://ml-data/a.csv"}),
        ("make a signed url for gs://ml-data/a.csv", "sign_object_url", {"object": "gs://ml-data/a.csv"}),
    ],
)
def test_objects_are_meant_by_their_address(text: str, tool: str, arguments: dict[str, object]) -> None:
    assert asked(text) == (tool, arguments)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (
            "deploy champion of churn to churn-staging",
            {"model": "churn", "version": "champion", "endpoint": "churn-staging"},
        ),
        ("deploy churn v2 to churn-staging", {"model": "churn", "version": "2", "endpoint": "churn-staging"}),
        ("deploy churn v3 to the endpoint prod-churn", {"model": "churn", "version": "3", "endpoint": "prod-churn"}),
        ("please deploy churn v3 to staging", {"model": "churn", "version": "3", "endpoint": "staging"}),
    ],
)
def test_a_version_is_deployed_to_the_endpoint_that_is_named(text: str, arguments: dict[str, object]) -> None:
    name, given = asked(text)
    assert name == "deploy_model"
    assert given == arguments


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("undeploy churn v3 from churn-staging", "churn v3"),
        ("please take churn v3 off churn-staging", "churn v3"),
        ("undeploy v3 from churn-staging", "v3"),
        ("take v3 down from churn-staging", "v3"),
    ],
)
def test_a_deployed_model_is_taken_off_the_endpoint_that_is_named(text: str, model: str) -> None:
    assert asked(text) == ("undeploy_model", {"endpoint": "churn-staging", "model": model})
