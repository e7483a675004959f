"""What an error of Gemini means: pure decisions, over what the client raised."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from google.auth.exceptions import GoogleAuthError
from google.genai.errors import APIError
from langchain_google_genai.chat_models import ChatGoogleGenerativeAIError

from worker.agent.limits import Instead

INVALID, UNKNOWN, BUSY, FAILED, OVERLOADED = 400, 404, 429, 500, 503
LONGEST_HINT = 3_600.0
_SECONDS = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)s?")
_TOO_LONG = ("exceeds the maximum number of tokens", "token limit")

#: What an attempt may end with. A `ValueError` is how the client says that it cannot read what came.
FAULTS = (APIError, ChatGoogleGenerativeAIError, httpx.HTTPError, GoogleAuthError, TimeoutError, ValueError)

CREDENTIALS = "it does not accept our credentials; whoever runs me finds out more with `python -m worker doctor`"
UNREADABLE = "what it sent makes no sense"


@dataclass(frozen=True, slots=True)
class Fault:
    """One attempt without an answer.

    Attributes:
        words: Why, for people; never the service's own text.
        again: Whether the same request may well be answered a moment later.
        instead: Who else may answer.
        gone: Whether nobody was there, as far as one can tell.
        hint: Seconds after which the service wants to be asked again; None when it did not say.
        remedy: What the person can do; empty for the usual.
    """

    words: str
    again: bool
    instead: Instead
    gone: bool = False
    hint: float | None = None
    remedy: str = ""


def fault_of(error: Exception, *, seconds: float) -> Fault:
    """What an error of an attempt means.

    Args:
        error: One of `FAULTS`.
        seconds: How long the attempt was given.
    """
    answered = error if isinstance(error, APIError) else error.__cause__
    if isinstance(answered, APIError):
        return _refused(answered)
    match error:
        case TimeoutError() | httpx.TimeoutException():
            return Fault(f"no answer within {seconds:.0f} s", again=False, instead=Instead.ANOTHER, gone=True)
        case httpx.HTTPError():
            return Fault("the connection failed", again=True, instead=Instead.ANOTHER, gone=True)
        case GoogleAuthError():
            return Fault(CREDENTIALS, again=False, instead=Instead.RULES)
    return Fault(UNREADABLE, again=True, instead=Instead.ANOTHER)


def _refused(error: APIError) -> Fault:
    """What the service said no with."""
    code = int(error.code or 0)
    if code in {401, 403} or (code == INVALID and "API_KEY_INVALID" in _reasons(error)):
        return Fault(CREDENTIALS, again=False, instead=Instead.RULES)
    if code == UNKNOWN:
        return Fault("there is no such model for us", again=False, instead=Instead.ANOTHER)
    if code == BUSY:
        return Fault("it is asked too much just now", again=True, instead=Instead.ANOTHER, hint=hint_of(error))
    if code >= FAILED:
        words = "it has too much to do just now" if code == OVERLOADED else "it failed by a fault of its own"
        return Fault(words, again=True, instead=Instead.ANOTHER, gone=True, hint=hint_of(error))
    if any(sign in str(error.message or "").lower() for sign in _TOO_LONG):
        remedy = "Please ask in a new thread, where I start with an empty memory."
        return Fault("this conversation has become too long for it", again=False, instead=Instead.NOBODY, remedy=remedy)
    return Fault("it refused the request, which is a fault of mine", again=False, instead=Instead.RULES)


def hint_of(error: APIError) -> float | None:
    """When the service wants to be asked again, in seconds, by its body or else its header; None when it is silent."""
    infos = [detail for detail in _details(error) if str(detail.get("@type")).endswith("RetryInfo")]
    delays = [detail.get("retryDelay") for detail in infos]
    headers = getattr(error.response, "headers", None) or {}  # whichever HTTP library it came by
    delays += [headers.get("retry-after"), _seconds_until(headers.get("retry-after"), headers.get("date"))]
    found = (_SECONDS.fullmatch(str(delay).strip()) for delay in delays if delay is not None)
    seconds = next((float(match[1]) for match in found if match), None)
    return None if seconds is None else min(seconds, LONGEST_HINT)


def _seconds_until(moment: str | None, now: str | None) -> float | None:
    """Seconds until a time as HTTP writes it, by the server's own clock where it tells; None when it is no time."""
    until, since = _time(moment), _time(now) or datetime.now(UTC)
    return round(max(0.0, (until - since).total_seconds()), 3) if until else None


def _time(written: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(written or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _reasons(error: APIError) -> set[str]:
    return {str(detail.get("reason")) for detail in _details(error)}


def _details(error: APIError) -> list[dict[str, Any]]:
    body = error.details if isinstance(error.details, dict) else {}
    inner = body.get("error", body)
    details = inner.get("details") if isinstance(inner, dict) else None
    return [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []
