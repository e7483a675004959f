"""The tools of Cloud Storage, through Google's own client."""

from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest

from demo.cloud.server import CloudServer
from tests.fakes.desk import FakeDesk
from tests.fakes.mlflow import FakeMlflow
from tests.fakes.prefect import FakePrefect
from tools.errors import Refused, Unavailable
from tools.google.downloading import download_object
from tools.google.objects import describe_object, list_buckets, list_objects, read_object
from tools.google.place import Identity, Place
from tools.google.project import describe_project
from tools.google.signing import SignedUrl, sign_object_url
from tools.google.storage import StorageServer
from tools.google.uploading import ObjectUploaded, upload_object
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Call, Origin, Tool, ToolResult

Use = Callable[..., ToolResult]


@pytest.fixture
def bucket(cloud: CloudServer) -> str:
    """A bucket that no other test uses."""
    return cloud.buckets.make(f"data-{uuid4().hex[:8]}").name


@pytest.fixture
def use(storage_server: StorageServer, bucket: str, tmp_path: Path) -> Use:
    """Calls a tool as Alice, who has shared a file."""
    prefect, desk = FakePrefect(), FakeDesk(bucket)
    desk.files["churn.csv"] = b"a,b\n1,2\n"
    backends = Backends(
        prefect=prefect, mlflow=FakeMlflow(), sources=FolderStore(tmp_path), desk=desk, storage=storage_server
    )

    def used(tool: Tool, *, key: str = "k", **arguments: object) -> ToolResult:
        origin = Origin(thread="T0LOCAL:C0MLPIPE:1718.01", actor="U0ALICE")
        call = Call(key=key, origin=origin, now=prefect.now())
        return tool.function(tool.arguments.model_validate(arguments), backends, call)

    return used


def test_a_file_goes_into_a_bucket_is_found_read_and_opened_for_somebody_else(use: Use, bucket: str) -> None:
    kept = use(upload_object, object=f"gs://{bucket}/exports/").data
    assert isinstance(kept, ObjectUploaded)
    assert f"- `{bucket}`" in use(list_buckets).text
    assert "- `exports/`" in use(list_objects, bucket=bucket).text
    assert "2 columns: `a`, `b`. All 2 lines." in use(read_object, object=f"gs://{bucket}/exports/churn.csv").text
    assert f"generation {kept.object.generation}" in use(describe_object, object="exports/churn", bucket=bucket).text
    [file] = use(download_object, object=kept.object.uri).files
    assert (file.name, file.content) == ("churn.csv", b"a,b\n1,2\n")
    signed = use(sign_object_url, object=kept.object.uri, minutes=1).data
    assert isinstance(signed, SignedUrl)
    with urlopen(signed.url, timeout=10) as answer:
        assert answer.read() == b"a,b\n1,2\n"


def test_the_same_call_is_made_once_and_another_one_overwrites_nothing(use: Use, bucket: str) -> None:
    first = use(upload_object, object=f"gs://{bucket}/a.csv").data
    again = use(upload_object, object=f"gs://{bucket}/a.csv").data
    assert first == again
    with pytest.raises(Refused, match="is there already, and I overwrite nothing"):
        use(upload_object, object=f"gs://{bucket}/a.csv", key="another")


def test_what_we_may_do_is_told(use: Use, bucket: str) -> None:
    assert f"- `{bucket}`: list, read, add, replace or remove objects" in use(describe_project).text


def test_a_cloud_storage_that_is_away_is_told_at_once(tmp_path: Path) -> None:
    place = Place("p", storage_url="http://127.0.0.1:9")
    storage = StorageServer(place, Identity(), default_bucket="data")
    backends = Backends(
        prefect=FakePrefect(),
        mlflow=FakeMlflow(),
        sources=FolderStore(tmp_path),
        desk=FakeDesk("data"),
        storage=storage,
    )
    call = Call(key="k", origin=Origin(), now=FakePrefect().now())
    with pytest.raises(Unavailable, match="I could not reach Cloud Storage: connection refused"):
        list_objects.function(list_objects.arguments(), backends, call)
