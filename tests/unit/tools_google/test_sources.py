import hashlib
from datetime import timedelta

import pytest

from tests.fakes.storage import FakeStorage
from tools.errors import BadArguments, Refused, Unavailable
from tools.google.client import NewObject
from tools.google.results import StoredObject
from tools.google.sources import BucketStore
from tools.pipelines.store import Shared

SOURCE = b"from prefect import flow\n"
DIGEST = hashlib.sha256(SOURCE).hexdigest()


@pytest.fixture
def storage() -> FakeStorage:
    return FakeStorage("sources")


@pytest.fixture
def store(storage: FakeStorage) -> BucketStore:
    return BucketStore(storage, "gs://sources/pipelines/")


def test_what_was_kept_is_given_back_by_its_digest(storage: FakeStorage, store: BucketStore) -> None:
    assert store.put(SOURCE, "churn.py") == DIGEST
    kept = BucketStore(storage, "gs://sources/pipelines").get(DIGEST)
    assert (kept.digest, kept.filename, kept.source) == (DIGEST, "churn.py", SOURCE)
    assert store.uri(DIGEST) == f"gs://sources/pipelines/{DIGEST}/churn.py"
    assert store.signed(DIGEST).startswith(f"https://storage.example/sources/pipelines/{DIGEST}/churn.py?")


def test_an_address_lasts_until_its_run_has_begun_and_there_is_none_for_longer_than_google_signs(
    store: BucketStore,
) -> None:
    store.put(SOURCE, "churn.py")
    assert "Expires=21600&" in store.signed(DIGEST)
    assert "Expires=108000&" in store.signed(DIGEST, delay=timedelta(days=1))
    assert store.signed(DIGEST, delay=timedelta(days=7)) == ""


def test_who_shared_a_source_first_is_kept_with_it(store: BucketStore) -> None:
    store.put(SOURCE, "churn.py", shared=Shared("U0ALICE", "T1:C1:1.0"))
    store.put(SOURCE, "churn.py", shared=Shared("U0BOB", "T1:C2:2.0"))
    assert store.get(DIGEST).shared == Shared("U0ALICE", "T1:C1:1.0")
    assert store.get(store.put(b"x = 1", "other.py")).shared is None


def test_keeping_the_same_bytes_again_changes_nothing(storage: FakeStorage, store: BucketStore) -> None:
    store.put(SOURCE, "churn.py")
    store.put(SOURCE, "other name.py")
    assert [each.name for each in storage.objects("sources", flat=True).objects] == [f"pipelines/{DIGEST}/churn.py"]


def test_two_who_keep_the_same_at_once_both_succeed(storage: FakeStorage) -> None:
    class Late(BucketStore):
        """Looks before the other one wrote, and writes after."""

        looked = 0

        def _kept(self, digest: str) -> StoredObject | None:
            self.looked += 1
            return None if self.looked == 1 else super()._kept(digest)

    BucketStore(storage, "gs://sources").put(SOURCE, "churn.py")
    assert Late(storage, "gs://sources").put(SOURCE, "churn.py") == DIGEST


@pytest.mark.parametrize("digest", ["", "0" * 64, "abc", "../" + "0" * 61, DIGEST[:12], DIGEST.upper()])
def test_an_unknown_digest_is_refused(store: BucketStore, digest: str) -> None:
    store.put(SOURCE, "churn.py")
    for ask in (store.get, store.uri):
        with pytest.raises(BadArguments, match="Share its file again"):
            ask(digest)
    assert store.signed(digest) == ""


def test_a_source_that_was_changed_is_not_used(storage: FakeStorage, store: BucketStore) -> None:
    storage.write(NewObject(bucket="sources", name=f"pipelines/{DIGEST}/churn.py", content=b"evil"))
    with pytest.raises(Refused, match="was changed after it was kept"):
        store.get(DIGEST)


def test_a_bucket_that_does_not_answer_is_told_and_a_run_goes_without_an_address(
    storage: FakeStorage, store: BucketStore
) -> None:
    store.put(SOURCE, "churn.py")
    storage.away = Unavailable("Cloud Storage", "connection refused")
    with pytest.raises(Unavailable):
        store.put(SOURCE, "churn.py")
    assert store.signed(DIGEST) == ""
