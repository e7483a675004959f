"""Redelivery, duplicates, order."""

import asyncio
from concurrent.futures import Future

import pytest

from demo.workspace.delivery import Attempt, Delivery, Outgoing
from demo.workspace.faults import Faults
from demo.workspace.http_delivery import signature
from demo.workspace.model import Acknowledgement


class Wire:
    """A transport that answers from a list, and remembers what was sent."""

    def __init__(self, *answers: Attempt) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, int, str]] = []
        self.enough = asyncio.Event()
        self.wanted = 1

    async def attempt(self, outgoing: Outgoing, number: int, reason: str) -> Attempt:
        self.sent.append((outgoing.payload["name"], number, reason))
        if len(self.sent) == self.wanted:
            self.enough.set()
        return self.answers.pop(0) if self.answers else Attempt(ok=True)

    async def has_sent(self, number: int) -> None:
        self.wanted = number
        if len(self.sent) < number:
            self.enough.clear()
            await asyncio.wait_for(self.enough.wait(), 5)


def event(name: str) -> Outgoing:
    return Outgoing("events_api", {"name": name})


async def test_an_event_without_acknowledgement_is_sent_three_more_times_with_the_reason() -> None:
    wire = Wire(*[Attempt(ok=False, reason="http_timeout")] * 9)
    delivery = Delivery(wire, Faults(), retry_delays=(0, 0.01, 0.01))
    delivery.start()
    delivery.send(event("e"))
    await wire.has_sent(4)
    await delivery.finished()
    await delivery.stop()
    assert wire.sent == [("e", 0, ""), *(("e", n, "http_timeout") for n in (1, 2, 3))]


@pytest.mark.parametrize("answer", [Attempt(ok=True), Attempt(ok=False, reason="http_error", give_up=True)])
async def test_an_event_that_was_taken_or_declined_is_not_sent_again(answer: Attempt) -> None:
    wire = Wire(answer)
    delivery = Delivery(wire, Faults(), retry_delays=(0, 0))
    delivery.start()
    delivery.send(event("e"))
    await wire.has_sent(1)
    await delivery.finished()
    await delivery.stop()
    assert len(wire.sent) == 1


async def test_duplicates_are_sent_as_often_as_asked() -> None:
    wire, faults = Wire(), Faults()
    faults.duplicate = 2
    delivery = Delivery(wire, faults)
    delivery.start()
    delivery.send(event("e"))
    await wire.has_sent(3)
    await delivery.stop()
    assert wire.sent == [("e", 0, "")] * 3


async def test_reordered_the_second_overtakes_the_first() -> None:
    wire, faults = Wire(), Faults()
    faults.reorder = True
    delivery = Delivery(wire, faults)
    delivery.start()
    for name in ("one", "two", "three"):
        delivery.send(event(name))
    await wire.has_sent(3)
    await delivery.stop()
    assert [name for name, _, _ in wire.sent] == ["two", "one", "three"]


async def test_what_was_sent_before_the_start_is_delivered_in_order() -> None:
    wire = Wire()
    delivery = Delivery(wire, Faults())
    for name in ("one", "two"):
        delivery.send(event(name))
    delivery.start()
    await wire.has_sent(2)
    await delivery.stop()
    assert [name for name, _, _ in wire.sent] == ["one", "two"]


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("timeout", "operation_timeout"),
        ("http_error", "dispatch_unknown_error"),
        ("connection_failed", "dispatch_failed"),
    ],
)
async def test_a_click_is_sent_once_and_its_failure_named(reason: str, error: str) -> None:
    wire = Wire(Attempt(ok=False, reason=reason))
    delivery = Delivery(wire, Faults())
    delivery.start()
    outcome: Future[Acknowledgement] = Future()
    delivery.send(Outgoing("interactive", {"name": "click"}, outcome))
    assert (await asyncio.wrap_future(outcome)).error == error
    await delivery.stop()
    assert len(wire.sent) == 1


async def test_after_the_end_nobody_waits_in_vain() -> None:
    delivery = Delivery(Wire(), Faults())
    delivery.start()
    await delivery.stop()
    outcome: Future[Acknowledgement] = Future()
    delivery.send(Outgoing("interactive", {"name": "click"}, outcome))
    assert outcome.result(0).error == "dispatch_failed"


def test_a_signature_is_the_one_slack_documents() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, body) == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )
