"""Events, clicks and commands on their way to the app: order, faults, redelivery. How they travel is a `Transport`."""

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from demo.workspace.faults import Faults
from demo.workspace.model import JSON, Acknowledgement

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)  #: seconds before the first, second and third redelivery of an event
REORDER_SECONDS = 0.5  #: how long an event that is to be overtaken waits for the one that overtakes it

OutgoingType = Literal["events_api", "interactive", "slash_commands"]


@dataclass(slots=True)
class Outgoing:
    """Something to be delivered; `outcome` is there for what a person waits for."""

    type: OutgoingType
    payload: JSON
    outcome: "Future[Acknowledgement] | None" = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended.

    Attributes:
        reason: Why it failed, as Slack names it to the next attempt (`http_timeout`, `timeout`, ...).
        body: What the app put into its acknowledgement.
        give_up: The app asked not to be sent it again.
    """

    ok: bool
    reason: str = ""
    body: JSON = field(default_factory=dict)
    give_up: bool = False


class Transport(Protocol):
    """Socket Mode or signed HTTP."""

    async def attempt(self, outgoing: Outgoing, number: int, reason: str) -> Attempt:
        """Send it once and wait for the acknowledgement; `number` counts redeliveries from 0."""


class Delivery:
    """Takes what is to be sent from any thread, and sends it in the server's loop.

    Args:
        retry_delays: Seconds before each redelivery of an event; clicks and commands are sent once.
    """

    def __init__(self, transport: Transport, faults: Faults, *, retry_delays: tuple[float, ...] = RETRY_DELAYS) -> None:
        self._transport = transport
        self._faults = faults
        self._retry_delays = retry_delays
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False
        self._early: deque[Outgoing] = deque()
        self._overtaken: Outgoing | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: set[Future[Acknowledgement]] = set()

    @property
    def underway(self) -> int:
        """How many deliveries are not finished: sent and not acknowledged, or waiting for their next attempt."""
        return len(self._tasks) + len(self._early)

    def send(self, outgoing: Outgoing) -> None:
        """Have it delivered; returns at once, callable from any thread, also before the server runs."""
        if outgoing.outcome:
            self._waiting.add(outgoing.outcome)
            outgoing.outcome.add_done_callback(self._waiting.discard)
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._dispatch, outgoing)
            elif not self._stopped:
                self._early.append(outgoing)
            elif outgoing.outcome:
                _settle(outgoing.outcome, Acknowledgement(ok=False, error="dispatch_failed"))

    def start(self) -> None:
        """Begin, in the running loop, with what was sent before."""
        with self._lock:
            self._loop = asyncio.get_running_loop()
            while self._early:
                self._dispatch(self._early.popleft())

    async def finished(self) -> None:
        """Wait, in the server's loop, until everything begun is acknowledged or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """Stop; whoever still waits is told that it was not delivered."""
        with self._lock:
            self._loop, self._stopped = None, True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for outcome in tuple(self._waiting):
            _settle(outcome, Acknowledgement(ok=False, error="dispatch_failed"))

    def _dispatch(self, outgoing: Outgoing) -> None:
        if outgoing.type == "events_api" and self._faults.reorder and self._overtaken is None:
            self._overtaken = outgoing
            self._spawn(self._overtaken_at_last(outgoing))
            return
        self._spawn(self._deliver(outgoing))
        held, self._overtaken = self._overtaken, None
        if held:
            self._spawn(self._deliver(held))

    async def _overtaken_at_last(self, outgoing: Outgoing) -> None:
        await asyncio.sleep(REORDER_SECONDS)
        if self._overtaken is outgoing:
            self._overtaken = None
            await self._deliver(outgoing)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, outgoing: Outgoing) -> None:
        if self._faults.delay:
            await asyncio.sleep(self._faults.delay)
        if outgoing.outcome is not None:
            attempt = await self._transport.attempt(outgoing, 0, "")
            _settle(outgoing.outcome, _acknowledgement(attempt))
            return
        for _ in range(self._faults.copies()):
            self._spawn(self._deliver_event(outgoing))
        await self._deliver_event(outgoing)

    async def _deliver_event(self, outgoing: Outgoing) -> None:
        reason = ""
        for number, delay in enumerate((0.0, *self._retry_delays)):
            if delay:
                await asyncio.sleep(delay)
            attempt = await self._transport.attempt(outgoing, number, reason)
            if attempt.ok or attempt.give_up:
                return
            reason = attempt.reason


def _settle(outcome: "Future[Acknowledgement]", acknowledgement: Acknowledgement) -> None:
    if not outcome.done():
        outcome.set_result(acknowledgement)


def _acknowledgement(attempt: Attempt) -> Acknowledgement:
    if attempt.ok:
        return Acknowledgement(ok=True, body=attempt.body)
    words = {
        "timeout": "operation_timeout",
        "http_timeout": "operation_timeout",
        "http_error": "dispatch_unknown_error",
    }
    return Acknowledgement(ok=False, error=words.get(attempt.reason, "dispatch_failed"))
