"""Proposals on a real Valkey: one change at a time, whoever asks for it and however often."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import count
from threading import Barrier
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.errors import BotError, Stale
from bot.freeze import Freezer, Frozen
from bot.mailbox import Fence
from bot.proposal_store import RECENT, Kept, ProposalStore
from bot.proposals import AlreadyDecided, Proposal, State, Verdict
from bot.retention import Retention
from tests.fakes.proposals import ALICE, BOB, CAROL, CREATED, DAVE, DAY, proposal, said
from tests.fixtures.waiting import until

PEOPLE = (BOB, CAROL, DAVE)
CHURN, FRAUD = "mlflow:model:churn", "mlflow:model:fraud"


def written_by_a_newer_version(connection: redis.Redis, number: int) -> None:
    """A record as a version leaves it that knows more than this one."""
    key = f"tm:T1:proposal:v1:P-{number}"
    record = json.loads(str(connection.hget(key, "record")))
    connection.hset(key, "record", json.dumps({**record, "more": 1}))


@pytest.fixture
def store(connection: redis.Redis) -> ProposalStore:
    return ProposalStore(connection, team="T1")


def added(store: ProposalStore, number: int = 1, **changes: Any) -> Kept:
    kept = store.load(store.add(proposal(id=f"P-{number}", key=f"call-{number}", **changes)).id)
    assert kept is not None
    return kept


def leased(connection: redis.Redis, token: int) -> Fence:
    connection.hset("tm:T1:lease:v1:T1:proposal:P-1", "token", token)
    return Fence("tm:T1:lease:v1:T1:proposal:P-1", token)


def test_what_a_newer_version_wrote_is_in_nobodys_way_and_stays_due(
    store: ProposalStore, connection: redis.Redis
) -> None:
    for number in (1, 2, 3):
        added(store, number)
    written_by_a_newer_version(connection, 2)
    assert [one.id for one in store.recent(10)] == ["P-3", "P-1"]
    assert {one.id for one in store.open()} == {"P-1", "P-3"}
    assert store.load("P-2") is None
    store.forget_look("P-2")
    assert connection.zscore("tm:T1:proposals:v1:due", "P-2") is not None
    with pytest.raises(BotError, match="another version"):
        store.add(proposal(id="P-4", key="call-2"))


def test_the_same_call_makes_one_proposal_and_is_given_it_as_it_is_now(store: ProposalStore) -> None:
    kept = added(store)
    assert store.change(kept, kept.proposal.decided(said())) is not None
    again = store.add(proposal(id="P-2", key="call-1"))
    assert (again.id, again.state) == ("P-1", State.APPROVED)
    assert store.load("P-2") is None
    assert [one.id for one in store.recent(10)] == ["P-1"]


def test_a_call_whose_proposal_has_run_out_makes_another(store: ProposalStore, connection: redis.Redis) -> None:
    added(store)
    connection.delete("tm:T1:proposal:v1:P-1", "tm:T1:proposed:v1:call-1")
    assert store.add(proposal(id="P-2", key="call-1")).id == "P-2"


def test_of_two_changes_made_from_one_revision_the_second_changes_nothing(store: ProposalStore) -> None:
    kept = added(store)
    first = store.change(kept, kept.proposal.decided(said(BOB)))
    assert first is not None
    assert store.change(kept, kept.proposal.decided(said(CAROL, Verdict.REJECT))) is None
    assert store.load("P-1") == first == Kept(kept.proposal.decided(said(BOB)), 2)


def test_a_proposal_that_is_gone_cannot_be_changed_back_into_being(
    store: ProposalStore, connection: redis.Redis
) -> None:
    kept = added(store)
    connection.delete("tm:T1:proposal:v1:P-1")
    assert store.change(kept, kept.proposal.decided(said())) is None
    assert store.load("P-1") is None


def test_a_worker_whose_lease_has_passed_on_changes_nothing(store: ProposalStore, connection: redis.Redis) -> None:
    kept = added(store)
    old = leased(connection, 1)
    approved = store.change(kept, kept.proposal.decided(said()), fence=old)
    assert approved is not None
    new = leased(connection, 2)
    with pytest.raises(Stale):
        store.change(approved, approved.proposal.claimed(token=1), fence=old)
    assert store.load("P-1") == approved
    assert store.change(approved, approved.proposal.claimed(token=2), fence=new) is not None


def test_a_lease_that_is_gone_lets_nobody_write(store: ProposalStore) -> None:
    kept = added(store)
    with pytest.raises(Stale):
        store.change(kept, kept.proposal.decided(said()), fence=Fence("tm:T1:lease:v1:gone", 1))
    assert store.load("P-1") == kept


def test_what_is_approved_is_due_in_the_same_step_and_named_again_until_it_is_seen_to(
    store: ProposalStore, connection: redis.Redis
) -> None:
    kept = added(store, created=time.time(), expires=time.time() + DAY)
    assert store.due() == []
    approved = store.change(kept, kept.proposal.decided(said(at=time.time() - 1)))
    assert approved is not None
    assert store.due() == ["P-1"]
    assert store.due() == []
    connection.zincrby("tm:T1:proposals:v1:due", -5_000, "P-1")  # five seconds later
    assert store.due() == ["P-1"]


def test_nobody_is_called_before_the_moment_has_come(store: ProposalStore) -> None:
    moment = time.time() + 0.05
    added(store, created=moment, expires=moment)
    until(lambda: store.due() == ["P-1"])
    assert time.time() >= moment


def test_what_has_ended_is_due_until_its_end_was_told_and_not_open_but_is_still_told_of(store: ProposalStore) -> None:
    kept = added(store, created=CREATED - 400 * DAY, expires=CREATED - 399 * DAY)
    ended = store.change(kept, kept.proposal.expired(at=CREATED - 399 * DAY))
    assert ended is not None
    assert (store.due(), store.open()) == (["P-1"], ())
    assert store.change(ended, ended.proposal.with_announcement()) is not None
    assert (store.due(), store.open()) == ([], ())
    assert [one.state for one in store.recent(10)] == [State.EXPIRED]


def test_a_look_at_what_is_gone_can_be_forgotten(store: ProposalStore, connection: redis.Redis) -> None:
    added(store, created=0.0, expires=1.0)
    connection.delete("tm:T1:proposal:v1:P-1")
    assert store.due() == ["P-1"]
    store.forget_look("P-1")
    assert connection.zcard("tm:T1:proposals:v1:due") == 0
    assert store.open() == ()


def test_open_ones_come_oldest_first_and_recent_ones_newest_first(store: ProposalStore) -> None:
    for number in (3, 1, 2):
        added(store, number, created=CREATED + number)
    assert [one.id for one in store.open()] == ["P-1", "P-2", "P-3"]
    assert [one.id for one in store.recent(2)] == ["P-2", "P-1"]
    assert store.recent(0) == ()


def test_no_more_are_listed_than_the_newest_five_hundred(store: ProposalStore, connection: redis.Redis) -> None:
    for number in range(RECENT + 2):
        store.add(proposal(id=f"P-{number}", key=str(number)))
    listed = store.recent(RECENT + 2)
    assert (len(listed), listed[-1].id) == (RECENT, "P-2")


def test_all_resources_are_held_or_none(store: ProposalStore) -> None:
    assert store.hold([CHURN], owner="P-1", seconds=60) == "P-1"
    assert store.hold([FRAUD, CHURN], owner="P-2", seconds=60) == "P-1"
    assert store.hold([FRAUD], owner="P-3", seconds=60) == "P-3"


def test_who_holds_a_resource_may_take_it_again_and_holds_it_longer(
    store: ProposalStore, connection: redis.Redis
) -> None:
    store.hold([CHURN], owner="P-1", seconds=1)
    assert store.hold([CHURN, FRAUD], owner="P-1", seconds=60) == "P-1"
    assert connection.ttl(f"tm:T1:resource:v1:{CHURN}") > 1


def test_only_its_holder_lets_a_resource_go(store: ProposalStore) -> None:
    store.hold([CHURN], owner="P-1", seconds=60)
    store.release([CHURN, FRAUD], owner="P-2")
    assert store.hold([CHURN], owner="P-2", seconds=60) == "P-1"
    store.release([CHURN, FRAUD], owner="P-1")
    assert store.hold([CHURN], owner="P-2", seconds=60) == "P-2"


def test_a_dead_holders_resource_is_free_after_its_time(store: ProposalStore) -> None:
    store.hold([CHURN], owner="P-1", seconds=0.05)
    until(lambda: store.hold([CHURN], owner="P-2", seconds=60) == "P-2")
    store.release([CHURN], owner="P-1")  # the dead one wakes up
    assert store.hold([CHURN], owner="P-3", seconds=60) == "P-2"


def test_what_changes_nothing_holds_nothing(store: ProposalStore, connection: redis.Redis) -> None:
    assert store.hold([], owner="P-1", seconds=60) == "P-1"
    store.release([], owner="P-1")
    assert connection.keys("*") == []


def test_a_team_sees_its_own_proposals_alone(store: ProposalStore, connection: redis.Redis) -> None:
    added(store)
    other = ProposalStore(connection, team="T2")
    assert (other.load("P-1"), other.open(), other.recent(5)) == (None, (), ())


def test_everything_kept_has_a_time_to_live_that_a_change_begins_anew(
    store: ProposalStore, connection: redis.Redis
) -> None:
    kept = added(store)
    store.hold([CHURN], owner="P-1", seconds=60)
    assert all(0 < connection.ttl(key) <= Retention().proposals for key in connection.keys("*"))
    connection.expire("tm:T1:proposal:v1:P-1", 5)
    assert store.change(kept, kept.proposal.decided(said())) is not None
    assert connection.ttl("tm:T1:proposal:v1:P-1") > 5


def test_a_freeze_stays_until_it_is_lifted_and_the_newest_counts(connection: redis.Redis) -> None:
    freezer = Freezer(connection, team="T1")
    assert freezer.current() is None
    freezer.set(Frozen(by=ALICE, at=CREATED, reason="an incident"))
    freezer.set(Frozen(by=BOB, at=CREATED + 1.5, reason=""))
    assert freezer.current() == Frozen(by=BOB, at=CREATED + 1.5, reason="")
    assert connection.ttl("tm:T1:freeze:v1") == -1
    assert Freezer(connection, team="T2").current() is None
    freezer.lift()
    freezer.lift()
    assert freezer.current() is None


def decide(url: str, start: Barrier, number: int) -> tuple[State, bool]:
    """Say yes or no with a connection of one's own until it counts or is too late; what became of the proposal."""
    verdict = Verdict.REJECT if number % 5 == 0 else Verdict.APPROVE
    with redis.Redis.from_url(url, decode_responses=True, socket_timeout=30) as own:
        store = ProposalStore(own, team="T1")
        start.wait(30)
        while True:
            kept = store.load("P-1")
            assert kept is not None
            try:
                after = kept.proposal.decided(said(f"U{number % 20}", verdict))
            except AlreadyDecided:
                if kept.proposal.state is State.PENDING:  # this person has approved it: look until it is decided
                    continue
                return kept.proposal.state, False
            if store.change(kept, after) is not None and after.state is not State.PENDING:
                return after.state, True


@pytest.mark.parametrize("quorum", [1, 3, 12])
def test_fifty_presses_at_once_end_in_one_decision_and_everybody_sees_it(
    store: ProposalStore, valkey_url: str, quorum: int
) -> None:
    added(store, quorum=quorum)
    with ThreadPoolExecutor(50) as pool:
        seen = list(pool.map(partial(decide, valkey_url, Barrier(50)), range(50)))
    assert len({state for state, _ in seen}) == 1
    assert [decided for _, decided in seen].count(True) == 1
    kept = store.load("P-1")
    assert kept is not None
    assert kept.proposal.state is seen[0][0]
    assert kept.revision == 1 + len(kept.proposal.decisions)
    approved = kept.proposal.state is State.APPROVED
    assert (len(kept.proposal.approvers) == quorum) if approved else (len(kept.proposal.approvers) < quorum)


TEAMS = count()


class StoreMachine(RuleBasedStateMachine):
    """The store beside a dict. Times are far from now, so that the clock decides nothing while it runs."""

    redis: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.team = f"T{next(TEAMS)}"
        self.store = ProposalStore(self.redis, team=self.team)
        self.kept: dict[str, Kept] = {}
        self.order: list[str] = []
        self.named: set[str] = set()
        self.token = 1
        self.redis.hset(self.lease, "token", 1)

    @property
    def lease(self) -> str:
        return f"tm:{self.team}:lease:v1:x"

    def names(self) -> st.SearchStrategy[str]:
        return st.sampled_from(self.order)

    @rule(late=st.booleans())
    def add(self, *, late: bool) -> None:
        name = f"P-{len(self.order)}"
        created = time.time() - 10 * DAY if late else time.time() + DAY
        new = proposal(id=name, key=f"call-{name}", created=created, expires=created + DAY, quorum=2)
        assert self.store.add(new) == new
        self.kept[name] = Kept(new, 1)
        self.order.insert(0, name)

    @precondition(lambda self: self.order)
    @rule(data=st.data())
    def add_again(self, data: st.DataObject) -> None:
        name = data.draw(self.names())
        assert self.store.add(proposal(id="P-new", key=f"call-{name}")) == self.kept[name].proposal

    @precondition(lambda self: self.order)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE), verdict=st.sampled_from(Verdict), behind=st.booleans())
    def say(self, data: st.DataObject, by: str, verdict: Verdict, *, behind: bool) -> None:
        kept = self.kept[data.draw(self.names())]
        try:
            after = kept.proposal.decided(said(by, verdict, at=kept.proposal.created))
        except AlreadyDecided:
            return
        self.put(replace(kept, revision=kept.revision - behind), after, fence=None)

    @precondition(lambda self: self.order)
    @rule(data=st.data(), stale=st.booleans())
    def work(self, data: st.DataObject, *, stale: bool) -> None:
        kept = self.kept[data.draw(self.names())]
        steps = {
            State.PENDING: lambda one: one.expired(at=one.expires),
            State.APPROVED: lambda one: one.claimed(token=self.token),
            State.APPLYING: lambda one: one.failed("no", at=one.created),
        }
        step: Callable[[Proposal], Proposal] = steps.get(kept.proposal.state, Proposal.with_announcement)
        self.put(kept, step(kept.proposal), fence=Fence(self.lease, self.token - stale))

    @rule()
    def pass_the_lease_on(self) -> None:
        self.token = self.redis.hincrby(self.lease, "token", 1)

    @rule()
    def look(self) -> None:
        self.named |= set(self.store.due())
        due = {name for name, kept in self.kept.items() if kept.proposal.next_look <= time.time()}
        assert self.named == due

    def put(self, kept: Kept, after: Proposal, *, fence: Fence | None) -> None:
        """Change the store and the dict alike."""
        current = self.kept[after.id]
        try:
            now = self.store.change(kept, after, fence=fence)
        except Stale:
            assert fence is not None
            assert fence.token != self.token
            return
        assert fence is None or fence.token == self.token
        assert (now is not None) == (kept.revision == current.revision)
        if now is not None:
            self.kept[after.id] = now
            self.named.discard(after.id)

    @invariant()
    def it_holds_what_the_dict_holds(self) -> None:
        assert {name: self.store.load(name) for name in self.order} == self.kept
        assert [one.id for one in self.store.recent(99)] == self.order
        assert {one.id for one in self.store.open()} == {n for n, kept in self.kept.items() if kept.proposal.open}

    def teardown(self) -> None:
        keys = list(self.redis.scan_iter(f"tm:{self.team}:*", count=1_000))
        assert all(self.redis.ttl(key) > 0 for key in keys if key != self.lease)
        if keys:
            self.redis.delete(*keys)


def test_the_store_does_what_a_dict_would_do(connection: redis.Redis) -> None:
    class OnValkey(StoreMachine):
        redis = connection

    few = settings(max_examples=40, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(OnValkey, settings=few)
