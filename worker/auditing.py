"""What is written into the audit chain, and in which words."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from bot.audit import Action, AuditEvent
from bot.audit_log import AuditLog
from bot.proposals import Decision, Proposal, Verdict
from tools.spec import JSONDict
from worker.agent.guard import DENIED, Request

LONGEST_NAMED = 40  #: characters of what a forged press names; our own ids are shorter
NOTHING_NAMED = "nothing"


@dataclass(frozen=True, slots=True)
class Auditor:
    """Writes down what was proposed, decided, refused and done.

    Attributes:
        log: The chain.
        clock: Seconds since 1970.
    """

    log: AuditLog
    clock: Callable[[], float]

    def proposal(self, action: Action, proposal: Proposal, *, actor: str = "") -> None:
        """Write down a step of a proposal, once."""
        details = {
            **_about(proposal),
            "permission": proposal.permission,
            "arguments": _json(proposal.arguments),
            "policy": proposal.terms.policy,
            "requester": proposal.requester,
            "approvers": ", ".join(proposal.approvers),
            "reason": proposal.reason,
        }
        self._of(proposal, action, actor=actor, details=details, once=f"{proposal.id}:{action}")

    def decision(self, proposal: Proposal, said: Decision) -> None:
        """Write down what somebody said, with the evidence that was shown; once."""
        action = Action.PROPOSAL_APPROVED if said.verdict is Verdict.APPROVE else Action.PROPOSAL_REJECTED
        details = {**_about(proposal), "evidence": said.evidence, "reason": said.reason, "via": said.via}
        self._of(proposal, action, actor=said.by, details=details, once=f"{proposal.id}:{action}:{said.by}")

    def refusal(self, proposal: Proposal, *, actor: str, reason: str, work: str) -> None:
        """Write down that somebody was not let decide."""
        details = {**_about(proposal), "reason": reason}
        self._of(proposal, Action.DECISION_REFUSED, actor=actor, details=details, once=f"refused:{work}")

    def unfounded(self, named: str, *, actor: str, reason: str, work: str) -> None:
        """Write down that somebody decided, or asked for, what no card of ours offered."""
        subject = named[:LONGEST_NAMED] or NOTHING_NAMED
        self.event(
            Action.DECISION_REFUSED, actor=actor, subject=subject, details={"reason": reason}, once=f"refused:{work}"
        )

    def call(self, request: Request, *, outcome: str) -> None:
        """Write down a call that may have changed something, or that was not let through; once for each outcome."""
        origin = request.call.origin
        arguments = _json(request.arguments)
        details = {"arguments": arguments, "via": request.via, "proposal": origin.proposal, "key": request.call.key}
        self.event(
            Action.CALL_REFUSED if outcome == DENIED else Action.CALL_MADE,
            actor=request.actor.user,
            subject=request.tool.name,
            outcome=outcome,
            thread=origin.thread,
            details=details,
            once=f"{request.call.key}:{request.tool.name}:{outcome}",
        )

    def event(
        self,
        action: Action,
        *,
        actor: str,
        subject: str,
        details: dict[str, str],
        outcome: str = "",
        thread: str = "",
        once: str = "",
    ) -> None:
        """Write down anything."""
        told = {name: value for name, value in details.items() if value}
        event = AuditEvent(
            at=self.clock(), action=action, actor=actor, subject=subject, outcome=outcome, thread=thread, details=told
        )
        self.log.record(event, once=once)

    def _of(self, proposal: Proposal, action: Action, *, actor: str, details: dict[str, str], once: str) -> None:
        state, thread = str(proposal.state), proposal.thread.ref
        self.event(action, actor=actor, subject=proposal.id, outcome=state, thread=thread, details=details, once=once)


def _about(proposal: Proposal) -> dict[str, str]:
    """What was decided about: the call, and what people were shown."""
    return {
        "tool": proposal.tool,
        "call": proposal.digest,
        "evidence": proposal.evidence_digest,
        "rule": proposal.terms.rule,
    }


def _json(value: JSONDict) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
