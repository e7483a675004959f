"""Where the sources of pipelines are kept: by the digest of their content, so that a version never changes."""

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from tools.errors import BadArguments, Refused, Unavailable
from tools.pipelines.text import safe_filename

_DIGEST = re.compile(r"[0-9a-f]{64}")
Place = TypeVar("Place")
SHARED = "shared.json"
_SYSTEM = "the pipeline store"
_READABLE_FILE = 0o644
_READABLE_FOLDER = 0o755
_REASONS = {
    errno.ENOSPC: "its disk is full",
    errno.EDQUOT: "its disk quota is used up",
    errno.EACCES: "its folder may not be read or written by this process",
    errno.EPERM: "its folder may not be read or written by this process",
    errno.EROFS: "its folder is on a read-only disk",
    errno.ENOTDIR: "its path is a file and not a folder",
}


@dataclass(frozen=True, slots=True)
class Shared:
    """Who shared a file, and in which thread.

    Attributes:
        by: The person's id.
        thread: The thread's reference.
    """

    by: str
    thread: str


@dataclass(frozen=True, slots=True)
class Source:
    """A pipeline's source as it was kept.

    Attributes:
        digest: SHA-256 of the bytes, in hexadecimal.
        filename: The name it was first kept under, made safe.
        source: The bytes.
        shared: Who shared it first; None when that was not written down.
    """

    digest: str
    filename: str
    source: bytes
    shared: Shared | None = None


class SourceStore(Protocol):
    """Keeps sources by the digest of their content."""

    def put(self, source: bytes, filename: str, *, shared: Shared | None = None) -> str:
        """Keep a source and give its digest; keeping the same bytes again changes nothing.

        Args:
            source: The bytes.
            filename: The name that it has where it comes from.
            shared: Who shared it.

        Raises:
            Unavailable: It could not be kept.
        """

    def get(self, digest: str) -> Source:
        """The source with this digest.

        Raises:
            BadArguments: No source with this digest was kept.
            Refused: What was kept is no longer what it was.
            Unavailable: The store could not be read.
        """

    def uri(self, digest: str) -> str:
        """Where the pool fetches the source; the pull step takes it.

        Raises:
            BadArguments: No source with this digest was kept.
            Unavailable: The store could not be read.
        """

    def signed(self, digest: str, *, delay: timedelta = timedelta()) -> str:
        """A short-lived address that goes with one run and needs no credentials; empty where `uri` is enough.

        Args:
            digest: Of a kept source.
            delay: How long after now the run is to begin.
        """


def unchanged(kept: Source) -> Source:
    """The source, if it still is what its digest says.

    Raises:
        Refused: It was changed after it was kept.
    """
    if hashlib.sha256(kept.source).hexdigest() != kept.digest:
        raise Refused(
            f"The kept source {kept.digest[:12]} was changed after it was kept, so I will not use it. "
            "Share the pipeline's file again."
        )
    return kept


def found(digest: str, look: Callable[[str], Place | None]) -> Place:
    """Where a source lies, as `look` tells of a digest; what is no digest is not looked for.

    Raises:
        BadArguments: No source with this digest was kept.
    """
    place = look(digest) if _DIGEST.fullmatch(digest) else None
    if place is None:
        raise BadArguments(f"No pipeline source with the digest {digest[:12]} is kept. Share its file again.")
    return place


class FolderStore:
    """Keeps each source in a folder of its own, named by its digest.

    A source appears there at once and whole, by the rename of a finished folder, so any number of processes may keep
    and read at the same time. Other users of the machine may read it: the pool's worker should be one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()

    def put(self, source: bytes, filename: str, *, shared: Shared | None = None) -> str:
        """See `SourceStore.put`."""
        digest = hashlib.sha256(source).hexdigest()
        with _said_plainly():
            if self._kept(digest) is None:
                self._keep(source, safe_filename(filename), digest, shared)
        return digest

    def get(self, digest: str) -> Source:
        """See `SourceStore.get`."""
        with _said_plainly():
            file = self._file(digest)
            source = file.read_bytes()
            shared = _shared(file.with_name(SHARED))
        return unchanged(Source(digest=digest, filename=file.name, source=source, shared=shared))

    def uri(self, digest: str) -> str:
        """See `SourceStore.uri`."""
        with _said_plainly():
            return self._file(digest).as_uri()

    def signed(self, digest: str, *, delay: timedelta = timedelta()) -> str:
        """See `SourceStore.signed`."""
        del digest, delay  # its file is there for whoever may read the folder
        return ""

    def _file(self, digest: str) -> Path:
        return found(digest, self._kept)

    def _kept(self, digest: str) -> Path | None:
        folder = self._path / digest
        return next(iter(sorted(folder.glob("*.py"))), None) if folder.is_dir() else None

    def _keep(self, source: bytes, filename: str, digest: str, shared: Shared | None) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=".making-", dir=self._path))
        try:
            file = making / filename
            with file.open("wb") as out:
                out.write(source)
                out.flush()
                os.fsync(out.fileno())
            file.chmod(_READABLE_FILE)
            if shared is not None:
                (making / SHARED).write_text(json.dumps(asdict(shared)), "utf-8")
            making.chmod(_READABLE_FOLDER)
            self._publish(making, digest)
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def _publish(self, making: Path, digest: str) -> None:
        try:
            making.rename(self._path / digest)
        except OSError as exc:
            if exc.errno not in (errno.EEXIST, errno.ENOTEMPTY) or self._kept(digest) is None:
                raise


def _shared(file: Path) -> Shared | None:
    """Who shared a source, as it is written beside it; what cannot be read is not known."""
    try:
        return Shared(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise Unavailable(_SYSTEM, _REASONS.get(exc.errno or 0, "its folder cannot be read or written")) from exc
