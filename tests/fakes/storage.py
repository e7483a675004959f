"""Cloud Storage in memory, for tests that need what it answers and not how."""

from datetime import UTC, datetime

from tools.errors import BadArguments, ToolError
from tools.google.client import ASKED_PERMISSIONS, NewObject
from tools.google.connection import Exists
from tools.google.results import Bucket, BucketPage, ObjectPage, Ping, StoredObject

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
EMAIL = "trainmaster@demo.iam.gserviceaccount.com"


class FakeStorage:
    """A `StorageBackend` that holds everything in memory.

    Attributes:
        away: What every call raises; None while it answers.
    """

    configured = True
    location = "us-central1"

    def __init__(self, *buckets: str, project: str = "demo", default_bucket: str = "") -> None:
        self.project = project
        self.default_bucket = default_bucket
        self.away: ToolError | None = None
        self._permissions: dict[str, tuple[str, ...]] = dict.fromkeys(buckets, ASKED_PERMISSIONS)
        self._objects: dict[tuple[str, str], tuple[StoredObject, bytes]] = {}
        self._latest = 0

    def allow(self, bucket: str, *permissions: str) -> None:
        """Make a bucket with these permissions, or give it these."""
        self._permissions[bucket] = permissions

    def ping(self) -> Ping:
        self._answers()
        return Ping(system="Cloud Storage", milliseconds=3)

    def identity(self) -> str:
        return EMAIL

    def buckets(self, *, limit: int = 200) -> BucketPage:
        self._answers()
        names = sorted(self._permissions)
        return BucketPage(buckets=tuple(self.bucket(name) for name in names[:limit]), more=len(names) > limit)

    def bucket(self, name: str) -> Bucket:
        self._known(name)
        return Bucket(name=name, location="EU", storage_class="STANDARD", created=EPOCH)

    def permissions(self, bucket: str) -> tuple[str, ...]:
        self._known(bucket)
        return self._permissions[bucket]

    def objects(self, bucket: str, *, prefix: str = "", flat: bool = False, limit: int = 50) -> ObjectPage:
        self._known(bucket)
        objects: dict[str, StoredObject | None] = {}
        for home, name in sorted(self._objects):
            if home == bucket and name.startswith(prefix):
                rest, cut, _ = name[len(prefix) :].partition("/")
                folder = bool(cut) and not flat
                objects[f"{prefix}{rest}/" if folder else name] = None if folder else self._objects[home, name][0]
        shown = dict(list(objects.items())[:limit])
        return ObjectPage(
            bucket=bucket,
            prefix=prefix,
            folders=tuple(name for name, found in shown.items() if found is None),
            objects=tuple(found for found in shown.values() if found is not None),
            more=len(objects) > limit,
        )

    def object(self, bucket: str, name: str) -> StoredObject:
        self._answers()
        if (bucket, name) not in self._objects:
            raise BadArguments(f"Cloud Storage has no object gs://{bucket}/{name}.")
        return self._objects[bucket, name][0]

    def read(self, found: StoredObject, *, start: int = 0, length: int) -> bytes:
        now = self.object(found.bucket, found.name)
        if now.generation != found.generation:
            raise BadArguments(f"{found.uri} was replaced or removed while I read it; please ask again.")
        return self._objects[found.bucket, found.name][1][start : start + length]

    def write(self, new: NewObject) -> StoredObject:
        self._known(new.bucket)
        before = self._objects.get((new.bucket, new.name))
        if new.generation != (int(before[0].generation) if before else 0):
            raise Exists("Cloud Storage has something else there by now: the condition did not hold.")
        self._latest += 1
        made = StoredObject(
            bucket=new.bucket,
            name=new.name,
            generation=str(self._latest),
            size=len(new.content),
            content_type=new.content_type,
            updated=EPOCH,
            metadata=dict(new.metadata),
        )
        self._objects[new.bucket, new.name] = made, new.content
        return made

    def signed_url(self, found: StoredObject, *, seconds: int) -> str:
        self._answers()
        return f"https://storage.example/{found.bucket}/{found.name}?X-Goog-Expires={seconds}&X-Goog-Signature=00"

    def _known(self, bucket: str) -> None:
        self._answers()
        if bucket not in self._permissions:
            raise BadArguments(f"Cloud Storage has no bucket called {bucket}.")

    def _answers(self) -> None:
        if self.away is not None:
            raise self.away
