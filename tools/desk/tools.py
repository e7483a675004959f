"""Tools about approvals, freezes, roles and the audit chain. Nothing here approves: people do, on the card."""

from collections.abc import Sequence

from pydantic import Field

from tools.desk.client import AuditLine, Freeze, Granted, ProposalSeen
from tools.prefect import wording
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Done,
    Effect,
    NotDone,
    Plan,
    Probed,
    Result,
    ToolResult,
    Unknown,
    tool,
)

SHOWN = 20


class Nothing(Arguments):
    """Nothing to say."""


class WhichProposal(Arguments):
    """One proposal."""

    proposal: str = Field(pattern=r"^[Pp]-[A-Za-z0-9]{4,20}$", description="The proposal's id, such as `P-7K2M9QXA4T`.")


class WithdrawProposal(WhichProposal):
    """One proposal, and why it is taken back."""

    reason: str = Field(default="", max_length=300, description="Why, in the person's own words; may be left out.")


class FreezeChanges(Arguments):
    """Why changes are to be frozen."""

    reason: str = Field(min_length=3, max_length=300, description="Why, in the person's own words.")


class ReadAudit(Arguments):
    """Which records."""

    matching: str = Field(
        default="", max_length=200, description="A person's id, a proposal's id, an action or a word; empty for all."
    )
    limit: int = Field(default=10, ge=1, le=50, description="At most this many, newest first.")


class Approvals(Result):
    """Open proposals, oldest first."""

    proposals: tuple[ProposalSeen, ...]


class AuditPage(Result):
    """Records, newest first."""

    records: tuple[AuditLine, ...]


@tool(
    permission="trainmaster:approval:read",
    effect=Effect.READ,
    timeout=20,
    arguments=Nothing,
    result=Approvals,
    command=Command("approvals", "", "List what waits for your approval, and what you asked for."),
)
def list_approvals(_: Nothing, backends: Backends, call: Call) -> ToolResult:
    """List the open proposals that wait for this person's approval, and those that this person asked for.

    The first ten are given with the link of the card on which people decide, where Slack tells it.
    """
    found = backends.desk.approvals(actor=call.origin.actor, thread=call.origin.thread)
    for_me = [one for one in found if one.for_me]
    mine = [one for one in found if one.mine]
    if not found:
        return ToolResult(
            "Nothing waits for your approval, and nothing that you asked for waits.", Approvals(proposals=())
        )
    parts = [
        _list("Waiting for your decision", for_me, zone=call.timezone, asked=True),
        _list("Asked for by you", mine, zone=call.timezone),
    ]
    return ToolResult("\n\n".join(part for part in parts if part), Approvals(proposals=found))


def plan_withdrawal(args: WithdrawProposal, backends: Backends, call: Call) -> Plan:
    """Which proposal would be taken back."""
    found = backends.desk.proposal(args.proposal.upper(), actor=call.origin.actor)
    return Plan(
        arguments={"proposal": found.id, "reason": args.reason},
        summary=f"Withdraw {found.id}: {found.summary}",
        resources=(f"trainmaster:proposal:{found.id}",),
    )


def probe_withdrawal(args: WithdrawProposal, backends: Backends, call: Call) -> Probed:
    """Whether it is withdrawn."""
    found = backends.desk.proposal(args.proposal.upper(), actor=call.origin.actor)
    return Done(_withdrawn(found)) if found.state == "withdrawn" else NotDone()


@tool(
    permission="trainmaster:approval:withdraw",
    effect=Effect.CHANGE,
    timeout=20,
    arguments=WithdrawProposal,
    result=ProposalSeen,
    command=Command("withdraw", "PROPOSAL [REASON…]", "Take back something that you asked approval for."),
    plan=plan_withdrawal,
    probe=probe_withdrawal,
    by_hand=True,
)
def withdraw_proposal(args: WithdrawProposal, backends: Backends, call: Call) -> ToolResult:
    """Take back a proposal that waits for approval. Only who asked for it can."""
    return _withdrawn(backends.desk.withdraw(args.proposal.upper(), actor=call.origin.actor, reason=args.reason))


def plan_freeze(args: FreezeChanges, backends: Backends, _: Call) -> Plan:
    """That everything would be refused."""
    frozen = backends.desk.frozen()
    return Plan(
        arguments={"reason": args.reason},
        summary=f"Refuse every change from now on: {args.reason}",
        resources=("trainmaster:freeze:all",),
        preconditions={"freeze": frozen.reason},
        rollback="`/mlops unfreeze` lets changes through again.",
    )


def probe_freeze(args: FreezeChanges, backends: Backends, call: Call) -> Probed:
    """Whether this very freeze is in force."""
    frozen = backends.desk.frozen()
    same = frozen.reason == args.reason and frozen.by == call.origin.actor
    return Done(_frozen(frozen)) if same else NotDone()


@tool(
    permission="trainmaster:freeze:set",
    effect=Effect.CHANGE,
    timeout=20,
    arguments=FreezeChanges,
    result=Freeze,
    command=Command("freeze", "REASON…", "Refuse every change until somebody lifts it; reading goes on."),
    plan=plan_freeze,
    probe=probe_freeze,
    by_hand=True,
)
def freeze_changes(args: FreezeChanges, backends: Backends, call: Call) -> ToolResult:
    """Refuse every change, for everybody, until it is lifted; reading goes on. Only when asked for in so many words."""
    return _frozen(backends.desk.freeze(args.reason, actor=call.origin.actor, key=call.key))


def plan_unfreeze(_: Nothing, backends: Backends, __: Call) -> Plan:
    """Which freeze would be lifted."""
    frozen = backends.desk.frozen()
    return Plan(
        arguments={},
        summary=f"Let changes through again; frozen was: {frozen.reason}" if frozen.by else "Nothing is frozen.",
        resources=("trainmaster:freeze:all",),
        preconditions={"freeze": frozen.reason},
        rollback="`/mlops freeze REASON` freezes again.",
    )


def probe_unfreeze(_: Nothing, backends: Backends, __: Call) -> Probed:
    """Whether nothing is frozen."""
    frozen = backends.desk.frozen()
    return Unknown("`/mlops status`") if frozen.by else Done(_lifted(Freeze()))


@tool(
    permission="trainmaster:freeze:lift",
    effect=Effect.CHANGE,
    timeout=20,
    arguments=Nothing,
    result=Freeze,
    command=Command("unfreeze", "", "Let changes through again."),
    plan=plan_unfreeze,
    probe=probe_unfreeze,
    by_hand=True,
)
def unfreeze_changes(_: Nothing, backends: Backends, call: Call) -> ToolResult:
    """Lift a freeze, so that changes are made again. Only when asked for in so many words."""
    return _lifted(backends.desk.unfreeze(actor=call.origin.actor, key=call.key))


@tool(
    permission="trainmaster:role:read",
    effect=Effect.READ,
    timeout=20,
    arguments=Nothing,
    result=Granted,
    command=Command("whoami", "", "Show your roles, what they let you do here, and what needs approval."),
)
def who_am_i(_: Nothing, backends: Backends, call: Call) -> ToolResult:
    """Say which roles the person who asks has here, what they allow, and what needs approval."""
    found = backends.desk.granted(actor=call.origin.actor, channel=call.origin.channel)
    roles = ", ".join(f"`{role}`" for role in found.roles) or "none"
    lines = [
        f"**Your roles here:** {roles}",
        f"**They allow:** {', '.join(f'`{glob}`' for glob in found.permissions) or 'nothing'}",
        *(["**Needs approval:**", *(f"- {rule}" for rule in found.rules)] if found.rules else []),
        f"Policy `{found.policy[:12]}`.",
    ]
    return ToolResult("\n".join(lines), found)


@tool(
    permission="trainmaster:audit:read",
    effect=Effect.READ,
    timeout=20,
    arguments=ReadAudit,
    result=AuditPage,
    command=Command("audit", "[MATCHING…]", "Show who proposed, decided, refused and changed what, newest first."),
)
def read_audit(args: ReadAudit, backends: Backends, call: Call) -> ToolResult:
    """Read the audit chain: who proposed, approved, rejected or changed what, newest first; bounded.

    Why somebody decided so in another channel is not told here.
    """
    records = backends.desk.audit(args.matching, limit=args.limit, channel=call.origin.channel)
    if not records:
        return ToolResult("No record fits.", AuditPage(records=()))
    return ToolResult("\n".join(_record(one) for one in records), AuditPage(records=records))


def _list(title: str, found: Sequence[ProposalSeen], *, zone: str, asked: bool = False) -> str:
    if not found:
        return ""
    more = [f"- and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return "\n".join([f"**{title}**", *(_line(one, zone=zone, asked=asked) for one in found[:SHOWN]), *more])


def _line(one: ProposalSeen, *, zone: str, asked: bool) -> str:
    by = f"asked for by <@{one.requester}>, " if asked else ""
    card = f" · [its card]({one.link})" if one.link else ""
    until = wording.moment(one.expires, zone)
    return f"- `{one.id}` {one.summary} ({by}{one.state}, needs {one.missing} more, until {until}){card}"


def _withdrawn(found: ProposalSeen) -> ToolResult:
    return ToolResult(f"{found.id} is withdrawn; nothing was changed.", found)


def _frozen(found: Freeze) -> ToolResult:
    return ToolResult(f"Changes are frozen: {found.reason} `/mlops unfreeze` lifts it.", found)


def _lifted(found: Freeze) -> ToolResult:
    text = "The freeze is lifted: changes go through again." if found.by else "Nothing is frozen."
    return ToolResult(text, found)


def _record(one: AuditLine) -> str:
    who = f" by <@{one.actor}>" if one.actor else ""
    reason = one.details.get("reason", "")
    told = f": {reason}" if reason else ""
    outcome = f" ({one.outcome})" if one.outcome else ""
    return f"- {one.seq} · {one.at:%d %b %Y %H:%M:%S} UTC · **{one.action}** {one.subject}{outcome}{who}{told}"
