"""A proposal to promote a model version, as tests tell of it."""

from typing import Any

from bot.events import Thread
from bot.proposals import Decision, Proposal, Terms, Verdict, call_digest, digest_of

ALICE, BOB, CAROL, DAVE = "U0ALICE", "U0BOB", "U0CAROL", "U0DAVE"  # Alice asks
CREATED = 1_795_435_200.0  # 23 Nov 2026, 12:00 UTC
DAY = 86_400.0
EXPIRES = CREATED + DAY
THREAD = Thread(team="T1", channel="C1", root="100.1")
ARGUMENTS: dict[str, Any] = {"model": "churn", "version": "4", "alias": "champion"}
EVIDENCE: dict[str, Any] = {"metrics": [{"name": "accuracy", "before": 0.861, "after": 0.873}]}


def proposal(*, quorum: int = 1, confirmation: str = "", **changes: Any) -> Proposal:
    """A pending proposal of Alice's; `changes` are fields of it."""
    fields: dict[str, Any] = {
        "id": "P-AAAAAAAAAA",
        "key": "T1-C1-100.1:call-1",
        "thread": THREAD,
        "requester": ALICE,
        "via": "model",
        "tool": "promote_model",
        "permission": "mlflow:alias:set",
        "arguments": ARGUMENTS,
        "digest": call_digest("promote_model", ARGUMENTS),
        "summary": "Promote churn v4 to champion, in place of v3.",
        "resources": ("mlflow:model:churn",),
        "evidence": EVIDENCE,
        "evidence_digest": digest_of(EVIDENCE),
        "preconditions": {"alias champion of churn": "3"},
        "rollback": "Roll champion of churn back to v3.",
        "terms": Terms(rule="promotions", approvers=("*",), quorum=quorum, confirmation=confirmation),
        "created": CREATED,
        "expires": EXPIRES,
    }
    return Proposal(**{**fields, **changes})


def said(by: str = BOB, verdict: Verdict = Verdict.APPROVE, *, at: float = CREATED + 60, reason: str = "") -> Decision:
    """What one person says, a minute after the proposal was made."""
    return Decision(by=by, verdict=verdict, at=at, reason=reason)
