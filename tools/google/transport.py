"""HTTP to Google over sockets that keep deadlines, and what is said of one that gave no answer."""

from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override

from tools.deadline import CONNECT_SECONDS, LONG_SECONDS
from tools.errors import Late, Unavailable
from tools.punctual_sockets import BROKEN_OFF, NEVER_SENT, make_punctual

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.auth.transport.requests import AuthorizedSession

#: What a network error is called, by its class; the first that fits.
_REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((requests.exceptions.SSLError,), "its certificate was not accepted"),
    ((requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError), BROKEN_OFF),
    ((requests.exceptions.TooManyRedirects,), "it sends us from one address to the next"),
)
#: What a failed connection is called, by what its text says; requests has one class for all of these.
_SIGNS = (
    ("name or service", "its host name is not known"),
    ("resol", "its host name is not known"),
    ("refused", "connection refused"),
)


class PunctualAdapter(HTTPAdapter):
    """The adapter of requests, over sockets that keep deadlines, and which are opened soon or not at all."""

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        given = options.get("timeout")
        if isinstance(given, (int, float)):  # the clients of Vertex AI know one limit only
            options["timeout"] = (min(CONNECT_SECONDS, given), given)
        return super().send(request, *args, **options)

    @override
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        make_punctual(self.poolmanager)

    @override
    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        make_punctual(manager)
        return manager


def session(credentials: "Credentials") -> "AuthorizedSession":
    """A session of Google's own that shows these credentials."""
    from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415 - see tools/google/__init__.py

    made = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # google-auth is untyped here
    keep_deadlines(made)
    return made


def keep_deadlines(made: requests.Session) -> None:
    """Let a session wait no longer than there is time, also for the sign-in that Google's own make by themselves."""
    signs_in = getattr(made, "_auth_request_session", None)
    for each in (made, signs_in) if isinstance(signs_in, requests.Session) else (made,):
        for scheme in ("https://", "http://"):
            each.mount(scheme, PunctualAdapter())


def was_sent(error: Unavailable) -> bool:
    """Whether a request may have reached the service before it failed."""
    if error.__cause__ is None:
        return False  # there was no time left to ask
    reasons: list[object] = []
    cause: BaseException | None = error.__cause__
    while cause is not None and cause not in reasons:
        reasons += [cause, *cause.args]
        cause = cause.__cause__ or cause.__context__
    reasons += [getattr(reason, "reason", None) for reason in reasons]
    return not any(isinstance(reason, NEVER_SENT) for reason in reasons)


def no_answer(system: str, error: requests.exceptions.RequestException, *, seconds: float) -> Unavailable:
    """What a call that took at most so many seconds failed with, the reason in words; never an address."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Late(system, f"no connection within {min(CONNECT_SECONDS, seconds):g} s")
    for kinds, reason in _REASONS:
        if isinstance(error, kinds):
            return Unavailable(system, reason)
    text = str(error).lower()
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in text:
        return late(system, seconds=seconds)
    return Unavailable(system, next((reason for sign, reason in _SIGNS if sign in text), BROKEN_OFF))


def late(system: str, *, seconds: float) -> Late:
    """That a system has not answered in time."""
    return Late(system, f"no answer within {min(LONG_SECONDS, seconds):g} s")
