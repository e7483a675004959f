"""Where the sources of pipelines are kept when that is a bucket: by digest, written once and never over another."""

import hashlib
from datetime import timedelta

from tools.errors import ToolError
from tools.google.client import NewObject, StorageBackend
from tools.google.connection import Exists
from tools.google.results import StoredObject
from tools.pipelines import store
from tools.pipelines.store import Shared, Source, unchanged
from tools.pipelines.text import safe_filename

#: How long the pool may fetch a source by the address that goes with a run: a run may have to wait for a worker.
SIGNED_SECONDS = 6 * 3_600
LONGEST_SECONDS = 7 * 24 * 3_600  #: Google signs for no longer
BY, THREAD = "trainmaster-shared-by", "trainmaster-thread"
MOST_BYTES = 50_000_000  #: as the pull step takes


class BucketStore:
    """Keeps each source under its digest in a bucket; any number of processes and hosts may keep and read."""

    def __init__(self, storage: StorageBackend, address: str) -> None:
        """Remember where that is; nothing is called.

        Args:
            storage: Cloud Storage.
            address: Such as `gs://bucket/pipelines`.
        """
        self._storage = storage
        self._bucket, _, prefix = address.removeprefix("gs://").strip("/").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""

    def put(self, source: bytes, filename: str, *, shared: Shared | None = None) -> str:
        """See `SourceStore.put`."""
        digest = hashlib.sha256(source).hexdigest()
        if self._kept(digest) is None:
            new = NewObject(
                bucket=self._bucket,
                name=f"{self._prefix}{digest}/{safe_filename(filename)}",
                content=source,
                content_type="text/x-python",
                metadata={"trainmaster-sha256": digest} | ({BY: shared.by, THREAD: shared.thread} if shared else {}),
            )
            try:
                self._storage.write(new)
            except Exists:  # somebody kept the same in this moment: the name says that its content is the same
                self.get(digest)
        return digest

    def get(self, digest: str) -> Source:
        """See `SourceStore.get`."""
        found = self._found(digest)
        source = self._storage.read(found, length=MOST_BYTES)
        written = found.metadata
        shared = Shared(written[BY], written[THREAD]) if BY in written and THREAD in written else None
        return unchanged(Source(digest=digest, filename=found.name.rpartition("/")[2], source=source, shared=shared))

    def uri(self, digest: str) -> str:
        """See `SourceStore.uri`."""
        return self._found(digest).uri

    def signed(self, digest: str, *, delay: timedelta = timedelta()) -> str:
        """See `SourceStore.signed`; of a run that begins in a week or later the pool fetches it as whom it runs."""
        seconds = SIGNED_SECONDS + max(0, int(delay.total_seconds()))
        if seconds > LONGEST_SECONDS:
            return ""
        try:
            return self._storage.signed_url(self._found(digest), seconds=seconds)
        except ToolError:  # the pool may have an identity of its own; where it has none, its log says so
            return ""

    def _found(self, digest: str) -> StoredObject:
        return store.found(digest, self._kept)

    def _kept(self, digest: str) -> StoredObject | None:
        page = self._storage.objects(self._bucket, prefix=f"{self._prefix}{digest}/", flat=True, limit=10)
        return next((each for each in page.objects if each.name.endswith(".py")), None)
