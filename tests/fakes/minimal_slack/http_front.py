"""The HTTP side on a free port of the loopback: Web API, file downloads, response addresses."""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.refusal import Refusal
from tests.fakes.minimal_slack.response_urls import ResponseUrls
from tests.fakes.minimal_slack.web_api import WebApi, refused
from tests.fakes.minimal_slack.workspace import Workspace

LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request; `arguments` merges the query with a form or JSON body."""

    path: str
    arguments: JSON
    token: str | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer."""

    body: bytes
    status: int = HTTPStatus.OK
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Decides what each path answers.

    Attributes:
        workspace: Whose files are served.
        web_api: Everything under `/api/`.
        response_urls: Everything under `/response/`.
    """

    workspace: Workspace
    web_api: WebApi
    response_urls: ResponseUrls

    def answer(self, request: Request) -> Answer:
        """The answer to one request."""
        _, area, rest = [*request.path.split("/", 2), "", ""][:3]
        if area == "api":
            return self._api(rest, request)
        if area == "files-pri":
            return self._file(rest.split("/", 1)[0], request)
        if area == "response":
            return self._response(rest, request)
        return Answer(body=b"not found\n", status=HTTPStatus.NOT_FOUND, content_type="text/plain")

    def _api(self, method: str, request: Request) -> Answer:
        arguments = {name: value for name, value in request.arguments.items() if name != "token"}
        call = self.web_api.call(method, arguments, token=request.token or request.arguments.get("token"))
        body = json.dumps(call.answer).encode()
        if call.retry_after is not None:
            headers = {"Retry-After": str(call.retry_after)}
            return Answer(body=body, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers)
        return Answer(body=body)

    def _file(self, team_and_file: str, request: Request) -> Answer:
        file = self.workspace.file(team_and_file.partition("-")[2])
        allowed = request.token == self.workspace.identity.bot_token
        if file is None or file.deleted or not allowed:
            return Answer(body=LOGIN_PAGE, content_type="text/html; charset=utf-8")
        return Answer(body=file.content, content_type=file.mimetype)

    def _response(self, key: str, request: Request) -> Answer:
        try:
            self.response_urls.use(key, request.arguments)
        except Refusal as refusal:
            gone = refusal.error in ("used_url", "expired_url")
            status = HTTPStatus.NOT_FOUND if gone else HTTPStatus.BAD_REQUEST
            return Answer(body=json.dumps(refused(refusal)).encode(), status=status)
        return Answer(body=b"ok", content_type="text/plain")


class HttpFront:
    """Serves the routes, each request in a thread of its own.

    Args:
        routes: What to answer.
    """

    def __init__(self, routes: Routes) -> None:
        self._server = _Server(routes)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="minimal-slack-http", daemon=True
        )

    def start(self) -> str:
        """Begin to serve; returns scheme, host and port."""
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, routes: Routes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes = routes


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of http.server
        """Say nothing: `calls` keeps what matters."""

    def _reply(self) -> None:
        answer = cast("_Server", self.server).routes.answer(self._request())
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _request(self) -> Request:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        return Request(
            path=url.path,
            arguments=dict(parse_qsl(url.query)) | self._body(body),
            token=token if scheme.lower() == "bearer" and token else None,
        )

    def _body(self, body: bytes) -> JSON:
        if not body:
            return {}
        if "json" in (self.headers.get("Content-Type") or ""):
            with suppress(json.JSONDecodeError):
                parsed = json.loads(body)
                return parsed if isinstance(parsed, dict) else {}
            return {}
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
