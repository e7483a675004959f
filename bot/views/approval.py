"""The card of a proposal, in every state, and the messages that go with it; pure."""

from dataclasses import dataclass, field
from typing import Final, Literal

from bot.views import actions
from bot.views import evidence as evidences
from bot.views.blocks import actions as row
from bot.views.blocks import button, context, message, section
from bot.views.evidence import Evidence
from bot.views.text import code, count, group, moment, person, plain
from bot.views.view import Block, View

State = Literal[
    "pending",
    "approved",
    "applying",
    "applied",
    "failed",
    "uncertain",
    "rejected",
    "expired",
    "withdrawn",
    "superseded",
    "void",
]
_HEADS: Final[dict[State, str]] = {
    "pending": "✋ *Approval needed:*",
    "approved": "🕓 *Approved, about to be applied:*",
    "applying": "⚙️ *Approved, being applied:*",
    "applied": "✅ *Approved and done:*",
    "failed": "❌ *Approved, but it could not be done; nothing was changed:*",
    "uncertain": "⚠️ *Approved; I cannot tell whether it was done:*",
    "rejected": "🚫 *Rejected:*",
    "expired": "⌛ *Expired, nobody decided in time:*",
    "withdrawn": "↩️ *Withdrawn:*",
    "superseded": "🔀 *Overtaken, nothing was changed:*",
    "void": "🛑 *Not applied, the approval no longer holds:*",
}
_AGAIN: Final = frozenset({"failed", "expired", "superseded", "void"})
_ROLE = "role:"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said, `at` seconds since 1970."""

    by: str
    approves: bool
    at: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposal as it is shown.

    Attributes:
        reference: Its id; the value of its buttons.
        summary: What will happen, one line.
        state: Where it stands.
        requester: The id of who asked.
        rule: The rule's name.
        approvers: Who may decide, as the policy selects them: `U…`, `S…`, `role:NAME`, `*`.
        quorum: How many must approve.
        self_approval: Whether who asked may be one of them.
        expires: Seconds since 1970.
        confirmation: What an approver must type; empty for nothing.
        evidence: What people should see.
        rollback: How to undo it.
        said: What people said so far.
        ended: When it ended; 0 before.
        reason: Why it ended, or why it still waits; mrkdwn.
        outcome: What came of it, Slack's mrkdwn made from the tool's words; empty until it is applied.
        rolls_back: Whether its end offers to roll it back.
        successor: The proposal made in its place.
    """

    reference: str
    summary: str
    state: State
    requester: str
    rule: str
    approvers: tuple[str, ...]
    expires: float
    quorum: int = 1
    self_approval: bool = False
    confirmation: str = ""
    evidence: Evidence = field(default_factory=Evidence)
    rollback: str = ""
    said: tuple[Said, ...] = ()
    ended: float = 0.0
    reason: str = ""
    rolls_back: bool = False
    successor: str = ""


def approval(card: Approval) -> View:
    """The card: before it is decided with everything to decide by, afterwards with the record of it."""
    head = f"{_HEADS[card.state]} {plain(card.summary, 400)}"
    origin = context(f"{code(card.reference)} · asked for by {person(card.requester)} · rule {code(card.rule)}")
    if card.state == "pending":
        return message(head, section(head), origin, *_to_decide(card))
    blocks = [section(head), origin, *evidences.facts(card.evidence.facts), *_record(card)]
    return message(head, *blocks, *_afterwards(card))


def outcome(card: Approval, *, told: str) -> View:
    """The end as a message of its own, so that it is noticed; `told` is mrkdwn."""
    head = f"{_HEADS[card.state]} {plain(card.summary, 400)}"
    lines = [head, *([told] if told else []), *(_line(one) for one in card.said if not one.approves)]
    return message(head, section("\n".join(lines)), context(_in_short(card)))


def reminder(card: Approval) -> View:
    """That a proposal still waits."""
    words = (
        f"⏰ {code(card.reference)} still waits for approval until {moment(card.expires)}: {plain(card.summary, 300)} "
        f"{_who(card)}"
    )
    return message(words, section(words))


def _to_decide(card: Approval) -> list[Block]:
    blocks = evidences.shown(card.evidence)
    if card.rollback:
        blocks.append(context(f"*To undo it:* {plain(card.rollback, 300)}"))
    if card.confirmation:
        blocks.append(section(f"*To approve, type* {code(card.confirmation)}"))
    approve = actions.PROPOSAL_CONFIRM if card.confirmation else actions.PROPOSAL_APPROVE
    buttons = row(
        button("Approve", approve, card.reference, style="primary"),
        button("Reject", actions.PROPOSAL_REJECT, card.reference, style="danger"),
        button("Withdraw", actions.PROPOSAL_WITHDRAW, card.reference),
    )
    return [*blocks, buttons, context(f"{_who(card)} Until {moment(card.expires)}.{_so_far(card)}")]


def _who(card: Approval) -> str:
    named = [selector(one, requester="" if card.self_approval else card.requester) for one in card.approvers]
    alone = "" if card.self_approval or "*" in card.approvers else f", not {person(card.requester)}"
    return f"*Who decides:* {count(card.quorum, 'approval')} by {' or '.join(named)}{alone}."


def selector(selected: str, *, requester: str = "") -> str:
    """Whom a policy's selector means, in words.

    Args:
        selected: `U…`, `S…`, `role:NAME` or `*`.
        requester: Who is left out of `*`; empty when nobody is.
    """
    if selected == "*":
        return f"any member but {person(requester)}" if requester else "any member"
    if selected.startswith(_ROLE):
        return f"the role {code(selected.removeprefix(_ROLE))}"
    return group(selected) if selected.startswith("S") else person(selected)


def _so_far(card: Approval) -> str:
    approved = [person(one.by) for one in card.said if one.approves]
    return f" Approved so far: {', '.join(approved)}." if approved else ""


def _record(card: Approval) -> list[Block]:
    lines = [_line(one) for one in card.said]
    if card.reason:
        lines.append(card.reason)
    return [section("\n".join(lines))] if lines else []


def _line(one: Said) -> str:
    verb = "approved by" if one.approves else "rejected by"
    why = f": “{plain(one.reason, 400)}”" if one.reason else ""
    return f"{'👍' if one.approves else '👎'} {verb} {person(one.by)}, {moment(one.at)}{why}"


def _afterwards(card: Approval) -> list[Block]:
    buttons = []
    if card.state == "applied" and card.rolls_back:
        buttons.append(button("Roll back", actions.MODEL_ROLL_BACK, card.reference))
    if card.state in _AGAIN and not card.successor:
        buttons.append(button("Propose again", actions.PROPOSAL_AGAIN, card.reference))
    blocks = [row(*buttons)] if buttons else []
    if card.ended:
        ended = f"Ended {moment(card.ended)}."
        blocks.append(context(ended + (f" Proposed again as {code(card.successor)}." if card.successor else "")))
    return blocks


def _in_short(card: Approval) -> str:
    said = [f"{'approved' if one.approves else 'rejected'} by {person(one.by)}" for one in card.said]
    return " · ".join([code(card.reference), f"asked for by {person(card.requester)}", *said])
