"""One connection to a Prefect server: opened when it is first needed, and its errors told as ours."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectAlreadyExists, ObjectLimitReached, ObjectNotFound

from tools import deadline
from tools.breaker import Breaker
from tools.deadline import CONNECT_SECONDS, LONG_SECONDS
from tools.errors import BadArguments, Refused, Unavailable
from tools.prefect.transport import SYSTEM, PlainspokenTransport
from tools.punctual import PunctualTransport
from tools.retries import again

Answer = TypeVar("Answer")
MOST_REDIRECTS = 3
LONGEST = 400  # characters of what Prefect says about a refusal


class Connection:
    """Prefect's own synchronous client with explicit timeouts; safe to share between threads."""

    def __init__(
        self,
        api_url: str,
        *,
        api_key: str = "",
        auth_string: str = "",
        timeout: float = LONG_SECONDS,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Remember how to connect; nothing is opened.

        Args:
            api_url: The API's address, ending in `/api`.
            api_key: For Prefect Cloud.
            auth_string: `user:password` of a server of one's own; goes before `api_key`.
            timeout: Seconds that a request and its answer may take together; a look-up may take less.
            transport: What carries the requests; by default a pool of HTTP connections.
            sleep: Waits for some seconds between two attempts.
        """
        self.api_url = api_url.rstrip("/")
        self._api_key = api_key
        self._auth_string = auth_string
        self._timeout = timeout
        self._transport = transport
        self._sleep = sleep
        self._lock = threading.Lock()
        self._client: SyncPrefectClient | None = None
        self._open = ExitStack()
        self.breaker = Breaker(SYSTEM)

    @property
    def client(self) -> SyncPrefectClient:
        """The client, made at the first use: a process that forks must not have made one before."""
        with self._lock:
            if self._client is None:
                self._client = self._open.enter_context(self._connect())
            return self._client

    def call(self, call: Callable[[SyncPrefectClient], Answer]) -> Answer:
        """What a call gives; made again when Prefect was away or busy for a moment.

        Args:
            call: May be made twice: it reads, carries an idempotency key, or looks before it changes anything.

        Raises:
            Unavailable: Prefect did not answer, or was not asked because it has not answered for a while.
        """
        return again(lambda: self.breaker.call(lambda: self._told(call)), sleep=self._sleep)

    def look(self, call: Callable[[SyncPrefectClient], Answer]) -> Answer:
        """What a call gives that is made once, now, whether Prefect has answered lately or not."""
        return self.breaker.look(lambda: self._told(call))

    def _told(self, call: Callable[[SyncPrefectClient], Answer]) -> Answer:
        with deadline.respected(SYSTEM), prefect_errors():
            return call(self.client)

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        with self._lock:
            self._client = None
            self._open.close()

    def _connect(self) -> SyncPrefectClient:
        inner = self._transport or PunctualTransport()
        return SyncPrefectClient(
            self.api_url,
            api_key=self._api_key or None,
            auth_string=self._auth_string or None,
            httpx_settings={
                "timeout": httpx.Timeout(self._timeout, connect=min(self._timeout, CONNECT_SECONDS)),
                "transport": PlainspokenTransport(inner, seconds=self._timeout),
                "max_redirects": MOST_REDIRECTS,
                # The transport verifies by itself; without this a second set of certificates is loaded for nothing.
                "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            },
        )


@contextmanager
def prefect_errors() -> Iterator[None]:
    """Tell what Prefect's client raises as an error of ours."""
    try:
        yield
    except ObjectNotFound as error:
        raise BadArguments("Prefect does not have what was asked for; it may have been removed.") from error
    except ObjectAlreadyExists as error:
        raise Refused("Prefect has something else under that name already.") from error
    except ObjectLimitReached as error:
        raise Refused("Prefect's plan allows no more of these; remove one or ask its administrator.") from error
    except httpx.HTTPStatusError as error:
        raise _said_no(error.response) from error
    except httpx.TooManyRedirects as error:
        raise Unavailable(SYSTEM, "it sends us from one address to the next; PREFECT_API_URL may be wrong") from error
    except httpx.HTTPError as error:
        raise Unavailable(SYSTEM, "the connection failed") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # an answer of another shape than Prefect's
        raise Unavailable(SYSTEM, "it answered with something that I cannot read") from error


def _said_no(response: httpx.Response) -> BadArguments | Refused:
    match response.status_code:
        case 401:
            return Refused(
                "Prefect does not accept our credentials; PREFECT_API_KEY or PREFECT_API_AUTH_STRING must be set right."
            )
        case 403:
            return Refused("Prefect does not allow us to do this; its administrator must grant it.")
        case 404:
            return BadArguments("Prefect does not have what was asked for; it may have been removed.")
        case _:
            return BadArguments(f"Prefect refused this: {_detail(response)}")


def _detail(response: httpx.Response) -> str:
    """What Prefect says, as one line."""
    try:
        said = response.json()
    except json.JSONDecodeError:
        return f"HTTP {response.status_code}"
    detail = said.get("detail", said.get("exception_message", "")) if isinstance(said, dict) else ""
    if isinstance(detail, list):
        detail = "; ".join(str(part.get("msg", "")) for part in detail if isinstance(part, dict))
    flat = " ".join(str(detail).split()) or f"HTTP {response.status_code}"
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
