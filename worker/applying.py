"""Seeing a proposal through: reminding, letting it expire, and applying it once.

All of it happens under the lease of the proposal's own box, and every change of its record shows the lease's token. The
call itself is journalled: after a crash the next owner asks `probe` first, and what nobody can tell goes to a person.
"""

import structlog

from bot.audit import Action
from bot.errors import Denied, NoPolicy, SlackUnavailable
from bot.proposal_store import Kept
from bot.proposals import Proposal, State
from bot.views import markdown
from bot.views.text import prose
from tools.errors import ToolError
from tools.spec import Tool
from worker import noting, proposal_cards
from worker.agent.guard import why_frozen
from worker.agent.journal import Outcome, Status
from worker.proposal_desk import Overtaken, changed, checked, conclude, request_of, rule_now
from worker.proposing import address_of
from worker.runs import calls_for
from worker.services import NotYet, Services, Work

log = structlog.get_logger()

#: How long an approved change is tried again while the system behind it does not answer.
PATIENCE_SECONDS = 900.0
PAUSE_SECONDS = 15.0
#: What a call takes beyond its own time: reading before it, and the record after it.
SPARE_SECONDS = 60.0
CRASHED = (
    "My worker stopped {attempts} times while it applied this. Please look at {resources} before anybody asks again."
)


def attend(services: Services, proposal_id: str, work: Work) -> None:
    """Do what is due for a proposal; nothing when nothing is.

    Raises:
        NotYet: Another proposal holds what this one changes; come again.
        bot.errors.Stale: The lease has passed to somebody else.
    """
    kept = services.proposals.load(proposal_id)
    if kept is None or not kept.proposal.open:
        services.proposals.forget_look(proposal_id)
        return
    if kept.proposal.state is State.PENDING:
        _wait_on(services, kept, work)
    elif services.clock() >= kept.proposal.retry_at:
        _apply(services, kept, work)


def give_up(services: Services, proposal_id: str, work: Work, *, attempts: int) -> None:
    """End a proposal that worker after worker died on."""
    kept = services.proposals.load(proposal_id)
    if kept is None or kept.proposal.state is not State.APPLYING:
        return
    told = CRASHED.format(attempts=attempts, resources=", ".join(kept.proposal.resources) or kept.proposal.tool)
    now = services.clock()
    proposal = kept.proposal
    _end(
        services,
        kept,
        proposal.uncertain(told, at=now) if proposal.begun else proposal.failed(told, at=now),
        told,
        work,
    )


def _wait_on(services: Services, kept: Kept, work: Work) -> None:
    """Look at a proposal that nobody has decided yet: has it expired, is it overtaken, is a reminder due?"""
    now = services.clock()
    expired = kept.proposal.expired(at=now)
    if expired.state is State.EXPIRED:
        _end(services, kept, expired, "Nothing was changed.", work)
        return
    try:
        checked(services, kept.proposal)
    except Overtaken as exc:
        _end(services, kept, kept.proposal.superseded(str(exc), at=now), str(exc), work)
        return
    except ToolError as exc:
        log.info("proposal_not_checked", proposal=kept.proposal.id, reason=str(exc))
    reminded = kept.proposal.with_reminder(at=now)
    if reminded.reminded != kept.proposal.reminded:
        address = address_of(reminded)
        view = proposal_cards.reminder(reminded)
        services.outbox.post(f"proposal:{reminded.id}:reminder", address, view, fence=work.fence)
    changed(services, kept, reminded, work)  # also puts its next look where it belongs


def _apply(services: Services, kept: Kept, work: Work) -> None:
    tool = services.tool(kept.proposal.tool)
    seconds = tool.timeout + SPARE_SECONDS
    owner = services.proposals.hold(kept.proposal.resources, owner=kept.proposal.id, seconds=seconds)
    if owner != kept.proposal.id:
        raise NotYet
    claimed = changed(services, kept, kept.proposal.claimed(token=work.fence.token), work)
    if claimed is None:
        raise NotYet
    if not claimed.proposal.begun:
        claimed = _begun(services, claimed, work)
    if claimed is not None:
        _finish(services, claimed, _called(services, claimed.proposal, tool, work), work)


def _begun(services: Services, kept: Kept, work: Work) -> Kept | None:
    """The proposal from the moment on from which the change may have happened; None when it is not to be made."""
    proposal, now = kept.proposal, services.clock()
    try:
        still_allowed(services, proposal)
        checked(services, proposal)
    except Denied as exc:
        _end(services, kept, proposal.void(str(exc), at=now), str(exc), work)
        return None
    except Overtaken as exc:
        _end(services, kept, proposal.superseded(str(exc), at=now), str(exc), work)
        return None
    except (ToolError, SlackUnavailable, NoPolicy) as exc:
        _put_off(services, kept, prose(str(exc)), work)
        return None
    begun = changed(services, kept, proposal.beginning(), work)
    if begun is None:
        raise NotYet
    services.auditor.proposal(Action.PROPOSAL_APPLYING, begun.proposal)
    return begun


def still_allowed(services: Services, proposal: Proposal) -> None:
    """Let a proposal be applied only if those who asked and approved may still do so, by the policy in force now.

    Raises:
        Denied: One of them may not, or changes are frozen; the message says why.
        SlackUnavailable: Slack does not tell who belongs to a group.
    """
    policy, directory = services.policy(), services.directory
    if frozen := services.freezer.current():
        raise Denied(why_frozen(frozen))
    request = request_of(services, proposal)
    policy.may(request.actor, proposal.permission, channel=proposal.thread.channel, directory=directory, fresh=True)
    rule = rule_now(policy, proposal)
    standing = []
    refused = ""
    for approver in proposal.approvers:
        actor = request.actor.model_copy(update={"user": approver})
        try:
            policy.may_decide(rule, actor, requester=proposal.requester, directory=directory, fresh=True)
            standing.append(approver)
        except Denied as exc:
            refused = f"<@{approver}>'s approval does not hold any more: {exc}"
    if len(standing) < rule.quorum:
        raise Denied(refused or f"The policy asks for {rule.quorum} approvals now; there are {len(standing)}.")


def _called(services: Services, proposal: Proposal, tool: Tool, work: Work) -> Outcome:
    """Make the call, or find out what became of it before a crash."""
    own = Work(id=f"proposal:{proposal.id}", fence=work.fence, attempt=work.attempt)
    request = request_of(services, proposal, approved=proposal)
    return calls_for(services, services.team, own).make(f"{tool.name}:{proposal.tries}", request)


def _finish(services: Services, kept: Kept, outcome: Outcome, work: Work) -> None:
    proposal, now = kept.proposal, services.clock()
    match outcome.status:
        case Status.DONE:
            told = markdown.mrkdwn(outcome.text, services.hosts)
            noting.note(services, proposal)
            _end(services, kept, proposal.applied(result=outcome.data, at=now), told, work)
        case Status.UNKNOWN:
            _end(services, kept, proposal.uncertain(prose(outcome.text), at=now), prose(outcome.text), work)
        case Status.UNAVAILABLE:
            _put_off(services, kept, prose(outcome.text), work)
        case _:
            _end(services, kept, proposal.failed(prose(outcome.text), at=now), prose(outcome.text), work)


def _put_off(services: Services, kept: Kept, reason: str, work: Work) -> None:
    """Try again later, unless that has gone on for too long; nothing was changed."""
    proposal, now = kept.proposal, services.clock()
    approved_at = max((said.at for said in proposal.decisions), default=now)
    if now - approved_at > PATIENCE_SECONDS:
        _end(services, kept, proposal.failed(reason, at=now), reason, work)
        return
    services.proposals.release(proposal.resources, owner=proposal.id)
    waits = f"{reason} I try again for {PATIENCE_SECONDS / 60:.0f} minutes."
    changed(services, kept, proposal.put_off(waits, until=now + PAUSE_SECONDS), work)


def _end(services: Services, kept: Kept, after: Proposal, told: str, work: Work) -> None:
    if changed(services, kept, after, work) is not None:
        conclude(services, after, told)
