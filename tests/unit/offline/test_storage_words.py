import pytest
from langchain_core.messages import HumanMessage

from tools.catalogue import CATALOGUE
from worker.agent.model import function_of
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
        ("give me a link to gs://ml-data/a.csv", "sign_object_url", {"object": "gs://ml-data/a.csv"}),
        ("make a signed url for gs://ml-data/a.csv", "sign_object_url", {"object": "gs://ml-data/a.csv"}),
    ],
)
def test_objects_are_meant_by_their_address(text: str, tool: str, arguments: dict[str, object]) -> None:
    assert asked(text) == (tool, arguments)
