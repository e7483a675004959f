"""Follows Prefect's event stream over its websocket, and survives the server's death.

Why not Prefect's own subscriber: it dies when the server is killed, and cannot go on where it was.
"""

import base64
import json
import logging
import random
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import structlog
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.sync.connection import Connection

log = structlog.get_logger()
#: The library writes traces of every connection that breaks; that it broke is said here, in a line.
_QUIET = logging.getLogger("websockets.quiet")
_QUIET.setLevel(logging.CRITICAL)

OVERLAP = timedelta(seconds=60)  #: asked for again after a gap: events arrive late and out of order
SEEN = 10_000
LONGEST_DELAY_SECONDS = 5.0
PREFIXES = ["prefect.flow-run.", "prefect.task-run."]


@dataclass(frozen=True, slots=True)
class RunEvent:
    """An event of a flow run or of one of its task runs.

    Attributes:
        run: The flow run's id.
        tags: The tags named by the event; task-run events may name none.
        occurred: When it happened.
        stands: The state's name and the run count, as `standing` puts them; empty for an event of a task run.
    """

    run: str
    tags: frozenset[str]
    occurred: datetime
    stands: str = ""


class Follower:
    """Prefect's events, from a moment on."""

    def __init__(self, api_url: str, *, api_key: str, auth_string: str, connected: Callable[[], None]) -> None:
        """Remember how to connect.

        Args:
            api_url: Prefect's API.
            api_key: For Prefect Cloud.
            auth_string: For basic authentication.
            connected: Called after each connection, when what was missed can be read.
        """
        self._url = "ws" + api_url.removeprefix("http").rstrip("/") + "/events/out"
        self._token = api_key or (base64.b64encode(auth_string.encode()).decode() if auth_string else None)
        self._auth = api_key or auth_string or None
        self._connected = connected
        self._seen: OrderedDict[str, None] = OrderedDict()

    def events(self, since: datetime, stop: Event) -> Iterator[RunEvent | None]:
        """Events from `since` on, each once; None once a second at least, so that the caller can do other things."""
        delay = 0.2
        while not stop.is_set():
            try:
                with connect(
                    self._url,
                    subprotocols=["prefect"],  # type: ignore[list-item]  # a NewType of str
                    open_timeout=10,
                    max_size=4_000_000,
                    logger=_QUIET,
                ) as socket:
                    self._subscribe(socket, since)
                    self._connected()
                    delay = 0.2
                    for event in self._read(socket, stop):
                        since = max(since, event.occurred) if event else since
                        yield event
            except (WebSocketException, OSError, EOFError, TimeoutError, PermissionError) as exc:
                log.warning("prefect_events_lost", reason=type(exc).__name__)
                yield None
                stop.wait(delay * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
                delay = min(delay * 2, LONGEST_DELAY_SECONDS)

    def _subscribe(self, socket: Connection, since: datetime) -> None:
        socket.send(json.dumps({"type": "auth", "token": self._auth}))
        if json.loads(socket.recv(timeout=10)).get("type") != "auth_success":
            raise PermissionError("Prefect does not accept the key")
        occurred = {
            "since": (since - OVERLAP).isoformat(),
            "until": (datetime.now(UTC) + timedelta(days=365)).isoformat(),
        }
        wanted = {"event": {"prefix": PREFIXES}, "occurred": occurred}
        socket.send(json.dumps({"type": "filter", "filter": wanted, "backfill": True}))

    def _read(self, socket: Connection, stop: Event) -> Iterator[RunEvent | None]:
        while not stop.is_set():
            try:
                message = socket.recv(timeout=0.25)
            except TimeoutError:
                yield None
                continue
            event: dict[str, Any] = json.loads(message)["event"]
            if self._fresh(str(event["id"])) and (found := run_event(event)):
                yield found

    def _fresh(self, event: str) -> bool:
        if event in self._seen:
            return False
        self._seen[event] = None
        if len(self._seen) > SEEN:
            self._seen.popitem(last=False)
        return True


def standing(state: str, run_count: object) -> str:
    """How a run stands, to be compared: a second `Running` after a retry is another one."""
    return f"{state} {run_count}"


def run_event(event: dict[str, Any]) -> RunEvent | None:
    """The run that an event of Prefect's is about; None when it is about none."""
    resources = [event.get("resource") or {}, *(event.get("related") or [])]
    ids = [str(resource.get("prefect.resource.id") or "") for resource in resources]
    runs = [found.removeprefix("prefect.flow-run.") for found in ids if found.startswith("prefect.flow-run.")]
    if not runs:
        return None
    tags = frozenset(found.removeprefix("prefect.tag.") for found in ids if found.startswith("prefect.tag."))
    told, stands = resources[0], ""
    if ids[0] == f"prefect.flow-run.{runs[0]}" and told.get("prefect.state-name"):
        stands = standing(told["prefect.state-name"], told.get("prefect.run-count"))
    return RunEvent(run=runs[0], tags=tags, occurred=datetime.fromisoformat(event["occurred"]), stands=stands)
