import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import uuid4

import pytest

from demo.cloud.server import CloudServer
from tests.contracts.storage_worlds import StorageWorld
from tests.fakes.storage import FakeStorage
from tools.errors import BadArguments, Refused
from tools.google.client import ASKED_PERMISSIONS, NewObject
from tools.google.connection import Exists
from tools.google.results import StoredObject
from tools.google.storage import StorageServer


def fetched(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


@pytest.fixture(params=["fake", "server"])
def world(request: pytest.FixtureRequest) -> StorageWorld:
    """Cloud Storage in memory, and Google's own client on the local stand-in."""
    if request.param == "fake":
        fake = FakeStorage()
        return StorageWorld(fake, lambda name, *allowed: fake.allow(name, *(allowed or ASKED_PERMISSIONS)))
    cloud: CloudServer = request.getfixturevalue("cloud")
    backend = request.getfixturevalue("storage_server")

    def make(name: str, *allowed: str) -> None:
        cloud.buckets.make(name, **({"permissions": allowed} if allowed else {}))

    return StorageWorld(backend, make, fetched)


@pytest.fixture
def bucket(world: StorageWorld) -> str:
    """A bucket that no other test uses."""
    name = f"data-{uuid4().hex[:8]}"
    world.make(name)
    return name


def put(world: StorageWorld, bucket: str, name: str, content: bytes = b"x", *, generation: int = 0) -> StoredObject:
    new = NewObject(bucket=bucket, name=name, content=content, content_type="text/csv", generation=generation)
    return world.backend.write(new)


def test_what_was_written_is_read_back_with_what_stands_beside_it(world: StorageWorld, bucket: str) -> None:
    new = NewObject(
        bucket=bucket,
        name="a b/ü?.csv",
        content=b"a,b\n1,2\n",
        content_type="text/csv",
        metadata={"trainmaster-key": "k"},
    )
    written = world.backend.write(new)
    found = world.backend.object(bucket, "a b/ü?.csv")
    assert (found.size, found.content_type, found.metadata) == (8, "text/csv", {"trainmaster-key": "k"})
    assert found.generation == written.generation != ""
    assert world.backend.read(found, length=100) == b"a,b\n1,2\n"
    assert world.backend.read(found, start=4, length=2) == b"1,"
    assert world.backend.read(found, start=8, length=5) == b""


def test_nothing_is_overwritten_unless_the_generation_that_is_there_is_named(world: StorageWorld, bucket: str) -> None:
    first = put(world, bucket, "model.bin", b"one")
    for wrong in (0, 12345):
        with pytest.raises(Exists):
            put(world, bucket, "model.bin", b"two", generation=wrong)
    assert world.backend.read(world.backend.object(bucket, "model.bin"), length=9) == b"one"
    second = put(world, bucket, "model.bin", b"two", generation=int(first.generation))
    assert second.generation != first.generation
    with pytest.raises(BadArguments, match="was replaced or removed"):
        world.backend.read(first, length=9)


def test_an_upload_in_pieces_arrives_whole_and_keeps_its_condition(world: StorageWorld, bucket: str) -> None:
    content = bytes(range(256)) * 40_000  # ten million bytes: sent in two pieces
    found = put(world, bucket, "big.bin", content)
    assert found.size == len(content)
    assert world.backend.read(found, start=len(content) - 256, length=1_000) == bytes(range(256))
    with pytest.raises(Exists):
        put(world, bucket, "big.bin", content + b"!")


def test_objects_are_listed_by_name_with_folders_and_the_rest_is_said(world: StorageWorld, bucket: str) -> None:
    for name in ("a.csv", "models/churn/1", "models/churn/2", "models/fraud/1", "z.csv"):
        put(world, bucket, name)
    page = world.backend.objects(bucket)
    assert ([each.name for each in page.objects], page.folders, page.more) == (["a.csv", "z.csv"], ("models/",), False)
    page = world.backend.objects(bucket, prefix="models/")
    assert (page.folders, page.objects) == (("models/churn/", "models/fraud/"), ())
    page = world.backend.objects(bucket, prefix="models/", flat=True, limit=2)
    assert ([each.name for each in page.objects], page.more) == (["models/churn/1", "models/churn/2"], True)
    assert world.backend.objects(bucket, prefix="nothing").objects == ()


def test_buckets_are_listed_and_described(world: StorageWorld, bucket: str) -> None:
    assert bucket in {each.name for each in world.backend.buckets().buckets}
    assert world.backend.bucket(bucket).location == "EU"
    world.make(f"{bucket}-2")
    page = world.backend.buckets(limit=1)
    assert (len(page.buckets), page.more) == (1, True)


def test_what_we_may_do_with_a_bucket_is_told(world: StorageWorld, bucket: str) -> None:
    world.make(f"{bucket}-ro", "storage.objects.list", "storage.objects.get")
    assert world.backend.permissions(bucket) == ASKED_PERMISSIONS
    assert world.backend.permissions(f"{bucket}-ro") == ("storage.objects.list", "storage.objects.get")


def test_what_is_not_there_is_the_callers_mistake(world: StorageWorld, bucket: str) -> None:
    gone = re.escape(f"Cloud Storage has no object gs://{bucket}/nothing.")
    with pytest.raises(BadArguments, match=gone):
        world.backend.object(bucket, "nothing")
    for call in (world.backend.bucket, world.backend.permissions, world.backend.objects):
        with pytest.raises(BadArguments, match="Cloud Storage has no bucket called no-such-bucket"):
            call("no-such-bucket")


def test_a_signed_url_opens_one_generation_of_one_object(world: StorageWorld, bucket: str) -> None:
    found = put(world, bucket, "a b/ü.csv", b"a,b\n")
    url = world.backend.signed_url(found, seconds=60)
    assert "X-Goog-Expires=60" in url
    if world.fetch is None:
        return
    assert world.fetch(url) == b"a,b\n"
    for forged in (
        url.replace("X-Goog-Expires=60", "X-Goog-Expires=600"),
        url.replace("csv", "csw"),
        url.split("&X-Goog-Signature")[0],
    ):
        with pytest.raises(HTTPError, match="403"):
            world.fetch(forged)


def test_a_bucket_that_we_may_only_read_refuses_to_be_written(
    storage_server: StorageServer, cloud: CloudServer
) -> None:
    cloud.buckets.make("read-only", permissions=("storage.objects.get",))
    with pytest.raises(Refused, match=r"Cloud Storage does not allow us to do this: .*storage\.objects\.create"):
        storage_server.write(NewObject(bucket="read-only", name="a", content=b"a"))


def test_what_is_kept_survives_a_restart_of_the_stand_in(tmp_path: Path) -> None:
    first = CloudServer(tmp_path)
    first.buckets.make("data")
    kept = first.buckets.put("data", "a", b"one")
    first.stop()
    second = CloudServer(tmp_path)
    assert second.buckets.content(second.buckets.object("data", "a")) == b"one"
    assert second.buckets.put("data", "b", b"two").generation > kept.generation
    assert second.key_file.read_bytes() == first.key_file.read_bytes()
    second.stop()
