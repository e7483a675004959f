"""Making a proposal of a call that the policy does not let through at once."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.access import Policy, Rule
from bot.audit import Action
from bot.events import Thread, proposal_told_of
from bot.outbox import Address, Outbox
from bot.proposal_store import ProposalStore
from bot.proposals import Proposal, State, Terms, as_typed, call_digest, digest_of, new_id
from bot.views.text import clean
from tools.errors import Refused
from tools.spec import Plan
from worker import proposal_cards
from worker.agent.guard import Request, facts_of
from worker.agent.journal import Outcome, Status
from worker.auditing import Auditor
from worker.gates import with_gates

log = structlog.get_logger()

LONGEST_TYPED = 100  #: characters of a name that an approver types

REJECTED = "{proposal} was rejected a moment ago, so I do not ask for the same again unless a person does."
NO_THREAD = "This needs an approval, and there is no thread to ask for it in. Please ask me in a channel."


@dataclass(frozen=True, slots=True)
class Proposing:
    """Makes proposals, and shows their cards.

    Attributes:
        store: Where they are kept.
        outbox: Where their cards go.
        auditor: Who writes it down.
        clock: Seconds since 1970.
    """

    store: ProposalStore
    outbox: Outbox
    auditor: Auditor
    clock: Callable[[], float]

    def propose(self, request: Request, plan: Plan, rule: Rule, policy: Policy) -> Outcome:
        """Have people asked; the same call asks once, and one that waits already is not asked for again.

        Raises:
            Refused: There is no thread to ask in, or the model asks again for what was just rejected.
        """
        if not request.call.origin.thread:
            raise Refused(NO_THREAD)
        proposal = self._proposal(request, plan, rule, policy)
        self._unless_rejected(proposal)
        waiting = self._waiting(proposal)
        if waiting is not None:
            text = f"{waiting.id} asks for exactly this already: {waiting.standing}. Nothing was changed by this."
            return Outcome(Status.AWAITING, text, {"proposal": waiting.id})
        kept = self.store.add(proposal)
        self.auditor.proposal(Action.PROPOSAL_MADE, kept, actor=kept.requester)
        self.show(kept)
        log.info("proposed", proposal=kept.id, tool=kept.tool, rule=rule.name)
        return Outcome(Status.AWAITING, _told(kept), {"proposal": kept.id})

    def show(self, proposal: Proposal) -> None:
        """Post the card; asking twice is harmless."""
        self.outbox.post(f"proposal:{proposal.id}:card", address_of(proposal), proposal_cards.card(proposal))

    def _waiting(self, proposal: Proposal) -> Proposal | None:
        """Another proposal for the very same call, in the same thread, that is still open."""
        for other in self.store.open():
            same = other.digest == proposal.digest and other.thread == proposal.thread
            if same and other.key != proposal.key:
                return other
        return None

    def _unless_rejected(self, proposal: Proposal) -> None:
        """See that no model asks for the same again when it is told of a rejection; a person's own words may."""
        told_of = proposal_told_of(proposal.key) if proposal.via == "model" else ""
        kept = self.store.load(told_of) if told_of else None
        if kept and kept.proposal.state is State.REJECTED and kept.proposal.digest == proposal.digest:
            raise Refused(REJECTED.format(proposal=told_of))

    def _proposal(self, request: Request, plan: Plan, rule: Rule, policy: Policy) -> Proposal:
        now = self.clock()
        evidence = with_gates(plan, policy).model_dump(mode="json")
        return Proposal(
            id=new_id(),
            key=request.call.key,
            thread=Thread.from_ref(request.call.origin.thread),
            requester=request.actor.user,
            via=request.via,
            tool=request.tool.name,
            permission=request.tool.permission,
            arguments=plan.arguments,
            digest=call_digest(request.tool.name, plan.arguments),
            summary=plan.summary,
            resources=plan.resources,
            evidence=evidence,
            evidence_digest=digest_of(evidence),
            preconditions=plan.preconditions,
            facts=facts_of(plan),
            rollback=plan.rollback,
            terms=Terms(
                rule=rule.name,
                approvers=tuple(rule.approvers),
                quorum=rule.quorum,
                self_approval=rule.self_approval,
                confirmation=_to_type(plan) if rule.confirmation else "",
                policy=policy.digest,
            ),
            created=now,
            expires=now + rule.expires,
        )


def address_of(proposal: Proposal) -> Address:
    """Where everything about a proposal is said."""
    return Address(team=proposal.thread.team, channel=proposal.thread.channel, thread=proposal.thread.root)


def _to_type(plan: Plan) -> str:
    """What an approver has to type: the name of what is changed, as much of it as a card shows."""
    name = plan.called or (plan.resources[0].split(":", 2)[-1] if plan.resources else "")
    return as_typed(clean(name)[:LONGEST_TYPED]) or "yes"


def _told(proposal: Proposal) -> str:
    """What the model, and who typed a command, is told."""
    return (
        f"**{proposal.summary.rstrip('.')}** needs approval, so nothing was changed yet. `{proposal.id}` asks for it "
        "on a card in this thread, and how it ends is told here."
    )
