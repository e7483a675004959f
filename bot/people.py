"""Who is who, as Slack's Web API knows it."""

from typing import Any

from bot.errors import SlackRefused
from bot.events import is_full_member
from bot.patience import patiently
from bot.web_calls import WebCalls

#: How long a turn waits for something that it must read, Slack's limits and failures included; then it says so.
READ_SECONDS = 12.0
_NOT_THERE = {"user_not_found", "user_not_visible", "no_such_subteam", "subteam_not_found"}


class People:
    """The people and user groups of a workspace."""

    def __init__(self, web: WebCalls) -> None:
        self._web = web

    def is_full_member(self, user: str, *, team: str, patience: float = READ_SECONDS) -> bool:
        """Whether somebody is a full member of a workspace; nobody of whom Slack does not know is.

        Raises:
            SlackUnavailable: Slack did not answer, or was not to be asked, for `patience` seconds.
            SlackRefused: Slack will not tell.
        """
        answer = self._known("users.info", {"user": user}, patience)
        return is_full_member(answer.get("user") or {}, team=team)

    def is_gone(self, user: str, *, patience: float = READ_SECONDS) -> bool:
        """Whether somebody's account was deactivated; raises as `is_full_member`."""
        answer = self._known("users.info", {"user": user}, patience)
        return bool((answer.get("user") or {}).get("deleted"))

    def timezone(self, user: str, *, patience: float = READ_SECONDS) -> str:
        """The time zone of somebody's profile; empty when it names none. Raises as `is_full_member`."""
        answer = self._known("users.info", {"user": user}, patience)
        return str((answer.get("user") or {}).get("tz") or "")

    def name(self, user: str) -> str:
        """What somebody is called here: the display name, else the full one; raises as `is_full_member`, at once."""
        answer = self._known("users.info", {"user": user}, 0.0)
        profile: dict[str, Any] = (answer.get("user") or {}).get("profile") or {}
        return str(
            profile.get("display_name") or profile.get("real_name") or (answer.get("user") or {}).get("name") or ""
        )

    def group_name(self, group: str) -> str:
        """What a user group is called, empty for none; raises as `is_full_member`, at once."""
        answer = self._known("usergroups.list", {}, 0.0)
        return next(
            (str(one.get("name") or "") for one in answer.get("usergroups") or () if one.get("id") == group), ""
        )

    def group_members(self, group: str, *, patience: float = READ_SECONDS) -> frozenset[str]:
        """The user ids in a user group; raises as `is_full_member`. In one that was removed there is nobody."""
        answer = self._known("usergroups.users.list", {"usergroup": group}, patience)
        return frozenset(str(user) for user in answer.get("users") or ())

    def _known(self, method: str, arguments: dict[str, Any], patience: float) -> dict[str, Any]:
        """What Slack knows; an empty answer when it knows nothing of the sort."""
        try:
            return patiently(lambda: self._web.call(method, arguments), seconds=patience)
        except SlackRefused as exc:
            if exc.reason in _NOT_THERE:
                return {}
            raise
