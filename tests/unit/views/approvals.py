"""A proposal and its cards in every state."""

from dataclasses import replace

from bot.views.approval import Approval, Said, approval, outcome, reminder
from bot.views.evidence import Difference, Evidence, Fact, Metric
from bot.views.view import View
from tests.unit.views.examples import NOON

DAY = 86_400.0
EVIDENCE = Evidence(
    warnings=("recall fell by 0.02, and the policy allows 0.01.",),
    unread=("I could not read the code of v3: its run was deleted.",),
    facts=(
        Fact("Challenger", "churn v4, 23 Nov 11:40 UTC", "http://127.0.0.1:5000/#/models/churn/versions/4"),
        Fact("Champion", "churn v3, serving since 2 Nov"),
        Fact("Trained by", "bold-otter of churn-prediction"),
    ),
    metrics=(Metric("accuracy", 0.861, 0.8731), Metric("rows", 2_000.0, 2_000.0), Metric("f1", None, 0.8)),
    differences=(Difference("max_depth", "4", "5"), Difference("balance", "", "true")),
    diff="@@ -3 +3 @@\n-    depth = 4\n+    depth = 5",
    diff_note="2 more files differ.",
)
PENDING = Approval(
    reference="P-AAAAAAAAAA",
    summary="Promote churn v4 to champion, in place of v3.",
    state="pending",
    requester="U0ALICE",
    rule="promotions",
    approvers=("*",),
    expires=NOON + DAY,
    evidence=EVIDENCE,
    rollback="Roll champion of churn back to v3.",
)
YES = Said("U0BOB", approves=True, at=NOON + 60)
NO = Said("U0CAROL", approves=False, at=NOON + 120, reason="Not on a Friday.")
TWO = replace(PENDING, quorum=2, approvers=("role:ml-leads", "S0MLOPS", "U0BOB"), evidence=Evidence(), rollback="")
BARE = replace(PENDING, evidence=Evidence(facts=EVIDENCE.facts[:2]), said=(YES,))

CARDS: dict[str, View] = {
    "approval_pending": approval(PENDING),
    "approval_pending_one_of_two": approval(replace(TWO, said=(YES,))),
    "approval_pending_alone": approval(replace(TWO, quorum=1, self_approval=True, approvers=("*",))),
    "approval_pending_to_be_typed": approval(replace(TWO, confirmation="churn")),
    "approval_approved": approval(replace(BARE, state="approved")),
    "approval_approved_but_waiting": approval(
        replace(BARE, state="approved", reason="MLflow does not answer. I try again for 15 minutes.")
    ),
    "approval_applying": approval(replace(BARE, state="applying")),
    "approval_applied": approval(replace(BARE, state="applied", ended=NOON + 61)),
    "approval_applied_with_a_way_back": approval(replace(BARE, state="applied", ended=NOON + 61, rolls_back=True)),
    "approval_failed": approval(
        replace(BARE, state="failed", ended=NOON + 61, reason="MLflow refused: no such alias.")
    ),
    "approval_uncertain": approval(
        replace(BARE, state="uncertain", ended=NOON + 61, reason="Please look at the aliases of `churn` in MLflow.")
    ),
    "approval_rejected": approval(replace(BARE, state="rejected", ended=NOON + 120, said=(YES, NO))),
    "approval_expired": approval(replace(BARE, state="expired", ended=NOON + DAY, said=())),
    "approval_withdrawn": approval(replace(BARE, state="withdrawn", ended=NOON + 61, said=())),
    "approval_superseded": approval(
        replace(BARE, state="superseded", ended=NOON + 61, reason="alias champion of churn was 3 and is 5 now.")
    ),
    "approval_superseded_and_proposed_again": approval(
        replace(BARE, state="superseded", ended=NOON + 61, reason="champion is v5 now.", successor="P-BBBBBBBBBB")
    ),
    "approval_void": approval(
        replace(BARE, state="void", ended=NOON + 61, reason="<@U0BOB>'s approval does not hold any more.")
    ),
    "approval_outcome_applied": outcome(replace(BARE, state="applied"), told="champion of churn is v4 now."),
    "approval_outcome_rejected": outcome(replace(BARE, state="rejected", said=(YES, NO)), told=""),
    "approval_outcome_expired": outcome(replace(BARE, state="expired", said=()), told="Nothing was changed."),
    "approval_reminder": reminder(replace(TWO, said=(YES,))),
}
