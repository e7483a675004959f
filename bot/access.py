"""Who may do what: pure decisions.

Without a policy file everyone in a channel with the bot may read and start runs, and may stop what is run from there.
"""

from dataclasses import dataclass

from bot.errors import Denied
from bot.events import Actor


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force.

    Attributes:
        team: The workspace whose members are served.
    """

    team: str

    def may(self, actor: Actor, permission: str) -> None:
        """Let a person use a permission.

        Raises:
            Denied: The person belongs to another workspace, or the permission has no name.
        """
        if actor.team != self.team:
            raise Denied("Only members of this workspace may ask me to do things.")
        if not permission:
            raise Denied("This tool has no permission to its name, so nobody may use it.")
