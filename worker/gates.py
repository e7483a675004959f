"""Thresholds of the policy, held against what a plan found; pure."""

from bot.access import Policy
from tools.spec import Evidence, Fact, Plan


def with_gates(plan: Plan, policy: Policy) -> Evidence:
    """The plan's evidence, with a warning for each threshold of the policy that is not met, and those that are named.

    What is replaced is compared also when nothing was measured of it: that it cannot be compared is the warning. A plan
    that puts no version in force is held against nothing.
    """
    if plan.measured is None:
        return plan.evidence
    model, before, after = plan.facts["model"], plan.measured.before, plan.measured.after
    failing = policy.failing(model, before=before, after=after)
    held = "; ".join(policy.holding(model, before=before, after=after))
    named = (Fact(label="Gates that hold", value=held),) if held else ()
    return plan.evidence.model_copy(
        update={"warnings": (*failing, *plan.evidence.warnings), "facts": (*named, *plan.evidence.facts)}
    )
