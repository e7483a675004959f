"""The state machine of proposals, by its table and against a model."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pydantic import ValidationError

from bot.errors import BotError, Denied
from bot.proposals import (
    OPEN,
    AlreadyDecided,
    Proposal,
    State,
    Terms,
    Verdict,
    call_digest,
    digest_of,
    new_id,
)
from tests.fakes.proposals import ALICE, ARGUMENTS, BOB, CAROL, CREATED, DAVE, DAY, EXPIRES, proposal, said

NOON = CREATED + 60
NEVER = float("inf")

#: What each step makes of a proposal: `-` is refused, `=` changes nothing. `begun` is applying, and maybe done.
TABLE = """
            approve   reject   withdraw  expire  remind   claim    begin put_off  applied failed uncertain supersede  void not_begun unclear announce succeed
pending     approved  rejected withdrawn expired reminded -        -     -        -       -      -         superseded void -         -       =        =
reminded    approved  rejected withdrawn expired =        -        -     -        -       -      -         superseded void -         -       =        =
approved    -         -        -         =       =        applying -     -        -       -      -         superseded void -         -       =        =
applying    -         -        -         =       =        applying begun approved -       failed -         superseded void -         -       =        =
begun       -         -        -         =       =        begun    begun approved applied failed uncertain -          -    applying  begun   =        =
applied     -         -        -         =       =        -        -     -        -       -      -         -          -    -         -       told     named
failed      -         -        -         =       =        -        -     -        -       -      -         -          -    -         -       told     named
uncertain   -         -        -         =       =        -        -     -        -       -      -         -          -    -         -       told     named
rejected    -         -        -         =       =        -        -     -        -       -      -         -          -    -         -       told     named
expired     -         -        -         =       =        -        -     -        -       -      -         -          -    -         -       told     named
withdrawn   -         -        -         =       =        -        -     -        -       -      -         -          -    -         -       told     named
superseded  -         -        -         =       =        -        -     -        -       -      -         -          -    -         -       told     named
void        -         -        -         =       =        -        -     -        -       -      -         -          -    -         -       told     named
"""  # noqa: E501  # a table

STEPS: dict[str, Callable[[Proposal], Proposal]] = {
    "approve": lambda one: one.decided(said(BOB)),
    "reject": lambda one: one.decided(said(BOB, Verdict.REJECT, reason="no")),
    "withdraw": lambda one: one.withdrawn(by=ALICE, at=NOON),
    "expire": lambda one: one.expired(at=EXPIRES),
    "remind": lambda one: one.with_reminder(at=CREATED + DAY / 2),
    "claim": lambda one: one.claimed(token=7),
    "begin": Proposal.beginning,
    "put_off": lambda one: one.put_off("MLflow did not answer.", at=NOON, until=NOON + 15),
    "applied": lambda one: one.applied(result={"version": "4"}, at=NOON),
    "failed": lambda one: one.failed("MLflow refused.", at=NOON),
    "uncertain": lambda one: one.uncertain("Look at churn.", at=NOON),
    "supersede": lambda one: one.superseded("champion is v5 now.", at=NOON),
    "void": lambda one: one.void("Bob left the group.", at=NOON),
    "not_begun": Proposal.not_begun,
    "unclear": lambda one: one.unclear("MLflow did not answer.", at=NOON, until=NOON + 15),
    "announce": Proposal.with_announcement,
    "succeed": lambda one: one.succeeded_by("P-BBBBBBBBBB"),
}
PENDING = proposal()
APPROVED = PENDING.decided(said())
APPLYING = APPROVED.claimed(token=1)
BEGUN = APPLYING.beginning()
STANDS = {
    "pending": PENDING,
    "reminded": STEPS["remind"](PENDING),
    "approved": APPROVED,
    "applying": APPLYING,
    "begun": BEGUN,
    "applied": STEPS["applied"](BEGUN),
    "failed": STEPS["failed"](BEGUN),
    "uncertain": STEPS["uncertain"](BEGUN),
    "rejected": STEPS["reject"](PENDING),
    "expired": STEPS["expire"](PENDING),
    "withdrawn": STEPS["withdraw"](PENDING),
    "superseded": STEPS["supersede"](PENDING),
    "void": STEPS["void"](PENDING),
}


def where(one: Proposal) -> str:
    if one.successor:
        return "named"
    if one.announced:
        return "told"
    if one.state is State.APPLYING and one.begun:
        return "begun"
    return "reminded" if one.state is State.PENDING and one.reminded else str(one.state)


def cells() -> Iterator[tuple[str, str, str]]:
    heads, *rows = (line.split() for line in TABLE.strip().splitlines())
    for stand, *outcomes in rows:
        for step, outcome in zip(heads, outcomes, strict=True):
            yield stand, step, outcome


@pytest.mark.parametrize(("stand", "step", "outcome"), list(cells()))
def test_each_step_leads_where_the_table_says(stand: str, step: str, outcome: str) -> None:
    before = STANDS[stand]
    if outcome == "-":
        with pytest.raises(AlreadyDecided, match=before.id):
            STEPS[step](before)
        return
    after = STEPS[step](before)
    assert (after == before) if outcome == "=" else (where(after) == outcome)


def test_the_table_knows_every_state_and_every_step() -> None:
    rows, columns = {stand for stand, _, _ in cells()}, {step for _, step, _ in cells()}
    assert rows == set(STANDS)
    assert {one.state for one in STANDS.values()} == set(State)
    assert columns == set(STEPS)


@pytest.mark.parametrize(("stand", "step", "outcome"), [cell for cell in cells() if cell[2] not in {"-", "="}])
def test_no_step_changes_what_was_asked_for_or_what_people_saw(stand: str, step: str, outcome: str) -> None:
    before, after = STANDS[stand], STEPS[step](STANDS[stand])
    moving = {"state", "decisions", "reminded", "ended", "reason", "attempt", "tries", "retry_at", "begun", "token"}
    moving |= {"away_since", "result", "told", "announced", "successor"}
    assert after.model_dump(exclude=moving) == before.model_dump(exclude=moving)
    assert after.digest == call_digest(after.tool, after.arguments)
    assert after.decisions[: len(before.decisions)] == before.decisions


@pytest.mark.parametrize("stand", STANDS)
def test_what_has_ended_says_when_and_is_looked_at_until_its_end_was_told(stand: str) -> None:
    one = STANDS[stand]
    assert one.open == (one.ended == 0) == (one.state in OPEN)
    assert one.next_look < NEVER
    assert (one.with_announcement().next_look < NEVER) == one.open


@pytest.mark.parametrize("stand", STANDS)
def test_a_record_is_read_back_as_it_was_written(stand: str) -> None:
    assert Proposal.model_validate_json(STANDS[stand].model_dump_json()) == STANDS[stand]


def test_a_number_that_json_does_not_know_is_kept_and_its_digest_with_it() -> None:
    endless = {"learning_rate": float("inf")}
    kept = Proposal.model_validate_json(proposal(arguments=endless).model_dump_json())
    assert kept.arguments == endless
    assert digest_of(kept.arguments) == digest_of(endless)


def test_two_must_approve_where_two_are_asked_for() -> None:
    one = proposal(quorum=2).decided(said(BOB))
    assert (one.state, one.missing) == (State.PENDING, 1)
    two = one.decided(said(CAROL))
    assert (two.state, two.approvers, two.missing) == (State.APPROVED, (BOB, CAROL), 0)


def test_one_person_counts_once_however_often_that_person_approves() -> None:
    one = proposal(quorum=2).decided(said(BOB))
    with pytest.raises(AlreadyDecided, match="1 more must, and you count once"):
        one.decided(said(BOB, at=NOON + 1))


def test_one_no_ends_it_whoever_has_approved() -> None:
    after = proposal(quorum=3).decided(said(BOB)).decided(said(CAROL, Verdict.REJECT, reason="Not on a Friday."))
    assert (after.state, after.ended) == (State.REJECTED, NOON)
    assert after.decisions[-1].reason == "Not on a Friday."


def test_who_has_approved_may_think_again_while_others_are_still_asked() -> None:
    assert proposal(quorum=2).decided(said(BOB)).decided(said(BOB, Verdict.REJECT)).state is State.REJECTED


def test_no_rule_can_ask_for_nobody() -> None:
    with pytest.raises(ValidationError):
        Terms(rule="none", approvers=("*",), quorum=0)


def test_at_the_second_of_its_expiry_it_is_too_late_for_everything_but_to_expire() -> None:
    for verdict in Verdict:
        assert PENDING.decided(said(at=EXPIRES - 0.001, verdict=verdict)).state is not State.PENDING
        with pytest.raises(AlreadyDecided, match="it has expired"):
            PENDING.decided(said(at=EXPIRES, verdict=verdict))
    with pytest.raises(AlreadyDecided, match="it has expired"):
        PENDING.withdrawn(by=ALICE, at=EXPIRES)
    assert PENDING.expired(at=EXPIRES - 0.001) == PENDING
    assert PENDING.expired(at=EXPIRES).state is State.EXPIRED


def test_people_are_reminded_once_at_half_time() -> None:
    half = CREATED + DAY / 2
    assert PENDING.next_look == half
    assert not PENDING.with_reminder(at=half - 0.001).reminded
    reminded = PENDING.with_reminder(at=half)
    assert reminded.reminded
    assert reminded.with_reminder(at=half + 1) is reminded
    assert reminded.next_look == EXPIRES
    assert not PENDING.with_reminder(at=EXPIRES).reminded


def test_only_who_asked_for_it_withdraws_it() -> None:
    with pytest.raises(Denied, match=f"Only <@{ALICE}>"):
        PENDING.withdrawn(by=BOB, at=NOON)


@pytest.mark.parametrize("stand", [name for name in STANDS if name not in {"pending", "reminded"}])
def test_who_comes_too_late_is_told_what_became_of_it(stand: str) -> None:
    with pytest.raises(AlreadyDecided) as told:
        STANDS[stand].decided(said(CAROL))
    assert str(told.value) == f"P-AAAAAAAAAA can no longer be decided: {STANDS[stand].standing}."


def test_an_approved_change_is_due_at_once_and_one_put_off_when_it_was_put_off_to() -> None:
    assert APPROVED.next_look == NOON
    waiting = BEGUN.put_off("MLflow did not answer.", at=NOON, until=NOON + 15)
    assert (waiting.next_look, waiting.begun, waiting.tries) == (NOON + 15, False, 1)
    assert waiting.reason == "MLflow did not answer."
    assert waiting.claimed(token=2).beginning().reason == ""


def test_another_worker_takes_up_what_a_dead_one_began_and_the_same_one_does_not_count_twice() -> None:
    assert BEGUN.claimed(token=1) is BEGUN
    heir = BEGUN.claimed(token=2)
    assert (heir.attempt, heir.token, heir.begun) == (2, 2, True)


def test_a_result_comes_only_with_the_end() -> None:
    assert STANDS["applied"].result == {"version": "4"}
    assert [name for name, one in STANDS.items() if one.result is not None] == ["applied"]


def test_what_is_to_be_typed_is_compared_without_the_spaces_round_it() -> None:
    terms = Terms(rule="production", approvers=("*",), confirmation="churn")
    assert [terms.confirmed_by(typed) for typed in ("churn", " churn\n", "Churn", "", "churn!")] == [True] * 2 + [
        False
    ] * 3
    assert Terms(rule="easy", approvers=("*",)).confirmed_by("")


def test_ids_are_random_and_easy_to_read_aloud() -> None:
    made = {new_id() for _ in range(200)}
    assert len(made) == 200
    assert all(len(each) == 12 and not set(each[2:]) & set("01ILO") for each in made)


@settings(max_examples=50)
@given(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers() | st.booleans() | st.text("ab"))
)
def test_a_digest_knows_no_order_of_keys_and_every_value(arguments: dict[str, object]) -> None:
    turned = dict(reversed(arguments.items()))
    assert call_digest("tool", arguments) == call_digest("tool", turned) != call_digest("other", arguments)
    assert call_digest("tool", arguments) != call_digest("tool", {**arguments, "one more": 1})


PEOPLE = st.sampled_from((ALICE, BOB, CAROL, DAVE))


class Machine(RuleBasedStateMachine):
    """The machine beside a model that knows only sets and words."""

    def __init__(self) -> None:
        super().__init__()
        self.one = proposal(quorum=2)
        self.state, self.begun, self.reminded = "pending", False, False
        self.yes: set[str] = set()
        self.now = CREATED
        self.ends = 0

    def does(self, step: Callable[[], Proposal], *, allowed: bool) -> bool:
        """Take a step; whether it was taken."""
        try:
            self.one = step()
        except BotError:
            assert not allowed
        else:
            assert allowed
        return allowed

    def ends_as(self, state: str, step: Callable[[], Proposal], *, allowed: bool) -> None:
        if self.does(step, allowed=allowed):
            self.state, self.ends = state, self.ends + 1

    @property
    def undecided(self) -> bool:
        return self.state == "pending" and self.now < EXPIRES

    @rule(seconds=st.sampled_from((1.0, DAY / 4, DAY / 2)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(by=PEOPLE)
    def approve(self, by: str) -> None:
        allowed = self.undecided and by not in self.yes
        if self.does(lambda: self.one.decided(said(by, at=self.now)), allowed=allowed):
            self.yes.add(by)
            self.state = "approved" if len(self.yes) == 2 else "pending"

    @rule(by=PEOPLE)
    def reject(self, by: str) -> None:
        self.ends_as(
            "rejected", lambda: self.one.decided(said(by, Verdict.REJECT, at=self.now)), allowed=self.undecided
        )

    @rule(by=PEOPLE)
    def withdraw(self, by: str) -> None:
        allowed = self.undecided and by == ALICE
        self.ends_as("withdrawn", lambda: self.one.withdrawn(by=by, at=self.now), allowed=allowed)

    @rule()
    def look(self) -> None:
        due = self.state == "pending" and self.now >= EXPIRES
        self.one = self.one.expired(at=self.now).with_reminder(at=self.now)
        if due:
            self.state, self.ends = "expired", self.ends + 1
        self.reminded |= self.undecided and self.now >= CREATED + DAY / 2

    @rule(token=st.integers(1, 3))
    def claim(self, token: int) -> None:
        if self.does(lambda: self.one.claimed(token=token), allowed=self.state in {"approved", "applying"}):
            self.state = "applying"

    @rule()
    def begin(self) -> None:
        self.begun |= self.does(self.one.beginning, allowed=self.state == "applying")

    @rule()
    def put_off(self) -> None:
        if self.does(lambda: self.one.put_off("away", at=self.now, until=self.now), allowed=self.state == "applying"):
            self.state, self.begun = "approved", False

    @rule()
    def finish(self) -> None:
        allowed = self.state == "applying" and self.begun
        self.ends_as("applied", lambda: self.one.applied(result={}, at=self.now), allowed=allowed)

    @rule()
    def fail(self) -> None:
        self.ends_as("failed", lambda: self.one.failed("no", at=self.now), allowed=self.state == "applying")

    @rule()
    def lose_sight(self) -> None:
        allowed = self.state == "applying" and self.begun
        self.ends_as("uncertain", lambda: self.one.uncertain("look", at=self.now), allowed=allowed)

    @rule(state=st.sampled_from(("superseded", "void")))
    def stop(self, state: str) -> None:
        step = self.one.superseded if state == "superseded" else self.one.void
        allowed = self.state in {"pending", "approved", "applying"} and not self.begun
        self.ends_as(state, lambda: step("why", at=self.now), allowed=allowed)

    @precondition(lambda self: self.ends)
    @rule(name=st.sampled_from(("P-1", "P-2")))
    def propose_again(self, name: str) -> None:
        first = self.one.successor or name
        self.one = self.one.succeeded_by(name)
        assert self.one.successor == first

    @invariant()
    def it_stands_where_the_model_says(self) -> None:
        assert (self.one.state, self.one.begun) == (self.state, self.begun)
        assert set(self.one.approvers) == self.yes
        assert self.one.reminded == self.reminded

    @invariant()
    def it_ends_at_most_once_and_is_approved_by_two(self) -> None:
        assert self.ends <= 1
        assert self.one.open == (self.ends == 0)
        if self.state in {"approved", "applying", "applied", "failed", "uncertain"}:
            assert len(self.yes) == 2

    @invariant()
    def what_was_asked_for_is_what_it_was(self) -> None:
        assert self.one.arguments == ARGUMENTS
        assert self.one.digest == call_digest(self.one.tool, ARGUMENTS)


TestAgainstTheModel = Machine.TestCase
TestAgainstTheModel.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
