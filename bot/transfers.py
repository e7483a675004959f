"""Bytes to and from Slack's own hosts, beside its Web API: files, and answers through a `response_url`."""

import time
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from bot.errors import BotError, SlackRefused, SlackUnavailable
from bot.events import FileRef
from bot.slack_faults import retry_after
from bot.trust import authorities

TIMEOUT_SECONDS = 10
DOWNLOAD_SECONDS = 30.0  #: a file that comes more slowly is given up
_PIECE = 65_536
NO_LONGER_THERE = "Slack no longer shows me the file: it was deleted, or is not shared with me. Please share it again."


class FileGone(BotError):
    """The file could not be fetched; the message says why and what to do."""


class _SameHost(HTTPRedirectHandler):
    """Follows no redirect: the token must not travel to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Transfers:
    """Fetches from and sends to Slack's hosts, and to no others."""

    def __init__(self, *, token: str, api_url: str) -> None:
        self._token = token
        self._own_host = urlsplit(api_url).netloc
        self._opener: OpenerDirector = build_opener(_SameHost, HTTPSHandler(context=authorities()))

    def trusted(self, url: str) -> bool:
        """Whether an address is Slack's, or that of the Slack that we were told of."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        slack = parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
        return slack or (parts.scheme in {"http", "https"} and parts.netloc == self._own_host)

    def fetch(self, file: FileRef, *, limit: int) -> bytes:
        """The content of a file whose address is known, at most `limit` + 1 bytes of it.

        Raises:
            FileGone: Slack has it no more, or answers with its login page.
            SlackUnavailable: Slack did not answer.
        """
        if not self.trusted(file.url):
            raise FileGone(f"`{file.name}` is not stored in Slack. Please upload it to the thread itself.")
        request = Request(file.url, headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310 - host checked before
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                kind = response.headers.get("Content-Type", "")
                content = _read(response, most=limit + 1)
        except HTTPError as exc:
            if _later(exc):
                raise SlackUnavailable("file download", retry_after=retry_after(exc.headers)) from exc
            raise FileGone(_gone(file)) from exc
        except (URLError, HTTPException, OSError) as exc:
            raise SlackUnavailable("file download") from exc
        if kind.startswith("text/html") and content.lstrip()[:1] == b"<":
            raise FileGone(_gone(file))
        return content

    def send(self, what: str, url: str, content: bytes, *, kind: str) -> None:
        """Post bytes to an address that Slack gave us for them.

        Args:
            what: What is sent, as errors name it.
            url: Where.
            content: The bytes.
            kind: Their media type.

        Raises:
            SlackRefused: The address is used up, too old, or not Slack's.
            SlackUnavailable: Slack did not answer.
        """
        if not self.trusted(url):
            raise SlackRefused(what, reason="not Slack's")
        request = Request(url, data=content, headers={"Content-Type": kind}, method="POST")  # noqa: S310 - host checked above
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS):
                return
        except HTTPError as exc:
            if _later(exc):
                raise SlackUnavailable(what, retry_after=retry_after(exc.headers)) from exc
            raise SlackRefused(what, reason=f"HTTP {exc.code}") from exc
        except (URLError, HTTPException, OSError) as exc:
            raise SlackUnavailable(what) from exc


def _later(error: HTTPError) -> bool:
    return error.code == HTTPStatus.TOO_MANY_REQUESTS or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR


def _read(response: Any, *, most: int) -> bytes:
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
