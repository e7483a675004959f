"""The outbox and its courier, against a local Slack with faults."""

import time
from collections.abc import Callable

import pytest
import redis

from bot import budgets
from bot.budgets import Budgets, Limit
from bot.courier import Courier
from bot.errors import Stale
from bot.events import Actor, Thread, Turn
from bot.mailbox import Mailbox
from bot.outbox import Address, Outbox
from bot.slack import SlackGateway
from bot.views.view import View
from demo.workspace.server import WorkspaceServer

pytestmark = pytest.mark.paced

TEAM = "T0LOCAL"
CHANNEL = "C0MLPIPE"


class Post:
    """An outbox with one courier, delivering when it is told to."""

    def __init__(self, connection: redis.Redis, slack: WorkspaceServer) -> None:
        self.slack = slack
        self.root = slack.workspace.post("alice", "#ml-pipelines", "hello").ts
        self.outbox = Outbox(connection, team=TEAM)
        gateway = SlackGateway(token=slack.bot_token, api_url=slack.api_url)
        self.courier = Courier(connection, gateway, Budgets(connection, team=TEAM), team=TEAM)
        self.address = Address(team=TEAM, channel=CHANNEL, thread=self.root)

    def texts(self) -> list[str]:
        return [message.text for message in self.slack.workspace.replies(CHANNEL, self.root)]

    def until(self, reached: Callable[[], bool], *, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < deadline, self.texts()
            if not self.courier.deliver_one():
                time.sleep(0.01)  # between two looks, within the deadline above


@pytest.fixture
def post(connection: redis.Redis, slack: WorkspaceServer) -> Post:
    return Post(connection, slack)


def test_the_same_message_recorded_twice_is_posted_once(post: Post) -> None:
    assert post.outbox.post("a", post.address, View("one"))
    assert not post.outbox.post("a", post.address, View("one"))
    post.outbox.post("b", post.address, View("two"))
    post.until(lambda: len(post.texts()) == 2)
    assert post.texts() == ["one", "two"]


def test_messages_of_a_thread_leave_in_order_within_slacks_rate(post: Post) -> None:
    for number in range(6):
        post.outbox.post(str(number), post.address, View(str(number)))
    post.until(lambda: len(post.texts()) == 6)
    assert post.texts() == list("012345")
    assert all(call.status == 200 for call in post.slack.calls.of("chat.postMessage"))


def test_a_post_that_arrived_although_the_connection_broke_is_found_and_not_sent_again(post: Post) -> None:
    post.slack.faults.on("chat.postMessage", "reset_after")
    post.outbox.post("a", post.address, View("one"))
    post.until(lambda: post.outbox.ts_of("a") is not None)
    assert post.texts() == ["one"]
    assert post.slack.calls.counts["chat.postMessage"] == 1


def test_a_post_that_did_not_arrive_is_sent_again(post: Post) -> None:
    post.slack.faults.on("chat.postMessage", "reset")
    post.outbox.post("a", post.address, View("one"))
    post.until(lambda: post.outbox.ts_of("a") is not None)
    assert post.texts() == ["one"]


def test_slack_asking_to_wait_holds_every_post_of_that_channel_back(post: Post) -> None:
    post.slack.faults.on("chat.postMessage", "rate_limited", retry_after=1)
    post.outbox.post("a", post.address, View("one"))
    begun = time.monotonic()
    post.courier.deliver_one()
    post.until(lambda: post.texts() == ["one"])
    assert time.monotonic() - begun > 0.7


def test_only_the_newest_face_of_a_message_is_sent(post: Post) -> None:
    post.outbox.post("card", post.address, View("0"))
    post.until(lambda: post.texts() == ["0"])
    for number in range(1, 6):
        post.outbox.edit("card", View(str(number)))
    post.until(lambda: post.texts() == ["5"])
    assert post.slack.calls.counts["chat.update"] == 1


def test_a_message_edited_before_it_left_leaves_with_its_newest_face(post: Post) -> None:
    post.outbox.post("card", post.address, View("old"))
    post.outbox.edit("card", View("new"))
    post.until(lambda: post.texts() == ["new"])
    assert "chat.update" not in post.slack.calls.counts


def test_edits_of_one_message_keep_three_seconds_apart_unless_they_are_urgent(post: Post) -> None:
    post.outbox.post("card", post.address, View("0"))
    post.until(lambda: post.texts() == ["0"])
    begun = time.monotonic()
    post.outbox.edit("card", View("done"), urgent=True)
    post.until(lambda: post.texts() == ["done"])
    assert time.monotonic() - begun < 2
    post.outbox.edit("card", View("progress"))
    post.until(lambda: post.texts() == ["progress"])
    assert time.monotonic() - begun >= 2.9


def test_a_message_that_slack_will_not_draw_is_sent_as_words(post: Post) -> None:
    post.outbox.post("a", post.address, View("words", [{"type": "nonsense"}]))
    post.until(lambda: post.texts() == ["words"])


def test_a_message_in_a_channel_without_us_does_not_hold_up_others(post: Post) -> None:
    post.outbox.post("lost", Address(team=TEAM, channel="C404", thread=post.root), View("lost"))
    post.outbox.post("a", post.address, View("one"))
    post.until(lambda: post.texts() == ["one"])
    assert post.outbox.ts_of("lost") == "" or post.outbox.ts_of("lost") is None


def test_what_was_sent_loses_its_words_and_is_not_sent_again_and_what_waits_keeps_them(
    post: Post, connection: redis.Redis
) -> None:
    for name in ("turn:1:a", "turn:1:b", "turn:2:a"):
        post.outbox.post(name, post.address, View(f"words of {name}"))
    post.until(lambda: len(post.texts()) == 3)
    post.outbox.edit("turn:1:b", View("newer words"))
    post.outbox.post("turn:1:c", post.address, View("words that wait"))
    assert post.outbox.forget("turn:1:", lambda name: name.endswith((":a", ":b", ":c"))) == 1
    kept = {name: str(connection.hget(f"tm:{TEAM}:outbox:v1:{name}", "view")) for name in ("turn:1:a", "turn:2:a")}
    assert "words" not in kept["turn:1:a"]
    assert "words" in kept["turn:2:a"]
    assert not post.outbox.post("turn:1:a", post.address, View("words of turn:1:a"))
    post.until(lambda: "newer words" in post.texts() and post.texts()[-1] == "words that wait")
    assert post.outbox.forget("turn:1:") == 3
    assert post.texts() == ["words of turn:1:a", "newer words", "words of turn:2:a", "words that wait"]


def test_a_person_is_told_alone(post: Post) -> None:
    private = Address(team=TEAM, channel=CHANNEL, thread=post.root, user="U0ALICE")
    post.outbox.post("a", private, View("between us"))
    workspace = post.slack.workspace
    post.until(lambda: bool(workspace.ephemerals("U0ALICE", CHANNEL, post.root)))
    assert workspace.ephemerals("U0BOB", CHANNEL, post.root) == []
    assert post.texts() == []


def test_what_a_worker_says_after_its_lease_passed_on_is_not_recorded(post: Post, connection: redis.Redis) -> None:
    mailbox = Mailbox(connection, lease_seconds=0.01)
    thread = Thread(team=TEAM, channel=CHANNEL, root=post.root)
    mailbox.accept(Turn(id="t", thread=thread, actor=Actor(user="U1", team=TEAM), ts="1", text=""))
    old = mailbox.take(thread.ref)
    deadline = time.monotonic() + 5
    while (new := mailbox.take(thread.ref)) is None:
        assert time.monotonic() < deadline
    assert old is not None
    with pytest.raises(Stale):
        post.outbox.post("a", post.address, View("orphan"), fence=old.fence)
    assert post.outbox.post("a", post.address, View("heir"), fence=new.fence)
    with pytest.raises(Stale):
        post.outbox.edit("a", View("orphan"), fence=old.fence)
    post.until(lambda: post.texts() == ["heir"])


def test_a_courier_that_died_in_the_middle_doubles_nothing(post: Post, connection: redis.Redis) -> None:
    post.outbox.post("a", post.address, View("one"))
    post.until(lambda: post.texts() == ["one"])
    entry = f"tm:{TEAM}:outbox:v1:a"
    connection.hset(entry, mapping={"state": "sending", "ts": ""})  # it was killed before it could note the outcome
    connection.rpush(f"tm:{TEAM}:lane:v1:{CHANNEL}:{post.root}", "a")
    connection.zadd(f"tm:{TEAM}:due:v1", {f"lane|{TEAM}:{CHANNEL}:{post.root}": 0})
    post.until(lambda: bool(post.outbox.ts_of("a")))
    assert post.texts() == ["one"]


def test_a_courier_that_comes_late_to_a_lane_takes_nothing_off_it_that_was_not_sent(
    post: Post, connection: redis.Redis
) -> None:
    post.outbox.post("a", post.address, View("one"))
    lane = f"{TEAM}:{CHANNEL}:{post.root}"
    post.courier._scripts["skip"](
        keys=[f"tm:{TEAM}:lane:v1:{CHANNEL}:{post.root}", f"tm:{TEAM}:due:v1"], args=[f"lane|{lane}", "settled before"]
    )
    post.until(lambda: post.texts() == ["one"])


def test_two_edits_that_crossed_are_followed_by_the_newest_face(
    post: Post, connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.outbox.post("a", post.address, View("one"))
    post.until(lambda: bool(post.outbox.ts_of("a")))
    gateway = post.courier._gateway
    update = gateway.update
    crossed: list[View] = []

    def overtaken(*, channel: str, ts: str, view: View) -> None:
        if not crossed:
            crossed.append(view)
            connection.hincrby(f"tm:{TEAM}:outbox:v1:a", "edits", 1)  # another courier begins, and is done before
        update(channel=channel, ts=ts, view=view)

    monkeypatch.setattr(gateway, "update", overtaken)
    post.outbox.edit("a", View("two"))
    post.until(lambda: len(post.slack.calls.of("chat.update")) == 2)
    post.until(lambda: not connection.zcard(f"tm:{TEAM}:due:v1"))
    assert post.texts() == ["two"]


def test_a_message_that_nobody_took_in_time_is_taken_back_and_never_sent(post: Post, connection: redis.Redis) -> None:
    post.outbox.post("late", post.address, View("too late"))
    post.outbox.post("next", post.address, View("next"))
    assert not post.outbox.withdraw("late", after=60)
    connection.hincrby(f"tm:{TEAM}:outbox:v1:late", "looked", -600_000)
    assert not post.outbox.withdraw("late", after=60), "the clock jumped ten minutes ahead: nobody waited"
    assert post.outbox.withdraw("late", after=0)
    assert post.outbox.withdraw("late", after=60), "who asks again, after a crash, hears the same"
    post.until(lambda: bool(post.outbox.ts_of("next")))
    assert post.texts() == ["next"]
    assert not post.outbox.withdraw("next", after=0), "it is there for everybody to see"
    assert (post.outbox.withdrawn("late"), post.outbox.withdrawn("next")) == (True, False)


def test_an_edit_does_not_wait_longer_because_the_clock_was_set_back(post: Post, connection: redis.Redis) -> None:
    post.outbox.post("a", post.address, View("one"))
    post.until(lambda: bool(post.outbox.ts_of("a")))
    connection.hincrby(f"tm:{TEAM}:outbox:v1:a", "next", 600_000)
    post.outbox.edit("a", View("two"))
    post.until(lambda: post.texts() == ["two"])


def test_everything_the_outbox_keeps_has_a_time_to_live(post: Post, connection: redis.Redis) -> None:
    post.outbox.post("a", post.address, View("one"))
    post.until(lambda: post.texts() == ["one"])
    post.outbox.edit("a", View("two"))
    assert [key for key in connection.keys("tm:*") if connection.ttl(key) < 0] == []


def test_a_decision_is_shown_before_messages_and_these_before_progress(post: Post) -> None:
    for name in ("card", "plan"):
        post.outbox.post(name, post.address, View("0"))
    post.until(lambda: post.texts() == ["0", "0"])
    post.outbox.edit("card", View("progress"))
    post.until(lambda: "progress" in post.texts())
    post.outbox.edit("card", View("more progress"))
    post.outbox.post("answer", post.address, View("answer"))
    post.outbox.edit("plan", View("decided"), urgent=True)
    seen: list[str] = []
    deadline = time.monotonic() + 15
    while len(seen) < 3:
        assert time.monotonic() < deadline, seen
        post.courier.deliver_one()
        seen += [text for text in ("decided", "answer", "more progress") if text in post.texts() and text not in seen]
    assert seen == ["decided", "answer", "more progress"]


def test_progress_leaves_some_edits_for_decisions_and_both_keep_to_what_slack_asks_for(
    connection: redis.Redis,
) -> None:
    limits = Budgets(connection, team=TEAM)
    progress, decision = (budgets.edits(urgent=urgent) for urgent in (False, True))
    while limits.refusal((progress,)) is None:
        pass
    for _ in range(budgets.LEFT_FOR_DECISIONS):
        assert limits.refusal((decision,)) is None
    limits.pause(budgets.EDITS, budgets.LONGEST_PAUSE_SECONDS)
    for limit in (progress, decision):
        refusal = limits.refusal((limit,))
        assert refusal is not None
        assert refusal.seconds > budgets.LONGEST_PAUSE_SECONDS - 5


def test_while_the_budget_is_spent_nothing_else_is_tried_and_who_came_first_stays_first(
    post: Post, connection: redis.Redis
) -> None:
    limits = Budgets(connection, team=TEAM)
    [_, whole] = budgets.posts(CHANNEL)
    roots = [post.slack.workspace.post("alice", "#ml-pipelines", str(number)).ts for number in range(20)]
    for number, root in enumerate(roots):
        post.outbox.post(f"m{number:02}", Address(team=TEAM, channel=CHANNEL, thread=root), View("x"))
    due = connection.zrange(f"tm:{TEAM}:due:v1", 0, -1, withscores=True)
    limits.pause(whole, 3)
    assert post.courier.deliver_one()
    assert not post.courier.deliver_one(), "all of them wait for the same"
    assert connection.zrange(f"tm:{TEAM}:due:v1", 0, -1, withscores=True) == due
    post.until(lambda: post.outbox.ts_of("m00") is not None)
    assert post.outbox.ts_of("m01") is None


def test_a_channel_that_is_full_does_not_hold_up_another(post: Post, connection: redis.Redis) -> None:
    limits = Budgets(connection, team=TEAM)
    [channel, _] = budgets.posts(CHANNEL)
    limits.pause(channel, 30.0)
    direct = post.slack.workspace.direct("alice").id
    post.outbox.post("held", post.address, View("held"))
    post.outbox.post("a", Address(team=TEAM, channel=direct), View("one"))
    post.until(lambda: post.outbox.ts_of("a") is not None)
    assert post.texts() == []


def test_what_a_person_is_told_alone_waits_for_nobody_and_holds_up_nobody(post: Post) -> None:
    private = Address(team=TEAM, channel=CHANNEL, thread=post.root, user="U0ALICE")
    post.slack.faults.on("chat.postEphemeral", "rate_limited", retry_after=30)
    post.outbox.post("a", private, View("between us"))
    post.outbox.post("b", post.address, View("for all"))
    post.until(lambda: post.texts() == ["for all"])
    assert post.slack.calls.counts["chat.postEphemeral"] == 1


def test_an_urgent_face_given_while_progress_waits_is_shown_once(post: Post) -> None:
    post.outbox.post("card", post.address, View("0"))
    post.until(lambda: post.texts() == ["0"])
    post.outbox.edit("card", View("progress"))
    post.outbox.edit("card", View("done"), urgent=True)
    post.until(lambda: post.texts() == ["done"])
    post.until(lambda: not post.courier.deliver_one())
    assert post.slack.calls.counts["chat.update"] == 1


def test_a_budget_is_shared_by_everybody_who_asks(connection: redis.Redis) -> None:
    limit = (Limit("x", every=10.0, burst=2),)
    one, other = Budgets(connection, team=TEAM), Budgets(connection, team=TEAM)
    assert [one.take(limit), other.take(limit)] == [0, 0]
    assert 9 < one.take(limit) <= 10
    assert other.take((Limit("y", every=10.0, burst=1),)) == 0
