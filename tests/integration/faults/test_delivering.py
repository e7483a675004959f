"""Messages on their way to Slack: its limits on every method, its failures, and clocks that are set."""

import time
from collections.abc import Callable
from typing import cast

import pytest
import redis

from bot import budgets
from bot.budgets import LONGEST_PAUSE_SECONDS, Budgets, Limit, Refusal, tier
from bot.courier import CLAIM_SECONDS, SETTLE_SECONDS, Courier
from bot.errors import SlackUnavailable
from bot.events import FileRef, Thread
from bot.outbox import Address, Outbox, due_key, entry_key
from bot.presence import Presence
from bot.slack import SlackGateway
from bot.transfers import FileGone
from bot.views.view import View
from demo.workspace.server import WorkspaceServer
from tests.fakes.hostile import Hostile
from tests.fixtures.waiting import until

pytestmark = pytest.mark.paced

TEAM = "T0LOCAL"
CHANNEL = "C0MLPIPE"
TEN_MINUTES = 600_000  #: in milliseconds


class Post:
    """An outbox, and couriers that deliver when they are told to."""

    def __init__(self, connection: redis.Redis, slack: WorkspaceServer) -> None:
        self.redis = connection
        self.slack = slack
        self.root = slack.workspace.post("alice", "#ml-pipelines", "hello").ts
        self.outbox = Outbox(connection, team=TEAM)
        self.limits = Budgets(connection, team=TEAM)
        self.gateway = SlackGateway(token=slack.bot_token, api_url=slack.api_url)
        self.gateway.keep_to(self.limits)
        self.courier = self.another()
        self.address = Address(team=TEAM, channel=CHANNEL, thread=self.root)

    def another(self) -> Courier:
        return Courier(self.redis, self.gateway, self.limits, team=TEAM)

    def say(self, text: str) -> None:
        self.outbox.post(text, self.address, View(text))

    def texts(self) -> list[str]:
        return [
            m.text for m in self.slack.workspace.replies(CHANNEL, self.root) if m.user == self.slack.workspace.bot.id
        ]

    def until(self, reached: Callable[[], bool], *, seconds: float = 15, courier: Courier | None = None) -> None:
        def looked() -> bool:
            (courier or self.courier).deliver_one()
            return reached()

        until(looked, seconds=seconds)

    def move_clock(self, milliseconds: int) -> None:
        """What Redis has written, as it looks once its clock was set by so much the other way."""
        for member, due in cast("list[tuple[str, float]]", self.redis.zrange(due_key(TEAM), 0, -1, withscores=True)):
            self.redis.zadd(due_key(TEAM), {member: due + milliseconds})
        for key in cast("list[str]", self.redis.keys(f"tm:{TEAM}:budget:*")):
            self.redis.set(key, float(str(self.redis.get(key))) + milliseconds, px=TEN_MINUTES * 2)


@pytest.fixture
def post(connection: redis.Redis, slack: WorkspaceServer) -> Post:
    return Post(connection, slack)


# ---- clocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [TEN_MINUTES, -TEN_MINUTES], ids=["back", "forward"])
def test_a_clock_that_is_set_by_ten_minutes_holds_nothing_up_and_doubles_nothing(post: Post, by: int) -> None:
    post.slack.faults.on("chat.postMessage", "rate_limited", retry_after=1)
    for text in ("one", "two", "three"):
        post.say(text)
    post.courier.deliver_one()
    post.move_clock(by)
    post.until(lambda: len(post.texts()) == 3, seconds=CLAIM_SECONDS + 5)
    assert post.texts() == ["one", "two", "three"]


def test_a_pause_is_never_longer_than_the_longest_whatever_slack_asks_for(post: Post) -> None:
    limit = tier("conversations.replies", 50)
    post.limits.pause(limit, 3600)
    assert LONGEST_PAUSE_SECONDS - 1 < post.limits.take((limit,)) <= LONGEST_PAUSE_SECONDS


# ---- limits ------------------------------------------------------------------------------------------------------


def test_a_method_is_not_called_beyond_its_tier_and_the_time_to_wait_is_told(post: Post) -> None:
    [limit] = budgets.METHODS["conversations.replies"]
    for _ in range(limit.burst):
        post.limits.take((limit,))
    with pytest.raises(SlackUnavailable) as caught:
        post.gateway.find(channel=CHANNEL, thread=post.root, entry="x", since=0)
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= limit.every
    assert "conversations.replies" not in post.slack.calls.counts


CALLS: dict[str, Callable[[SlackGateway, str], object]] = {
    "conversations.replies": lambda to, root: to.find(channel=CHANNEL, thread=root, entry="x", since=0),
    "conversations.history": lambda to, root: to.find(channel=CHANNEL, thread=None, entry="x", since=0),
    "chat.postEphemeral": lambda to, root: to.ephemeral(channel=CHANNEL, thread=root, user="U0ALICE", view=View("x")),
    "assistant.threads.setStatus": lambda to, root: to.set_status(channel=CHANNEL, thread=root, status="x"),
    "reactions.add": lambda to, root: to.react(channel=CHANNEL, ts=root, name="eyes"),
    "chat.getPermalink": lambda to, root: to.permalink(channel=CHANNEL, ts=root),
}


@pytest.mark.parametrize(("method", "call"), CALLS.items())
def test_a_429_on_any_method_pauses_it_in_every_process(
    post: Post, method: str, call: Callable[[SlackGateway, str], object]
) -> None:
    post.slack.faults.on(method, "rate_limited", retry_after=30)
    other = SlackGateway(token=post.slack.bot_token, api_url=post.slack.api_url)
    other.keep_to(post.limits)
    for gateway in (post.gateway, other):
        with pytest.raises(SlackUnavailable) as caught:
            call(gateway, post.root)
        assert caught.value.retry_after is not None
        assert 25 < caught.value.retry_after <= 30
    assert post.slack.calls.counts[method] == 1


def test_a_sign_of_life_that_has_no_room_is_dropped_and_holds_up_nobody(post: Post) -> None:
    post.limits.pause(budgets.STATUS, 30)
    [reactions] = budgets.METHODS["reactions.add"]
    post.limits.pause(reactions, 30)
    presence = Presence(post.gateway, post.redis, team=TEAM)
    thread = Thread(team=TEAM, channel=CHANNEL, root=post.root)
    begun = time.monotonic()
    for _ in range(10):
        presence.noticed(thread, post.root)
    presence.close()
    presence._pool.shutdown(wait=True)
    assert time.monotonic() - begun < 15
    assert not {"assistant.threads.setStatus", "reactions.add"} & post.slack.calls.counts.keys()


def test_the_first_sign_of_life_has_room_when_progress_has_used_up_its_own(post: Post) -> None:
    limits = (budgets.STATUS, budgets.STATUS_PROGRESS)
    while post.limits.take(limits) == 0:
        pass
    with pytest.raises(SlackUnavailable):
        post.gateway.set_status(channel=CHANNEL, thread=post.root, status="is working…", first=False)
    post.gateway.set_status(channel=CHANNEL, thread=post.root, status="is reading…")


# ---- posts that may have arrived ---------------------------------------------------------------------------------


def test_a_post_that_arrived_is_found_however_much_was_said_after_it(post: Post) -> None:
    post.slack.limits.enabled = False
    post.slack.faults.on("chat.postMessage", "reset_after")
    post.say("one")
    post.courier.deliver_one()
    for number in range(1_100):
        post.slack.workspace.post("alice", "#ml-pipelines", str(number), post.root)
    post.until(lambda: post.outbox.ts_of("one") is not None)
    assert post.texts() == ["one"]
    assert post.slack.calls.counts["chat.postMessage"] == 1


def test_what_is_looked_for_is_not_among_what_was_said_long_before(post: Post) -> None:
    post.slack.limits.enabled = False
    for number in range(450):
        post.slack.workspace.post("alice", "#ml-pipelines", str(number), post.root)
    calls = post.slack.calls.counts
    later = time.time() + 2 * 3600
    assert post.gateway.find(channel=CHANNEL, thread=post.root, entry="x", since=later) is None
    assert post.slack.calls.counts["conversations.replies"] - calls.get("conversations.replies", 0) == 1


def test_a_look_through_many_pages_comes_to_its_end_although_the_limit_is_spent(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It began anew with every page that it had no room for, spent the room on the first one, and never ended."""
    monkeypatch.setattr(budgets, "METHODS", {"conversations.replies": (Limit("conversations.replies", 0.2, 1),)})
    for number in range(450):
        post.slack.workspace.post("alice", "#ml-pipelines", str(number), post.root)
    assert post.gateway.find(channel=CHANNEL, thread=post.root, entry="x", since=0) is None
    assert post.slack.calls.counts["conversations.replies"] == 3


@pytest.mark.parametrize("fault", ["reset", "reset_after", "server_error", "timeout", "timeout_after"])
def test_a_post_that_failed_in_any_way_stands_there_once(
    post: Post, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post.gateway._client, "timeout", 1)
    post.slack.faults.on("chat.postMessage", fault)  # type: ignore[arg-type]  # the parameters are such kinds
    post.say("one")
    post.say("two")
    post.until(lambda: post.outbox.ts_of("two") is not None)
    assert post.texts() == ["one", "two"]


def test_a_courier_that_is_killed_while_it_posts_holds_its_thread_for_seconds_only(post: Post) -> None:
    post.say("one")
    post.redis.hset(
        entry_key(TEAM, "one"), mapping={"state": "sending", "nonce": "dead:1", "begun": int(time.time() * 1000)}
    )
    begun = time.monotonic()
    post.until(lambda: post.texts() == ["one"])
    assert SETTLE_SECONDS - 0.2 < time.monotonic() - begun < SETTLE_SECONDS + CLAIM_SECONDS


def test_a_courier_that_slept_does_not_send_what_another_has_taken_over(post: Post) -> None:
    class Sleeps(Budgets):
        """While it asks for leave to post, another courier takes the message."""

        def refusal(self, limits: tuple[Limit, ...]) -> Refusal | None:
            post.redis.hset(entry_key(TEAM, "one"), "nonce", "another:1")
            return super().refusal(limits)

    post.say("one")
    Courier(post.redis, post.gateway, Sleeps(post.redis, team=TEAM), team=TEAM).deliver_one()
    assert post.texts() == []


def test_a_slow_post_is_not_taken_over_while_its_courier_lives(post: Post) -> None:
    post.slack.faults.on("chat.postMessage", "timeout_after", seconds=60)
    post.gateway._client.timeout = int(CLAIM_SECONDS * 2)
    post.say("one")
    post.courier.start()
    until(lambda: len(post.texts()) == 1)
    other = post.another()
    waiting_until = time.monotonic() + CLAIM_SECONDS + 1
    while time.monotonic() < waiting_until:
        assert not other.deliver_one()
        time.sleep(0.1)  # between two looks; what is looked for is nothing, for longer than a claim lasts
    until(lambda: post.outbox.ts_of("one") is not None, seconds=30)
    post.courier.stop()
    assert post.texts() == ["one"]


# ---- what Slack refuses ------------------------------------------------------------------------------------------


def test_while_slack_refuses_the_token_messages_wait_and_the_operator_is_told_once(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    post.slack.faults.on("*", "error", error="token_revoked", times=None)
    post.say("one")
    for _ in range(3):
        post.courier.deliver_one()
        post.move_clock(-TEN_MINUTES)
    told = capsys.readouterr().out
    assert told.count("slack_refuses_the_token") == 1
    assert "SLACK_BOT_TOKEN" in told
    post.slack.faults.clear()
    post.until(lambda: post.texts() == ["one"])


@pytest.mark.parametrize("reason", ["is_archived", "not_in_channel", "channel_not_found"])
def test_a_channel_that_is_closed_to_us_keeps_no_other_from_its_messages(post: Post, reason: str) -> None:
    post.slack.faults.on("chat.postMessage", "error", error=reason, times=None, channel=CHANNEL)
    other = post.slack.workspace.post("alice", "D0ALICE", "hello")
    for number in range(3):
        post.say(str(number))
    elsewhere = Address(team=TEAM, channel=other.channel, thread=other.ts)
    post.outbox.post("elsewhere", elsewhere, View("here"))
    post.until(lambda: post.outbox.ts_of("elsewhere") is not None)
    post.until(lambda: all(post.outbox.refused(str(number)) for number in range(3)))
    assert not post.redis.zcard(due_key(TEAM))


def test_a_message_that_a_person_deleted_while_we_edit_it_is_let_go(post: Post) -> None:
    post.say("one")
    post.until(lambda: post.texts() == ["one"])
    post.slack.faults.on("chat.update", "error", error="message_not_found", times=None)
    post.outbox.edit("one", View("two"), urgent=True)
    post.until(lambda: not post.redis.zcard(due_key(TEAM)))
    post.outbox.edit("one", View("three"), urgent=True)
    post.say("after")
    post.until(lambda: "after" in post.texts())
    assert post.slack.calls.counts["chat.update"] == 1


# ---- files -------------------------------------------------------------------------------------------------------


def test_the_files_of_a_message_are_found_however_long_its_thread_is(post: Post) -> None:
    post.slack.limits.enabled = False
    for number in range(600):
        post.slack.workspace.post("alice", "#ml-pipelines", str(number), post.root)
    message = post.slack.workspace.post("alice", "#ml-pipelines", "this", post.root, [("churn.py", b"x = 1\n")])
    [file] = post.gateway.files_of(channel=CHANNEL, thread=post.root, ts=message.ts)
    assert file.name == "churn.py"


def test_a_turn_waits_shortly_for_its_files_and_no_longer(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.READ_SECONDS", 0.5)
    post.slack.faults.on("conversations.replies", "rate_limited", retry_after=20)
    begun = time.monotonic()
    with pytest.raises(SlackUnavailable, match="Please try again in a minute"):
        post.gateway.files_of(channel=CHANNEL, thread=post.root, ts=post.root)
    assert time.monotonic() - begun < 10


def test_a_read_that_failed_for_a_moment_is_made_again(post: Post) -> None:
    post.slack.faults.on("conversations.replies", "server_error")
    message = post.slack.workspace.post("alice", "#ml-pipelines", "this", post.root, [("churn.py", b"x = 1\n")])
    assert len(post.gateway.files_of(channel=CHANNEL, thread=post.root, ts=message.ts)) == 1


def test_a_login_page_is_no_file(post: Post) -> None:
    message = post.slack.workspace.post("alice", "#ml-pipelines", "this", post.root, [("churn.py", b"x = 1\n")])
    [file] = post.gateway.files_of(channel=CHANNEL, thread=post.root, ts=message.ts)
    post.slack.faults.login_page = 1
    with pytest.raises(FileGone, match="upload it again"):
        post.gateway.download(file, limit=1_000)
    assert post.gateway.download(file, limit=1_000) == b"x = 1\n"


@pytest.mark.parametrize("manner", ["cuts", "error", "busy", "drips body"])
def test_a_file_that_does_not_come_whole_is_no_file(manner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that broke off was taken for a whole one: half a pipeline would have been registered."""
    monkeypatch.setattr("bot.slack.READ_SECONDS", 0.3)
    monkeypatch.setattr("bot.transfers.DOWNLOAD_SECONDS", 0.5)
    with Hostile("x = 1") as server:
        server.manner = manner  # type: ignore[assignment]  # the parameters are such manners
        gateway = SlackGateway(token="xoxb-1", api_url=f"{server.url}/api/")
        with pytest.raises(SlackUnavailable):
            gateway.download(FileRef(id="F1", name="churn.py", size=7, url=f"{server.url}/churn.py"), limit=1_000_000)
