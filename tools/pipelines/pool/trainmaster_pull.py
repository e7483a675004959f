"""The pull step of pipelines that came through Trainmaster: fetches a source and checks that it is the one meant.

Put the folder of this file on the `PYTHONPATH` of the pool's workers, or into the pool's image; nothing else of
Trainmaster belongs there. It needs nothing but Python 3.9's standard library.
"""

# ruff: noqa: INP001 - this folder goes onto a pool's PYTHONPATH as it is; it is no package

import hashlib
import ipaddress
import json
import logging
import os
import re
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import IO

_STORAGE = "https://storage.googleapis.com"
_METADATA = "/computeMetadata/v1/instance/service-accounts/default/token"
_METADATA_SECONDS = 5.0
_FILENAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\.py")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SECONDS = 30.0
_MAX_BYTES = 50_000_000
_CHUNK = 65_536


class PullRefused(RuntimeError):
    """The source was not fetched, or is not the one that was registered; the run must not start."""


def pull(uri: str, sha256: str, filename: str) -> "dict[str, str]":
    """Fetch a pipeline's source into a folder of its own.

    Args:
        uri: Where it is: `file:`, `https:`, `data:`, `http:` on this machine, or `gs:`. That last one is fetched by the
            short-lived address that came with the run, or else as the service account that the pool runs as.
        sha256: The digest of the bytes that were registered, in hexadecimal.
        filename: What to call the file, as the entrypoint does.

    Returns:
        `{"directory": …}`, in which Prefect then looks for the file: a new folder in the current one, which is the
        run's own and goes with it, unless the pool is set to another working directory.

    Raises:
        PullRefused: The source could not be fetched, or its digest is another. The run's log says why.
    """
    try:
        source = _checked(uri, sha256, filename)
        folder = Path(tempfile.mkdtemp(prefix="trainmaster-", dir=Path.cwd()))
        (folder / filename).write_bytes(source)
    except OSError as exc:
        raise _said(PullRefused(f"the source could not be written: {exc.strerror}")) from None
    except PullRefused as exc:
        raise _said(exc) from None
    return {"directory": str(folder)}


def _said(refused: PullRefused) -> PullRefused:
    """Write a refusal to the run's log, because of a failed pull step Prefect keeps only that it failed."""
    run = os.environ.get("PREFECT__FLOW_RUN_ID")
    if run:  # Prefect's handler for the log of a run is one of the standard library
        log = logging.getLogger("prefect.flow_runs")
        log.error("The pipeline's source was not taken: %s.", refused, extra={"flow_run_id": run})
    return refused


def _checked(uri: str, sha256: str, filename: str) -> bytes:
    if not _FILENAME.fullmatch(filename):
        raise PullRefused("the file's name is not a plain name that ends in .py")
    if not _DIGEST.fullmatch(sha256):
        raise PullRefused("the digest is not a SHA-256 in hexadecimal")
    source = _fetched(uri)
    found = hashlib.sha256(source).hexdigest()
    if found != sha256:
        raise PullRefused(f"the source has the digest {found[:12]}, but {sha256[:12]} was registered")
    return source


def _fetched(uri: str) -> bytes:
    scheme = urllib.parse.urlsplit(uri).scheme
    if scheme == "gs":
        return _from_bucket(uri)
    if not _may_fetch(uri):
        raise PullRefused(f"sources are not fetched by {scheme or 'a path without a scheme'} from there")
    return _opened(urllib.request.Request(uri), _SameRules)  # noqa: S310 - looked at above


def _from_bucket(uri: str) -> bytes:
    """A source in a bucket, by the run's own address, on this machine, or as whom the pool runs."""
    signed = os.environ.get("TRAINMASTER_SOURCE_URL", "")
    if signed and urllib.parse.urlsplit(signed).scheme in ("https", "http"):
        try:
            return _fetched(signed)
        except PullRefused:  # its time may be over: this run waited for long
            pass
    parts = urllib.parse.urlsplit(uri)
    name = urllib.parse.quote(parts.path.lstrip("/"), safe="")
    local = os.environ.get("STORAGE_EMULATOR_HOST", "")
    base = local if _is_this_machine(urllib.parse.urlsplit(local).hostname or "") else _STORAGE
    headers = {} if base == local else {"Authorization": f"Bearer {_token()}"}
    url = f"{base.rstrip('/')}/storage/v1/b/{parts.netloc}/o/{name}?alt=media"
    return _opened(urllib.request.Request(url, headers=headers), _NoDetours)  # noqa: S310 - https, or this machine


def _token() -> str:
    """What shows Google as whom the pool runs; the machine knows, nobody gave it to us."""
    host = os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
    asked = urllib.request.Request(f"http://{host}{_METADATA}", headers={"Metadata-Flavor": "Google"})
    try:
        with urllib.request.build_opener(_NoDetours).open(asked, timeout=_METADATA_SECONDS) as answer:
            return str(json.loads(answer.read(_CHUNK))["access_token"])
    except (OSError, ValueError, KeyError, TypeError):
        raise PullRefused(
            "the source is in a bucket, the run has no address for it that is still good, and the pool runs as no "
            "service account of Google Cloud"
        ) from None


def _opened(request: urllib.request.Request, rules: "type[urllib.request.HTTPRedirectHandler]") -> bytes:
    opener = urllib.request.build_opener(rules)
    try:
        with opener.open(request, timeout=_SECONDS) as answer:
            return _bounded(answer)
    except urllib.error.HTTPError as exc:  # its URL may be a signed one, so it is not repeated
        raise PullRefused(f"the store answered {exc.code}") from None
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "reason", exc)
        raise PullRefused(f"the source could not be fetched: {type(reason).__name__}") from None


def _bounded(answer: "IO[bytes]") -> bytes:
    """All of an answer, as long as it is neither too large nor too slow."""
    give_up = time.monotonic() + _SECONDS
    chunks = []
    size = 0
    while chunk := answer.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > _MAX_BYTES:
            raise PullRefused("the source is too large")
        if time.monotonic() > give_up:
            raise PullRefused(f"the source did not arrive within {_SECONDS:.0f} s")
    return b"".join(chunks)


def _may_fetch(uri: str) -> bool:
    parts = urllib.parse.urlsplit(uri)
    if parts.scheme == "file":
        return parts.netloc in ("", "localhost")
    if parts.scheme == "http":
        return _is_this_machine(parts.hostname or "")
    return parts.scheme in ("https", "data")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _SameRules(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to where a source may be fetched from in the first place."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917 - urllib's own signature
        if not _may_fetch(newurl):
            raise PullRefused("the store sent the request on to where sources are not fetched from")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _NoDetours(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: what shows who we are is for the one address that it was made for."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG002, PLR0917 - urllib's own signature
        raise PullRefused("the store sent the request on to somewhere else")
