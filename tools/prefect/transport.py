"""HTTP to Prefect with every way of not answering told in words.

Why below Prefect's client and not above it: the client repeats a failed request up to five times with growing pauses,
changes included. A transport that raises our own error gets past that, so that a call ends when it said it would.
"""

import httpx

from tools import deadline
from tools.deadline import CONNECT_SECONDS, LOOK_SECONDS
from tools.errors import Busy, Failing, Late, Unavailable
from tools.punctual import TooLarge, decoded

SYSTEM = "Prefect"
JSON = "application/json"
NOT_JSON = "it answered with something that is not JSON, so PREFECT_API_URL may not be its API's address (…/api)"
#: Answers that say "not now" and nothing about the request; 503 is what Prefect says when its database is locked.
BUSY = frozenset({408, 425, 429, 503})
#: The connection was never made: nothing was asked.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
#: How the paths of reads end whose answers may honestly take longer than a look-up.
LONG_READS = ("/logs/filter",)
#: How the paths of those POSTs end that only read.
READS = ("/filter", "/count", "/paginate", "/history", "/get_scheduled_flow_runs")
ITS_FAULT = 500
UNAUTHORIZED = 401
FIRST_SERVER_ERROR = 500


class PlainspokenTransport(httpx.BaseTransport):
    """Passes requests on, reads each answer whole, and raises `Unavailable` unless Prefect answered.

    Args:
        inner: What carries the requests.
        seconds: How long a request and its answer may take together; a look-up takes `LOOK_SECONDS` at most.
    """

    def __init__(self, inner: httpx.BaseTransport, *, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read to its end.

        Raises:
            Unavailable: There was no answer, only a part of one, or one that is not Prefect's.
        """
        seconds = min(self._seconds, LOOK_SECONDS) if looks_up(request) else self._seconds
        try:
            with deadline.within(seconds):
                response = self._inner.handle_request(request)
                response.request = request  # reading needs to know it when it fails
                response = decoded(response)
        except httpx.HTTPError as error:
            maybe_done = not isinstance(error, NEVER_SENT) and changes(request)
            kind = Late if isinstance(error, httpx.TimeoutException) else Unavailable
            raise kind(SYSTEM, what_happened(error, seconds=seconds), maybe_done=maybe_done) from error
        if response.status_code in BUSY:
            raise Busy(SYSTEM, f"it has too much to do just now (HTTP {response.status_code})")
        if response.status_code == ITS_FAULT:
            raise Failing(
                SYSTEM,
                f"it answered with an error of its own (HTTP {response.status_code})",
                maybe_done=changes(request),
            )
        reason = why_not_an_answer(response)
        if reason:
            raise Unavailable(SYSTEM, reason, maybe_done=changes(request))
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def changes(request: httpx.Request) -> bool:
    """Whether a request asks Prefect to change something; many of its reads are POSTs, too."""
    return request.method not in {"GET", "HEAD"} and not request.url.path.rstrip("/").endswith(READS)


def looks_up(request: httpx.Request) -> bool:
    """Whether a request is one whose answer comes soon or not at all."""
    return not changes(request) and not request.url.path.rstrip("/").endswith(LONG_READS)


def what_happened(error: httpx.HTTPError, *, seconds: float) -> str:
    """The reason in words; never an address, a header or a stack."""
    match error:
        case httpx.TimeoutException():
            return _too_late(error, seconds=seconds)
        case httpx.ConnectError():
            return _why_no_connection(str(error))
        case TooLarge():
            return "its answer was too large to be one"
        case httpx.DecodingError() | httpx.RemoteProtocolError() | httpx.ReadError():
            return "the connection broke off in the middle of an answer"
        case httpx.UnsupportedProtocol():
            return "PREFECT_API_URL is not an http:// or https:// address"
        case _:
            return "the connection failed"


def _too_late(error: httpx.TimeoutException, *, seconds: float) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {min(seconds, CONNECT_SECONDS):g} s"
    return f"no answer within {seconds:g} s"


def _why_no_connection(text: str) -> str:
    lowered = text.lower()
    if "certificate" in lowered or "ssl" in lowered:
        return "its certificate was not accepted"
    if "name or service" in lowered or "resolution" in lowered or "nodename" in lowered or "resolve" in lowered:
        return "the host name in PREFECT_API_URL is not known"
    return "connection refused" if "refused" in lowered else "no connection"


def why_not_an_answer(response: httpx.Response) -> str:
    """Why the response is no answer of Prefect's; empty when it is one."""
    status = response.status_code
    if status >= FIRST_SERVER_ERROR:
        return f"it answered with an error of its own (HTTP {status})"
    if status == UNAUTHORIZED or response.is_redirect or not response.content:
        return ""  # whoever asks for credentials, in whatever form, is heard
    if JSON not in response.headers.get("content-type", ""):
        return NOT_JSON
    return ""
