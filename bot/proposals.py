"""Proposals: changes that wait for people to approve them; a pure state machine.

    pending ─quorum→ approved ─claim→ applying ─→ applied | failed | uncertain
    pending ─→ rejected | expired | withdrawn
    pending | approved | applying (not yet begun) ─→ superseded (a precondition is no longer true)
                                                   | void (approver, requester or policy no longer allow it, freeze)

Why a record of its own and no suspended call: people decide after hours, the conversation goes on meanwhile, and a
decision must reach exactly the call whose evidence was on the card. So arguments and evidence never change; an edit
makes another proposal. `proposal_store` keeps them; each step there names the revision that it was made from.
An end is an end only when it was told: until then the proposal is looked at again, so that no crash swallows it.
"""

import hashlib
import json
import secrets
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.errors import BotError, Denied
from bot.events import Thread

JSONDict = dict[str, Any]

_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that is taken for something else when read aloud
_LETTERS = 10  #: 49 bits: nobody guesses an id


class State(StrEnum):
    """Where a proposal stands."""

    PENDING = "pending"  #: it waits for people
    APPROVED = "approved"  #: enough people said yes
    APPLYING = "applying"  #: a worker is at it
    APPLIED = "applied"  #: it was done, once
    FAILED = "failed"  #: it was tried and nothing was changed
    UNCERTAIN = "uncertain"  #: nobody can tell whether it was done: a person must look
    REJECTED = "rejected"  #: somebody who may decide said no
    EXPIRED = "expired"  #: nobody decided in time
    WITHDRAWN = "withdrawn"  #: who asked for it took it back
    SUPERSEDED = "superseded"  #: what it was based on is no longer true
    VOID = "void"  #: who approved or asked may no longer, or changes are frozen


#: Where a proposal stands, as a person is told who comes too late, or too early.
_STANDING = {
    State.PENDING: "it still waits for approval",
    State.APPROVED: "it is approved",
    State.APPLYING: "it is being applied",
    State.APPLIED: "it was applied",
    State.FAILED: "it was approved, but could not be applied",
    State.UNCERTAIN: "it was approved, and nobody can tell whether it was applied",
    State.REJECTED: "it was rejected",
    State.EXPIRED: "it has expired",
    State.WITHDRAWN: "it was withdrawn",
    State.SUPERSEDED: "it was overtaken",
    State.VOID: "its approval no longer holds",
}
OPEN = frozenset({State.PENDING, State.APPROVED, State.APPLYING})


class Verdict(StrEnum):
    """What a person says to a proposal."""

    APPROVE = "approve"
    REJECT = "reject"


class AlreadyDecided(BotError):
    """The proposal has gone on, or this person has said the same before; the message says which."""


class _Frozen(BaseModel):
    # constants: an infinite argument must be read back as what it was, or its digest is another one
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Terms(_Frozen):
    """The rule as it applied when the proposal was made; what the card shows.

    Attributes:
        rule: The rule's name.
        approvers: Who may decide, as the policy selects them.
        quorum: How many of them must approve; at least one.
        self_approval: Whether who asked may be one of them.
        confirmation: What an approver must type; empty for nothing.
        policy: Digest of the policy.
    """

    rule: str
    approvers: tuple[str, ...]
    quorum: int = Field(default=1, ge=1)
    self_approval: bool = False
    confirmation: str = ""
    policy: str = ""

    def confirmed_by(self, typed: str) -> bool:
        """Whether this is what an approver must type, as it is shown."""
        return not self.confirmation or as_typed(typed) == as_typed(self.confirmation)


def as_typed(text: str) -> str:
    """A name as it is shown in one line of code, and can be typed from there."""
    return " ".join(text.split()).replace("`", "'")


class Decision(_Frozen):
    """What one person said.

    Attributes:
        by: The person's id.
        verdict: Yes or no.
        at: When, in seconds since 1970.
        reason: Why; may be empty.
        via: `button` or `command`.
        evidence: Digest of the evidence that the person was shown.
        work: The press or command by which it was said: the same one, taken up again, says nothing new.
    """

    by: str
    verdict: Verdict
    at: float
    reason: str = ""
    via: str = "button"
    evidence: str = ""
    work: str = ""


class Proposal(_Frozen):
    """One change that waits, or waited, for approval.

    Attributes:
        id: Opaque and random, `P-…`.
        key: The idempotency key of the call that asked for it: the same call makes the same proposal.
        thread: Where it was asked for, and where its card stands.
        requester: The id of who asked.
        via: `model`, `command` or `button`.
        tool: The tool's name.
        permission: The tool's permission.
        arguments: Canonical; they never change.
        digest: SHA-256 of tool and arguments: what an approval is for.
        summary: One line that says what will happen.
        resources: What is changed; two proposals on one of them are never applied at the same time.
        evidence: What people are shown, as JSON; it never changes.
        evidence_digest: SHA-256 of it.
        preconditions: What must be true when it is shown, decided and applied.
        facts: What a policy's rule may ask for beside the arguments.
        rollback: How to undo it; empty when that cannot be done.
        terms: The rule.
        created: When it was made, in seconds since 1970.
        expires: When it can no longer be decided.
        reminded: Whether people were reminded.
        state: Where it stands.
        decisions: What people said, oldest first.
        ended: When it came to its final state; 0 until then.
        reason: Why it came to an end, or why it is still waiting to be applied; a sentence in Slack's mrkdwn.
        attempt: How often a worker took it up.
        tries: How often the system behind it was found to be away.
        away_since: When it was found to be away first; 0 when it never was.
        retry_at: Not to be applied before this moment.
        begun: Whether the change may have been begun: then only `probe` can tell.
        token: Fencing token of the worker that took it up last.
        result: What the tool gave back, as JSON; None until it is applied.
        told: What the tool said, as the thread is told it; in Slack's mrkdwn, empty until it is applied.
        announced: Whether the end was told: in the audit log, on the card, in the thread and to the conversation.
        successor: The proposal that was made in its place, if one was.
        outdone: What has changed the same once more since it was applied, a proposal's id or a few words.
    """

    id: str
    key: str
    thread: Thread
    requester: str
    via: str
    tool: str
    permission: str
    arguments: JSONDict
    digest: str
    summary: str
    resources: tuple[str, ...]
    evidence: JSONDict
    evidence_digest: str
    preconditions: dict[str, str] = {}
    facts: dict[str, str] = {}
    rollback: str = ""
    terms: Terms
    created: float
    expires: float
    reminded: bool = False
    state: State = State.PENDING
    decisions: tuple[Decision, ...] = ()
    ended: float = 0.0
    reason: str = ""
    attempt: int = 0
    tries: int = 0
    away_since: float = 0.0
    retry_at: float = 0.0
    begun: bool = False
    token: int = 0
    result: JSONDict | None = None
    told: str = ""
    announced: bool = False
    successor: str = ""
    outdone: str = ""

    @property
    def open(self) -> bool:
        """Whether anything may still come of it."""
        return self.state in OPEN

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who has approved, in order; nobody counts twice."""
        return tuple(dict.fromkeys(said.by for said in self.decisions if said.verdict is Verdict.APPROVE))

    @property
    def missing(self) -> int:
        """How many more people must approve."""
        return max(0, self.terms.quorum - len(self.approvers))

    @property
    def standing(self) -> str:
        """Where it stands, as half a sentence: "it was rejected"."""
        return _STANDING[self.state]

    @property
    def next_look(self) -> float:
        """When somebody must look at it again although nobody says anything; infinite once its end was told."""
        match self.state:
            case State.PENDING:
                return self.expires if self.reminded else min(self.expires, self.halfway)
            case State.APPROVED | State.APPLYING:
                return self.retry_at
            case _:
                return float("inf") if self.announced else self.ended

    @property
    def halfway(self) -> float:
        """When people are reminded."""
        return self.created + (self.expires - self.created) / 2

    def decided(self, said: Decision) -> "Proposal":
        """The proposal after somebody who may decide has said yes or no. One no ends it.

        Raises:
            AlreadyDecided: It is no longer pending, its time is up, or this person has approved it before.
        """
        if self.state is not State.PENDING:
            raise AlreadyDecided(f"{self.id} can no longer be decided: {self.standing}.")
        if said.at >= self.expires:
            raise AlreadyDecided(f"{self.id} can no longer be decided: {_STANDING[State.EXPIRED]}.")
        if said.verdict is Verdict.APPROVE and said.by in self.approvers:
            raise AlreadyDecided(f"You have approved {self.id} already; {self.missing} more must, and you count once.")
        after = _with(self, decisions=(*self.decisions, said))
        if said.verdict is Verdict.REJECT:
            return _ended(after, State.REJECTED, "", said.at)
        if after.missing:
            return after
        return _with(after, state=State.APPROVED, retry_at=said.at)

    def withdrawn(self, *, by: str, at: float, reason: str = "") -> "Proposal":
        """The proposal taken back by who asked for it; `reason` is mrkdwn.

        Raises:
            AlreadyDecided: It is no longer pending, or its time is up.
            Denied: Somebody else asked for it.
        """
        if by != self.requester:
            raise Denied(f"Only <@{self.requester}>, who asked for {self.id}, can withdraw it. You may reject it.")
        if self.state is not State.PENDING:
            raise AlreadyDecided(f"{self.id} can no longer be withdrawn: {self.standing}.")
        if at >= self.expires:
            raise AlreadyDecided(f"{self.id} can no longer be withdrawn: {_STANDING[State.EXPIRED]}.")
        return _ended(self, State.WITHDRAWN, reason, at)

    def expired(self, *, at: float) -> "Proposal":
        """The proposal after its time; unchanged before that, and when it is no longer pending."""
        if self.state is not State.PENDING or at < self.expires:
            return self
        return _ended(self, State.EXPIRED, "", at)

    def with_reminder(self, *, at: float) -> "Proposal":
        """The proposal with its reminder given; unchanged when none is due."""
        due = self.state is State.PENDING and not self.reminded and self.halfway <= at < self.expires
        return _with(self, reminded=True) if due else self

    def claimed(self, *, token: int) -> "Proposal":
        """The proposal in the hands of a worker, whose lease carries `token`; also after another one's death.

        Raises:
            AlreadyDecided: It was not approved, or is done with.
        """
        if self.state not in {State.APPROVED, State.APPLYING}:
            raise AlreadyDecided(f"{self.id} is not to be applied: {self.standing}.")
        if self.state is State.APPLYING and token == self.token:
            return self
        return _with(self, state=State.APPLYING, attempt=self.attempt + 1, token=token)

    def beginning(self) -> "Proposal":
        """The proposal from the moment on from which the change may have happened."""
        return _with(self._in_hand(), begun=True, reason="")

    def put_off(self, reason: str, *, at: float, until: float) -> "Proposal":
        """The proposal back in line: the system behind it did not answer, and nothing was changed."""
        again = {"state": State.APPROVED, "begun": False, "tries": self.tries + 1}
        return _with(_waiting(self._in_hand(), reason, at=at, until=until), **again)

    def behind(self, other: str) -> "Proposal":
        """The proposal that waits for another one, by its id; unchanged when it says so already."""
        reason = f"It waits for `{other}`, which is changing the same."
        return self if self.reason == reason or not self.open else _with(self, reason=reason)

    def not_begun(self) -> "Proposal":
        """The proposal as before `beginning`: it was found out that nothing had happened before a crash."""
        return _with(self._begun(), begun=False)

    def unclear(self, reason: str, *, at: float, until: float) -> "Proposal":
        """The proposal of which nobody can tell now whether it happened; it is asked about again."""
        return _waiting(self._begun(), reason, at=at, until=until)

    def applied(self, *, result: JSONDict | None, at: float, told: str = "") -> "Proposal":
        """The proposal done; `told` is what the tool said."""
        return _ended(_with(self._begun(), result=result, told=told), State.APPLIED, "", at)

    def failed(self, reason: str, *, at: float) -> "Proposal":
        """The proposal tried in vain: nothing was changed."""
        return _ended(self._in_hand(), State.FAILED, reason, at)

    def uncertain(self, reason: str, *, at: float) -> "Proposal":
        """The proposal of which nobody can tell whether it happened; `reason` says what to look at."""
        return _ended(self._begun(), State.UNCERTAIN, reason, at)

    def superseded(self, reason: str, *, at: float) -> "Proposal":
        """The proposal overtaken by what has happened since."""
        return _ended(self._before_it_began(), State.SUPERSEDED, reason, at)

    def void(self, reason: str, *, at: float) -> "Proposal":
        """The proposal whose approval does not hold any more."""
        return _ended(self._before_it_began(), State.VOID, reason, at)

    def with_announcement(self) -> "Proposal":
        """The proposal whose end was told; unchanged while it is open."""
        return self if self.open else _with(self, announced=True)

    def succeeded_by(self, proposal: str) -> "Proposal":
        """The proposal with the name of the one made in its place; unchanged while it is open, or had one before."""
        return self if self.open or self.successor else _with(self, successor=proposal)

    def outdone_by(self, what: str) -> "Proposal":
        """The proposal whose change was followed by another one; unchanged unless it was applied, and a second time."""
        return _with(self, outdone=what) if self.state is State.APPLIED and not self.outdone else self

    def _in_hand(self) -> "Proposal":
        if self.state is not State.APPLYING:
            raise AlreadyDecided(f"{self.id} is not being applied: {self.standing}.")
        return self

    def _begun(self) -> "Proposal":
        if not self._in_hand().begun:
            raise AlreadyDecided(f"{self.id} was not begun, so that nothing can have come of it.")
        return self

    def _before_it_began(self) -> "Proposal":
        if not self.open or self.begun:
            raise AlreadyDecided(f"{self.id} can no longer be stopped: {self.standing}.")
        return self


def _with(proposal: Proposal, **changes: object) -> Proposal:
    return proposal.model_copy(update=changes)


def _waiting(proposal: Proposal, reason: str, *, at: float, until: float) -> Proposal:
    return _with(proposal, reason=reason, retry_at=until, away_since=proposal.away_since or at)


def _ended(proposal: Proposal, state: State, reason: str, at: float) -> Proposal:
    return _with(proposal, state=state, reason=reason, ended=at)


def new_id() -> str:
    """An id for a proposal: opaque, random, easy to read aloud."""
    return "P-" + "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))


def digest_of(value: JSONDict | list[Any]) -> str:
    """SHA-256 of a JSON value in its canonical form: keys sorted, no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def call_digest(tool: str, arguments: JSONDict) -> str:
    """What an approval is for: exactly this tool with exactly these arguments."""
    return digest_of([tool, arguments])
