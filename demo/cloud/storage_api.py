"""Cloud Storage's JSON API, as far as Google's own client speaks it, and reading by a signed URL."""

import json
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.cloud.buckets import Buckets, KeptBucket, KeptObject, checksums
from demo.cloud.refusals import Refusal
from demo.cloud.signatures import Signatures

MOST_LISTED = 1_000
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass(slots=True)
class Upload:
    """One that comes in pieces.

    Attributes:
        bucket: Where it is to be kept.
        name: Under which name.
        told: What its sender said of it.
        generation: What must be under the name; None for whatever there is.
        content: What has come.
    """

    bucket: str
    name: str
    told: dict[str, Any]
    generation: int | None
    content: bytearray


class StorageApi:
    """The routes of Cloud Storage."""

    def __init__(self, buckets: Buckets, signatures: Signatures) -> None:
        """Serve these buckets.

        Args:
            buckets: What is kept.
            signatures: Whose signed URLs count.
        """
        self._buckets = buckets
        self._signatures = signatures
        self._uploads: dict[str, Upload] = {}
        self._lock = threading.Lock()

    @property
    def routes(self) -> list[Route]:
        """In the order in which they are tried."""
        objects = "/storage/v1/b/{bucket}/o"
        return [
            Route("/storage/v1/b", self._list_buckets, methods=["GET"]),
            Route("/storage/v1/b", self._make_bucket, methods=["POST"]),
            Route("/storage/v1/b/{bucket}", self._bucket, methods=["GET"]),
            Route("/storage/v1/b/{bucket}/iam/testPermissions", self._permissions, methods=["GET"]),
            Route(objects, self._list, methods=["GET"]),
            Route(f"{objects}/{{name:path}}", self._object, methods=["GET"]),
            Route(f"{objects}/{{name:path}}", self._remove, methods=["DELETE"]),
            Route(f"/download{objects}/{{name:path}}", self._media, methods=["GET"]),
            Route(f"/upload{objects}", self._begin_upload, methods=["POST"]),
            Route(f"/upload{objects}", self._go_on, methods=["PUT"]),
        ]

    @property
    def signed_routes(self) -> list[Route]:
        """Any path may be an object's: to be tried last."""
        return [Route("/{bucket}/{name:path}", self._signed, methods=["GET"])]

    async def _list_buckets(self, request: Request) -> Response:
        asked = request.query_params
        limit, after = _limit(asked), asked.get("pageToken", "")
        names = [each for each in self._buckets.all() if each.name > after]
        page = names[:limit]
        onwards = {"nextPageToken": page[-1].name} if len(names) > limit else {}
        items = [_told_bucket(each) for each in page if each.name.startswith(asked.get("prefix", ""))]
        return JSONResponse({"kind": "storage#buckets", "items": items, **onwards})

    async def _make_bucket(self, request: Request) -> Response:
        name = str((await request.json()).get("name", ""))
        if name in {each.name for each in self._buckets.all()}:
            raise Refusal(409, "Your previous request to create the named bucket succeeded.", reason="conflict")
        return JSONResponse(_told_bucket(self._buckets.make(name)))

    async def _bucket(self, request: Request) -> Response:
        return JSONResponse(_told_bucket(self._buckets.bucket(_bucket(request), wanting="storage.buckets.get")))

    async def _permissions(self, request: Request) -> Response:
        found = self._buckets.bucket(_bucket(request))
        held = [each for each in request.query_params.getlist("permissions") if each in found.permissions]
        return JSONResponse({"kind": "storage#testIamPermissionsResponse", **({"permissions": held} if held else {})})

    async def _list(self, request: Request) -> Response:
        asked = request.query_params
        found = self._buckets.listing(
            _bucket(request),
            prefix=asked.get("prefix", ""),
            delimiter=asked.get("delimiter", ""),
            after=asked.get("pageToken", ""),
            limit=_limit(asked),
        )
        told: dict[str, object] = {"kind": "storage#objects", "items": [_told(each) for each in found.objects]}
        told |= {"prefixes": found.prefixes} if found.prefixes else {}
        return JSONResponse(told | ({"nextPageToken": found.onwards} if found.onwards else {}))

    async def _object(self, request: Request) -> Response:
        if request.query_params.get("alt") == "media":
            return await self._media(request)
        return JSONResponse(_told(self._found(request)))

    async def _remove(self, request: Request) -> Response:
        self._buckets.bucket(_bucket(request), wanting="storage.objects.delete")
        found = self._found(request)
        self._buckets.expects(found.bucket, found.name, _number(request, "ifGenerationMatch"))
        self._buckets.remove(found)
        return Response(status_code=204)

    async def _media(self, request: Request) -> Response:
        found = self._found(request)
        return _ranged(request, found, self._buckets.content(found))

    async def _signed(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode("ascii").partition("?")[0]
        query, headers = request.query_params.multi_items(), request.headers
        self._signatures.check(request.method, path, query, headers, now=datetime.now(UTC))
        return await self._media(request)

    async def _begin_upload(self, request: Request) -> Response:
        bucket, kind, asked = _bucket(request), request.query_params.get("uploadType"), request.query_params
        generation = _number(request, "ifGenerationMatch")
        body = await request.body()
        if kind == "multipart":
            told, content = _parts(request.headers.get("content-type", ""), body)
        elif kind == "media":
            told, content = {"contentType": request.headers.get("content-type")}, body
        elif kind == "resumable":
            told, content = json.loads(body or b"{}"), b""
        else:
            raise Refusal(501, f"Uploads of the type {kind} are not part of this stand-in.")
        name = str(told.get("name") or asked.get("name") or "")
        if not name:
            raise Refusal(400, "Required object name", reason="required")
        self._buckets.bucket(bucket, wanting="storage.objects.create")
        self._buckets.expects(bucket, name, generation)
        upload = Upload(bucket, name, told, generation, bytearray(content))
        if kind != "resumable":
            return JSONResponse(_told(self._kept(upload)))
        number = secrets.token_urlsafe(16)
        with self._lock:
            self._uploads[number] = upload
        return Response(headers={"Location": f"{request.url.include_query_params(upload_id=number)}"})

    async def _go_on(self, request: Request) -> Response:
        number = request.query_params.get("upload_id", "")
        body = await request.body()
        with self._lock:
            upload = self._uploads.get(number)
            if upload is None:
                raise Refusal(404, "No such upload.", reason="notFound")
            whole = _appended(upload, request.headers.get("content-range", ""), body)
            if not whole:
                held = {"Range": f"bytes=0-{len(upload.content) - 1}"} if upload.content else {}
                return Response(status_code=308, headers=held)
            del self._uploads[number]
        return JSONResponse(_told(self._kept(upload)))

    def _kept(self, upload: Upload) -> KeptObject:
        content, told = bytes(upload.content), upload.told
        crc32c, md5 = checksums(content)
        if told.get("crc32c") not in {None, crc32c} or told.get("md5Hash") not in {None, md5}:
            raise Refusal(400, "Provided checksum does not match what was received.")
        return self._buckets.put(
            upload.bucket,
            upload.name,
            content,
            content_type=str(told.get("contentType") or "application/octet-stream"),
            metadata={str(key): str(value) for key, value in (told.get("metadata") or {}).items()},
            generation=upload.generation,
        )

    def _found(self, request: Request) -> KeptObject:
        name = request.path_params["name"]
        found = self._buckets.object(_bucket(request), name, generation=_number(request, "generation"))
        if (wanted := _number(request, "ifGenerationMatch")) is not None:
            self._buckets.expects(found.bucket, found.name, wanted)
        return found


def _parts(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """What an upload in two parts says of itself, and its content."""
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if boundary is None:
        raise Refusal(400, "Malformed multipart body.")
    pieces = body.split(b"--" + boundary[1].encode() + b"\r\n")[1:]
    if len(pieces) != 2:  # noqa: PLR2004 - what it is, and the content
        raise Refusal(400, "Malformed multipart body.")
    told = json.loads(pieces[0].partition(b"\r\n\r\n")[2])
    head, _, content = pieces[1].partition(b"\r\n\r\n")
    end = b"\r\n--" + boundary[1].encode() + b"--"
    kind = re.search(rb"(?i)content-type:\s*([^\r\n]+)", head)
    told.setdefault("contentType", kind[1].decode() if kind else None)
    return told, content[: content.rindex(end)]


def _appended(upload: Upload, content_range: str, body: bytes) -> bool:
    """Take in a piece that follows what has come; whether that is all."""
    found = _CONTENT_RANGE.fullmatch(content_range or f"bytes 0-{len(body) - 1}/{len(body)}" if body else content_range)
    if found is None:
        raise Refusal(400, "Invalid Content-Range header.")
    if found[1] is not None:
        if int(found[1]) != len(upload.content):
            return False  # it is told what has come, and goes on from there
        upload.content += body
    return found[3] != "*" and len(upload.content) == int(found[3])


def _ranged(request: Request, found: KeptObject, content: bytes) -> Response:
    headers = {
        "x-goog-hash": f"crc32c={found.crc32c},md5={found.md5}",
        "x-goog-generation": str(found.generation),
        "ETag": f'"{found.generation}"',
    }
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if wanted is None or (not wanted[1] and not wanted[2]):
        return Response(content, media_type=found.content_type, headers=headers)
    size = len(content)
    start = int(wanted[1]) if wanted[1] else max(0, size - int(wanted[2]))
    end = min(size - 1, int(wanted[2])) if wanted[1] and wanted[2] else size - 1
    if start >= size:
        raise Refusal(
            416, f"The requested range cannot be satisfied: {size} bytes.", reason="requestedRangeNotSatisfiable"
        )
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Response(content[start : end + 1], 206, media_type=found.content_type, headers=headers)


def _bucket(request: Request) -> str:
    return str(request.path_params["bucket"])


def _number(request: Request, name: str) -> int | None:
    value = request.query_params.get(name)
    if value is not None and not value.isdecimal():
        raise Refusal(400, f"Invalid value for: {name}")
    return None if value is None else int(value)


def _limit(asked: Mapping[str, str]) -> int:
    return min(MOST_LISTED, max(1, int(asked.get("maxResults") or MOST_LISTED)))


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _told_bucket(found: KeptBucket) -> dict[str, object]:
    return {
        "kind": "storage#bucket",
        "id": found.name,
        "name": found.name,
        "location": found.location,
        "storageClass": "STANDARD",
        "timeCreated": _at(found.created),
        "updated": _at(found.created),
        "metageneration": "1",
    }


def _told(found: KeptObject) -> dict[str, object]:
    return {
        "kind": "storage#object",
        "id": f"{found.bucket}/{found.name}/{found.generation}",
        "name": found.name,
        "bucket": found.bucket,
        "generation": str(found.generation),
        "metageneration": "1",
        "contentType": found.content_type,
        "storageClass": "STANDARD",
        "size": str(found.size),
        "md5Hash": found.md5,
        "crc32c": found.crc32c,
        "etag": str(found.generation),
        "timeCreated": _at(found.updated),
        "updated": _at(found.updated),
        **({"metadata": dict(found.metadata)} if found.metadata else {}),
    }
