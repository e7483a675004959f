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
        self._gate = threading.Event()
        self._gate.set()
        self._arrived = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="gemini", daemon=True).start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def hold(self) -> None:
        """Answer nothing until `restore`."""
        self._arrived.clear()
        self._gate.clear()

    def wait(self, seconds: float = 30.0) -> bool:
        """Whether a call came in since `hold`."""
        return self._arrived.wait(seconds)

    def restore(self) -> None:
        """Answer everything, what is held included."""
        self._gate.set()

    def close(self) -> None:
        """Stop."""
        self._gate.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, body: bytes) -> dict[str, Any]:
        self.asked += 1
        self._arrived.set()
        self._gate.wait()
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
                    self._reply(200, answer(body))
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
