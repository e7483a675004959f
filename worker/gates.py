"""Thresholds of the policy, held against what a plan found; pure."""

from bot.access import Policy
from tools.spec import REPLACES, Evidence, Plan


def with_gates(plan: Plan, policy: Policy) -> Evidence:
    """The plan's evidence, with a warning for each threshold of the policy that is not met.

    What a plan replaces is compared also when nothing was measured of it: that it cannot be compared is the warning.
    """
    model = plan.facts.get("model", "")
    replaced = plan.facts.get(REPLACES, "")
    before = {one.name: one.before for one in plan.evidence.metrics if one.before is not None}
    after = {one.name: one.after for one in plan.evidence.metrics if one.after is not None}
    failing = policy.failing(model, before=before if replaced else None, after=after) if model else ()
    return plan.evidence.model_copy(update={"warnings": (*failing, *plan.evidence.warnings)})
