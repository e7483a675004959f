import hashlib
import multiprocessing
import stat
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tools.errors import BadArguments, Refused, Unavailable
from tools.pipelines.store import SHARED, FolderStore, Shared

SOURCE = b"from prefect import flow\n"
DIGEST = hashlib.sha256(SOURCE).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a store" / "of sources"


def test_what_was_kept_is_given_back_by_its_digest(folder: Path) -> None:
    store = FolderStore(folder)
    assert store.put(SOURCE, "churn.py") == DIGEST
    kept = FolderStore(folder).get(DIGEST)
    assert (kept.digest, kept.filename, kept.source) == (DIGEST, "churn.py", SOURCE)


def test_the_uri_leads_to_the_bytes(folder: Path) -> None:
    store = FolderStore(folder)
    store.put(SOURCE, "churn.py")
    parts = urlsplit(store.uri(DIGEST))
    assert parts.scheme == "file"
    assert Path(unquote(parts.path)).read_bytes() == SOURCE


def test_keeping_the_same_bytes_again_changes_nothing(folder: Path) -> None:
    store = FolderStore(folder)
    store.put(SOURCE, "churn.py")
    before = sorted(str(path) for path in folder.rglob("*"))
    store.put(SOURCE, "other name.py")
    assert sorted(str(path) for path in folder.rglob("*")) == before
    assert store.get(DIGEST).filename == "churn.py"


def test_a_name_cannot_lead_out_of_the_store(folder: Path, tmp_path: Path) -> None:
    FolderStore(folder).put(SOURCE, "../../../outside.py")
    assert [path for path in tmp_path.rglob("*.py") if folder not in path.parents] == []


@pytest.mark.parametrize("digest", ["", "0" * 64, "abc", "../" + "0" * 61, DIGEST[:12], DIGEST.upper()])
def test_an_unknown_digest_is_refused(folder: Path, digest: str) -> None:
    store = FolderStore(folder)
    store.put(SOURCE, "churn.py")
    with pytest.raises(BadArguments):
        store.get(digest)
    with pytest.raises(BadArguments):
        store.uri(digest)


def test_a_source_that_was_tampered_with_is_refused(folder: Path) -> None:
    store = FolderStore(folder)
    store.put(SOURCE, "churn.py")
    next(folder.rglob("*.py")).write_bytes(b"import os\n")
    with pytest.raises(Refused, match="changed after it was kept"):
        store.get(DIGEST)


def test_the_pool_may_read_what_is_kept_when_it_is_another_user(folder: Path) -> None:
    FolderStore(folder).put(SOURCE, "churn.py")
    file = next(folder.rglob("*.py"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o755


def test_a_store_that_cannot_be_made_is_unavailable_and_its_path_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable) as refused:
        FolderStore(tmp_path / "file" / "store").put(SOURCE, "churn.py")
    assert str(tmp_path) not in str(refused.value)
    assert "pipeline store" in str(refused.value)


def test_many_that_keep_the_same_source_at_once_leave_one_and_no_litter(folder: Path) -> None:
    start = threading.Barrier(8)
    digests: list[str] = []

    def keep() -> None:
        start.wait()
        digests.append(FolderStore(folder).put(SOURCE, "churn.py"))

    threads = [threading.Thread(target=keep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert digests == [DIGEST] * 8
    assert [path.name for path in folder.iterdir()] == [DIGEST]


def _keep_until_killed(folder: Path) -> None:
    number = 0
    while True:
        FolderStore(folder).put(f"# {number}\n".encode() * 10_000, "churn.py")
        number += 1


def test_a_process_killed_while_keeping_leaves_only_whole_sources(folder: Path) -> None:
    folder.mkdir(parents=True)
    process = multiprocessing.get_context("fork").Process(target=_keep_until_killed, args=(folder,))
    process.start()
    while len(list(folder.iterdir())) < 20:
        assert process.is_alive()
    process.kill()
    process.join()
    store = FolderStore(folder)
    kept = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
    assert kept
    assert all(hashlib.sha256(store.get(digest).source).hexdigest() == digest for digest in kept)


def test_who_shared_a_source_first_is_kept_beside_it(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    digest = store.put(b"x = 1", "churn.py", shared=Shared("U0ALICE", "T1:C1:1.0"))
    store.put(b"x = 1", "again.py", shared=Shared("U0BOB", "T1:C2:2.0"))
    assert store.get(digest).shared == Shared("U0ALICE", "T1:C1:1.0")
    assert store.get(store.put(b"x = 2", "churn.py")).shared is None
    (tmp_path / digest / SHARED).write_text('{"by": 1')
    assert store.get(digest).shared is None
