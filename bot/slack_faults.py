"""What Slack's SDK raises and Slack answers, as errors of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import BotError, SlackRefused, SlackUnavailable, SlackUncertain

_BUSY = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
}


@contextmanager
def slack_errors(method: str) -> Iterator[None]:
    """Tell what Slack's SDK raises, of whatever client, as an error of ours."""
    try:
        yield
    except (SlackClientError, URLError, HTTPException, OSError) as exc:
        raise _translated(method, exc) from exc


def retry_after(headers: Any) -> float | None:
    """The seconds that a response asks to wait; None when it does not."""
    value = next((v for k, v in dict(headers or {}).items() if k.lower() == "retry-after"), None)
    return float(value) if value is not None and str(value).replace(".", "", 1).isdigit() else None


def _translated(method: str, exc: Exception) -> BotError:
    if isinstance(exc, SlackApiError):
        response = exc.response
        status = getattr(response, "status_code", HTTPStatus.OK)  # a plain dict when the SDK could not parse the body
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return SlackUnavailable(method, retry_after=retry_after(response.headers) or 1.0)
        reason = str(response.get("error") or "") if hasattr(response, "get") else ""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or reason in _BUSY or not reason:
            return SlackUncertain(method)
        return SlackRefused(method, reason=reason)
    cause = exc.reason if isinstance(exc, URLError) else exc
    if isinstance(cause, ConnectionRefusedError) or type(cause).__name__ == "gaierror":
        return SlackUnavailable(method)
    return SlackUncertain(method)
