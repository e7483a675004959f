"""Files that MLflow keeps of a run or of a model version, as far as its server hands them out."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import requests
from mlflow.tracking import MlflowClient
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from tools.errors import BadArguments, Refused, Unavailable
from tools.mlflow.environment import TIMEOUT
from tools.mlflow.results import ArtifactFile, ModelVersion, RunSummary
from tools.mlflow.signatures import DOWNLOADS, THROUGH_THE_SERVER, place_of_version

MOST_FILES = 500
DEEPEST = 8


def place_of(client: MlflowClient, owner: RunSummary | ModelVersion) -> str:
    """Where the files of a run or a version are, as a path that the server knows.

    Raises:
        Refused: The server does not hand them out.
    """
    if isinstance(owner, ModelVersion):
        place = place_of_version(client, owner)
    else:
        place = str(client.get_run(owner.id).info.artifact_uri)
    if not place.startswith(THROUGH_THE_SERVER):
        where = place.partition(":")[0] if ":" in place else "a folder of its own"
        raise Refused(
            f"MLflow keeps these files in {where} and does not hand them out itself; "
            "its server must be started with --serve-artifacts and mlflow-artifacts:/ as the default."
        )
    return place.removeprefix(THROUGH_THE_SERVER).strip("/")


def listed(client: MlflowClient, place: str) -> tuple[ArtifactFile, ...]:
    """All files under a place, by their paths below it.

    Raises:
        Refused: There are more than `MOST_FILES`.
    """
    found = list(_below(client, place, "", depth=0))
    if len(found) > MOST_FILES:
        raise Refused(f"There are more than {MOST_FILES} files, which is more than I take.")
    return tuple(sorted(found, key=lambda each: each.path))


def content(client: MlflowClient, place: str, path: str, *, limit: int) -> bytes:
    """The bytes of one file.

    Raises:
        BadArguments: There is none, or it is larger than `limit`.
    """
    answer = _asked(client, f"{DOWNLOADS}{quote(place)}/{quote(path)}")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise BadArguments(f"MLflow has no file {path} there.")
    if answer.status_code != HTTPStatus.OK:
        raise Unavailable("MLflow", f"it answered HTTP {answer.status_code} when asked for a file")
    if len(answer.content) > limit:
        raise BadArguments(f"{path} is larger than {limit:,} bytes, which is the most that I take.")
    return answer.content


def _below(client: MlflowClient, place: str, folder: str, *, depth: int) -> Iterator[ArtifactFile]:
    answer = _asked(client, DOWNLOADS.rstrip("/"), path="/".join(filter(None, (place, folder))))
    if answer.status_code != HTTPStatus.OK:
        raise Unavailable("MLflow", f"it answered HTTP {answer.status_code} when asked for its files")
    entries: list[dict[str, Any]] = answer.json().get("files") or []
    for entry in entries[: MOST_FILES + 1]:
        path = "/".join(filter(None, (folder, str(entry["path"]))))
        if not entry.get("is_dir"):
            yield ArtifactFile(path=path, size=int(entry.get("file_size") or 0))
        elif depth < DEEPEST:
            yield from _below(client, place, path, depth=depth + 1)


def _asked(client: MlflowClient, endpoint: str, **params: str) -> requests.Response:
    return http_request(  # type: ignore[no-any-return,no-untyped-call]  # MLflow has no types here
        get_default_host_creds(client.tracking_uri),  # type: ignore[no-untyped-call]  # the same
        endpoint,
        "GET",
        timeout=TIMEOUT,
        raise_on_status=False,
        **({"params": params} if params else {}),
    )
