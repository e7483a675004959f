"""The mailbox on a real Valkey."""

import json
import time

import pytest
import redis

from bot.errors import Stale
from bot.events import (
    Actor,
    AnyItem,
    Click,
    ProposalDue,
    ProposalEnded,
    RunChanged,
    Submission,
    Thread,
    Turn,
    Unreadable,
)
from bot.mailbox import MAX_DECISIONS, Accepted, Changed, Mailbox, box_of, proposal_box
from bot.views.actions import ALL, DECISIONS, PROPOSAL_APPROVE, PROPOSAL_REJECT, RUN_ANSWER, WITH_MODAL

THREAD = Thread(team="T1", channel="C1", root="100.1")


def turn(ts: str, thread: Thread = THREAD) -> Turn:
    return Turn(id=f"T1-C1-{ts}", thread=thread, actor=Actor(user="U1", team="T1"), ts=ts, text=ts)


def test_a_turn_told_three_times_is_accepted_once(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    verdicts = [mailbox.accept(turn("1.0"))[0] for _ in range(3)]
    assert verdicts == [Accepted.ACCEPTED, Accepted.DUPLICATE, Accepted.DUPLICATE]


def test_turns_of_a_thread_come_out_in_the_order_they_came_in(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    for number in range(5):
        mailbox.accept(turn(f"{number}.0"))
    seen = []
    while lease := mailbox.take(THREAD.ref):
        assert isinstance(lease.item, Turn)
        seen.append(lease.item.text)
        mailbox.finish(lease)
    assert seen == ["0.0", "1.0", "2.0", "3.0", "4.0"]


def test_a_message_that_was_turned_to_us_by_an_edit_has_the_place_of_the_edit(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    for ts, at in (("1.0", ""), ("4.0", ""), ("2.0", "6.0"), ("7.0", ""), ("5.0", "")):
        mailbox.accept(turn(ts), at=at)
    seen = []
    while lease := mailbox.take(THREAD.ref):
        assert isinstance(lease.item, Turn)
        seen.append(lease.item.ts)
        mailbox.finish(lease)
    assert seen == ["1.0", "4.0", "2.0", "5.0", "7.0"]


def test_told_twice_of_an_edit_that_is_worked_on_nothing_changes(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    edited = turn("1.0")
    mailbox.accept(edited)
    assert mailbox.take(THREAD.ref) is not None
    assert mailbox.change(edited, gone=False) is Changed.REPLACED
    assert mailbox.change(edited.model_copy(update={"text": "other"}), gone=False) is Changed.UNDER_WAY


def test_a_message_that_slack_tells_of_late_goes_before_the_ones_written_after_it(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    for ts in ("1.0", "3.0", "4.0", "2.0"):
        mailbox.accept(turn(ts))
    seen = []
    while lease := mailbox.take(THREAD.ref):
        assert isinstance(lease.item, Turn)
        seen.append(lease.item.ts)
        mailbox.finish(lease)
    assert seen == ["1.0", "2.0", "3.0", "4.0"]


def test_a_box_is_attended_by_one_worker_at_a_time(connection: redis.Redis) -> None:
    one, other = Mailbox(connection), Mailbox(connection)
    one.accept(turn("1.0"))
    one.accept(turn("2.0"))
    lease = one.take(THREAD.ref)
    assert lease is not None
    assert other.take(THREAD.ref) is None
    one.finish(lease)
    assert other.take(THREAD.ref) is not None


def test_a_lease_that_ran_out_passes_on_with_a_new_token_and_the_old_one_is_stale(connection: redis.Redis) -> None:
    orphan, heir = Mailbox(connection, lease_seconds=0.05), Mailbox(connection)
    orphan.accept(turn("1.0"))
    old = orphan.take(THREAD.ref)
    assert old is not None
    deadline = time.monotonic() + 5
    while (new := heir.take(THREAD.ref)) is None:
        assert time.monotonic() < deadline
    assert new.fence.token > old.fence.token
    assert new.attempt == 2
    with pytest.raises(Stale):
        orphan.finish(old)
    assert heir.finish(new) == 0


def test_a_kept_lease_outlives_its_time(connection: redis.Redis) -> None:
    keeper, other = Mailbox(connection, lease_seconds=2.0), Mailbox(connection)
    keeper.accept(turn("1.0"))
    lease = keeper.take(THREAD.ref)
    assert lease is not None
    with keeper.kept(lease):
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            time.sleep(0.01)  # between two looks; leaves the processor to who renews it
            assert other.take(THREAD.ref) is None
    assert keeper.finish(lease) == 0


def test_an_item_handed_back_is_taken_again_at_once_without_blame(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    mailbox.accept(turn("1.0"))
    lease = mailbox.take(THREAD.ref)
    assert lease is not None
    mailbox.hand_back(lease, blameless=True)
    again = mailbox.take(THREAD.ref)
    assert again is not None
    assert again.attempt == 1


def test_the_twenty_first_waiting_turn_is_turned_away_and_may_come_again_later(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    for number in range(20):
        assert mailbox.accept(turn(f"{number}.0"))[0] is Accepted.ACCEPTED
    assert mailbox.accept(turn("20.0")) == (Accepted.FULL, 20)
    lease = mailbox.take(THREAD.ref)
    assert lease is not None
    mailbox.finish(lease)
    assert mailbox.accept(turn("20.0"))[0] is Accepted.ACCEPTED


def test_news_of_a_run_waits_once_and_comes_in_again_after_it_was_taken(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    news = [RunChanged(id=str(number), team="T1", run="r1") for number in range(3)]
    assert [mailbox.accept(item)[0] for item in news[:2]] == [Accepted.ACCEPTED, Accepted.DUPLICATE]
    assert mailbox.take(box_of(news[0])) is not None
    assert mailbox.accept(news[2])[0] is Accepted.ACCEPTED


def test_the_sweeper_names_a_box_whose_worker_died_and_not_one_that_is_worked_on(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    other = Thread(team="T1", channel="C2", root="200.1")
    mailbox.accept(turn("1.0"))
    mailbox.accept(turn("2.0", other))
    lease = mailbox.take(other.ref)
    connection.zadd("tm:mailbox:v1:ready", {THREAD.ref: 0, other.ref: 0})
    assert lease is not None
    assert mailbox.sweep() == [THREAD.ref]
    assert mailbox.sweep() == []


def test_everything_the_mailbox_keeps_has_a_time_to_live(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    mailbox.accept(turn("1.0"))
    mailbox.take(THREAD.ref)
    assert all(connection.ttl(key) > 0 for key in connection.keys("tm:*"))


def set_back(connection: redis.Redis, key: str, field: str | None = None) -> None:
    """What a time in Redis looks like after the clock was set back by ten minutes: ten minutes farther ahead."""
    if field is None:
        connection.zincrby(key, 600_000, THREAD.ref)
    else:
        connection.hincrby(key, field, 600_000)


def test_a_dead_workers_lease_does_not_outlive_a_clock_that_was_set_back(connection: redis.Redis) -> None:
    dead, living = Mailbox(connection), Mailbox(connection)
    dead.accept(turn("1.0"))
    lease = dead.take(THREAD.ref)
    assert lease is not None
    assert living.take(THREAD.ref) is None
    set_back(connection, lease.fence.key, "until")
    set_back(connection, "tm:mailbox:v1:ready")
    assert living.sweep() == [THREAD.ref]
    assert living.take(THREAD.ref) is not None
    with pytest.raises(Stale):
        dead.finish(lease)


def test_an_item_of_another_version_is_kept_aside_and_holds_up_nobody(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    mailbox.accept(turn("1.0"))
    mailbox.accept(turn("2.0"))
    strange = json.dumps({"kind": "dream", "id": "D1", "thread": THREAD.model_dump(), "mood": "good"})
    connection.lset("tm:T1:mailbox:v1:" + THREAD.ref, 0, strange)

    lease = mailbox.take(THREAD.ref)
    assert lease is not None
    assert lease.item == Unreadable(id="D1", team="T1", channel="C1", root="100.1")
    mailbox.park(lease)
    mailbox.finish(lease)
    assert connection.lrange("tm:T1:parked:v1", 0, -1) == [strange]
    following = mailbox.take(THREAD.ref)
    assert following is not None
    assert following.item == turn("2.0")


@pytest.mark.parametrize("kept", ["[]", "{", '{"kind": "turn"}'])
def test_what_cannot_be_read_keeps_no_message_out_of_its_box(connection: redis.Redis, kept: str) -> None:
    mailbox = Mailbox(connection)
    for ts in ("1.0", "3.0"):
        mailbox.accept(turn(ts))
    connection.lset("tm:T1:mailbox:v1:" + THREAD.ref, 1, kept)
    assert mailbox.accept(turn("2.0")) == (Accepted.ACCEPTED, 3)


@pytest.mark.parametrize("kept", ["[]", "{", '{"thread": 5}', '{"kind": "turn", "thread": {"root": null}}'])
def test_whatever_lies_in_a_box_can_be_taken_out_of_it(connection: redis.Redis, kept: str) -> None:
    mailbox = Mailbox(connection)
    mailbox.accept(turn("1.0"))
    connection.lset("tm:T1:mailbox:v1:" + THREAD.ref, 0, kept)
    lease = mailbox.take(THREAD.ref)
    assert lease is not None
    assert isinstance(lease.item, Unreadable)
    assert mailbox.finish(lease) == 0


ALICE = Actor(user="U1", team="T1")


def press(action: str, number: int = 1, proposal: str = "P-1") -> Click:
    return Click(
        id=f"c-{number}", thread=THREAD, actor=ALICE, action=action, value=proposal, message_ts="1.0", response_url=""
    )


def typed(action: str, proposal: str = "P-1") -> Submission:
    return Submission(id="s-1", thread=THREAD, actor=ALICE, action=action, value=proposal)


def due(number: int) -> ProposalDue:
    return ProposalDue(id=str(number), team="T1", proposal="P-1")


def ended() -> ProposalEnded:
    return ProposalEnded(id="P-1-ended", thread=THREAD, actor=ALICE, proposal="P-1")


def test_whatever_is_decided_about_a_proposal_goes_into_one_box_and_all_else_into_the_threads() -> None:
    decisions = [box_of(press(action)) for action in sorted(DECISIONS)]
    decisions += [box_of(typed(action)) for action in sorted(WITH_MODAL & DECISIONS)]
    assert {*decisions, box_of(due(1))} == {proposal_box("T1", "P-1")}
    others = [box_of(press(action)) for action in ALL if action not in DECISIONS]
    assert {*others, box_of(typed(RUN_ANSWER)), box_of(typed("survey")), box_of(ended())} == {THREAD.ref}
    assert box_of(press(PROPOSAL_APPROVE, proposal="P-2")) != proposal_box("T1", "P-1")


def test_a_decision_waits_for_no_talk_and_for_the_decision_before_it(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    mailbox.accept(turn("1.0"))
    assert mailbox.take(THREAD.ref) is not None
    mailbox.accept(press(PROPOSAL_APPROVE, 1))
    mailbox.accept(press(PROPOSAL_APPROVE, 2))
    lease = mailbox.take(proposal_box("T1", "P-1"))
    assert lease is not None
    assert lease.item == press(PROPOSAL_APPROVE, 1)
    assert Mailbox(connection).take(proposal_box("T1", "P-1")) is None
    assert mailbox.finish(lease) == 1


def test_two_hundred_decisions_wait_at_one_proposal_and_no_more(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    verdicts = [mailbox.accept(press(PROPOSAL_APPROVE, number))[0] for number in range(MAX_DECISIONS + 1)]
    assert verdicts == [Accepted.ACCEPTED] * MAX_DECISIONS + [Accepted.FULL]


def test_a_look_at_a_proposal_waits_once_and_comes_in_again_after_it_was_taken(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    assert [mailbox.accept(due(number))[0] for number in (1, 2)] == [Accepted.ACCEPTED, Accepted.DUPLICATE]
    assert mailbox.take(proposal_box("T1", "P-1")) is not None
    assert mailbox.accept(due(3))[0] is Accepted.ACCEPTED


def test_the_end_of_a_proposal_is_told_once_also_into_a_thread_full_of_talk(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    for number in range(20):
        mailbox.accept(turn(f"{number}.0"))
    assert mailbox.accept(turn("20.0"))[0] is Accepted.FULL
    assert [mailbox.accept(ended())[0] for _ in range(2)] == [Accepted.ACCEPTED, Accepted.DUPLICATE]


@pytest.mark.parametrize("item", [press(PROPOSAL_APPROVE), typed(PROPOSAL_REJECT), due(1), ended()])
def test_what_is_said_about_a_proposal_comes_out_as_it_went_in_and_its_keys_pass_away(
    connection: redis.Redis, item: AnyItem
) -> None:
    mailbox = Mailbox(connection)
    mailbox.accept(item)
    assert all(connection.ttl(key) > 0 for key in connection.keys("tm:*"))
    lease = mailbox.take(box_of(item))
    assert lease is not None
    assert lease.item == item
    assert mailbox.finish(lease) == 0


def test_the_sweeper_names_a_proposals_box_that_nobody_attends(connection: redis.Redis) -> None:
    mailbox = Mailbox(connection)
    mailbox.accept(press(PROPOSAL_APPROVE))
    connection.zadd("tm:mailbox:v1:ready", {proposal_box("T1", "P-1"): 0})
    assert mailbox.sweep() == [proposal_box("T1", "P-1")]
