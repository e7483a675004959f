"""`/control/…`: act as a person, read what stands where, break things. Only from this machine."""

import base64
import dataclasses
from typing import Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.types import Receive, Scope, Send

from demo.workspace.control_parts import Body, outcome
from demo.workspace.control_people import people_routes
from demo.workspace.control_views import view_routes
from demo.workspace.faults import FaultSettings
from demo.workspace.model import JSON, Message
from demo.workspace.parts import Parts
from demo.workspace.store import StoreUnusable
from demo.workspace.timeline import NotFound
from demo.workspace.wire import message_json
from demo.workspace.workspace import NotAllowed

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
#: What nobody may do, or cannot: `refusal` says it.
REFUSALS = (NotAllowed, NotFound, StoreUnusable)


class SentFile(Body):
    """A file to post: its content as text, or as Base64."""

    name: str
    text: str | None = None
    base64: str | None = None

    def content(self) -> bytes:
        """The bytes."""
        return base64.b64decode(self.base64) if self.base64 is not None else (self.text or "").encode()


class Post(Body):
    """A message of a person."""

    user: str
    channel: str
    text: str = ""
    thread_ts: str | None = None
    files: list[SentFile] = Field(default_factory=list)
    broadcast: bool = False


class Press(Body):
    """A click, or with `option` a choice in a menu."""

    user: str
    channel: str
    ts: str
    action_id: str
    value: str | None = None
    block_id: str | None = None
    option: str | list[str] | None = None


class Line(Body):
    """A slash command."""

    user: str
    channel: str
    line: str


class Change(Body):
    """An edit, with `text`; a deletion, without."""

    user: str
    channel: str
    ts: str
    text: str | None = None


class React(Body):
    """An emoji put or taken back."""

    user: str
    channel: str
    ts: str
    name: str
    add: bool = True


class Cut(Body):
    """How the app's sockets end: `cut` resets them, `refresh` asks for new ones, `stall` leaves them open, and dead."""

    how: Literal["cut", "refresh", "stall"] = "cut"


class Limits(Body):
    """Whether rate limits hold."""

    enabled: bool


def _only_from_here(request: Request) -> None:
    # The Host check keeps a web page from reaching us through a name of its own; the Origin check, by a form.
    peer = request.client.host if request.client else ""
    own = {f"http://{request.headers.get('host', '')}", None}
    if peer not in _LOOPBACK or request.url.hostname not in _LOOPBACK or request.headers.get("origin") not in own:
        raise HTTPException(403, "The control API answers this machine only.")


class ControlApp:
    """The control routes as an application of their own, made when somebody first asks: most tests never do."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._app: FastAPI | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self._app = self._app or self._made()
        await self._app(scope, receive, send)

    def _made(self) -> FastAPI:
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(Control(self._parts).router)
        for error in REFUSALS:
            app.add_exception_handler(error, refusal)
        return app


class Control:
    """The control routes' state, and `router` with the routes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._workspace = parts.workspace
        self.router = APIRouter(dependencies=[Depends(_only_from_here)], include_in_schema=False)
        for verb, path, handler in (
            ("POST", "/post", self.post),
            ("POST", "/click", self.click),
            ("POST", "/command", self.command),
            ("POST", "/edit", self.edit),
            ("POST", "/delete", self.delete),
            ("POST", "/delete_file", self.delete_file),
            ("POST", "/react", self.react),
            ("GET", "/messages", self.messages),
            ("GET", "/ephemerals", self.ephemerals),
            ("GET", "/status", self.status),
            ("GET", "/state", self.state),
            ("GET", "/calls", self.calls),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.set_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/disconnect", self.disconnect),
            ("POST", "/limits", self.set_limits),
        ):
            self.router.add_api_route(path, handler, methods=[verb], response_model=None)
        self.router.include_router(people_routes(parts.workspace))
        self.router.include_router(view_routes(parts.workspace))

    def post(self, body: Post) -> JSON:
        """Write a message."""
        files = [(f.name, f.content()) for f in body.files]
        message = self._workspace.post(
            body.user, body.channel, body.text, body.thread_ts, files, broadcast=body.broadcast
        )
        return {"ok": True, "channel": message.channel, "ts": message.ts, "files": [f.id for f in message.files]}

    async def click(self, body: Press) -> JSON:
        """Press a button or choose in a menu; answers once the app acknowledged, or did not."""
        message = self._seen(body.channel, body.ts)
        if body.option is None:
            pressed = self._workspace.click(body.user, message, body.action_id, body.value, body.block_id)
        else:
            pressed = self._workspace.choose(body.user, message, body.action_id, body.option, body.block_id)
        return await outcome(pressed)

    async def command(self, body: Line) -> JSON:
        """Run a slash command; answers once the app acknowledged, or did not."""
        return await outcome(self._workspace.command(body.user, body.channel, body.line))

    def edit(self, body: Change) -> JSON:
        """Edit a message of one's own."""
        message = self._workspace.edit(body.user, self._seen(body.channel, body.ts), body.text or "")
        return {"ok": True, "ts": message.ts}

    def delete(self, body: Change) -> JSON:
        """Delete a message of one's own, or dismiss an ephemeral one."""
        self._workspace.delete(body.user, self._seen(body.channel, body.ts))
        return {"ok": True}

    def delete_file(self, user: str, file: str) -> JSON:
        """Delete a file of one's own."""
        self._workspace.delete_file(user, file)
        return {"ok": True}

    def react(self, body: React) -> JSON:
        """Put an emoji under a message, or take it back."""
        message = self._seen(body.channel, body.ts)
        act = self._workspace.add_reaction if body.add else self._workspace.remove_reaction
        return {"ok": True, "changed": act(body.user, message, body.name)}

    def messages(self, channel: str, thread_ts: str | None = None) -> JSON:
        """The messages of a channel, or of one thread with its root, oldest first."""
        room = self._workspace.channel(channel)
        found = self._workspace.thread(room.id, thread_ts) if thread_ts else self._workspace.messages(room.id)
        return {"ok": True, "messages": [self._shown(m) for m in found]}

    def ephemerals(self, user: str, channel: str, thread_ts: str | None = None) -> JSON:
        """What only this person sees there."""
        room, person = self._workspace.channel(channel), self._workspace.person(user)
        found = self._workspace.ephemerals(person.id, room.id, thread_ts)
        return {"ok": True, "messages": [self._shown(m) for m in found]}

    def status(self, channel: str, thread_ts: str) -> JSON:
        """The status line under a thread."""
        shown = self._workspace.status(self._workspace.channel(channel).id, thread_ts)
        return {"ok": True, "status": dataclasses.asdict(shown) if shown else None}

    def state(self) -> JSON:
        """Who and what there is, and how the app is doing."""
        return {
            "ok": True,
            "people": [dataclasses.asdict(p) for p in self._workspace.people],
            "channels": [dataclasses.asdict(c) for c in self._workspace.channels],
            "groups": [dataclasses.asdict(g) for g in self._workspace.groups],
            "connections": self._parts.sockets.connections,
            "underway": self._parts.delivery.underway,
            "calls": self._parts.api.calls.counts,
            "limited": self._parts.api.calls.limited,
            "limits": self._parts.limits.enabled,
        }

    def calls(self, method: str = "", last: int = 100) -> JSON:
        """The last calls of a method, or of all."""
        return {"ok": True, "calls": [dataclasses.asdict(c) for c in self._parts.api.calls.of(method)[-last:]]}

    def faults(self) -> JSON:
        """The faults in force."""
        return {"ok": True, "faults": self._parts.faults.model_dump(mode="json")}

    def set_faults(self, settings: FaultSettings) -> JSON:
        """Change the faults that are named; an empty object changes nothing."""
        self._parts.faults.change(settings)
        return self.faults()

    def clear_faults(self) -> JSON:
        """Everything works again."""
        self._parts.faults.clear()
        return self.faults()

    async def disconnect(self, body: Cut) -> JSON:
        """End the app's sockets."""
        sockets = self._parts.sockets
        await {"cut": sockets.cut, "refresh": sockets.refresh, "stall": sockets.stall}[body.how]()
        return {"ok": True}

    def set_limits(self, body: Limits) -> JSON:
        """Switch the rate limits."""
        self._parts.limits.enabled = body.enabled
        return {"ok": True, "limits": body.enabled}

    def _seen(self, channel: str, ts: str) -> Message:
        room = self._workspace.channel(channel)
        try:
            return self._workspace.message(room.id, ts)
        except NotFound:
            return self._workspace.ephemeral(room.id, ts)

    def _shown(self, message: Message) -> JSON:
        return message_json(message, self._parts.site, self._workspace, metadata=True)


def refusal(request: Request, error: Exception) -> JSONResponse:
    """An exception handler: what a person may not do, or what does not exist, is the caller's fault."""
    del request
    return JSONResponse({"ok": False, "error": str(error.args[0])}, 404 if isinstance(error, NotFound) else 409)
