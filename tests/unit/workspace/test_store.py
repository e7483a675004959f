"""What survives a restart."""

import dataclasses
from pathlib import Path

import pytest

from demo.workspace.credentials import kept_credentials
from demo.workspace.store import FolderStore, StoreUnusable
from demo.workspace.workspace import Workspace


def test_everything_written_is_there_after_a_restart(tmp_path: Path) -> None:
    first = Workspace(FolderStore(tmp_path))
    root = first.post("alice", "#ml-pipelines", "hello", files=[("a.py", b"x = 1")])
    first.post("bob", "#ml-pipelines", "hi", root.ts)
    doomed = first.post("carol", "#ml-pipelines", "nonsense")
    first.delete("carol", doomed)
    first.add_reaction("carol", root, "eyes")
    room = first.create_channel("new", ["alice"])
    first.close()

    second = Workspace(FolderStore(tmp_path))

    thread = second.thread("C0MLPIPE", root.ts)
    assert [m.text for m in thread] == ["hello", "hi"]
    assert thread[0] == first.message("C0MLPIPE", root.ts)
    assert second.content(root.files[0].id) == b"x = 1"
    assert second.channel("#new") == room
    assert len(second.messages("C0MLPIPE")) == 1
    second.close()


def test_timestamps_go_on_after_those_before_the_restart(tmp_path: Path) -> None:
    first = Workspace(FolderStore(tmp_path), clock=lambda: 2_000_000_000.0)
    before = first.post("alice", "#random", "hello").ts
    first.close()
    second = Workspace(FolderStore(tmp_path), clock=lambda: 1_000_000_000.0)
    assert second.post("alice", "#random", "again").ts > before
    second.close()


def test_a_killed_process_loses_nothing_that_was_written(tmp_path: Path) -> None:
    first = Workspace(FolderStore(tmp_path))
    first.post("alice", "#random", "hello")
    second = Workspace(FolderStore(tmp_path))  # the first was never closed
    assert [m.text for m in second.messages("C0RANDOM")] == ["hello"]
    first.close()
    second.close()


def test_credentials_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    made = kept_credentials(tmp_path / "state")
    assert kept_credentials(tmp_path / "state") == made
    assert (tmp_path / "state" / "credentials.json").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_one_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file stands here")
    with pytest.raises(StoreUnusable, match=r"state: (Not a directory|File exists)"):
        FolderStore(tmp_path / "state")


def test_a_broken_database_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "workspace.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreUnusable, match="--fresh"):
        FolderStore(tmp_path)


def test_records_of_another_version_are_refused_and_not_half_read(tmp_path: Path) -> None:
    @dataclasses.dataclass
    class Old:
        name: str

    store = FolderStore(tmp_path)
    store.put("message", "C:1", Old("x"))
    with pytest.raises(StoreUnusable, match="another version"):
        Workspace(store)
    store.close()


def test_a_message_that_cannot_be_kept_is_not_said(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    workspace = Workspace(store)
    store._db.execute("PRAGMA query_only=ON")  # as a full disk: reads go on, writes fail
    with pytest.raises(StoreUnusable, match="cannot keep"):
        workspace.post("alice", "#random", "hello")
    assert workspace.messages("C0RANDOM") == []
    workspace.close()
