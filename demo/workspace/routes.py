"""The addresses that the SDKs call: `/api/…`, uploads, downloads, response URLs, the WebSocket."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse

from demo.workspace import seed
from demo.workspace.api import ApiError, Args, Call
from demo.workspace.connection import cut
from demo.workspace.faults import MethodFault
from demo.workspace.files import visible
from demo.workspace.model import JSON
from demo.workspace.parts import Parts
from demo.workspace.timeline import NotFound

LOGIN_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Sign in | Slack</title></head>
<body><h1>Sign in to your workspace</h1><form action="/signin" method="post"></form></body></html>
"""


def slack_routes(parts: Parts) -> APIRouter:
    """The routes of a workspace's API."""
    router = APIRouter(include_in_schema=False)
    for path, handler, verbs in (
        ("/api/{method}", _method(parts), ["GET", "POST"]),
        ("/upload/v1/{ticket}", _upload(parts), ["POST"]),
        ("/files-pri/{place}/{rest:path}", _download(parts), ["GET"]),
        ("/actions/{path:path}", _respond(parts), ["POST"]),
        ("/archives/{channel}/{place}", _archive, ["GET"]),
    ):
        router.add_api_route(path, handler, methods=verbs, response_model=None)

    async def link(websocket: WebSocket) -> None:
        await parts.sockets.serve(websocket)

    router.add_api_websocket_route("/link/", link)
    return router


def _method(parts: Parts) -> Callable[..., Any]:
    async def call(method: str, request: Request) -> Response:
        try:
            values = await _values(request)
        except ApiError as error:
            return JSONResponse({"ok": False, "error": error.code})
        answer = parts.api.answer(method, values, _token(request) or str(values.get("token") or ""))
        if answer.fault:
            await _misbehave(request, answer.fault)
        return JSONResponse(answer.body, answer.status, headers=dict(answer.headers))

    return call


async def _misbehave(request: Request, fault: MethodFault) -> None:
    if fault.kind.startswith("timeout"):
        try:
            await asyncio.wait_for(_hung_up(request), fault.seconds)
        except TimeoutError:
            await cut(request)
    elif fault.kind.startswith("reset"):
        await cut(request)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _upload(parts: Parts) -> Callable[..., Any]:
    async def upload(ticket: str, request: Request) -> Response:
        announced = parts.site.uploads.get(ticket)
        if announced is None:
            return PlainTextResponse("Not found", 404)
        content = await _uploaded(request)
        if len(content) != announced.file.size:
            return PlainTextResponse(f"Expected {announced.file.size} bytes, got {len(content)}", 400)
        announced.content = content
        return PlainTextResponse(f"OK - {len(content)}")

    return upload


async def _uploaded(request: Request) -> bytes:
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            for part in form.values():
                if not isinstance(part, str):
                    return await part.read()
        return b""
    return await request.body()


def _download(parts: Parts) -> Callable[..., Any]:
    def download(place: str, rest: str, request: Request) -> Response:
        # No token, a wrong one, no scope, no such file: Slack answers 200 with its login page.
        authorised = parts.api.authorised(_token(request)) and "files:read" in parts.workspace.app.scopes
        if parts.faults.show_login() or not authorised:
            return HTMLResponse(LOGIN_PAGE)
        try:
            file = visible(Call(parts.workspace, parts.site, Args({})), place.removeprefix(f"{seed.TEAM}-"))
            content = parts.workspace.content(file.id)
        except (ApiError, NotFound):
            return HTMLResponse(LOGIN_PAGE)
        kind = "attachment" if rest.startswith("download/") else "inline"
        return Response(content, media_type=file.mimetype, headers={"Content-Disposition": kind})

    return download


def _respond(parts: Parts) -> Callable[..., Any]:
    async def respond(request: Request) -> Response:
        try:
            parts.responses.answer(request.url.path, await _answer(request))
        except ApiError as error:
            status = 404 if error.code in {"expired_url", "used_url"} else 400
            return JSONResponse({"ok": False, "error": error.code, **error.extra}, status)
        return PlainTextResponse("ok")

    return respond


def _archive(channel: str, place: str, thread_ts: str = "") -> Response:
    """A permalink opens the message's thread on the page."""
    digits = place.removeprefix("p")
    thread = thread_ts or f"{digits[:-6]}.{digits[-6:]}"
    return RedirectResponse("/?" + urlencode({"channel": channel, "thread": thread}))


async def _values(request: Request) -> JSON:
    values: JSON = dict(request.query_params)
    if request.method == "POST":
        values |= await _body(request)
    return values


async def _body(request: Request) -> JSON:
    if request.headers.get("content-type", "").startswith("application/json"):
        return await _json(request)
    async with request.form() as form:
        return {key: value for key, value in form.items() if isinstance(value, str)}


async def _json(request: Request) -> JSON:
    try:
        sent = json.loads(await request.body() or b"{}")
    except ValueError as malformed:
        raise ApiError("invalid_json") from malformed
    if not isinstance(sent, dict):
        raise ApiError("json_not_object")
    return sent


async def _answer(request: Request) -> JSON:
    """An answer to a response URL: JSON, whatever the content type says, or a form with it in `payload`."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        payload = (await _body(request)).get("payload", "{}")
        sent = json.loads(payload)
        return sent if isinstance(sent, dict) else {}
    return await _json(request)


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
