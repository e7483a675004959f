"""Seeing a proposal through: reminding, letting it expire, and applying it once.

All of it happens under the lease of the proposal's own box, and every change of its record shows the lease's token. The
call itself is journalled: after a crash the next owner asks `probe` first, and what nobody can tell goes to a person.
"""

from dataclasses import replace

import structlog

from bot.access import Rule
from bot.audit import Action
from bot.errors import Denied, NoPolicy, SlackUnavailable
from bot.events import Actor
from bot.proposal_store import Kept
from bot.proposals import Proposal, State
from bot.views import markdown
from bot.views.text import code, person, prose
from tools.errors import ToolError, Unavailable
from worker import naming, proposal_cards
from worker.agent.calls import Calls
from worker.agent.guard import Request, why_frozen
from worker.agent.journal import Outcome, Status
from worker.proposal_desk import Overtaken, changed, conclude, request_of, rule_now, still_holds, write_down
from worker.proposing import address_of
from worker.runs import calls_for
from worker.services import NotYet, Services, Work

log = structlog.get_logger()

#: How long an approved change is tried again while the system behind it does not answer.
PATIENCE_SECONDS = 900.0
PAUSE_SECONDS = 15.0
#: How long what takes long may take, such as a deployment.
LONGEST_SECONDS = 5_400.0
#: What a call takes beyond its own time: reading before it, and the record after it.
SPARE_SECONDS = 60.0
MOST_CALLS = 3  #: its plan, the call itself and the look at what came of it; each ends in the tool's own time
GIVEN_UP = "{fault} Please look at {resources} before anybody asks again."
UNCLEAR = "{reason} So I cannot tell yet whether it was done; I ask again for {minutes:.0f} minutes."
STILL_GOING = "{reason} That has gone on for {minutes:.0f} minutes, so I stop waiting: please look at {resources}."
STOPPED = "{why} Before that: {before}"
NOBODY_KNOWS = "{reason} So I cannot tell whether it was done: please look at {resources}."


def attend(services: Services, proposal_id: str, work: Work) -> None:
    """Do what is due for a proposal; nothing when nothing is.

    Raises:
        NotYet: Another proposal holds what this one changes; come again.
        bot.errors.Stale: The lease has passed to somebody else.
    """
    kept = services.proposals.load(proposal_id)
    if kept is None or kept.proposal.announced:
        services.proposals.forget_look(proposal_id)
    elif not kept.proposal.open:
        conclude(services, kept)
    elif kept.proposal.state is State.PENDING:
        _wait_on(services, kept, work)
    elif services.clock() >= kept.proposal.retry_at:
        _apply(services, kept, work)


def give_up(services: Services, proposal_id: str, work: Work, *, fault: str) -> None:
    """End a proposal that could not be seen through, by a fault of ours or since worker after worker died on it."""
    kept = services.proposals.load(proposal_id)
    if kept is None or kept.proposal.state not in {State.APPROVED, State.APPLYING}:
        return
    told = GIVEN_UP.format(fault=fault, resources=_what(kept.proposal))
    claimed, now = kept.proposal.claimed(token=work.fence.token), services.clock()
    _end(services, kept, claimed.uncertain(told, at=now) if claimed.begun else claimed.failed(told, at=now), work)


def _wait_on(services: Services, kept: Kept, work: Work) -> None:
    """Look at a proposal that nobody has decided yet: has it expired, is it overtaken, is a reminder due?"""
    now = services.clock()
    expired = kept.proposal.expired(at=now)
    if expired.state is State.EXPIRED:
        _end(services, kept, expired, work)
        return
    try:
        still_holds(services, kept.proposal)
    except Overtaken as exc:
        _end(services, kept, kept.proposal.superseded(str(exc), at=now), work)
        return
    except (ToolError, NoPolicy) as exc:
        log.info("proposal_not_checked", proposal=kept.proposal.id, reason=str(exc))
    reminded = kept.proposal.with_reminder(at=now)
    if reminded.reminded != kept.proposal.reminded:
        address = address_of(reminded)
        view = proposal_cards.reminder(reminded)
        services.outbox.post(f"proposal:{reminded.id}:reminder", address, view, fence=work.fence)
    changed(services, kept, reminded, work)  # also puts its next look where it belongs


def _apply(services: Services, kept: Kept, work: Work) -> None:
    tool = services.tool(kept.proposal.tool)
    seconds = MOST_CALLS * tool.timeout + SPARE_SECONDS
    owner = services.proposals.hold(kept.proposal.resources, owner=kept.proposal.id, seconds=seconds)
    if owner != kept.proposal.id:
        if (behind := kept.proposal.behind(owner)) != kept.proposal:
            changed(services, kept, behind, work)
        raise NotYet
    claimed = changed(services, kept, kept.proposal.claimed(token=work.fence.token), work)
    if claimed is None:
        raise NotYet
    if claimed.proposal.begun:
        claimed = _taken_up(services, claimed, work)
    begun = _begun(services, claimed, work) if claimed else None
    if begun is not None:
        outcome = _calls(services, begun.proposal, work).make(*_call(services, begun.proposal))
        _finish(services, begun, outcome, work)


def _taken_up(services: Services, kept: Kept, work: Work) -> Kept | None:
    """What a dead worker had begun, as before it was begun when nothing came of it; None once it is seen to.

    So what nothing came of is looked at once more with everything that may have changed since.
    """
    try:
        outcome = _calls(services, kept.proposal, work).found(*_call(services, kept.proposal))
    except Unavailable as exc:
        _ask_later(services, kept, prose(str(exc)), work)
        return None
    if outcome is not None:
        _finish(services, kept, outcome, work)
        return None
    again = changed(services, kept, kept.proposal.not_begun(), work)
    if again is None:
        raise NotYet
    return again


def _begun(services: Services, kept: Kept, work: Work) -> Kept | None:
    """The proposal from the moment on from which the change may have happened; None when it is not to be made."""
    proposal, now = kept.proposal, services.clock()
    try:
        still_allowed(services, proposal)
        still_holds(services, proposal)
    except Denied as exc:
        why = STOPPED.format(why=str(exc), before=proposal.reason) if proposal.reason else str(exc)
        _end(services, kept, proposal.void(why, at=now), work)
        return None
    except Overtaken as exc:
        _end(services, kept, proposal.superseded(str(exc), at=now), work)
        return None
    except (ToolError, SlackUnavailable, NoPolicy) as exc:
        _put_off(services, kept, prose(str(exc)), work)
        return None
    write_down(services, proposal)
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
    actor = Actor(user=proposal.requester, team=services.team)
    try:
        policy.may(actor, proposal.permission, channel=proposal.thread.channel, directory=directory, fresh=True)
    except Denied as exc:
        raise Denied(f"{person(proposal.requester)}, who asked for it, may not ask for it any more.") from exc
    rule = rule_now(policy, proposal)
    gone = [one for one in proposal.approvers if not _still_decides(services, rule, proposal, one)]
    if len(proposal.approvers) - len(gone) >= rule.quorum:
        return
    if gone:
        who = " and ".join(person(one) for one in gone)
        raise Denied(f"{who}, who approved it, may not decide it any more by the rule {code(rule.name)}.")
    raise Denied(
        f"The rule {code(rule.name)} asks for {rule.quorum} approvals now; there are {len(proposal.approvers)}."
    )


def _still_decides(services: Services, rule: Rule, proposal: Proposal, approver: str) -> bool:
    actor, directory = Actor(user=approver, team=services.team), services.directory
    try:
        services.policy().may_decide(rule, actor, requester=proposal.requester, directory=directory, fresh=True)
    except Denied:
        return False
    return True


def _calls(services: Services, proposal: Proposal, work: Work) -> Calls:
    """The journal of a proposal's call: the same one for whoever takes it up."""
    return calls_for(services, services.team, replace(work, id=f"proposal:{proposal.id}"))


def _call(services: Services, proposal: Proposal) -> tuple[str, Request]:
    """The call, by the name under which it is journalled; each try after an answer that never came has its own."""
    return f"{proposal.tool}:{proposal.tries}", request_of(services, proposal, approved=proposal)


def _finish(services: Services, kept: Kept, outcome: Outcome, work: Work) -> None:
    proposal, now = kept.proposal, services.clock()
    match outcome.status:
        case Status.DONE:
            told = markdown.mrkdwn(naming.named(services, outcome.text), services.hosts)
            _end(services, kept, proposal.applied(result=outcome.data, told=told, at=now), work)
        case Status.UNKNOWN:
            _end(services, kept, proposal.uncertain(prose(outcome.text), at=now), work)
        case Status.UNDERWAY:
            _go_on_later(services, kept, prose(outcome.text), work)
        case Status.UNAVAILABLE:
            _put_off(services, kept, prose(outcome.text), work)
        case _:
            _end(services, kept, proposal.failed(prose(outcome.text), at=now), work)


def _put_off(services: Services, kept: Kept, reason: str, work: Work) -> None:
    """Try again later, unless that has gone on for too long; nothing was changed."""
    proposal, now = kept.proposal, services.clock()
    if _long_enough(proposal, now):
        _end(services, kept, proposal.failed(reason, at=now), work)
        return
    waits = f"{reason} I try again for {PATIENCE_SECONDS / 60:.0f} minutes."
    changed(services, kept, proposal.put_off(waits, at=now, until=now + PAUSE_SECONDS), work)
    services.proposals.release(proposal.resources, owner=proposal.id)


def _go_on_later(services: Services, kept: Kept, reason: str, work: Work) -> None:
    """Go on with what takes long, unless that takes too long; what it changes stays held."""
    proposal, now = kept.proposal, services.clock()
    if bool(proposal.away_since) and now - proposal.away_since >= LONGEST_SECONDS:
        told = STILL_GOING.format(reason=reason, minutes=LONGEST_SECONDS / 60, resources=_what(proposal))
        _end(services, kept, proposal.uncertain(told, at=now), work)
        return
    changed(services, kept, proposal.put_off(reason, at=now, until=now + PAUSE_SECONDS), work)


def _ask_later(services: Services, kept: Kept, reason: str, work: Work) -> None:
    """Ask later what became of it, unless that has gone on for too long; what it changes stays held."""
    proposal, now = kept.proposal, services.clock()
    if _long_enough(proposal, now):
        told = NOBODY_KNOWS.format(reason=reason, resources=_what(proposal))
        _end(services, kept, proposal.uncertain(told, at=now), work)
        return
    waits = UNCLEAR.format(reason=reason, minutes=PATIENCE_SECONDS / 60)
    changed(services, kept, proposal.unclear(waits, at=now, until=now + PAUSE_SECONDS), work)


def _long_enough(proposal: Proposal, now: float) -> bool:
    return bool(proposal.away_since) and now - proposal.away_since >= PATIENCE_SECONDS


def _what(proposal: Proposal) -> str:
    """What a person should look at."""
    return ", ".join(code(resource) for resource in proposal.resources) or code(proposal.tool)


def _end(services: Services, kept: Kept, after: Proposal, work: Work) -> None:
    if (now := changed(services, kept, after, work)) is not None:
        conclude(services, now)
