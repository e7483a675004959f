"""Files that people shared in Slack, fetched with the app's token."""

import time
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request

from bot.errors import BotError, SlackUnavailable
from bot.events import FileRef
from bot.slack_faults import retry_after

TIMEOUT_SECONDS = 10
DOWNLOAD_SECONDS = 30.0  #: a file that comes more slowly is given up
_PIECE = 65_536


class FileGone(BotError):
    """The file could not be fetched; the message says why and what to do."""


class SameHost(HTTPRedirectHandler):
    """Follows no redirect: the token must not travel to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Nowhere to go on."""


def downloaded(opener: OpenerDirector, token: str, file: FileRef, *, limit: int) -> bytes:
    """The content of a file, at most `limit` + 1 bytes of it; its address must have been checked.

    Raises:
        FileGone: Slack has it no more, or answers with its login page.
        SlackUnavailable: Slack did not answer.
    """
    request = Request(file.url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - host checked before
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            kind = response.headers.get("Content-Type", "")
            content = _body(response, most=limit + 1)
    except HTTPError as exc:
        if exc.code == HTTPStatus.TOO_MANY_REQUESTS or exc.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise SlackUnavailable("file download", retry_after=retry_after(exc.headers)) from exc
        raise FileGone(_gone(file)) from exc
    except (URLError, HTTPException, OSError) as exc:
        raise SlackUnavailable("file download") from exc
    if kind.startswith("text/html") and content.lstrip()[:1] == b"<":
        raise FileGone(_gone(file))
    return content


def _body(response: Any, *, most: int) -> bytes:
    """At most so many bytes of a body; one that comes too slowly, or breaks off, is no body."""
    until = time.monotonic() + DOWNLOAD_SECONDS
    content = bytearray()
    while len(content) < most:
        piece = response.read1(min(_PIECE, most - len(content)))
        content += piece
        if not piece and response.length:
            raise IncompleteRead(bytes(content), response.length)
        if not piece:
            break
        if time.monotonic() > until:
            raise TimeoutError("the file comes too slowly")
    return bytes(content)


def _gone(file: FileRef) -> str:
    name = f"`{file.name}`" if file.name else "the file"
    return (
        f"Slack would not give me {name}: it was deleted, or this app lacks the `files:read` scope. "
        "Please upload it again; if that does not help, ask whoever installed the app."
    )
