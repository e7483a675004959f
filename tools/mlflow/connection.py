"""One connection to an MLflow server, and its errors told as ours."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import requests
from google.protobuf.json_format import ParseError  # type: ignore[import-untyped]  # it ships no types
from mlflow.exceptions import MlflowException, RestException
from mlflow.tracking import MlflowClient
from mlflow.tracking.request_header.registry import resolve_request_headers

from tools import deadline
from tools.breaker import Breaker
from tools.deadline import CONNECT_SECONDS, LOOK_SECONDS
from tools.errors import BadArguments, Busy, Failing, Late, Refused, ToolError, Unavailable
from tools.mlflow import punctual
from tools.mlflow.environment import TIMEOUT
from tools.punctual_sockets import BROKEN_OFF, NEVER_SENT
from tools.retries import again, certainly_undone

Answer = TypeVar("Answer")
SYSTEM = "MLflow"
_NOWHERE = "http://localhost"  #: never asked
LONGEST = 400  # characters of what MLflow says about a refusal

NOT_THERE = frozenset({"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "ENDPOINT_NOT_FOUND"})
NOT_NOW = frozenset({"TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"})
ITS_FAULT = frozenset({"INTERNAL_ERROR", "DEADLINE_EXCEEDED"})
NOT_KNOWN = frozenset({"UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"})
WRONG_CREDENTIALS = (
    "MLflow does not accept our credentials; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, "
    "or MLFLOW_TRACKING_TOKEN."
)
NOT_JSON = "it answered with something that is not JSON, so MLFLOW_TRACKING_URI may not be its address"

#: How the HTTP library under MLflow's client words an answer that says "not now", and one that says "I failed".
TOO_MUCH = re.compile(r"too many (408|429|503) error responses")
FAILED = re.compile(r"too many 500 error responses")

#: What MLflow's client raises over an answer of another shape than MLflow's.
UNREADABLE = (ParseError, ValueError, TypeError, KeyError, AttributeError)
#: What a network error is called, by its class; the first that fits.
REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((punctual.AnswerTooLarge,), "its answer was too large to be one"),
    (
        (requests.exceptions.TooManyRedirects,),
        "it sends us from one address to the next; MLFLOW_TRACKING_URI may be wrong",
    ),
    ((requests.exceptions.SSLError,), "its certificate was not accepted"),
    ((requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError), BROKEN_OFF),
    ((requests.exceptions.RetryError, requests.exceptions.HTTPError), "it answered with an error of its own"),
    (
        (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema),
        "MLFLOW_TRACKING_URI is not an http:// or https:// address",
    ),
)
#: What a failed connection is called, by what its text says; requests has one class for all of these.
SIGNS = (
    ("name or service", "the host name in MLFLOW_TRACKING_URI is not known"),
    ("resol", "the host name in MLFLOW_TRACKING_URI is not known"),
    ("refused", "connection refused"),
)


def rehearse() -> None:
    """Have MLflow's client look now for plugins, in what every installed package says of itself; opens nothing.

    It does so at its first use otherwise, which takes a fifth of a second and some memory in each process.
    """
    client = MlflowClient(tracking_uri=_NOWHERE, registry_uri=_NOWHERE)
    client._get_registry_client()  # type: ignore[no-untyped-call]  # noqa: SLF001 - it is made late otherwise
    resolve_request_headers()  # type: ignore[no-untyped-call]  # MLflow's code is untyped here


class Connection:
    """MLflow's own client; safe to share between threads. Timeouts come from `tools.mlflow.environment`."""

    def __init__(self, tracking_uri: str) -> None:
        """Remember where MLflow is; nothing is opened."""
        self.tracking_uri = tracking_uri.rstrip("/")
        self._lock = threading.Lock()
        self._client: MlflowClient | None = None
        self.breaker = Breaker(SYSTEM)

    @property
    def client(self) -> MlflowClient:
        """The client, made at the first use: a process that forks must not have made one before."""
        with self._lock:
            if self._client is None:
                punctual.install()
                self._client = MlflowClient(tracking_uri=self.tracking_uri, registry_uri=self.tracking_uri)
            return self._client

    def read(self, call: Callable[[MlflowClient], Answer], *, seconds: float = LOOK_SECONDS) -> Answer:
        """What a call that changes nothing gives; made again when MLflow was away or busy for a moment.

        Args:
            call: Makes it.
            seconds: That all its requests may take together; each of them ends after `TIMEOUT` besides.

        Raises:
            Unavailable: MLflow did not answer, or was not asked because it has not answered for a while.
        """
        return again(lambda: self.breaker.call(lambda: self._told(call, seconds)))

    def change(self, call: Callable[[MlflowClient], Answer]) -> Answer:
        """What a call gives that changes something; made again only when it has certainly not been made.

        Raises:
            Unavailable: MLflow did not answer; `maybe_done` when it may have been asked.
        """
        return again(lambda: self.breaker.call(lambda: self._changed(call)), may_repeat=certainly_undone)

    def look(self, call: Callable[[MlflowClient], Answer]) -> Answer:
        """What a call gives that is made once, now, whether MLflow has answered lately or not."""
        return self.breaker.look(lambda: self._told(call, LOOK_SECONDS))

    def _changed(self, call: Callable[[MlflowClient], Answer]) -> Answer:
        try:
            return self._told(call, TIMEOUT)
        except Unavailable as error:
            error.maybe_done = not isinstance(error, Busy) and was_sent(error)
            raise

    def _told(self, call: Callable[[MlflowClient], Answer], seconds: float) -> Answer:
        with deadline.respected(SYSTEM), mlflow_errors(seconds=seconds), deadline.within(seconds):
            return call(self.client)


def was_sent(error: Unavailable) -> bool:
    """Whether a request may have reached MLflow before it failed."""
    if error.__cause__ is None:
        return False  # there was no time left to ask
    cause = _network_error(error)
    reasons = [cause, *getattr(cause, "args", ())] if cause else []
    reasons += [getattr(reason, "reason", None) for reason in reasons]
    return not any(isinstance(reason, NEVER_SENT) for reason in reasons)


@contextmanager
def mlflow_errors(*, seconds: float = TIMEOUT) -> Iterator[None]:
    """Tell what MLflow's client raises as an error of ours."""
    try:
        yield
    except MlflowException as error:
        raise in_our_words(error, seconds=seconds) from error
    except requests.exceptions.RequestException as error:
        raise _no_answer(error, seconds=seconds) from error
    except UNREADABLE as error:
        raise Unavailable(SYSTEM, "it answered with something that I cannot read") from error


def in_our_words(error: MlflowException, *, seconds: float = TIMEOUT) -> ToolError:
    """An error of MLflow's client in words; never an address, a header or a body that is not MLflow's own."""
    network = _network_error(error)
    if network is not None:
        return _no_answer(network, seconds=seconds)
    if not isinstance(error, RestException):
        return _not_mlflow(error)
    return _said_no(error.error_code, _one_line(str(error.message)))


def _said_no(code: str, said: str) -> ToolError:
    if code in NOT_THERE:
        return BadArguments(f"MLflow does not have what was asked for: {said}")
    if code in NOT_NOW:
        return Busy(SYSTEM, "it has too much to do just now")
    if code in ITS_FAULT:
        return Failing(SYSTEM, "it answered with an error of its own")
    if code in NOT_KNOWN:
        return Refused(WRONG_CREDENTIALS)
    if code == "PERMISSION_DENIED":
        return Refused("MLflow does not allow us to do this; its administrator must grant it.")
    return BadArguments(f"MLflow refused this: {said}")


def _network_error(error: BaseException) -> requests.exceptions.RequestException | None:
    """The first error of the network that this one was made of."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, requests.exceptions.RequestException):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def _no_answer(error: requests.exceptions.RequestException, *, seconds: float) -> Unavailable:
    if isinstance(error, requests.exceptions.RetryError) and TOO_MUCH.search(str(error)):
        return Busy(SYSTEM, "it has too much to do just now")
    if isinstance(error, requests.exceptions.RetryError) and FAILED.search(str(error)):
        return Failing(SYSTEM, "it answered with an error of its own")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Late(SYSTEM, f"no connection within {min(CONNECT_SECONDS, seconds):g} s")
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower():
        return Late(SYSTEM, f"no answer within {min(TIMEOUT, seconds):g} s")
    return Unavailable(SYSTEM, why_no_answer(error))


def why_no_answer(error: requests.exceptions.RequestException) -> str:
    """The reason in words, when it was not the time; never an address."""
    for kinds, reason in REASONS:
        if isinstance(error, kinds):
            return reason
    text = str(error).lower()
    return next((reason for sign, reason in SIGNS if sign in text), BROKEN_OFF)


def _not_mlflow(error: MlflowException) -> ToolError:
    """What to make of an answer without MLflow's own error in it; its text holds the whole body, so it is not shown."""
    text = str(error)
    if "failed with error code 401" in text:
        return Refused(WRONG_CREDENTIALS)
    if "failed with error code 403" in text:
        return Refused(
            "MLflow refuses to talk to us (HTTP 403): either our credentials or its --allowed-hosts do not fit."
        )
    if "not in a valid JSON format" in text or "failed with error code" in text:
        return Unavailable(SYSTEM, NOT_JSON)
    return BadArguments(f"MLflow refused this: {_one_line(str(error.message))}")


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
