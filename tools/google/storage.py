"""The real Cloud Storage behind the tools' nouns."""

import threading
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from typing_extensions import override

from tools.breaker import Breaker
from tools.deadline import LONG_SECONDS
from tools.errors import BadArguments, Refused, Unavailable
from tools.google.client import ASKED_PERMISSIONS, NewObject, StorageBackend
from tools.google.connection import Connection, timeout
from tools.google.place import NO_SIGNER, STORAGE, Identity, Place, email_of
from tools.google.results import Bucket, BucketPage, ObjectPage, Ping, StoredObject
from tools.google.transport import session

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Client
    from google.cloud.storage import Bucket as GoogleBucket

SYSTEM = "Cloud Storage"
CONSOLE = "https://console.cloud.google.com/storage/browser"
#: Bytes above which an upload is sent in pieces that can be taken up again.
WHOLE = 8 * 1024 * 1024
#: Seconds for an object's bytes to go or come; each wait between two of them is much shorter.
TRANSFER_SECONDS = 120.0


class StorageServer(StorageBackend):
    """The adapter: `StorageBackend` by Google's own client. Nothing is opened before the first call."""

    configured = True

    def __init__(self, place: Place, identity: Identity, *, default_bucket: str = "") -> None:
        """Remember where Cloud Storage is.

        Args:
            place: The project and the addresses of its services.
            identity: Who we are.
            default_bucket: The bucket of this installation; empty for none.
        """
        self.project = place.project
        self.location = place.location
        self.default_bucket = default_bucket
        self._place = place
        self._identity = identity
        self._connection = Connection(SYSTEM, client="google.cloud.storage")
        self._lock = threading.Lock()
        self._made: Client | None = None

    @property
    def breaker(self) -> Breaker:
        """What leaves it alone while it does not answer."""
        return self._connection.breaker

    @override
    def ping(self) -> Ping:
        rested = self._connection.breaker.resting
        begun = time.monotonic()
        if self.default_bucket:
            self._connection.look(
                lambda: self._bucket(self.default_bucket).test_iam_permissions([*ASKED_PERMISSIONS], **_once())
            )
        else:
            self._connection.look(lambda: list(self._client.list_buckets(max_results=1, **_once())))
        return Ping(system=SYSTEM, milliseconds=round((time.monotonic() - begun) * 1000), rested=str(rested or ""))

    @override
    def identity(self) -> str:
        return self._identity.email(self._place.storage)

    @override
    def buckets(self, *, limit: int = 200) -> BucketPage:
        found = self._connection.read(lambda: list(self._client.list_buckets(max_results=limit + 1, **_once())))
        return BucketPage(buckets=tuple(self._told_bucket(each) for each in found[:limit]), more=len(found) > limit)

    @override
    def bucket(self, name: str) -> Bucket:
        try:
            return self._told_bucket(self._connection.read(lambda: self._client.get_bucket(name, **_once())))
        except BadArguments as error:
            raise BadArguments(f"{SYSTEM} has no bucket called {name}.") from error

    @override
    def permissions(self, bucket: str) -> tuple[str, ...]:
        asked = [*ASKED_PERMISSIONS]
        try:
            found = self._connection.read(lambda: self._bucket(bucket).test_iam_permissions(asked, **_once()))
        except BadArguments as error:
            raise BadArguments(f"{SYSTEM} has no bucket called {bucket}.") from error
        return tuple(each for each in asked if each in found)

    @override
    def objects(self, bucket: str, *, prefix: str = "", flat: bool = False, limit: int = 50) -> ObjectPage:
        def listed() -> tuple[list["Blob"], set[str], bool]:
            found = self._client.list_blobs(
                bucket,
                prefix=prefix or None,
                delimiter=None if flat else "/",
                page_size=limit,
                max_results=None,
                **_once(),
            )
            page: list[Blob] = list(next(found.pages, ()))
            return page, set(found.prefixes), bool(found.next_page_token)

        try:
            blobs, folders, more = self._connection.read(listed)
        except BadArguments as error:
            raise BadArguments(f"{SYSTEM} has no bucket called {bucket}.") from error
        return ObjectPage(
            bucket=bucket,
            prefix=prefix,
            folders=tuple(sorted(folders)),
            objects=tuple(self._told_object(each) for each in blobs),
            more=more,
        )

    @override
    def object(self, bucket: str, name: str) -> StoredObject:
        def got() -> "Blob":
            blob = self._bucket(bucket).blob(name)
            blob.reload(**_once())
            return blob

        try:
            return self._told_object(self._connection.read(got))
        except BadArguments as error:
            raise BadArguments(f"{SYSTEM} has no object gs://{bucket}/{name}.") from error

    @override
    def read(self, found: StoredObject, *, start: int = 0, length: int) -> bytes:
        if found.size <= start or length <= 0:
            return b""
        end = min(found.size, start + length) - 1

        def got() -> bytes:
            blob = self._bucket(found.bucket).blob(found.name, generation=_generation(found))
            return bytes(blob.download_as_bytes(start=start, end=end, raw_download=False, checksum=None, **_once()))

        try:
            content = self._connection.read(got, seconds=TRANSFER_SECONDS)
        except BadArguments as error:
            raise BadArguments(f"{found.uri} was replaced or removed while I read it; please ask again.") from error
        if len(content) < end + 1 - start:
            raise Unavailable(SYSTEM, "the connection broke off in the middle of an object")
        return content[: end + 1 - start]

    @override
    def write(self, new: NewObject) -> StoredObject:
        def put() -> "Blob":
            blob = self._bucket(new.bucket).blob(new.name, chunk_size=WHOLE if len(new.content) > WHOLE else None)
            blob.metadata = dict(new.metadata)
            blob.upload_from_string(
                new.content,
                content_type=new.content_type,
                if_generation_match=new.generation,
                checksum="crc32c",
                **_once(),
            )
            return blob

        return self._told_object(self._connection.read(put, seconds=TRANSFER_SECONDS))

    @override
    def signed_url(self, found: StoredObject, *, seconds: int) -> str:
        extra = self._signing()

        def signed() -> str:
            blob = self._bucket(found.bucket).blob(found.name)
            return str(
                blob.generate_signed_url(
                    version="v4",
                    expiration=timedelta(seconds=seconds),
                    method="GET",
                    generation=found.generation or None,
                    api_access_endpoint=self._place.storage,
                    **extra,
                )
            )

        return self._connection.read(signed, seconds=LONG_SECONDS)

    def _signing(self) -> dict[str, Any]:
        """With what a URL is signed: a key of ours, or Google's, which signs for the service account that we are.

        Raises:
            Refused: With neither.
        """
        from google.auth.credentials import Signing  # noqa: PLC0415 - see tools/google/__init__.py
        from google.auth.transport.requests import Request  # noqa: PLC0415 - the same

        own = self._identity.own()
        if isinstance(own, Signing) and own.signer_email:
            return {"credentials": own}
        if not email_of(own):
            raise Refused(NO_SIGNER)
        if not own.valid:
            self._connection.read(lambda: own.refresh(Request()))  # type: ignore[no-untyped-call]  # theirs is untyped
        return {"service_account_email": email_of(own), "access_token": own.token}

    @property
    def _client(self) -> "Client":
        """The client, made at the first use: a process that forks must not have made one before."""
        from google.cloud.storage import Client  # noqa: PLC0415 - see tools/google/__init__.py

        with self._lock:
            if self._made is None:
                credentials = self._identity.for_service(self._place.storage)
                self._made = Client(
                    project=self.project,
                    credentials=credentials,
                    client_options={"api_endpoint": self._place.storage},
                    _http=session(credentials),
                )
            return self._made

    def _bucket(self, name: str) -> "GoogleBucket":
        return self._client.bucket(name)

    def _told_bucket(self, found: "GoogleBucket") -> Bucket:
        name = str(found.name)
        return Bucket(
            name=name,
            location=str(found.location or ""),
            storage_class=str(found.storage_class or ""),
            created=found.time_created,
            versioning=bool(found.versioning_enabled),
            url=f"{CONSOLE}/{quote(name)}" if self._place.storage == STORAGE else "",
        )

    def _told_object(self, found: "Blob") -> StoredObject:
        bucket, name, updated = str(found.bucket.name), str(found.name), found.updated
        at_google = self._place.storage == STORAGE
        return StoredObject(
            bucket=bucket,
            name=name,
            generation=str(found.generation or ""),
            size=int(found.size or 0),
            content_type=str(found.content_type or ""),
            crc32c=str(found.crc32c or ""),
            updated=updated if isinstance(updated, datetime) else None,
            metadata={str(key): str(value) for key, value in (found.metadata or {}).items()},
            url=f"{CONSOLE}/_details/{quote(bucket)}/{quote(name)}" if at_google else "",
        )


def _once() -> dict[str, Any]:
    """For each call of Google's client: no attempts of its own, and no longer than there is time."""
    return {"timeout": timeout(), "retry": None}


def _generation(found: StoredObject) -> int | None:
    return int(found.generation) if found.generation.isdecimal() else None
