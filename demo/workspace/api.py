"""What every Web API method is given and may answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demo.workspace import seed
from demo.workspace.model import JSON, Channel
from demo.workspace.site import Site
from demo.workspace.timeline import NotFound
from demo.workspace.workspace import Workspace


class ApiError(Exception):
    """A refusal: `{"ok": false, "error": code}` and whatever else Slack puts beside it."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


class Args:
    """The arguments of a call, however they came: query, form or JSON. Values from forms are text."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        """Whether it was sent at all, an empty list or text included."""
        return self._values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """A text, or the default when it was not sent."""
        value = self._values.get(name)
        return default if value is None else str(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """A text that must be there.

        Raises:
            ApiError: `error`, when it is missing or empty.
        """
        value = self.text(name)
        if not value:
            raise ApiError(error, response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})
        return value

    def flag(self, name: str) -> bool | None:
        """A boolean as JSON, `1`/`0` or `true`/`false`; None when it was not sent."""
        value = self._values.get(name)
        return None if value is None else str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`.

        Raises:
            ApiError: `invalid_limit`, when it is none or out of bounds.
        """
        value = self._values.get(name)
        if value is None or value == "":
            return default
        try:
            number = int(value)
        except ValueError as malformed:
            raise ApiError("invalid_limit") from malformed
        if not 1 <= number <= most:
            raise ApiError("invalid_limit")
        return number

    def decoded(self, name: str, error: str) -> Any:
        """A JSON value, sent as such or as text; None when it was not sent.

        Raises:
            ApiError: `error`, when the text is not JSON.
        """
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as malformed:
            raise ApiError(error) from malformed

    def recorded(self) -> JSON:
        """All of them for the call log, without the token."""
        return {k: v for k, v in self._values.items() if k != "token"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method by the app.

    Attributes:
        caller: Whose token came with it: `bot`, `app`, or empty for none.
    """

    workspace: Workspace
    site: Site
    args: Args
    caller: str = "bot"

    def channel(self, name: str = "channel") -> Channel:
        """The channel an argument names by id, as far as the bot can see it.

        Raises:
            ApiError: `channel_not_found`, also for a private channel the bot is not in.
        """
        ref = self.args.required(name, "channel_not_found")
        try:
            found = self.workspace.channel(ref)
        except NotFound as missing:
            raise ApiError("channel_not_found") from missing
        if found.id != ref or (found.kind != "channel" and seed.BOT not in found.members):
            raise ApiError("channel_not_found")
        return found

    def joined(self, name: str = "channel") -> Channel:
        """The same, of which the bot is a member.

        Raises:
            ApiError: `channel_not_found`, `not_in_channel`.
        """
        found = self.channel(name)
        if seed.BOT not in found.members:
            raise ApiError("not_in_channel")
        return found

    def needs(self, *scopes: str) -> None:
        """Refuse the call unless one of these scopes was granted.

        Raises:
            ApiError: `missing_scope`, with what is needed and provided.
        """
        granted = self.workspace.app.scopes
        if not granted.intersection(scopes):
            raise ApiError("missing_scope", needed=",".join(scopes), provided=",".join(sorted(granted)))


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API.

    Attributes:
        run: Answers the call, without `ok`; raises `ApiError` to refuse it.
        scopes: One of these is needed; empty where the method looks for itself, or needs none.
        per_minute: Calls a minute by Slack's tier.
        caller: Whose token it takes: `bot`, `app`, `either`, or `anyone`'s, none included.
    """

    run: Callable[[Call], JSON]
    scopes: Sequence[str] = field(default=())
    per_minute: int = 50
    caller: str = "bot"


TIER_2, TIER_3, TIER_4 = 20, 50, 100
SPECIAL = 300  #: "several hundred per minute"
