"""No pace at all: a case is about what is said, not about how fast Slack takes it."""

from bot.budgets import Budgets, Limit, Refusal


class Unpaced(Budgets):
    """Budgets that are never spent."""

    def refusal(self, limits: tuple[Limit, ...]) -> Refusal | None:
        """None: everything may be sent at once."""
        del limits
        return None
