import importlib
import math
from collections.abc import Callable

import pytest
import requests
import urllib3
from google.api_core import exceptions as api
from google.auth import exceptions as auth

from tools import deadline
from tools.errors import BadArguments, Busy, Failing, Late, Refused, ToolError, Unavailable
from tools.google.client import NoStorage
from tools.google.connection import Connection, Exists, timeout
from tools.google.place import Identity, Place, is_this_machine

URL = "GET https://storage.googleapis.com/storage/v1/b/data?prettyPrint=false"
REFUSED = requests.exceptions.ConnectionError(
    urllib3.exceptions.NewConnectionError(urllib3.connection.HTTPConnection("h"), "Connection refused")
)


def made(kind: Callable[..., Exception], text: str) -> Exception:
    """An error of Google's, whose classes are untyped."""
    return kind(text)


def told(error: Exception) -> ToolError:
    def fails() -> None:
        raise error

    with pytest.raises(ToolError) as caught:
        Connection("Cloud Storage", client="google.cloud.storage").look(fails)
    return caught.value


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (
            made(api.NotFound, f"{URL}: No such bucket"),
            BadArguments,
            "does not have what was asked for: No such bucket",
        ),
        (
            made(api.BadRequest, f"{URL}: Invalid argument"),
            BadArguments,
            "Cloud Storage refused this: Invalid argument",
        ),
        (made(api.Forbidden, f"{URL}: no storage.objects.get"), Refused, "does not allow us to do this: no storage"),
        (made(api.Unauthorized, "x"), Refused, "does not accept our credentials; whoever runs me must set them right"),
        (made(api.PreconditionFailed, "the condition"), Exists, "has something else there by now: the condition"),
        (made(api.Conflict, "twice"), Exists, "has something else there by now"),
        (made(api.TooManyRequests, "x"), Busy, "it has too much to do just now"),
        (made(api.ServiceUnavailable, "x"), Busy, "it has too much to do just now"),
        (made(api.InternalServerError, "x"), Failing, "it answered with an error of its own"),
        (made(auth.RefreshError, "token: ya29.secret"), Refused, "Google does not accept the credentials that I have"),
        (made(auth.TransportError, "x"), Unavailable, "Google's sign-in did not answer"),
        (requests.exceptions.ReadTimeout("x"), Late, "no answer within 4 s"),
        (requests.exceptions.ConnectTimeout("x"), Late, "no connection within 2 s"),
        (REFUSED, Unavailable, "connection refused"),
        (KeyError("items"), Unavailable, "it answered with something that I cannot read"),
    ],
)
def test_what_google_says_is_told_in_our_words(error: Exception, kind: type[ToolError], words: str) -> None:
    found = told(error)
    assert type(found) is kind
    assert words in str(found)


def test_no_token_and_no_local_address_is_repeated() -> None:
    said = str(told(made(api.BadRequest, "Bearer ya29.abc at http://127.0.0.1:99/x X-Goog-Signature=00ff")))
    assert not any(secret in said for secret in ("ya29", "abc", "127.0.0.1", "00ff"))


def test_a_change_whose_answer_never_came_may_have_been_made_and_is_not_repeated() -> None:
    attempts = []

    def times_out() -> None:
        attempts.append(1)
        raise requests.exceptions.ReadTimeout

    with pytest.raises(Unavailable) as caught:
        Connection("Vertex AI", client="google.cloud.aiplatform_v1").change(times_out)
    assert (caught.value.maybe_done, len(attempts)) == (True, 1)


def test_a_change_that_never_left_is_repeated_and_certainly_was_not_made() -> None:
    attempts = []

    def refused() -> None:
        attempts.append(1)
        raise REFUSED

    with pytest.raises(Unavailable) as caught:
        Connection("Vertex AI", client="google.cloud.aiplatform_v1").change(refused)
    assert (caught.value.maybe_done, len(attempts)) == (False, 2)


def test_a_call_waits_no_longer_than_there_is_time() -> None:
    assert timeout() == (2.0, 10.0)
    with deadline.within(1.5):
        assert all(seconds <= 1.5 for seconds in timeout())


def test_without_a_project_one_sentence_says_what_to_set() -> None:
    with pytest.raises(Refused, match="not configured here: whoever runs me sets GOOGLE_CLOUD_PROJECT to use it"):
        NoStorage().buckets()


def test_models_are_deployed_in_a_region_and_not_everywhere() -> None:
    with pytest.raises(Refused, match="sets GOOGLE_CLOUD_LOCATION, for example to us-central1"):
        _ = Place("p").vertex
    assert Place("p", location="europe-west4").vertex == "https://europe-west4-aiplatform.googleapis.com"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost:1", True),
        ("http://[::1]:1", True),
        ("https://storage.googleapis.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://10.0.0.1", False),
    ],
)
def test_credentials_are_left_out_on_this_machine_and_nowhere_else(url: str, ours: bool) -> None:  # noqa: FBT001
    assert is_this_machine(url) is ours


def test_a_machine_without_credentials_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")
    with pytest.raises(Refused, match="sets GOOGLE_APPLICATION_CREDENTIALS to a key file"):
        Identity().for_service("https://storage.googleapis.com")
    assert Identity().email("http://127.0.0.1:1") == ""


def test_loading_the_client_is_not_on_the_calls_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, float]] = []

    def load(name: str) -> None:
        seen.append((name, deadline.left()))

    monkeypatch.setattr(importlib, "import_module", load)
    left = Connection("Vertex AI", client="google.cloud.aiplatform_v1").read(deadline.left)
    assert seen == [("google.cloud.aiplatform_v1", math.inf)]
    assert left <= deadline.LOOK_SECONDS
