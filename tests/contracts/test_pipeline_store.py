"""From a bucket to a run: kept through Google's client, fetched by the pull step with nothing but Python."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from demo.cloud.server import CloudServer
from tests.unit.tools_pipelines.pool_process import pulled
from tools.google.sources import BucketStore
from tools.google.storage import StorageServer

SOURCE = b"from prefect import flow\n# \xc3\xa4\n"
DIGEST = hashlib.sha256(SOURCE).hexdigest()


@pytest.fixture
def store(cloud: CloudServer, storage_server: StorageServer) -> BucketStore:
    """A store that holds one source."""
    bucket = cloud.buckets.make(f"sources-{uuid4().hex[:8]}")
    made = BucketStore(storage_server, f"gs://{bucket.name}/pipe lines")
    assert made.put(SOURCE, "churn.py") == made.put(SOURCE, "again.py") == DIGEST
    return made


class Metadata(BaseHTTPRequestHandler):
    """The machine's own server, which tells as whom it runs."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Metadata-Flavor")))
        body = json.dumps({"access_token": "ya29.demo", "expires_in": 60}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def metadata() -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Its address, and what it was asked."""
    asked: list[tuple[str, str | None]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (Metadata,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_run_fetches_its_source_by_the_address_that_came_with_it(store: BucketStore) -> None:
    environment = {"TRAINMASTER_SOURCE_URL": store.signed(DIGEST)}
    answer = pulled(store.uri(DIGEST), DIGEST, "churn.py", environment=environment)
    assert answer["files"] == {"churn.py": SOURCE.decode()}


def test_an_address_that_is_no_longer_good_is_no_way_in(store: BucketStore) -> None:
    forged = store.signed(DIGEST).replace("X-Goog-Expires=21600", "X-Goog-Expires=604800")
    environment = {"TRAINMASTER_SOURCE_URL": forged, "GCE_METADATA_HOST": "127.0.0.1:9"}
    answer = pulled(store.uri(DIGEST), DIGEST, "churn.py", environment=environment)
    assert "the pool runs as no service account" in str(answer["refused"])
    assert "X-Goog" not in str(answer["refused"])


def test_what_was_changed_in_the_bucket_is_not_run(store: BucketStore, cloud: CloudServer) -> None:
    bucket, _, name = store.uri(DIGEST).removeprefix("gs://").partition("/")
    cloud.buckets.put(bucket, name, b"evil")
    environment = {"STORAGE_EMULATOR_HOST": cloud.url}
    answer = pulled(store.uri(DIGEST), DIGEST, "churn.py", environment=environment)
    assert f"but {DIGEST[:12]} was registered" in str(answer["refused"])


def test_on_this_machine_no_credentials_are_asked_for(store: BucketStore, cloud: CloudServer) -> None:
    environment = {"STORAGE_EMULATOR_HOST": cloud.url, "GCE_METADATA_HOST": "127.0.0.1:9"}
    answer = pulled(store.uri(DIGEST), DIGEST, "churn.py", environment=environment)
    assert answer["files"] == {"churn.py": SOURCE.decode()}


def test_elsewhere_the_machine_is_asked_as_whom_it_runs_and_only_google_is_told(
    store: BucketStore, metadata: tuple[str, list[tuple[str, str | None]]]
) -> None:
    host, asked = metadata
    # Google itself is out of reach here: a proxy that is not there sees that nobody else is asked.
    environment = {
        "GCE_METADATA_HOST": host,
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "127.0.0.1",
        "STORAGE_EMULATOR_HOST": "http://storage.example.com",
    }
    answer = pulled(store.uri(DIGEST), DIGEST, "churn.py", environment=environment)
    assert "could not be fetched" in str(answer["refused"])
    assert asked == [("/computeMetadata/v1/instance/service-accounts/default/token", "Google")]
