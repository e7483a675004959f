"""Streams as couriers use them, and a Slack that has none."""

import time
from collections.abc import Callable, Iterator

import pytest
import redis

from bot.budgets import Budgets
from bot.courier import Courier
from bot.outbox import Address, Outbox
from bot.slack import SlackGateway
from bot.streaming import LONGEST_SECONDS, Streams, marker
from bot.views.blocks import message, section
from bot.views.view import View
from tests.fakes.minimal_slack import MinimalSlack
from tests.fakes.recording_slack import RecordingSlack

KEY = "tm:T1:outbox:v1:a"
PLACE = {"channel": "C1", "ts": "1.000001"}


def face(*lines: str) -> View:
    return message(" ".join(lines), *map(section, lines))


class Bench:
    """Streams on a Slack that writes everything down, and a clock that goes when it is told to."""

    def __init__(self, slack: RecordingSlack, connection: "redis.Redis") -> None:
        self.slack = slack
        self.now = 1_000.0
        gateway = SlackGateway(token="xoxb-1", api_url=f"{slack.url}/api/")
        self.streams = Streams(gateway, connection, team="T1", clock=lambda: self.now)

    def begin(self) -> str | None:
        return self.streams.begin(KEY, "a", channel="C1", thread="1.0", reader="U1", view=face("one"))

    def grown(self, *lines: str, grows: bool = True) -> bool:
        return self.streams.grown(KEY, "a", **PLACE, view=face(*lines), grows=grows)

    def streamed(self) -> list[list[str]]:
        """What was sent with each call, in order."""
        called = [*self.slack.asked("chat.startStream"), *self.slack.asked("chat.appendStream")]
        return [[block["text"]["text"] for block in asked["chunks"][0]["blocks"]] for asked in called]


@pytest.fixture
def bench(connection: "redis.Redis") -> Iterator[Bench]:
    with RecordingSlack() as slack:
        yield Bench(slack, connection)


def test_a_stream_gets_what_is_new_and_names_its_reader_and_how_it_is_found_again(bench: Bench) -> None:
    assert bench.begin()
    assert bench.grown("one", "two", "three")
    assert bench.grown("one", "two", "three")
    assert bench.streamed() == [["one"], ["two", "three"]]
    [begun] = bench.slack.asked("chat.startStream")
    assert (begun["recipient_user_id"], begun["recipient_team_id"], begun["thread_ts"]) == ("U1", "T1", "1.0")
    assert begun["chunks"][0]["blocks"][0]["block_id"] == marker("a")


@pytest.mark.parametrize("why", ["another beginning", "the end", "too old", "an older clock"])
def test_what_cannot_be_gone_on_with_ends_the_stream(bench: Bench, why: str) -> None:
    bench.begin()
    bench.now += {"too old": LONGEST_SECONDS, "an older clock": -5.0}.get(why, 1.0)
    first = "other" if why == "another beginning" else "one"
    assert not bench.grown(first, "two", grows=why != "the end")
    [stopped] = bench.slack.asked("chat.stopStream")
    assert stopped["metadata"]["event_payload"] == {"entry": "a"}
    assert bench.slack.asked("chat.appendStream") == []


def test_slacks_five_minutes_are_never_reached() -> None:
    assert LONGEST_SECONDS < 240


@pytest.mark.parametrize("reason", ["unknown_method", "missing_scope", "invalid_chunks", "not_allowed_token_type"])
def test_a_workspace_without_streams_is_asked_once(bench: Bench, reason: str) -> None:
    bench.slack.refuses["chat.startStream"] = reason
    assert [bench.begin(), bench.begin()] == [None, None]
    assert len(bench.slack.asked("chat.startStream")) == 1


def test_a_stream_that_is_refused_by_chance_is_tried_again_the_next_time(bench: Bench) -> None:
    bench.slack.refuses["chat.startStream"] = "invalid_blocks"
    assert bench.begin() is None
    del bench.slack.refuses["chat.startStream"]
    assert bench.begin()


def test_on_another_slack_that_has_none_the_message_is_posted_edited_and_complete(connection: "redis.Redis") -> None:
    with MinimalSlack(seconds_between_posts=0) as slack:
        root = slack.person_says("U0ADA", "C0MLOPS", "hello").ts
        team = slack.identity.team_id
        outbox = Outbox(connection, team=team)
        gateway = SlackGateway(token=slack.bot_token, api_url=slack.api_url)
        courier = Courier(connection, gateway, Budgets(connection, team=team), team=team)
        address = Address(team=team, channel="C0MLOPS", thread=root)

        def until(reached: Callable[[], bool]) -> None:
            deadline = time.monotonic() + 20
            while not reached():
                assert time.monotonic() < deadline
                courier.deliver_one()

        def texts() -> list[str]:
            return [said.text for said in slack.messages("C0MLOPS", root) if said.by_bot]

        for entry in ("a", "b"):
            outbox.post(entry, address, face("one"), grows="U0ADA")
            until(lambda: "one" in texts())
            outbox.edit(entry, face("one", "two"), grows="U0ADA")
            outbox.edit(entry, face(f"all of {entry}"), urgent=True)
            until(lambda entry=entry: texts()[-1] == f"all of {entry}")  # type: ignore[misc]  # one entry at a time
        assert texts() == ["all of a", "all of b"]
        assert connection.smembers(f"tm:{team}:unsupported:v1") == {"chat.startStream"}
