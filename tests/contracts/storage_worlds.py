"""Cloud Storage twice, with buckets made for a test."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.google.client import StorageBackend


@dataclass(frozen=True, slots=True)
class StorageWorld:
    """A Cloud Storage.

    Attributes:
        backend: How the tools see it.
        make: Makes a bucket, with these permissions or with all.
        fetch: What somebody gets who has a signed URL; None where nobody can follow one.
    """

    backend: StorageBackend
    make: Callable[..., object]
    fetch: Callable[[str], bytes] | None = None
