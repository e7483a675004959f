"""No pace at all, for what is not about how fast Slack takes messages."""

from bot.budgets import Budgets, Limit, Refusal


class Unpaced(Budgets):
    """Budgets that are never spent."""

    def refusal(self, limits: tuple[Limit, ...]) -> Refusal | None:
        """None: everything may be sent at once."""
        del limits
        return None
