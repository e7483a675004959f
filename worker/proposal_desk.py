"""What everything about a proposal shares: reading it, changing it, showing and telling what became of it."""

from dataclasses import replace

import structlog
from pydantic import ValidationError

from bot.access import Policy, Rule
from bot.audit import Action
from bot.events import Actor, ProposalDue, ProposalEnded
from bot.mailbox import Accepted, proposal_box
from bot.proposal_store import Kept
from bot.proposals import Proposal, State
from bot.views.text import prose
from tools.errors import BadArguments, Outdated
from tools.spec import Call, Origin
from worker import noting, proposal_cards
from worker.agent.guard import Request, planned
from worker.proposing import address_of
from worker.services import Services, Work

log = structlog.get_logger()

ACTIONS = {
    State.APPLIED: Action.PROPOSAL_APPLIED,
    State.FAILED: Action.PROPOSAL_FAILED,
    State.UNCERTAIN: Action.PROPOSAL_UNCERTAIN,
    State.EXPIRED: Action.PROPOSAL_EXPIRED,
    State.WITHDRAWN: Action.PROPOSAL_WITHDRAWN,
    State.SUPERSEDED: Action.PROPOSAL_SUPERSEDED,
    State.VOID: Action.PROPOSAL_VOID,
}


RECENT = 500  #: proposals among which those are looked for that a change comes after
NOT_CHANGED = "Nothing was changed."
MEANS_NOTHING = "I was changed to another version since, which does not understand it."


class Overtaken(Exception):
    """What the proposal was based on is no longer true; the message says what changed, in Slack's mrkdwn."""


def changed(services: Services, kept: Kept, after: Proposal, work: Work) -> Kept | None:
    """Keep what a proposal has become, and show it; None when somebody was quicker.

    Raises:
        bot.errors.Stale: The lease has passed to somebody else.
    """
    now = services.proposals.change(kept, after, fence=work.fence)
    if now is not None:
        show(services, after.id)
    return now


def show(services: Services, proposal_id: str) -> None:
    """Bring the card up to date, or post it where a crash came before that.

    It is read again afterwards: whoever shows an older state after a newer one was shown sees that and mends it.
    """
    shown = 0
    while (kept := services.proposals.load(proposal_id)) and kept.revision != shown:
        entry, view = f"proposal:{proposal_id}:card", proposal_cards.card(kept.proposal)
        if not (kept.proposal.open and services.outbox.post(entry, address_of(kept.proposal), view)):
            services.outbox.edit(entry, view, urgent=True)
        shown = kept.revision


def write_down(services: Services, proposal: Proposal) -> None:
    """Write down what people said, where a crash came before that."""
    for said in proposal.decisions:
        services.auditor.decision(proposal, said)


def conclude(services: Services, kept: Kept) -> None:
    """Tell the end of a proposal: the chain, the card, the thread, the conversation, MLflow.

    May be repeated: until all of it is told the proposal stays due, so that a crash in between leaves nothing untold.
    """
    proposal = kept.proposal
    write_down(services, proposal)
    if action := ACTIONS.get(proposal.state):
        actor = proposal.requester if proposal.state is State.WITHDRAWN else ""
        services.auditor.proposal(action, proposal, actor=actor)
    show(services, proposal.id)
    told = NOT_CHANGED if proposal.state is State.EXPIRED else proposal.told or proposal.reason
    view = proposal_cards.outcome(proposal, told)
    services.outbox.post(f"proposal:{proposal.id}:told", address_of(proposal), view)
    ended = ProposalEnded(
        id=f"{proposal.id}-ended",
        thread=proposal.thread,
        actor=Actor(user=proposal.requester, team=services.team),
        proposal=proposal.id,
    )
    if services.mailbox.accept(ended)[0] is Accepted.ACCEPTED:
        services.jobs.attend(proposal.thread.ref)
    services.proposals.release(proposal.resources, owner=proposal.id)
    _look_at_rivals(services, proposal)
    if proposal.state is State.APPLIED:
        outdo(services, proposal_cards.target_of(proposal.result), by=proposal.id, at=proposal.ended)
    if not noting.note(services, proposal):
        return  # it stays due, and all of this is said again under the same names: nobody sees it twice
    services.proposals.change(kept, proposal.with_announcement())
    log.info("proposal_ended", proposal=proposal.id, state=str(proposal.state))


def outdo(services: Services, target: tuple[str, ...], *, by: str, at: float) -> None:
    """Take `Roll back` off the cards of earlier changes of the same: it would undo another one.

    Args:
        services: What we work with.
        target: What was changed, as `proposal_cards.target_of` says it; nothing follows from an empty one.
        by: What has changed it, a proposal's id or a few words.
        at: When, in seconds since 1970.
    """
    for before in services.proposals.recent(RECENT) if target else ():
        if before.id != by and 0 < before.ended < at and proposal_cards.target_of(before.result) == target:
            _mark_outdone(services, before.id, by)


def _mark_outdone(services: Services, proposal_id: str, by: str) -> None:
    while (kept := services.proposals.load(proposal_id)) and (after := kept.proposal.outdone_by(by)) != kept.proposal:
        if services.proposals.change(kept, after):
            show(services, proposal_id)


def look_at(services: Services, proposal_id: str) -> None:
    """Have a worker look at a proposal now, also at one that waits for that: it may have been handed back for later."""
    services.mailbox.accept(ProposalDue(id=proposal_id, team=services.team, proposal=proposal_id))
    services.jobs.attend(proposal_box(services.team, proposal_id), decision=True)


def still_holds(services: Services, proposal: Proposal) -> None:
    """See whether all that a proposal is based on still holds: its call is planned once more.

    Raises:
        Overtaken: Something changed.
        tools.errors.ToolError: It cannot be told now.
    """
    request = request_of(services, proposal)
    try:
        plan = planned(services.guard, replace(request, call=replace(request.call, brief=True)))
    except (BadArguments, Outdated, ValidationError) as exc:
        raise Overtaken(MEANS_NOTHING if isinstance(exc, ValidationError) else prose(str(exc))) from exc
    if plan.arguments != proposal.arguments:
        raise Overtaken("The same words mean something else now.")
    if plan.preconditions != proposal.preconditions:
        raise Overtaken(prose(_what_changed(proposal.preconditions, plan.preconditions)))
    _same_rule(services.policy(), proposal)


def _same_rule(policy: Policy, proposal: Proposal) -> None:
    """See whether it is still decided as its card says.

    Raises:
        Overtaken: The policy has changed.
    """
    rule, terms = rule_now(policy, proposal), proposal.terms
    now = (tuple(rule.approvers), rule.quorum, rule.self_approval, rule.confirmation)
    if now != (terms.approvers, terms.quorum, terms.self_approval, bool(terms.confirmation)):
        typing = ", who type what they approve" if rule.confirmation else ""
        who = f"{policy.approvers_in_words(rule)}{typing}"
        raise Overtaken(f"The access policy has changed. By the rule `{rule.name}` may decide now: {who}.")


def request_of(services: Services, proposal: Proposal, *, approved: Proposal | None = None) -> Request:
    """The call that a proposal stands for, on behalf of who asked for it."""
    return Request(
        tool=services.tool(proposal.tool),
        arguments=proposal.arguments,
        actor=Actor(user=proposal.requester, team=services.team),
        call=call_of(services, proposal),
        via="button",
        approved=approved,
    )


def call_of(services: Services, proposal: Proposal) -> Call:
    """The call's context: its key is the proposal's own, so that it happens once."""
    origin = Origin(
        thread=proposal.thread.ref,
        channel=proposal.thread.channel,
        actor=proposal.requester,
        proposal=proposal.id,
    )
    return Call(key=proposal.id, origin=origin, now=services.now())


def rule_now(policy: Policy, proposal: Proposal) -> Rule:
    """The rule by which a proposal is decided now: the policy's own, else the one that it was made under."""
    now = policy.rule_for(proposal.permission, proposal.facts)
    if now is not None:
        return now
    terms = proposal.terms
    return Rule(
        name=terms.rule,
        permission=proposal.permission,
        approvers=terms.approvers,
        quorum=terms.quorum,
        self_approval=terms.self_approval,
        expires=proposal.expires - proposal.created,
        confirmation=bool(terms.confirmation),
    )


def _what_changed(before: dict[str, str], after: dict[str, str]) -> str:
    changes = [
        f"{name} was {before.get(name) or 'nothing'} and is {after.get(name) or 'nothing'} now"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    return f"{'; '.join(changes)}."


def _look_at_rivals(services: Services, proposal: Proposal) -> None:
    """Have other open proposals for the same thing looked at: they may be overtaken now."""
    mine = set(proposal.resources)
    for other in services.proposals.open():
        if other.id != proposal.id and mine & set(other.resources):
            look_at(services, other.id)
