"""The one way to Slack: every Web API call, with its errors in our words.

No retry handler of the SDK is on: its default sends a post again when the connection breaks after delivery, which
doubles the message. Who calls decides what to do; `SlackUncertain` says that a request may have arrived.
"""

import json
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import BotError, SlackRefused, SlackUnavailable, SlackUncertain
from bot.events import FileRef, file_ref
from bot.views.view import View

TIMEOUT_SECONDS = 10
_BUSY = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
}
METADATA = "trainmaster_message"


class FileGone(BotError):
    """The file could not be fetched; the message says why and what to do."""


class _SameHost(HTTPRedirectHandler):
    """Follows no redirect: the token must not travel to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class SlackGateway:
    """Slack's Web API for one app in one workspace."""

    def __init__(self, *, token: str, api_url: str) -> None:
        self._token = token
        self._client = WebClient(token=token, base_url=api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
        self._own_host = urlsplit(api_url).netloc
        self._opener: OpenerDirector = build_opener(_SameHost)

    def identity(self) -> tuple[str, str]:
        """The team's id and the bot's user id, as `auth.test` says.

        Raises:
            SlackUnavailable: Slack did not answer.
            SlackRefused: The token is not good.
        """
        answer = self._call("auth.test", {})
        return str(answer["team_id"]), str(answer["user_id"])

    def scopes(self) -> frozenset[str]:
        """The scopes that the token was granted, as Slack's `x-oauth-scopes` header says; empty when it does not."""
        try:
            response = self._client.api_call("auth.test")
        except (SlackClientError, URLError, HTTPException, OSError) as exc:
            raise _translated("auth.test", exc) from exc
        header = next((v for k, v in response.headers.items() if k.lower() == "x-oauth-scopes"), "")
        return frozenset(scope.strip() for scope in str(header).split(",") if scope.strip())

    def open_socket(self, app_token: str) -> None:
        """Ask for a Socket Mode address, as a check of the app-level token.

        Raises:
            SlackRefused: The token is not good, or Socket Mode is off.
            SlackUnavailable: Slack did not answer.
        """
        try:
            self._client.apps_connections_open(app_token=app_token)
        except (SlackClientError, URLError, HTTPException, OSError) as exc:
            raise _translated("apps.connections.open", exc) from exc

    def post(self, *, channel: str, thread: str | None, view: View, entry: str) -> str:
        """Post a message; unfurling is off, and the metadata carry `entry`, by which `find` finds it again.

        Returns:
            The message's `ts`.

        Raises:
            SlackUncertain: It may have been posted: look with `find` before posting again.
            SlackUnavailable: It was not posted.
            SlackRefused: Slack will not have it.
        """
        return str(
            self._call(
                "chat.postMessage",
                {
                    "channel": channel,
                    "thread_ts": thread,
                    "text": view.text,
                    "blocks": view.blocks,
                    "unfurl_links": False,
                    "unfurl_media": False,
                    "metadata": {"event_type": METADATA, "event_payload": {"entry": entry}},
                },
            )["ts"]
        )

    def update(self, *, channel: str, ts: str, view: View) -> None:
        """Put a new face on a message of ours. Blocks are always sent: Slack's rules for leaving them out changed."""
        self._call("chat.update", {"channel": channel, "ts": ts, "text": view.text[:4000], "blocks": view.blocks})

    def find(self, *, channel: str, thread: str | None, entry: str) -> str | None:
        """The `ts` of the message that carries `entry`, if it was posted within the last 200 of its thread."""
        method = "conversations.replies" if thread else "conversations.history"
        arguments: dict[str, Any] = {"channel": channel, "limit": 200, "include_all_metadata": True}
        if thread:
            arguments["ts"] = thread
        for message in self._pages(method, arguments, "messages"):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == METADATA and metadata.get("event_payload", {}).get("entry") == entry:
                return str(message["ts"])
        return None

    def files_of(self, *, channel: str, thread: str, ts: str) -> tuple[FileRef, ...]:
        """The files of one message, read again by its `ts`: an `app_mention` may leave them out."""
        arguments = {"channel": channel, "ts": thread, "latest": ts, "inclusive": True, "limit": 100}
        for message in self._pages("conversations.replies", arguments, "messages"):
            if message["ts"] == ts:
                return tuple(file_ref(file) for file in message.get("files", ()))
        return ()

    def download(self, file: FileRef, *, limit: int) -> bytes:
        """The content of a file, at most `limit` + 1 bytes of it.

        Raises:
            FileGone: Slack has it no more, or answers with its login page.
            SlackUnavailable: Slack did not answer.
        """
        if not file.url:
            file = file_ref(self._call("files.info", {"file": file.id})["file"])
        if not self._trusted(file.url):
            raise FileGone(f"`{file.name}` is not stored in Slack. Please upload it to the thread itself.")
        request = Request(file.url, headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310 - host checked above
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                kind = response.headers.get("Content-Type", "")
                content = cast("bytes", response.read(limit + 1))
        except HTTPError as exc:
            raise FileGone(_gone(file)) from exc
        except (URLError, HTTPException, OSError) as exc:
            raise SlackUnavailable("file download") from exc
        if kind.startswith("text/html") and content.lstrip()[:1] == b"<":
            raise FileGone(_gone(file))
        return content

    def ephemeral(self, *, channel: str, thread: str | None, user: str, view: View) -> None:
        """Tell one person something that nobody else sees."""
        self._call(
            "chat.postEphemeral",
            {"channel": channel, "thread_ts": thread, "user": user, "text": view.text, "blocks": view.blocks},
        )

    def respond(self, url: str, view: View) -> None:
        """Answer a command or a click through its `response_url` (5 times within 30 minutes), for one person.

        Raises:
            SlackRefused: The url is used up, too old, or not Slack's.
            SlackUnavailable: Slack did not answer.
        """
        if not self._trusted(url):
            raise SlackRefused("response_url", reason="not Slack's")
        body = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": view.text,
            "blocks": view.blocks,
        }
        request = Request(  # noqa: S310 - host checked above
            url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS):
                return
        except HTTPError as exc:
            if exc.code == HTTPStatus.TOO_MANY_REQUESTS or exc.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise SlackUnavailable("response_url", retry_after=_seconds(exc.headers)) from exc
            raise SlackRefused("response_url", reason=f"HTTP {exc.code}") from exc
        except (URLError, HTTPException, OSError) as exc:
            raise SlackUnavailable("response_url") from exc

    def set_status(self, *, channel: str, thread: str, status: str) -> None:
        """Show or (with an empty text) clear the native status line of a thread."""
        self._call("assistant.threads.setStatus", {"channel_id": channel, "thread_ts": thread, "status": status})

    def react(self, *, channel: str, ts: str, name: str) -> None:
        """Add a reaction to a message."""
        self._call("reactions.add", {"channel": channel, "timestamp": ts, "name": name})

    def permalink(self, *, channel: str, ts: str) -> str:
        """The address of a message."""
        return str(self._call("chat.getPermalink", {"channel": channel, "message_ts": ts})["permalink"])

    def _trusted(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        slack = parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
        return slack or (parts.scheme in {"http", "https"} and parts.netloc == self._own_host)

    def _pages(self, method: str, arguments: dict[str, Any], field: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        for _ in range(5):
            answer = self._call(method, {**arguments, **({"cursor": cursor} if cursor else {})})
            found += answer.get(field) or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return found

    def _call(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in arguments.items() if value is not None}
        read = method.startswith(("conversations.", "files.info", "chat.getPermalink"))
        try:
            if read:
                response = self._client.api_call(method, http_verb="GET", params=given)
            else:
                response = self._client.api_call(method, json=given)
        except (SlackClientError, URLError, HTTPException, OSError) as exc:
            raise _translated(method, exc) from exc
        return cast("dict[str, Any]", response.data)


def _gone(file: FileRef) -> str:
    name = f"`{file.name}`" if file.name else "the file"
    return (
        f"Slack would not give me {name}: it was deleted, or this app lacks the `files:read` scope. "
        "Please upload it again; if that does not help, ask whoever installed the app."
    )


def _seconds(headers: Any) -> float | None:
    value = next((v for k, v in dict(headers or {}).items() if k.lower() == "retry-after"), None)
    return float(value) if value is not None and str(value).replace(".", "", 1).isdigit() else None


def _translated(method: str, exc: Exception) -> BotError:
    if isinstance(exc, SlackApiError):
        response = exc.response
        status = getattr(response, "status_code", HTTPStatus.OK)  # a plain dict when the SDK could not parse the body
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return SlackUnavailable(method, retry_after=_seconds(response.headers) or 1.0)
        reason = str(response.get("error") or "") if hasattr(response, "get") else ""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or reason in _BUSY or not reason:
            return SlackUncertain(method)
        return SlackRefused(method, reason=reason)
    cause = exc.reason if isinstance(exc, URLError) else exc
    if isinstance(cause, ConnectionRefusedError) or type(cause).__name__ == "gaierror":
        return SlackUnavailable(method)
    return SlackUncertain(method)
