"""A policy store of one policy, or of none."""

from bot.access import Policy
from bot.errors import NoPolicy


class FixedPolicies:
    """Always the policy that a test puts there.

    Attributes:
        policy: It; None when none can be read.
    """

    def __init__(self, policy: Policy | None) -> None:
        self.policy = policy

    def current(self) -> Policy:
        """The policy."""
        if self.policy is None:
            raise NoPolicy("no policy is in force")
        return self.policy
