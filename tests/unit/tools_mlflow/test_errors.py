import pytest
import requests
from mlflow.exceptions import MlflowException, RestException

from tools.errors import BadArguments, Busy, Refused, Unavailable
from tools.mlflow.connection import Connection, in_our_words
from tools.mlflow.environment import exported


def refusal(code: str, message: str = "because") -> MlflowException:
    """What MLflow itself answers."""
    said: MlflowException = RestException({"error_code": code, "message": message})  # type: ignore[no-untyped-call]  # it has no types
    return said


def wrapped(cause: Exception) -> MlflowException:
    """An error as MLflow's client raises it: its text has the address, and the cause only as context."""
    try:
        try:
            raise cause
        except requests.exceptions.RequestException as error:
            raise MlflowException(f"API request to http://alice:secret@mlflow failed with exception {error}")  # noqa: B904 - as MLflow does
    except MlflowException as error:
        return error


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (requests.exceptions.ConnectionError("[Errno 111] Connection refused"), "connection refused"),
        (requests.exceptions.ConnectionError("Name or service not known"), "the host name in MLFLOW_TRACKING_URI"),
        (requests.exceptions.ConnectionError("RemoteDisconnected"), "the connection broke off"),
        (requests.exceptions.ReadTimeout("read timed out"), "no answer within 10 s"),
        (requests.exceptions.ChunkedEncodingError("IncompleteRead"), "the connection broke off"),
        (requests.exceptions.SSLError("verify failed"), "its certificate was not accepted"),
        (requests.exceptions.RetryError("too many 500 error responses"), "it answered with an error of its own"),
        (requests.exceptions.InvalidSchema("ftp"), "MLFLOW_TRACKING_URI is not an http:// or https:// address"),
    ],
)
def test_an_mlflow_that_cannot_be_reached_is_told_with_the_reason(cause: Exception, reason: str) -> None:
    told = in_our_words(wrapped(cause))
    assert isinstance(told, Unavailable)
    assert str(told).startswith(f"I could not reach MLflow: {reason}")
    assert "secret" not in str(told)


def test_a_busy_mlflow_is_told_apart() -> None:
    assert isinstance(in_our_words(wrapped(requests.exceptions.RetryError("too many 503 error responses"))), Busy)
    assert isinstance(in_our_words(refusal("REQUEST_LIMIT_EXCEEDED")), Busy)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (
            "API request to /x failed with error code 404 != 200. Response body: '<html>'",
            Unavailable,
            "not JSON",
        ),
        ("was successful but the response body was not in a valid JSON format. '<html>'", Unavailable, "not JSON"),
        ("failed with error code 401 != 200. Response body: 'no'", Refused, "MLFLOW_TRACKING_TOKEN"),
        ("failed with error code 403 != 200. Response body: 'Invalid Host'", Refused, "--allowed-hosts"),
    ],
)
def test_an_answer_that_is_not_mlflows_is_told_without_its_body(text: str, kind: type[Exception], words: str) -> None:
    told = in_our_words(MlflowException(text))
    assert isinstance(told, kind)
    assert words in str(told)
    assert "html" not in str(told)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("RESOURCE_DOES_NOT_EXIST", BadArguments),
        ("INVALID_PARAMETER_VALUE", BadArguments),
        ("INTERNAL_ERROR", Unavailable),
        ("TEMPORARILY_UNAVAILABLE", Unavailable),
        ("PERMISSION_DENIED", Refused),
        ("UNAUTHENTICATED", Refused),
    ],
)
def test_mlflows_own_errors_are_sorted_by_who_can_do_something(code: str, kind: type[Exception]) -> None:
    assert isinstance(in_our_words(refusal(code)), kind)


def test_a_long_refusal_is_cut_to_one_line() -> None:
    told = in_our_words(refusal("INVALID_PARAMETER_VALUE", "x\n" * 900))
    assert len(str(told)) < 500
    assert "\n" not in str(told)


def test_credentials_and_limits_go_through_the_environment() -> None:
    given = exported(username="alice", password="secret")
    assert given["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "10"
    assert given["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "0"
    assert (given["MLFLOW_TRACKING_USERNAME"], given["MLFLOW_TRACKING_PASSWORD"]) == ("alice", "secret")
    assert "MLFLOW_TRACKING_TOKEN" not in given


def test_nothing_is_opened_before_the_first_call() -> None:
    assert Connection("http://mlflow.invalid/").tracking_uri == "http://mlflow.invalid"
    assert Connection("http://mlflow.invalid")._client is None
