"""What people say to a proposal: approve, reject, withdraw; by button, by modal or by command.

A decision is checked twice: when it is made, here, and when the proposal is applied. Who may not decide is told alone,
and it is written down.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.errors import BotError, Denied, SlackUnavailable
from bot.events import Actor, Click, Submission
from bot.proposal_store import GONE, Kept
from bot.proposals import AlreadyDecided, Decision, Proposal, State, Verdict
from bot.views import actions
from bot.views.text import prose
from bot.views.view import View
from tools.errors import ToolError
from worker import applying
from worker.proposal_desk import Overtaken, changed, conclude, look_at, rule_now, show, still_holds, write_down
from worker.services import Services, Work

log = structlog.get_logger()

UNREAD = "I could not check whether it still holds: {reason} Nothing was decided; please try again soon."
UNKNOWN = "Slack did not tell me who may decide, so nothing was decided. Please try again in a minute."
CROWDED = "Too many people decided at once. Nothing of yours was taken down; please look at the card."
ELSEWHERE = "This button does not belong to {proposal}, so nothing was decided. Please use its own card."
WHY = "Please say why: `/mlops reject {proposal} REASON`. Who asked for it is told."
MOST_TRIES = 8  #: of a change that others were quicker with


#: What each button of a card says; None takes the proposal back.
VERDICTS: Mapping[str, Verdict | None] = {
    actions.PROPOSAL_APPROVE: Verdict.APPROVE,
    actions.PROPOSAL_CONFIRM: Verdict.APPROVE,
    actions.PROPOSAL_REJECT: Verdict.REJECT,
    actions.PROPOSAL_WITHDRAW: None,
}


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody says something to a proposal.

    Attributes:
        actor: Who.
        verdict: Yes or no; None to withdraw.
        via: `button` or `command`.
        typed: What was typed: a reason, or what the rule asks an approver to type.
    """

    actor: Actor
    verdict: Verdict | None
    via: str
    typed: str = ""


def pressed(services: Services, item: Click | Submission, work: Work) -> None:
    """A press of a card's button, or a modal that one opened; then the proposal is applied if it is approved."""
    kept = services.proposals.load(item.value)
    if kept is not None and kept.proposal.thread != item.thread:
        told = ELSEWHERE.format(proposal=item.value)
        services.auditor.refusal(kept.proposal, actor=item.actor.user, reason=told, work=work.id)
        services.outbox.post(f"told:{work.id}", services.alone(item), View(text=told), fence=work.fence)
        return
    typed = item.text if isinstance(item, Submission) else ""
    voice = Voice(actor=item.actor, verdict=VERDICTS[item.action], via="button", typed=typed)
    problem = say(services, item.value, voice, work)
    if problem:
        services.outbox.post(f"told:{work.id}", services.alone(item), View(text=problem), fence=work.fence)
    applying.attend(services, item.value, work)


def say(services: Services, proposal_id: str, voice: Voice, work: Work) -> str:
    """Take down what somebody says.

    Returns:
        Why it does not count, in Slack's mrkdwn, for that person alone; empty when it counts.

    Raises:
        bot.errors.Stale: The lease has passed to somebody else.
    """
    for _ in range(MOST_TRIES):
        kept = services.proposals.load(proposal_id)
        if kept is None:
            services.auditor.unfounded(proposal_id, actor=voice.actor.user, reason=GONE, work=work.id)
            return GONE
        if _taken_down(kept.proposal, voice, work):
            settled(services, kept)
            return ""
        try:
            after = _after(services, kept.proposal, voice, work)
        except Overtaken as exc:
            return _overtake(services, kept, str(exc), work)
        except (BotError, ToolError) as exc:
            return _refused(services, kept.proposal, voice, exc, work)
        if (now := changed(services, kept, after, work)) is not None:
            settled(services, now)
            return ""
    return CROWDED


def _refused(services: Services, proposal: Proposal, voice: Voice, error: BotError | ToolError, work: Work) -> str:
    """Why it does not count, in words for the person; that somebody may not decide is written down."""
    match error:
        case Denied() | AlreadyDecided():
            services.auditor.refusal(proposal, actor=voice.actor.user, reason=str(error), work=work.id)
            return str(error)
        case SlackUnavailable():
            return UNKNOWN
        case ToolError():
            return UNREAD.format(reason=prose(str(error)))
        case _:
            return str(error)


def _after(services: Services, proposal: Proposal, voice: Voice, work: Work) -> Proposal:
    """The proposal after what somebody says, if it counts."""
    now = services.clock()
    if voice.verdict is None:
        return proposal.withdrawn(by=voice.actor.user, at=now)
    rule = rule_now(services.policy(), proposal)
    services.policy().may_decide(
        rule, voice.actor, requester=proposal.requester, directory=services.directory, fresh=False
    )
    approves = voice.verdict is Verdict.APPROVE
    if approves and not proposal.terms.confirmed_by(voice.typed):
        raise Denied(f"To approve {proposal.id}, type exactly `{proposal.terms.confirmation}`.")
    if not approves and not voice.typed.strip():
        raise BotError(WHY.format(proposal=proposal.id))
    said = Decision(
        by=voice.actor.user,
        verdict=voice.verdict,
        at=now,
        reason="" if approves and proposal.terms.confirmation else voice.typed.strip(),
        via=voice.via,
        evidence=proposal.evidence_digest,
        work=work.id,
    )
    after = proposal.decided(said)
    if approves:
        still_holds(services, proposal)
    return after


def settled(services: Services, kept: Kept) -> None:
    """What follows from what somebody said; may be repeated after a crash."""
    if not kept.proposal.open:
        conclude(services, kept)
        return
    write_down(services, kept.proposal)
    show(services, kept.proposal.id)
    if kept.proposal.state is State.APPROVED:
        look_at(services, kept.proposal.id)


def _taken_down(proposal: Proposal, voice: Voice, work: Work) -> bool:
    """Whether this very press or command was taken down before a crash."""
    if voice.verdict is None:
        return proposal.state is State.WITHDRAWN and voice.actor.user == proposal.requester
    return any(said.work == work.id for said in proposal.decisions)


def _overtake(services: Services, kept: Kept, reason: str, work: Work) -> str:
    after = kept.proposal.superseded(reason, at=services.clock())
    if (now := changed(services, kept, after, work)) is not None:
        conclude(services, now)
    return f"{kept.proposal.id} was overtaken: {reason} Nothing was changed."
