from collections.abc import Iterator

import httpx
import pytest

from tools.errors import BadArguments, Late, Refused, Unavailable
from tools.prefect.connection import Connection

URL = "http://prefect.invalid/api"
RUN = "1c7d2f0e-0000-4000-8000-000000000001"


class Prefect:
    """Answers each request with the next of its answers, the last one for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked = 0
        self.pauses: list[float] = []
        self.headers: httpx.Headers | None = None
        transport = httpx.MockTransport(self._answer)
        self.connection = Connection(
            URL, auth_string="alice:secret", timeout=3, transport=transport, sleep=self.pauses.append
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.headers = request.headers
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer

    def version(self) -> str:
        return str(self.connection.call(lambda client: client.api_version()))


class Torn(httpx.SyncByteStream):
    """A body that breaks off."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id": '
        raise httpx.ReadError("peer closed connection")


def html(status: int) -> httpx.Response:
    return httpx.Response(status, html="<html><body>Sign in</body></html>")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx.ConnectError("[Errno 111] Connection refused"), "connection refused"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "the host name in PREFECT_API_URL is not known"),
        (httpx.ConnectError("certificate verify failed"), "its certificate was not accepted"),
        (httpx.ConnectTimeout("timed out"), "no connection within 2 s"),
        (httpx.ReadTimeout("timed out"), "no answer within 3 s"),
        (httpx.PoolTimeout("timed out"), "no answer within 3 s"),
        (httpx.RemoteProtocolError("no response"), "the connection broke off in the middle of an answer"),
        (httpx.UnsupportedProtocol("ftp"), "PREFECT_API_URL is not an http:// or https:// address"),
    ],
)
def test_a_prefect_that_cannot_be_reached_is_told_with_the_reason(error: Exception, reason: str) -> None:
    with pytest.raises(Unavailable) as caught:
        Prefect(error).version()
    assert str(caught.value) == f"I could not reach Prefect: {reason}."
    assert caught.value.system == "Prefect"


@pytest.mark.parametrize("status", [200, 403, 404])
def test_a_page_instead_of_an_answer_points_at_the_address(status: int) -> None:
    with pytest.raises(Unavailable, match="something that is not JSON, so PREFECT_API_URL may not be"):
        Prefect(html(status)).version()


def test_a_body_that_breaks_off_is_no_answer() -> None:
    torn = [httpx.Response(200, headers={"content-type": "application/json"}, stream=Torn()) for _ in range(2)]
    with pytest.raises(Unavailable, match="broke off in the middle of an answer"):
        Prefect(*torn).version()


@pytest.mark.parametrize("body", ['{"id": "1c7d', '{"surprise": true}', "[]"])
def test_an_answer_that_is_not_what_was_asked_for_is_no_answer(body: str) -> None:
    answer = httpx.Response(200, headers={"content-type": "application/json"}, text=body)
    with pytest.raises(Unavailable, match="something that I cannot read"):
        Prefect(answer).connection.call(lambda client: client.read_flow_run(RUN))  # type: ignore[arg-type]  # text will do


def test_an_error_of_prefects_own_is_not_the_callers() -> None:
    with pytest.raises(Unavailable, match="an error of its own"):
        Prefect(httpx.Response(500, json={"exception_message": "Internal Server Error"})).version()


def test_what_is_not_there_is_the_callers_to_correct() -> None:
    prefect = Prefect(httpx.Response(404, json={"detail": "Flow run not found"}))
    with pytest.raises(BadArguments, match="does not have what was asked for"):
        prefect.connection.call(lambda client: client.read_flow_run(RUN))  # type: ignore[arg-type]  # text will do
    assert prefect.asked == 1


@pytest.mark.parametrize(("status", "words"), [(401, "PREFECT_API_KEY"), (403, "administrator must grant it")])
def test_wrong_credentials_are_told_without_the_credentials(status: int, words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        Prefect(httpx.Response(status, json={"detail": "no"})).version()
    assert "secret" not in str(caught.value)


def test_a_proxy_that_asks_for_credentials_with_a_page_is_heard() -> None:
    with pytest.raises(Refused, match="PREFECT_API_AUTH_STRING"):
        Prefect(html(401)).version()


def test_a_refusal_says_what_prefect_says_on_one_line() -> None:
    refusal = httpx.Response(422, json={"detail": [{"msg": "too\nlong"}, {"msg": "wrong"}]})
    with pytest.raises(BadArguments, match="Prefect refused this: too long; wrong"):
        Prefect(refusal).version()


def test_a_prefect_that_was_away_for_a_moment_is_asked_once_more() -> None:
    prefect = Prefect(httpx.ConnectError("refused"), httpx.Response(200, json="3.8.8"))
    assert prefect.version() == "3.8.8"
    assert len(prefect.pauses) == 1


def test_a_prefect_that_stays_away_is_asked_twice_and_no_more() -> None:
    prefect = Prefect(httpx.ConnectError("refused"))
    with pytest.raises(Unavailable):
        prefect.version()
    assert prefect.asked == 2


def test_a_prefect_that_is_late_is_not_asked_again() -> None:
    prefect = Prefect(httpx.ReadTimeout("late"))
    with pytest.raises(Late):
        prefect.version()
    assert prefect.asked == 1


def test_a_busy_prefect_is_asked_again_with_growing_pauses() -> None:
    busy = httpx.Response(503, json={"exception_message": "Service Unavailable"}, headers={"Retry-After": "3600"})
    prefect = Prefect(busy, busy, httpx.Response(200, json="3.8.8"))
    assert prefect.version() == "3.8.8"
    assert prefect.pauses == sorted(prefect.pauses)
    assert sum(prefect.pauses) < 3


def test_a_prefect_that_stays_busy_is_given_up() -> None:
    prefect = Prefect(httpx.Response(429, json={}))
    with pytest.raises(Unavailable, match="too much to do just now"):
        prefect.version()
    assert prefect.asked == 4


def test_credentials_are_sent_and_the_client_opens_again_after_closing() -> None:
    prefect = Prefect(httpx.Response(200, json="3.8.8"))
    prefect.version()
    assert prefect.headers is not None
    assert prefect.headers["authorization"].startswith("Basic ")
    prefect.connection.close()
    prefect.connection.close()
    assert prefect.version() == "3.8.8"


def test_nothing_is_opened_before_the_first_call() -> None:
    def never(_: httpx.Request) -> httpx.Response:
        raise AssertionError

    assert Connection(URL, transport=httpx.MockTransport(never))._client is None
