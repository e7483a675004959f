"""Where a workspace is kept between two starts: one SQLite file and a folder of uploaded bytes, or memory alone."""

import dataclasses
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

Record = TypeVar("Record")


class StoreUnusable(Exception):
    """The folder cannot be read or written; the text says which, why, and what to do, for a person to read."""


class Store(Protocol):
    """Records by (kind, id) and file contents by id. Every call is atomic; callers hold the workspace's lock."""

    def put(self, kind: str, key: str, record: object) -> None:
        """Keep a dataclass, replacing what was kept under that kind and key."""

    def drop(self, kind: str, key: str) -> None:
        """Forget a record; nothing happens when there is none."""

    def all(self, kind: str, of: type[Record]) -> Iterator[Record]:
        """Every record of a kind in order of its key."""

    def write(self, file_id: str, content: bytes) -> None:
        """Keep the bytes of a file."""

    def read(self, file_id: str) -> bytes | None:
        """The bytes of a file; None when they are gone."""

    def erase(self, file_id: str) -> None:
        """Forget the bytes of a file."""

    def close(self) -> None:
        """Let go of what is open."""


class MemoryStore:
    """Keeps file contents while the process lives, and nothing else: the workspace itself is the memory."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def put(self, kind: str, key: str, record: object) -> None:
        """Nothing to do: no restart will ask for it."""

    def drop(self, kind: str, key: str) -> None:
        """Nothing to do."""

    def all(self, kind: str, of: type[Record]) -> Iterator[Record]:
        """Nothing survives."""
        del kind, of
        return iter(())

    def write(self, file_id: str, content: bytes) -> None:
        """Keep the bytes of a file."""
        self._contents[file_id] = content

    def read(self, file_id: str) -> bytes | None:
        """The bytes of a file; None when they are gone."""
        return self._contents.get(file_id)

    def erase(self, file_id: str) -> None:
        """Forget the bytes of a file."""
        self._contents.pop(file_id, None)

    def close(self) -> None:
        """Nothing is open."""


class FolderStore:
    """A folder: `workspace.sqlite` and `files/`. Survives a kill at any moment; one process at a time.

    Raises:
        StoreUnusable: From every call: the disk is full, the folder is not ours, the database is none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = folder / "files"
        with self._explained():
            self._files.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(folder / "workspace.sqlite", check_same_thread=False, isolation_level=None)
            # Write-ahead log without a sync per write: a killed process loses nothing, only a power cut could.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS record (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key))"
            )

    def put(self, kind: str, key: str, record: object) -> None:
        """Keep a dataclass, replacing what was kept under that kind and key."""
        if not dataclasses.is_dataclass(record) or isinstance(record, type):
            raise TypeError(f"not a record: {kind}")
        body = json.dumps(dataclasses.asdict(record), separators=(",", ":"))
        with self._explained():
            self._db.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (kind, key, body))

    def drop(self, kind: str, key: str) -> None:
        """Forget a record; nothing happens when there is none."""
        with self._explained():
            self._db.execute("DELETE FROM record WHERE kind = ? AND key = ?", (kind, key))

    def all(self, kind: str, of: type[Record]) -> Iterator[Record]:
        """Every record of a kind in order of its key."""
        adapter = TypeAdapter(of)
        with self._explained():
            rows = self._db.execute("SELECT body FROM record WHERE kind = ? ORDER BY key", (kind,)).fetchall()
            return iter([adapter.validate_json(body) for (body,) in rows])

    def write(self, file_id: str, content: bytes) -> None:
        """Keep the bytes of a file, whole or not at all."""
        unfinished = self._files / f"{file_id}.part"
        with self._explained():
            unfinished.write_bytes(content)
            os.replace(unfinished, self._files / file_id)  # noqa: PTH105 - Path.replace hides that this is the atomic step

    def read(self, file_id: str) -> bytes | None:
        """The bytes of a file; None when they are gone."""
        path = self._files / file_id
        with self._explained():
            return path.read_bytes() if path.is_file() else None

    def erase(self, file_id: str) -> None:
        """Forget the bytes of a file."""
        with self._explained():
            (self._files / file_id).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except ValidationError as foreign:
            reason = "it was written by another version"
            raise StoreUnusable(self._complaint(reason, "Start afresh with --fresh.")) from foreign
        except sqlite3.DatabaseError as broken:
            raise StoreUnusable(
                self._complaint(str(broken), "Free disk space, or start afresh with --fresh.")
            ) from broken
        except OSError as unusable:
            reason = unusable.strerror or type(unusable).__name__
            raise StoreUnusable(self._complaint(reason, "Free disk space, or choose another folder.")) from unusable

    def _complaint(self, reason: str, remedy: str) -> str:
        return f"The local workspace cannot keep its state in {self._folder}: {reason}. {remedy}"
