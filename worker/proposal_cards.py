"""Proposals as views take them; pure."""

from bot.proposals import JSONDict, Proposal, Verdict
from bot.views import approval, evidence
from bot.views.view import View
from tools.spec import Evidence

#: Tools whose end offers to roll it back: by which tool, and which of their arguments that takes.
ROLLS_BACK = {
    "promote_model": ("roll_back_model", ("model", "alias")),
    "deploy_model": ("roll_back_endpoint", ("endpoint",)),
    "set_traffic": ("roll_back_endpoint", ("endpoint",)),
}


def target_of(result: JSONDict | None) -> tuple[str, ...]:
    """What a change has moved, by what its tool gave back: an alias, or an endpoint; empty for neither."""
    match result:
        case {"outcome": "unchanged"} | {"changed": False}:
            return ()
        case {"model": str(model), "alias": str(alias)}:
            return ("alias", model, alias)
        case {"endpoint": {"id": str(endpoint)}}:
            return ("endpoint", endpoint)
    return ()


def card(proposal: Proposal) -> View:
    """The card in whatever state the proposal is."""
    return approval.approval(shown(proposal))


def outcome(proposal: Proposal, told: str) -> View:
    """The end as a message of its own; `told` is mrkdwn."""
    return approval.outcome(shown(proposal), told=told)


def reminder(proposal: Proposal) -> View:
    """That it still waits."""
    return approval.reminder(shown(proposal))


def shown(proposal: Proposal) -> approval.Approval:
    """A proposal as its card shows it."""
    return approval.Approval(
        reference=proposal.id,
        summary=proposal.summary,
        state=proposal.state.value,
        requester=proposal.requester,
        rule=proposal.terms.rule,
        approvers=proposal.terms.approvers,
        quorum=proposal.terms.quorum,
        self_approval=proposal.terms.self_approval,
        confirmation=proposal.terms.confirmation,
        expires=proposal.expires,
        evidence=_evidence(Evidence.model_validate(proposal.evidence)),
        rollback=proposal.rollback,
        said=tuple(
            approval.Said(by=one.by, approves=one.verdict is Verdict.APPROVE, at=one.at, reason=one.reason)
            for one in proposal.decisions
        ),
        ended=proposal.ended,
        reason=proposal.reason,
        rolls_back=proposal.tool in ROLLS_BACK,
        outdone=proposal.outdone,
        successor=proposal.successor,
    )


def _evidence(found: Evidence) -> evidence.Evidence:
    return evidence.Evidence(
        facts=tuple(evidence.Fact(one.label, one.value, one.url) for one in found.facts),
        metrics=tuple(evidence.Metric(one.name, one.before, one.after) for one in found.metrics),
        differences=tuple(evidence.Difference(one.name, one.before, one.after) for one in found.differences),
        diff=found.diff,
        diff_note=found.diff_note,
        warnings=found.warnings,
        unread=found.unread,
    )
