"""A directory that a test fills."""

from bot.errors import MembershipUnknown


class FakeDirectory:
    """Full members and user groups as a test says.

    Attributes:
        people: The full members.
        groups: User ids by group id.
        away: Whether nobody can tell; every question is refused then.
        zones: Time zones by user id.
        names: What people and groups are called, by id.
        gone: Whose account was deactivated.
        asked: Each question: whom or what about, and whether it was to be asked afresh.
    """

    def __init__(self, *people: str, **groups: set[str]) -> None:
        self.people = set(people)
        self.groups = groups
        self.away = False
        self.zones: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.gone: set[str] = set()
        self.asked: list[tuple[str, bool]] = []

    def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """The user ids in a group; none in one that there is not."""
        self._ask(group, fresh=fresh)
        return frozenset(self.groups.get(group, ()))

    def is_member(self, user: str, *, fresh: bool = False) -> bool:
        """Whether somebody is one of the people."""
        self._ask(user, fresh=fresh)
        return user in self.people

    def is_gone(self, user: str) -> bool:
        """Whether a test has deactivated somebody."""
        self._ask(user, fresh=True)
        return user in self.gone

    def timezone(self, user: str) -> str:
        """The time zone that a test gave somebody; `UTC` for everybody else."""
        return self.zones.get(user, "UTC")

    def forget(self, user: str) -> None:
        """Remember no zone of somebody."""
        self.zones.pop(user, None)

    def name(self, user: str) -> str:
        """What a test has called somebody."""
        return self.names.get(user, "")

    def group_name(self, group: str) -> str:
        """What a test has called a group."""
        return self.names.get(group, "")

    def _ask(self, whom: str, *, fresh: bool) -> None:
        self.asked.append((whom, fresh))
        if self.away:
            raise MembershipUnknown("users.info")
