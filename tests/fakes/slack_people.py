"""A Slack that knows people and user groups and nothing else, over HTTP."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

JSON = dict[str, Any]
TEAM = "T0FAKE"


def person(user: str, *, team: str = TEAM, **more: object) -> JSON:
    """A user object, of a full member unless `more` says otherwise."""
    usual = dict.fromkeys(("deleted", "is_bot", "is_restricted", "is_ultra_restricted"), False)
    return {"id": user, "team_id": team, **usual, **more}


class SlackPeople:
    """A server on loopback.

    Attributes:
        people: User objects by id.
        groups: User ids by the id of their group.
        refuses: What is answered instead of everything, such as `missing_scope`; empty for nothing.
        away: Whether it answers 503.
        asked: Every call: the method, and whom or what about.
    """

    def __init__(self, *people: JSON, **groups: list[str]) -> None:
        self.people = {str(one["id"]): one for one in people}
        self.groups = groups
        self.refuses = ""
        self.away = False
        self.asked: list[tuple[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="slack people", daemon=True).start()

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` is to be."""
        return f"http://127.0.0.1:{self._server.server_port}/api/"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, form: str) -> JSON:
        """The body of one answer."""
        method = urlsplit(path).path.removeprefix("/api/")
        given = {name: values[0] for name, values in parse_qs(form).items()}
        about = given.get("user") or given.get("usergroup") or ""
        self.asked.append((method, about))
        if self.refuses:
            return {"ok": False, "error": self.refuses}
        match method:
            case "users.info" if about in self.people:
                return {"ok": True, "user": self.people[about]}
            case "users.info":
                return {"ok": False, "error": "user_not_found"}
            case "usergroups.users.list" if about in self.groups:
                return {"ok": True, "users": self.groups[about]}
            case "usergroups.users.list":
                return {"ok": False, "error": "no_such_subteam"}
        return {"ok": False, "error": "unknown_method"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        slack = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                body = json.dumps(slack.answer(self.path, form)).encode()
                self.send_response(503 if slack.away else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
