"""A Slack that writes down what the app asks of it and answers what a test tells it to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

JSON = dict[str, Any]


class RecordingSlack:
    """An HTTP server on a free port of this machine, for the Web API and for `response_url` alike.

    Attributes:
        refuses: Slack's error word for each method that it refuses.
        calls: What was asked for: the method, or `respond`, with its arguments.
    """

    bot_token = "xoxb-recording"
    signing_secret = "shh"

    def __init__(self) -> None:
        self.refuses: dict[str, str] = {}
        self.calls: list[tuple[str, JSON]] = []
        slack = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                answer = json.dumps(slack.answer(self.path.rpartition("/")[2], body)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, method: str, body: bytes) -> JSON:
        """Write a call down and answer it."""
        form = {} if body.startswith(b"{") else dict(parse_qsl(body.decode()))
        self.calls.append((method, json.loads(body) if body.startswith(b"{") else form))
        if method in self.refuses:
            return {"ok": False, "error": self.refuses[method]}
        answer = {"ok": True, "team_id": "T1", "user_id": "U0BOT", "ts": f"{len(self.calls)}.000001"}
        return answer | {"upload_url": f"{self.url}/upload", "file_id": "F1"}

    def asked(self, method: str) -> list[JSON]:
        """The arguments of every call of a method."""
        return [arguments for name, arguments in self.calls if name == method]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
