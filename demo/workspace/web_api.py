"""One call of the Web API, from its arguments to its answer."""

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from demo.workspace import chat, conversations, directory, files, reactions, sessions, streams, user_groups, views
from demo.workspace.api import ApiError, Args, Call, Method
from demo.workspace.faults import Faults, MethodFault
from demo.workspace.limits import RateLimits
from demo.workspace.model import JSON
from demo.workspace.site import Site
from demo.workspace.store import StoreUnusable
from demo.workspace.workspace import Workspace

METHODS: dict[str, Method] = {
    **chat.METHODS,
    **conversations.METHODS,
    **directory.METHODS,
    **files.METHODS,
    **reactions.METHODS,
    **sessions.METHODS,
    **streams.METHODS,
    **user_groups.METHODS,
    **views.METHODS,
}

CALLS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Called:
    """One entry of the call log.

    Attributes:
        at: Seconds since the epoch.
        status: The HTTP status; 0 when the connection was cut or left hanging.
        error: Slack's error code, or empty.
    """

    at: float
    method: str
    args: JSON
    status: int
    error: str = ""


class CallLog:
    """Which methods were called, newest last, and how often."""

    def __init__(self) -> None:
        self._calls: deque[Called] = deque(maxlen=CALLS_KEPT)
        self._counts: Counter[str] = Counter()
        self._limited: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, called: Called) -> None:
        """Write down a call."""
        with self._lock:
            self._calls.append(called)
            self._counts[called.method] += 1
            if called.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._limited[called.method] += 1

    def of(self, method: str = "") -> list[Called]:
        """The calls of a method, or all, oldest first; at most the last 10,000."""
        with self._lock:
            return [c for c in self._calls if method in {"", c.method}]

    @property
    def counts(self) -> dict[str, int]:
        """How often each method was called since the start."""
        with self._lock:
            return dict(self._counts)

    @property
    def limited(self) -> dict[str, int]:
        """How many calls of each method were refused with 429 since the start."""
        with self._lock:
            return dict(self._limited)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the caller.

    Attributes:
        fault: How the connection misbehaves before or instead of the answer.
    """

    status: int
    body: JSON
    headers: Mapping[str, str]
    fault: MethodFault | None = None


class WebApi:
    """Answers calls as Slack does; `faults` and `limits` are looked at on each."""

    def __init__(self, workspace: Workspace, site: Site, faults: Faults, limits: RateLimits) -> None:
        self._workspace = workspace
        self._site = site
        self._faults = faults
        self._limits = limits
        self.calls = CallLog()

    def answer(self, name: str, values: Mapping[str, Any], token: str) -> Answer:
        """Answer a call of `name` with these arguments and this token."""
        args = Args(values)
        fault = self._faults.strike(name, args.text("channel") or args.text("channel_id"))
        answer = self._answer(name, args, token, fault)
        status, error = (0, answer.fault.kind) if answer.fault else (answer.status, answer.body.get("error", ""))
        self.calls.add(Called(self._workspace.now(), name, Args(values).recorded(), status, error))
        return answer

    def _answer(self, name: str, args: Args, token: str, fault: MethodFault | None) -> Answer:
        method = METHODS.get(name)
        if method is None or (fault and fault.kind == "hidden"):
            return _refused(ApiError("unknown_method", req_method=name))
        headers = self._headers(method)
        if fault and (spoiled := _spoiled(fault, headers)):
            return spoiled
        try:
            caller = self._caller(method, token)
            channel = args.text("channel")
            if seconds := self._limits.wait(name, method.per_minute, channel):
                return _limited(seconds, headers)
            call = Call(self._workspace, self._site, args, caller)
            if method.scopes:
                call.needs(*method.scopes)
            body = {"ok": True, **method.run(call)}
        except ApiError as error:
            return _refused(error, headers)
        except StoreUnusable:
            return Answer(500, {"ok": False, "error": "internal_error"}, headers)
        return Answer(200, body, headers, fault)

    def authorised(self, token: str) -> bool:
        """Whether this is the bot's token."""
        return token == self._site.bot_token

    def _caller(self, method: Method, token: str) -> str:
        caller = {self._site.bot_token: "bot", self._site.app_token: "app"}.get(token, "")
        if method.caller == "anyone":
            return caller
        if not token:
            raise ApiError("not_authed")
        if not caller:
            raise ApiError("invalid_auth")
        if method.caller not in {caller, "either"}:
            raise ApiError("not_allowed_token_type")
        return caller

    def _headers(self, method: Method) -> dict[str, str]:
        scopes = ",".join(sorted(self._workspace.app.scopes))
        return {"X-OAuth-Scopes": scopes, "X-Accepted-OAuth-Scopes": ",".join(method.scopes)}


def _spoiled(fault: MethodFault, headers: Mapping[str, str]) -> Answer | None:
    """The answer of a call that goes wrong before anything happens; None when it is done first."""
    match fault.kind:
        case "rate_limited":
            return _limited(fault.retry_after, headers)
        case "server_error":
            return Answer(500, {"ok": False, "error": "internal_error"}, headers)
        case "error":
            return _refused(ApiError(fault.error), headers)
        case "timeout" | "reset":
            return Answer(200, {}, headers, fault)
    return None


def _limited(seconds: int, headers: Mapping[str, str]) -> Answer:
    body = {"ok": False, "error": "ratelimited"}
    return Answer(HTTPStatus.TOO_MANY_REQUESTS, body, {**headers, "Retry-After": str(seconds)})


def _refused(error: ApiError, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(200, {"ok": False, "error": error.code, **error.extra}, headers or {})
