"""Buckets and objects in a folder: each content has a generation, and is replaced under a condition or not at all."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import google_crc32c

from demo.cloud.refusals import Refusal

EVERYTHING = (
    *("storage.buckets.get", "storage.objects.list", "storage.objects.get"),
    *("storage.objects.create", "storage.objects.delete"),
)


@dataclass(frozen=True, slots=True)
class KeptBucket:
    """A bucket.

    Attributes:
        name: Its name.
        created: Seconds since 1970.
        location: Where it pretends to be.
        permissions: What everybody may do with it.
    """

    name: str
    created: float
    location: str = "EU"
    permissions: tuple[str, ...] = EVERYTHING


@dataclass(frozen=True, slots=True)
class KeptObject:
    """One content under a name.

    Attributes:
        bucket: The bucket.
        name: The name.
        generation: Grows with everything that is written anywhere.
        size: Bytes.
        content_type: What it says it is.
        updated: Seconds since 1970.
        crc32c: Checksum, in base 64.
        md5: The other one.
        metadata: What was written beside it.
    """

    bucket: str
    name: str
    generation: int
    size: int
    content_type: str
    updated: float
    crc32c: str
    md5: str
    metadata: Mapping[str, str] = field(default_factory=dict)


class Listing(NamedTuple):
    """Part of a bucket: objects, beginnings of names that hold more, and where the rest begins (empty for none)."""

    objects: list[KeptObject]
    prefixes: list[str]
    onwards: str


class Buckets:
    """All buckets of a folder; one process at a time, any number of threads."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Take up what is there.

        Args:
            folder: Where everything is kept.
            clock: Seconds since 1970.
        """
        self._folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._buckets: dict[str, KeptBucket] = {}
        self._objects: dict[str, dict[str, KeptObject]] = {}
        self._latest = 0
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(folder.glob("*/bucket.json")):
            told = json.loads(file.read_text("utf-8"))
            found = KeptBucket(**{**told, "permissions": tuple(told["permissions"])})
            self._buckets[found.name] = found
            kept = [KeptObject(**json.loads(each.read_text("utf-8"))) for each in file.parent.glob("*.object.json")]
            self._objects[found.name] = {each.name: each for each in kept}
            self._latest = max([self._latest, *(each.generation for each in kept)])

    def make(self, name: str, *, permissions: tuple[str, ...] = EVERYTHING) -> KeptBucket:
        """Make a bucket, or give the one with this name."""
        with self._lock:
            if name not in self._buckets:
                made = KeptBucket(name, self._clock(), permissions=permissions)
                (self._folder / name).mkdir()
                _write(self._folder / name / "bucket.json", json.dumps(asdict(made)).encode())
                self._buckets[name], self._objects[name] = made, {}
            return self._buckets[name]

    def all(self) -> list[KeptBucket]:
        """The buckets by name."""
        with self._lock:
            return sorted(self._buckets.values(), key=lambda each: each.name)

    def bucket(self, name: str, *, wanting: str = "") -> KeptBucket:
        """One bucket.

        Args:
            name: Its name.
            wanting: What is to be done there.

        Raises:
            Refusal: There is none, or that is not allowed.
        """
        with self._lock:
            if name not in self._buckets:
                raise Refusal(404, "The specified bucket does not exist.", reason="notFound")
            found = self._buckets[name]
        if wanting and wanting not in found.permissions:
            raise Refusal(
                403, f"demo does not have {wanting} access to the Google Cloud Storage bucket.", reason="forbidden"
            )
        return found

    def object(self, bucket: str, name: str, *, generation: int | None = None) -> KeptObject:
        """One object, of this very generation where one is named.

        Raises:
            Refusal: There is none.
        """
        self.bucket(bucket, wanting="storage.objects.get")
        with self._lock:
            found = self._objects[bucket].get(name)
        if found is None or generation not in {None, found.generation}:
            raise Refusal(404, f"No such object: {bucket}/{name}", reason="notFound")
        return found

    def content(self, found: KeptObject) -> bytes:
        """The bytes of an object.

        Raises:
            Refusal: They were replaced in this moment.
        """
        try:
            return self._place(found).read_bytes()
        except FileNotFoundError:
            raise Refusal(404, f"No such object: {found.bucket}/{found.name}", reason="notFound") from None

    def expects(self, bucket: str, name: str, generation: int | None) -> None:
        """Let go on only if a name has this generation now; 0 means that there is nothing under it.

        Raises:
            Refusal: It has another one.
        """
        with self._lock:
            found = self._objects[bucket].get(name)
            if generation is not None and generation != (found.generation if found else 0):
                message = "At least one of the pre-conditions you specified did not hold."
                raise Refusal(412, message, reason="conditionNotMet")

    def put(
        self,
        bucket: str,
        name: str,
        content: bytes,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        generation: int | None = None,
    ) -> KeptObject:
        """Keep an object under a name, whole or not at all.

        Args:
            bucket: The bucket.
            name: The name.
            content: The bytes.
            content_type: What they are.
            metadata: What is written beside them.
            generation: What must be under the name now; None for whatever there is.

        Raises:
            Refusal: There is no such bucket, or something else under the name.
        """
        permissions = self.bucket(bucket, wanting="storage.objects.create").permissions
        with self._lock:
            self.expects(bucket, name, generation)
            before = self._objects[bucket].get(name)
            if before is not None and "storage.objects.delete" not in permissions:
                raise Refusal(403, "demo does not have storage.objects.delete access.", reason="forbidden")
            self._latest = max(self._latest + 1, int(self._clock() * 1_000_000))
            crc32c, md5 = checksums(content)
            made = KeptObject(
                bucket,
                name,
                self._latest,
                len(content),
                content_type,
                self._clock(),
                crc32c,
                md5,
                dict(metadata or {}),
            )
            _write(self._place(made), content)
            _write(self._place(made, "object.json"), json.dumps(asdict(made)).encode())
            self._objects[bucket][name] = made
            if before is not None:
                self._place(before).unlink(missing_ok=True)
            return made

    def remove(self, found: KeptObject) -> None:
        """Remove an object."""
        with self._lock:
            self._place(found, "object.json").unlink(missing_ok=True)
            self._place(found).unlink(missing_ok=True)
            self._objects[found.bucket].pop(found.name, None)

    def listing(
        self, bucket: str, *, prefix: str = "", delimiter: str = "", after: str = "", limit: int = 1000
    ) -> Listing:
        """Objects of a bucket by name, and beginnings of names, together at most `limit`.

        Raises:
            Refusal: There is no such bucket, or its objects may not be listed.
        """
        self.bucket(bucket, wanting="storage.objects.list")
        with self._lock:
            names = sorted(name for name in self._objects[bucket] if name.startswith(prefix))
            known = dict(self._objects[bucket])
        objects: list[KeptObject] = []
        prefixes: list[str] = []
        last = ""
        for name in names:
            rest, cut, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
            entry = prefix + rest + cut if cut else name
            if entry <= after or entry == last:
                continue
            if len(objects) + len(prefixes) == limit:
                return Listing(objects, prefixes, last)
            last = entry
            if cut:
                prefixes.append(entry)
            else:
                objects.append(known[name])
        return Listing(objects, prefixes, "")

    def _place(self, found: KeptObject, kind: str = "") -> Path:
        name = hashlib.sha256(found.name.encode()).hexdigest()
        return self._folder / found.bucket / f"{name}.{kind or found.generation}"


def checksums(content: bytes) -> tuple[str, str]:
    """CRC32C and MD5, as Google writes them."""
    crc32c = google_crc32c.Checksum(content).digest()  # type: ignore[no-untyped-call]  # theirs is untyped
    md5 = hashlib.md5(content, usedforsecurity=False).digest()
    return base64.b64encode(crc32c).decode(), base64.b64encode(md5).decode()


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    making = path.with_name(f"{path.name}.making")
    making.write_bytes(content)
    making.replace(path)
