"""What the tools ask of Google Cloud, in their own nouns; `tools.google.storage` answers from the real service."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from tools.errors import Refused
from tools.google.place import NOT_CONFIGURED
from tools.google.results import Bucket, BucketPage, ObjectPage, Ping, StoredObject

#: What is asked about a bucket: may we list, read, write, replace?
ASKED_PERMISSIONS = (
    "storage.objects.list",
    "storage.objects.get",
    "storage.objects.create",
    "storage.objects.delete",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObject:
    """What is to be kept.

    Attributes:
        bucket: Where.
        name: Under which name.
        content: The bytes.
        content_type: What they are.
        metadata: What is written beside them.
        generation: The generation that is replaced; 0 means that there must be nothing yet.
    """

    bucket: str
    name: str
    content: bytes
    content_type: str = "application/octet-stream"
    metadata: dict[str, str] = field(default_factory=dict)
    generation: int = 0


class StorageBackend(Protocol):
    """Cloud Storage.

    Every method raises `Unavailable` when it does not answer in time, `Refused` when it says no (`Exists` when a
    precondition did not hold), and `BadArguments` when there is no such bucket or object. Reads may be repeated by the
    adapter, and so may writes: they name the generation that they expect to find.
    """

    project: str
    location: str
    default_bucket: str  #: the bucket of this installation; empty for none

    @property
    def configured(self) -> bool:
        """Whether there is a project; without one every method raises `Refused`."""

    def ping(self) -> Ping:
        """Ask for a sign of life; never answered from memory."""

    def identity(self) -> str:
        """The e-mail address of who we are; empty when the credentials do not say."""

    def buckets(self, *, limit: int = 200) -> BucketPage:
        """The project's buckets by name."""

    def bucket(self, name: str) -> Bucket:
        """One bucket."""

    def permissions(self, bucket: str) -> tuple[str, ...]:
        """Which of `ASKED_PERMISSIONS` we have on a bucket."""

    def objects(self, bucket: str, *, prefix: str = "", flat: bool = False, limit: int = 50) -> ObjectPage:
        """Objects whose names begin with `prefix`; unless `flat`, what lies under a further `/` is told as a folder."""

    def object(self, bucket: str, name: str) -> StoredObject:
        """One object as it is now."""

    def read(self, found: StoredObject, *, start: int = 0, length: int) -> bytes:
        """Bytes of this very generation of an object, at most `length`."""

    def write(self, new: NewObject) -> StoredObject:
        """Keep an object.

        Raises:
            tools.google.connection.Exists: There is something under the name, or not the generation that was named.
        """

    def signed_url(self, found: StoredObject, *, seconds: int) -> str:
        """An address under which whoever has it may read this very generation for so long.

        Raises:
            Refused: Our credentials cannot sign.
        """


class NoStorage:
    """Where Google Cloud is not configured."""

    project = ""
    location = ""
    default_bucket = ""
    configured = False

    def __getattr__(self, name: str) -> Any:
        """Refuse everything.

        Raises:
            Refused: Always.
        """
        raise Refused(NOT_CONFIGURED)
