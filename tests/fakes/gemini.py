"""A stand-in for the Gemini API: `generateContent` over HTTP, as the real client calls it.

It behaves as a model of few words would: it asks for one tool, chosen by what the person said, and answers with what
the tool gave back. Requests are read with the client library's own types, so that what Google would not understand is
refused here too.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.genai import types
from pydantic import ValidationError

USAGE = {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}
CHANGE = re.compile(r"\brun (?P<pipeline>[\w-]+) with number (?P<number>\d+)", re.IGNORECASE)


class Gemini:
    """A server on loopback.

    Attributes:
        url: What `GEMINI_API_ENDPOINT` is to be.
        asked: How many calls came in.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._gates = _Gates()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="gemini", daemon=True).start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def hold(self) -> None:
        """Answer nothing until `restore`."""
        self._gates.hold()

    def caught(self, seconds: float = 30.0) -> int:
        """The port of the first caller since `hold`, whose call is held.

        Raises:
            AssertionError: Nobody called in time.
        """
        return self._gates.caught(seconds)

    def refuse(self, port: int) -> None:
        """Answer this caller with an error, once its call is let go."""
        self._gates.refused.add(port)

    def release(self, port: int) -> None:
        """Answer this caller."""
        self._gates.restore(but=0, only=port)

    def restore(self, *, but: int = 0) -> None:
        """Answer everything, what is held included; but not this caller."""
        self._gates.restore(but=but)

    def close(self) -> None:
        """Stop."""
        self._gates.restore(but=0)
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, body: bytes, port: int) -> dict[str, Any]:
        self.asked += 1
        self._gates.passed(port)
        request = json.loads(body)
        contents = [types.Content.model_validate(content) for content in request["contents"]]
        offered = [
            declaration.name
            for tool in request.get("tools", ())
            for declaration in types.Tool.model_validate(tool).function_declarations or ()
        ]
        return {
            "candidates": [{"content": _next(contents, offered), "finishReason": "STOP", "index": 0}],
            "usageMetadata": USAGE,
            "modelVersion": "gemini-stand-in",
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if not re.search(r":(generateContent|streamGenerateContent)\b", self.path):
                    self._reply(404, {"error": {"code": 404, "message": self.path, "status": "NOT_FOUND"}})
                    return
                try:
                    self._reply(200, answer(body, self.client_address[1]))
                except (ValidationError, KeyError, ValueError) as exc:
                    self._reply(400, {"error": {"code": 400, "message": str(exc), "status": "INVALID_ARGUMENT"}})

            def _reply(self, status: int, body: dict[str, Any]) -> None:
                streamed = "streamGenerateContent" in self.path
                content = f"data: {json.dumps(body)}\r\n\r\n".encode() if streamed else json.dumps(body).encode()
                try:
                    self.send_response(status)
                    self.send_header("content-type", "text/event-stream" if streamed else "application/json")
                    self.send_header("content-length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    return  # who asked is gone

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class _Gates:
    """Which calls may be answered."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held = False
        self._kept: set[int] = set()
        self._waiting: list[int] = []
        self.refused: set[int] = set()

    def hold(self) -> None:
        with self._changed:
            self._held = True
            self._waiting.clear()
            self._kept.clear()
            self.refused.clear()

    def caught(self, seconds: float) -> int:
        with self._changed:
            assert self._changed.wait_for(lambda: self._waiting, seconds), "the model was never asked"
            return self._waiting[0]

    def restore(self, *, but: int, only: int = 0) -> None:
        with self._changed:
            if only:
                self._kept.discard(only)
            else:
                self._held = False
                self._kept = {but} - {0}
            self._changed.notify_all()

    def passed(self, port: int) -> None:
        """Wait until this call may be answered.

        Raises:
            ValueError: It is to be refused.
        """
        with self._changed:
            if self._held:
                self._waiting.append(port)
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._held and port not in self._kept)
            if port in self.refused:
                raise ValueError("refused")


def _next(contents: list[types.Content], offered: list[str | None]) -> dict[str, Any]:
    """The next message: a tool call for a new question, words for a tool's result."""
    parts = contents[-1].parts or []
    results = [part.function_response for part in parts if part.function_response]
    if results:
        told = results[-1].response or {}
        text = str(told.get("output") or told.get("content") or told or "Nothing came back.")
        return {"role": "model", "parts": [{"text": f"Here is what I found.\n\n{text}"[:3000]}]}
    asked = " ".join(part.text or "" for part in parts)
    if (change := CHANGE.search(asked)) and "run_pipeline" in offered:
        arguments = {"pipeline": change["pipeline"], "parameters": {"number": int(change["number"])}}
        return {"role": "model", "parts": [{"functionCall": {"name": "run_pipeline", "args": arguments}}]}
    if "list_pipelines" in offered:
        return {"role": "model", "parts": [{"functionCall": {"name": "list_pipelines", "args": {}}}]}
    return {"role": "model", "parts": [{"text": "I have no tools."}]}
