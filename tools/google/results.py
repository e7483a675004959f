"""What the tools of Google Cloud give back."""

from datetime import datetime

from pydantic import Field

from tools.spec import Result


class Ping(Result):
    """A service answered.

    Attributes:
        system: The service's own name.
        milliseconds: How long the answer took.
        rested: Since when it had not been asked any more, and why; empty when it answered before too.
    """

    system: str
    milliseconds: int
    rested: str = ""


class Bucket(Result):
    """A bucket.

    Attributes:
        name: Its name.
        location: Where it is kept, such as `EU`.
        storage_class: Such as `STANDARD`.
        created: When it was made.
        versioning: Whether overwritten objects are kept.
        url: Its page in Google's console; empty where there is none.
    """

    name: str
    location: str = ""
    storage_class: str = ""
    created: datetime | None = None
    versioning: bool = False
    url: str = ""


class StoredObject(Result):
    """An object.

    Attributes:
        bucket: Its bucket.
        name: Its name.
        generation: Which content of this name: another one each time it is written.
        size: Bytes.
        content_type: What it says it is.
        crc32c: Checksum, as Google writes it.
        updated: When it was written.
        metadata: What was written beside it.
        url: Its page in Google's console; empty where there is none.
    """

    bucket: str
    name: str
    generation: str = ""
    size: int = 0
    content_type: str = ""
    crc32c: str = ""
    updated: datetime | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    url: str = ""

    @property
    def uri(self) -> str:
        """Such as `gs://bucket/name`."""
        return f"gs://{self.bucket}/{self.name}"


class BucketPage(Result):
    """Buckets; `more` when there are others that were not read."""

    buckets: tuple[Bucket, ...]
    more: bool = False


class ObjectPage(Result):
    """Objects of a bucket, by name.

    Attributes:
        bucket: The bucket.
        prefix: What their names begin with.
        folders: Beginnings of names that hold more objects, each ends in `/`.
        objects: The objects.
        more: Whether there are others that were not read.
    """

    bucket: str
    prefix: str = ""
    folders: tuple[str, ...] = ()
    objects: tuple[StoredObject, ...] = ()
    more: bool = False
