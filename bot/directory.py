"""Who belongs to what, asked of Slack and remembered for a minute.

Why longer in Redis: while Slack does not answer, what it said within the last quarter of an hour still lets people read
and start runs. A decision asks afresh, and is not taken when there is no answer.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, cast
from zoneinfo import available_timezones

import redis

from bot.errors import MembershipUnknown, SlackRefused, SlackUnavailable
from bot.people import READ_SECONDS
from bot.slack import SlackGateway

REMEMBERED_SECONDS = 60  #: so long nobody asks Slack again
KEPT_SECONDS = 900  #: so long it is gone by while Slack does not answer

UNKNOWN_ZONE = "UTC"

Kind = Literal["group", "name", "user", "zone"]


class SlackDirectory:
    """The members of one workspace and its user groups.

    Args:
        gateway: The way to Slack.
        connection: Where answers are remembered.
        team: The workspace.
        patience: Seconds for which Slack is asked again while it does not answer and nothing is remembered.
    """

    def __init__(
        self, gateway: SlackGateway, connection: "redis.Redis", *, team: str, patience: float = READ_SECONDS
    ) -> None:
        self._gateway = gateway
        self._redis = connection
        self._team = team
        self._patience = patience

    def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """The user ids in a user group; none when there is no such group, or it was switched off.

        Args:
            group: The group's id, `S…`.
            fresh: Ask Slack now, whatever is remembered.

        Raises:
            MembershipUnknown: Slack does not tell now.
            redis.RedisError: Redis is away.
        """

        def ask(patience: float) -> list[str]:
            return sorted(self._gateway.people.group_members(group, patience=patience))

        found = self._told("group", group, ask, method="usergroups.users.list", fresh=fresh)
        return frozenset(cast("list[str]", found))

    def is_member(self, user: str, *, fresh: bool = False) -> bool:
        """Whether somebody is a full member of this workspace: no guest, no bot, nobody deleted or from elsewhere.

        Args:
            user: The user's id.
            fresh: Ask Slack now, whatever is remembered.

        Raises:
            MembershipUnknown: Slack does not tell now.
            redis.RedisError: Redis is away.
        """

        def ask(patience: float) -> bool:
            return self._gateway.people.is_full_member(user, team=self._team, patience=patience)

        return bool(self._told("user", user, ask, method="users.info", fresh=fresh))

    def is_gone(self, user: str) -> bool:
        """Whether somebody's account was deactivated, as Slack says now.

        Raises:
            MembershipUnknown: Slack does not tell now.
        """
        try:
            return self._gateway.people.is_gone(user, patience=self._patience)
        except SlackUnavailable as exc:
            raise MembershipUnknown("users.info", retry_after=exc.retry_after) from exc
        except SlackRefused as exc:
            raise MembershipUnknown("users.info", reason=exc.reason) from exc

    def timezone(self, user: str) -> str:
        """The time zone of somebody's profile; `UTC` while Slack does not tell, and for a minute from then.

        Raises:
            redis.RedisError: Redis is away.
        """
        key = self._key("zone", user)
        text, _ = self._remembered(key)  # people seldom move: as long as it is there, it will do
        if text is None:
            zone, seconds = UNKNOWN_ZONE, REMEMBERED_SECONDS
            with suppress(SlackUnavailable, SlackRefused):
                zone, seconds = self._gateway.people.timezone(user, patience=0.0), KEPT_SECONDS
            text = json.dumps(zone if zone in available_timezones() else UNKNOWN_ZONE)
            self._redis.set(key, text, ex=seconds)
        return str(json.loads(text))

    def forget(self, user: str) -> None:
        """Remember nothing of somebody; Slack is asked anew.

        Raises:
            redis.RedisError: Redis is away.
        """
        self._redis.delete(*(self._key(kind, user) for kind in ("user", "zone", "name")))

    def name(self, user: str) -> str:
        """What somebody is called here; empty when Slack knows nobody of this id.

        Raises:
            SlackUnavailable: Slack does not tell now, and nothing is remembered.
            redis.RedisError: Redis is away.
        """
        return self._called(user, self._gateway.people.name)

    def group_name(self, group: str) -> str:
        """What a user group is called; raises as `name`."""
        return self._called(group, self._gateway.people.group_name)

    def _called(self, name: str, ask: Callable[[str], str]) -> str:
        key = self._key("name", name)
        text, _ = self._remembered(key)
        if text is None:
            try:
                text = json.dumps(ask(name))
            except SlackRefused as exc:
                raise SlackUnavailable(exc.method) from exc
            self._redis.set(key, text, ex=KEPT_SECONDS)
        return str(json.loads(text))

    def _key(self, kind: Kind, name: str) -> str:
        return f"tm:{self._team}:directory:v1:{kind}:{name}"

    def _told(self, kind: Kind, name: str, ask: Callable[[float], object], *, method: str, fresh: bool) -> object:
        key = self._key(kind, name)
        text, age = (None, 0) if fresh else self._remembered(key)
        if text is not None and age < REMEMBERED_SECONDS * 1000:
            return json.loads(text)
        try:
            found = ask(self._patience if text is None else 0.0)
        except SlackUnavailable as exc:
            if text is not None:
                return json.loads(text)
            raise MembershipUnknown(method, retry_after=exc.retry_after) from exc
        except SlackRefused as exc:
            raise MembershipUnknown(method, reason=exc.reason) from exc
        self._redis.set(key, json.dumps(found), ex=KEPT_SECONDS)
        return found

    def _remembered(self, key: str) -> tuple[str | None, int]:
        """What Slack said last, and how many milliseconds ago."""
        pipe = self._redis.pipeline()
        pipe.get(key)
        pipe.pttl(key)
        text, left = cast("tuple[str | None, int]", tuple(pipe.execute()))
        return text, KEPT_SECONDS * 1000 - left
