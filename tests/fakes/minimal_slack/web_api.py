"""The Web API: which methods there are, who may call them, and the shape of every answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.posting import Posting
from tests.fakes.minimal_slack.reading import Reading
from tests.fakes.minimal_slack.refusal import Refusal
from tests.fakes.minimal_slack.workspace import Workspace

NEEDS_APP_TOKEN = "apps.connections.open"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the app, kept for tests.

    Attributes:
        method: Such as `chat.postMessage`.
        arguments: As they came, without the token.
        answer: The body that went back.
        retry_after: Seconds, when the call came too fast.
        at: When, in seconds of the monotonic clock.
    """

    method: str
    arguments: JSON
    answer: JSON
    retry_after: int | None
    at: float

    @property
    def error(self) -> str | None:
        """Slack's word for what was wrong, or None."""
        error = self.answer.get("error")
        return None if error is None else str(error)


@dataclass(frozen=True, kw_only=True)
class WebApi:
    """Answers calls; what it does not know is `unknown_method`.

    Attributes:
        workspace: Whose app is calling.
        posting: Methods that write.
        reading: Methods that read.
        invite: Makes an address for one websocket connection.
        without: Methods that this workspace does not have.
        calls: Every call so far.
    """

    workspace: Workspace
    posting: Posting
    reading: Reading
    invite: Callable[[], str]
    without: frozenset[str] = frozenset()
    calls: list[Call] = field(default_factory=list)

    def call(self, method: str, arguments: JSON, *, token: str | None) -> Call:
        """Answer one call and keep it."""
        retry_after = None
        try:
            answer = {"ok": True, **self._method(method, token)(arguments)}
        except Refusal as refusal:
            retry_after = refusal.retry_after
            answer = refused(refusal)
        call = Call(method=method, arguments=arguments, answer=answer, retry_after=retry_after, at=time.monotonic())
        with self.workspace.changed:
            self.calls.append(call)
            self.workspace.changed.notify_all()
        return call

    def _method(self, method: str, token: str | None) -> Callable[[JSON], JSON]:
        found = self._methods().get(method)
        if found is None or method in self.without:
            raise Refusal("unknown_method")
        identity = self.workspace.identity
        wanted, other = identity.bot_token, identity.app_token
        if method == NEEDS_APP_TOKEN:
            wanted, other = other, wanted
        if not token:
            raise Refusal("not_authed")
        if token == other:
            raise Refusal("not_allowed_token_type")
        if token != wanted:
            raise Refusal("invalid_auth")
        return found

    def _methods(self) -> dict[str, Callable[[JSON], JSON]]:
        return {
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            "chat.postMessage": self.posting.post_message,
            "chat.update": self.posting.update,
            "chat.postEphemeral": self.posting.post_ephemeral,
            "conversations.history": self.reading.history,
            "conversations.replies": self.reading.replies,
            "files.info": self.reading.file_info,
            "users.info": self.reading.user_info,
        }

    def _auth_test(self, _arguments: JSON) -> JSON:
        identity = self.workspace.identity
        return {
            "url": f"https://{identity.team_domain}.slack.com/",
            "team": identity.team_domain,
            "user": identity.bot_name,
            "team_id": identity.team_id,
            "user_id": identity.bot_user_id,
            "bot_id": identity.bot_id,
            "is_enterprise_install": False,
        }

    def _connections_open(self, _arguments: JSON) -> JSON:
        return {"url": self.invite()}


def refused(refusal: Refusal) -> JSON:
    """The body of a refusal."""
    answer: JSON = {"ok": False, "error": refusal.error}
    if refusal.details:
        answer["response_metadata"] = {"messages": list(refusal.details)}
    return answer
