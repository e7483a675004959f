"""How a service of Google's is called: in time, again where that is safe, and with its errors told as ours."""

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import requests

from tools import deadline
from tools.breaker import Breaker
from tools.deadline import CONNECT_SECONDS, LONG_SECONDS, LOOK_SECONDS
from tools.errors import BadArguments, Busy, Failing, Refused, ToolError, Unavailable
from tools.google.transport import late, no_answer, was_sent
from tools.retries import again, certainly_undone

Answer = TypeVar("Answer")
LONGEST = 400  # characters of what Google says about a refusal


class Exists(Refused):
    """There is something already, or what is there is another one by now: a precondition did not hold."""


_TOO_MUCH = frozenset({408, 429, 503})
_ITS_FAULT = frozenset({500, 502, 504})
#: What an answer that says no means, by its status.
_REFUSALS: dict[int, tuple[type[ToolError], str]] = {
    401: (Refused, "does not accept our credentials; whoever runs me must set them right."),
    403: (Refused, "does not allow us to do this: {said}"),
    404: (BadArguments, "does not have what was asked for: {said}"),
    409: (Exists, "has something else there by now: {said}"),
    412: (Exists, "has something else there by now: {said}"),
}
_TOKENS = re.compile(r"(ya29\.|Bearer\s+|X-Goog-Signature=)\S+")


class Connection:
    """Stands before all calls to one service."""

    def __init__(self, system: str, *, client: str) -> None:
        """Begin with a service that answers.

        Args:
            system: Its own name, such as `Cloud Storage`.
            client: The module of its client. It is loaded before a call's time begins: on a busy machine that alone
                takes longer than a look-up may.
        """
        self.system = system
        self._module = client
        self.breaker = Breaker(system)

    def read(self, call: Callable[[], Answer], *, seconds: float = LOOK_SECONDS) -> Answer:
        """What a call gives that changes nothing, or that may be made twice because it names what it expects to find.

        Args:
            call: Makes it.
            seconds: That it and its whole answer may take.

        Raises:
            Unavailable: There was no answer, or nobody asked because there has been none for a while.
        """
        return again(lambda: self.breaker.call(lambda: self._told(call, seconds)))

    def change(self, call: Callable[[], Answer]) -> Answer:
        """What a call gives that changes something; made again only when it has certainly not been made.

        Raises:
            Unavailable: There was no answer; `maybe_done` when the service may have been asked.
        """
        return again(lambda: self.breaker.call(lambda: self._changed(call)), may_repeat=certainly_undone)

    def look(self, call: Callable[[], Answer]) -> Answer:
        """What a call gives that is made once, now, whether the service has answered lately or not."""
        return self.breaker.look(lambda: self._told(call, LOOK_SECONDS))

    def _changed(self, call: Callable[[], Answer]) -> Answer:
        try:
            return self._told(call, LONG_SECONDS)
        except Unavailable as error:
            error.maybe_done = not isinstance(error, Busy) and was_sent(error)
            raise

    def _told(self, call: Callable[[], Answer], seconds: float) -> Answer:
        importlib.import_module(self._module)
        with deadline.respected(self.system), google_errors(self.system, seconds=seconds), deadline.within(seconds):
            return call()


def timeout() -> tuple[float, float]:
    """Seconds for connecting and for each read, or what is left of the call's time."""
    left = deadline.left() or 0.001
    return min(CONNECT_SECONDS, left), min(LONG_SECONDS, left)


@contextmanager
def google_errors(system: str, *, seconds: float = LONG_SECONDS) -> Iterator[None]:
    """Tell what Google's clients raise as an error of ours."""
    from google.api_core import exceptions as api  # noqa: PLC0415 - see tools/google/__init__.py
    from google.auth import exceptions as auth  # noqa: PLC0415 - the same
    from google.cloud.storage import exceptions as storage  # noqa: PLC0415 - the same

    try:
        yield
    except api.GoogleAPICallError as error:
        raise _said_no(system, error.code, str(error.message)) from error
    except storage.InvalidResponse as error:
        raise _said_no(system, error.response.status_code, str(error)) from error
    except auth.RefreshError as error:
        raise Refused(
            f"Google does not accept the credentials that I have for {system}; whoever runs me must renew them."
        ) from error
    except auth.GoogleAuthError as error:
        raise Unavailable(system, "Google's sign-in did not answer") from error
    except requests.exceptions.RequestException as error:
        raise no_answer(system, error, seconds=seconds) from error
    except storage.DataCorruption as error:
        raise Failing(system, "what arrived is not what it said it sends") from error
    except TimeoutError as error:
        raise late(system, seconds=seconds) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # an answer of another shape than Google's
        raise Unavailable(system, "it answered with something that I cannot read") from error


def _said_no(system: str, code: int | None, said: str) -> ToolError:
    if code in _TOO_MUCH:
        return Busy(system, "it has too much to do just now")
    if code in _ITS_FAULT:
        return Failing(system, "it answered with an error of its own")
    kind, words = _REFUSALS.get(code or 0, (BadArguments, "refused this: {said}"))
    return kind(f"{system} {words.format(said=_one_line(said))}")


def _one_line(text: str) -> str:
    """What Google says, without what no one should read: tokens, signatures, and the address that was asked."""
    said = re.sub(r"^[A-Z]+ https?://\S+:\s*", "", _TOKENS.sub("…", " ".join(text.split())))
    said = re.sub(r"https?://(127\.0\.0\.1|localhost|\[::1\])\S*", "…", said)
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
