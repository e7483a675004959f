"""The card of a proposal, in every state, and the messages that go with it; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.views import actions
from bot.views import evidence as evidences
from bot.views.blocks import actions as row
from bot.views.blocks import button, context, message, section
from bot.views.evidence import Evidence
from bot.views.limits import SECTION
from bot.views.text import bounded, code, group, moment, person, plain
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
    "failed": "❌ *Approved, but it failed; nothing was changed:*",
    "uncertain": "⚠️ *Approved, but I cannot tell whether it was done:*",
    "rejected": "🚫 *Rejected:*",
    "expired": "⌛ *Expired, not decided in time:*",
    "withdrawn": "↩️ *Withdrawn:*",
    "superseded": "🔀 *Overtaken, nothing was changed:*",
    "void": "🛑 *Not applied, the approval no longer holds:*",
}
_SIGNS = "|".join(sorted({head.split(" ")[0].rstrip("\ufe0f") for head in _HEADS.values()}))
_WORDS = "|".join(sorted({re.split("[:,*]", head.split("*")[1])[0] for head in _HEADS.values()}))
_IMITATED = re.compile(rf"(?mi)^([\s•>_~]*)\*?(?:(?:{_SIGNS})\ufe0f?\s*)+\*?((?:{_WORDS})\b[^*\n]{{0,80}})\*?")
_AGAIN: Final = frozenset({"failed", "expired", "superseded", "void"})
_ROLE = "role:"
_NAMED = 6  #: people and groups named in one line
_SAID = 20


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
        rolls_back: Whether its end offers to roll it back.
        outdone: What has changed the same once more since, a proposal's id or a few words; empty for nothing.
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
    outdone: str = ""
    successor: str = ""


def approval(card: Approval) -> View:
    """The card: before it is decided with everything to decide by, afterwards with the record of it."""
    head = _head(card)
    origin = context(f"{code(card.reference)} · asked for by {person(card.requester)} · rule {code(card.rule)}")
    if card.state == "pending":
        return message(head, section(head), origin, *_to_decide(card))
    return message(head, section(head), origin, *evidences.facts(card.evidence.facts), *_record(card))


def no_card(mrkdwn: str) -> str:
    """The text of an answer, in which no line begins as one of these cards does: without its sign, and not bold."""
    return _IMITATED.sub(r"\1\2", mrkdwn)


def outcome(card: Approval, *, told: str) -> View:
    """The end as a message of its own, so that it is noticed; `told` is mrkdwn."""
    head = _head(card)
    lines = [head, *([told] if told else []), *(_line(one) for one in card.said if not one.approves)]
    return message(head, section("\n".join(lines)), context(_in_short(card)))


def reminder(card: Approval) -> View:
    """That a proposal still waits."""
    words = f"⏰ {code(card.reference)} still waits for approval: {plain(card.summary, 400)}\n{_who(card)}"
    return message(words, section(words))


def _head(card: Approval) -> str:
    return f"{_HEADS[card.state]} {plain(card.summary, 400)}"


def _to_decide(card: Approval) -> list[Block]:
    lines = [_who(card)]
    if card.rollback:
        lines.insert(0, f"*To undo it:* {plain(card.rollback, 300)}")
    if card.confirmation:
        lines.append(f"*To approve, type* {code(card.confirmation, 300)}")
    approve = actions.PROPOSAL_CONFIRM if card.confirmation else actions.PROPOSAL_APPROVE
    buttons = row(
        button("Approve", approve, card.reference, style="primary"),
        button("Reject", actions.PROPOSAL_REJECT, card.reference, style="danger"),
        button("Withdraw", actions.PROPOSAL_WITHDRAW, card.reference),
    )
    return [*evidences.shown(card.evidence), section("\n".join(lines)), buttons]


def _who(card: Approval) -> str:
    """Who decides, how many of them, and until when."""
    asked = card.requester if not card.self_approval else ""
    named = [selector(one, requester=asked) for one in card.approvers]
    alone = f", but not {person(asked)}" if asked and "*" not in card.approvers else ""
    needed = "One approval is enough" if card.quorum == 1 else f"{card.quorum} people must approve"
    so_far = [person(one.by) for one in card.said if one.approves]
    approved = f"; so far {_listed(so_far, 'and')}" if so_far else ""
    return (
        f"*Who decides:* {_listed(named, 'or') or 'nobody'}{alone}. {needed}{approved}. Expires {moment(card.expires)}."
    )


def _listed(names: Sequence[str], word: str) -> str:
    """Names as a sentence has them: "A, B or C"; says how many were left out."""
    shown = list(names[:_NAMED])
    if left_out := len(names) - len(shown):
        shown.append(f"{left_out} more")
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def selector(selected: str, *, requester: str = "") -> str:
    """Whom a policy's selector means, in words.

    Args:
        selected: `U…`, `S…`, `role:NAME` or `*`.
        requester: Who is left out of `*`; empty when nobody is.
    """
    if selected == "*":
        return f"any member but {person(requester)}" if requester else "any member"
    if selected.startswith(_ROLE):
        return f"the role {code(selected.removeprefix(_ROLE), 40)}"
    return group(selected) if selected.startswith("S") else person(selected)


def _record(card: Approval) -> list[Block]:
    """What people said, why it ended or still waits, and what can be done now."""
    blocks = [section(card.reason)] if card.reason else []
    if card.said:
        said = [_line(one) for one in card.said]
        blocks.append(section(bounded(said, SECTION, most=_SAID, kind="decisions")))
    if card.state == "applied" and card.rolls_back and not card.outdone:
        blocks.append(row(button("Roll back", actions.MODEL_ROLL_BACK, card.reference)))
    if card.state in _AGAIN and not card.successor:
        blocks.append(row(button("Propose again", actions.PROPOSAL_AGAIN, card.reference)))
    if card.ended:
        again = f" Proposed again as {code(card.successor)}." if card.successor else ""
        since = f" Changed again since, by {plain(card.outdone, 80)}." if card.outdone else ""
        blocks.append(context(f"Ended {moment(card.ended)}.{again}{since}"))
    return blocks


def _line(one: Said) -> str:
    verb = "👍 Approved by" if one.approves else "👎 Rejected by"
    why = f": “{plain(one.reason, 400)}”" if one.reason else ""
    return f"{verb} {person(one.by)}, {moment(one.at)}{why}"


def _in_short(card: Approval) -> str:
    approved = [person(one.by) for one in card.said if one.approves]
    by = [f"approved by {_listed(approved, 'and')}"] if approved else []
    return " · ".join([code(card.reference), f"asked for by {person(card.requester)}", *by])
