"""A Gemini that says what a test tells it to, over HTTP, as the real client calls it; with every fault that it has.

It speaks `generateContent` and `streamGenerateContent` of the Gemini API and of Vertex AI
(ai.google.dev/api/generate-content). A request is read with the client library's own types and by the documented rules
of a conversation; what Google refuses, it refuses with the same 400.
"""

import base64
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from google.genai import types
from pydantic import ValidationError

JSON = dict[str, Any]
ROUTE = re.compile(
    r"/v1beta(?:1)?/(?:projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)/publishers/google/)?"
    r"models/(?P<model>[^:/]+):(?P<method>generateContent|streamGenerateContent)(?:\?.*)?"
)
USAGE = {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}
FIELDS: dict[str, Any] = {
    "tools": types.Tool,
    "contents": types.Content,
    "safetySettings": types.SafetySetting,
    "systemInstruction": types.Content,
    "generationConfig": types.GenerationConfig,
    "toolConfig": types.ToolConfig,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        model: The model's name.
        method: `generateContent` or `streamGenerateContent`.
        project: Of Vertex AI; empty for the Gemini API.
        headers: In lower case.
        body: As it came.
        at: When, on the monotonic clock.
    """

    model: str
    method: str
    project: str
    headers: dict[str, str]
    body: JSON
    at: float

    @property
    def contents(self) -> list[types.Content]:
        """The conversation."""
        return [types.Content.model_validate(content) for content in self.body["contents"]]

    @property
    def offered(self) -> list[str]:
        """Names of the functions that may be called."""
        return [one["name"] for tool in self.body.get("tools", ()) for one in tool["functionDeclarations"]]

    @property
    def results(self) -> list[types.FunctionResponse]:
        """What the functions gave that were called last."""
        return [part.function_response for part in self.contents[-1].parts or () if part.function_response]


@dataclass(slots=True)
class Reply:
    """What is sent back: a status, and the pieces of a stream.

    Attributes:
        pieces: JSON values, or raw bytes.
        status: Of HTTP.
        headers: Beside the usual ones.
        breaks: Whether the connection ends before the last piece is whole.
        waits: Whether nothing is sent until the server is let go.
        stalls: After how many pieces nothing more is sent until then; None for never.
    """

    pieces: list[JSON | bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False
    waits: bool = False
    stalls: int | None = None


def text(words: str, *, signature: bytes = b"") -> JSON:
    """A part with words."""
    return {"text": words, **_signed(signature)}


def call(name: str, *, signature: bytes = b"", **arguments: Any) -> JSON:
    """A part that calls a function."""
    return {"functionCall": {"name": name, "args": arguments}, **_signed(signature)}


def candidate(*parts: JSON, finish: str = "STOP", usage: JSON | None = None) -> JSON:
    """A response with one candidate; without parts, one that has no content."""
    content = {"content": {"role": "model", "parts": list(parts)}} if parts else {}
    finished = {"finishReason": finish} if finish else {}
    return {
        "candidates": [{**content, **finished, "index": 0}],
        "usageMetadata": usage or USAGE,
        "modelVersion": "gemini-3-flash-preview",
    }


def refusal(code: int, status: str, *details: JSON, message: str = "key-1 at /srv/google said no") -> Reply:
    """An error as Google writes it."""
    error = {"code": code, "message": message, "status": status, **({"details": list(details)} if details else {})}
    return Reply([{"error": error}], status=code)


def retry_info(seconds: float) -> JSON:
    """The detail by which a server says when it wants to be asked again."""
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}


def fixed(*parts: JSON, finish: str = "STOP") -> Reply:
    """A whole answer in one piece."""
    return Reply([candidate(*parts, finish=finish)])


class GeminiServer:
    """A server on loopback.

    Attributes:
        url: What `GEMINI_API_ENDPOINT` is to be.
        asked: Every request that was understood.
        refused: Why the others were not.
        waiting: Set when somebody is kept waiting.
        left: How many callers went away while they were kept waiting.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.refused: list[str] = []
        self.left = 0
        self.waiting = threading.Event()
        self._go = threading.Event()
        self._replies: deque[Reply] = deque()
        self._always: Callable[[Asked], Reply] = lambda _: fixed(text("Nothing was prepared."))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="gemini", daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def says(self, *replies: Reply) -> Self:
        """Answer with these, in order."""
        self._replies.extend(replies)
        return self

    def always(self, reply: Callable[[Asked], Reply]) -> Self:
        """Answer so when nothing else was prepared."""
        self._always = reply
        return self

    def close(self) -> None:
        """Stop."""
        self._go.set()
        self._server.shutdown()
        self._server.server_close()

    def reply(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """The answer to a request."""
        route = ROUTE.fullmatch(path)
        if route is None:
            return refusal(404, "NOT_FOUND", message=path)
        try:
            asked = Asked(
                model=route["model"],
                method=route["method"],
                project=route["project"] or "",
                headers=headers,
                body=_understood(json.loads(body)),
                at=time.monotonic(),
            )
        except (ValidationError, ValueError) as fault:
            self.refused.append(str(fault))
            return refusal(400, "INVALID_ARGUMENT", message=str(fault))
        self.asked.append(asked)
        return self._replies.popleft() if self._replies else self._always(asked)

    def hold(self, gone: Callable[[], bool]) -> None:
        """Keep a caller waiting until the server is closed or the caller is gone."""
        self.waiting.set()
        while not self._go.wait(0.02):
            if gone():
                self.left += 1
                return


def _signed(signature: bytes) -> JSON:
    return {"thoughtSignature": base64.b64encode(signature).decode()} if signature else {}


def _understood(body: JSON) -> JSON:
    """The body of a request.

    Raises:
        ValueError: Google would refuse it.
    """
    for name, value in body.items():
        if name not in FIELDS:
            raise ValueError(f'Invalid JSON payload received. Unknown name "{name}"')
        for one in value if isinstance(value, list) else [value]:
            FIELDS[name].model_validate(one)
    contents = [types.Content.model_validate(content) for content in body["contents"]]
    if not contents:
        raise ValueError("contents are required")
    before: list[types.Part] = []
    for content in contents:
        parts = content.parts or []
        _follows(before, parts, content.role or "")
        before = parts
    _signed_where_they_have_to_be(contents)
    return body


def _follows(before: Iterable[types.Part], parts: list[types.Part], role: str) -> None:
    called = [part.function_call.name for part in before if part.function_call]
    answered = [part.function_response.name for part in parts if part.function_response]
    if role not in {"user", "model"}:
        raise ValueError("Please use a valid role: user, model.")
    if not parts:
        raise ValueError("contents.parts must not be empty.")
    if called != answered:
        raise ValueError(
            "Please ensure that the number of function response parts is equal to the number of function call parts"
        )


def _signed_where_they_have_to_be(contents: list[types.Content]) -> None:
    """The first call of each step of the turn at hand needs its signature back: what this server signs."""
    own = [place for place, content in enumerate(contents) if any(part.text for part in content.parts or ())]
    begun = max((place for place in own if contents[place].role == "user"), default=0)
    for content in contents[begun + 1 :]:
        calls = [part for part in content.parts or () if part.function_call]
        if calls and not calls[0].thought_signature:
            raise ValueError("Function call is missing a thought_signature in functionCall parts.")


def _handler(server: GeminiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.reply(self.path, headers, body)
            if reply.waits:
                server.hold(self._gone)
                return
            streamed = "streamGenerateContent" in self.path and reply.status == 200
            content = b"".join(_encoded(piece, streamed=streamed) for piece in reply.pieces)
            try:
                self.send_response(reply.status)
                self.send_header("content-type", "text/event-stream" if streamed else "application/json")
                self.send_header("content-length", str(len(content) + (10 if reply.breaks else 0)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if reply.stalls is not None:
                    self.wfile.write(
                        b"".join(_encoded(piece, streamed=streamed) for piece in reply.pieces[: reply.stalls])
                    )
                    server.hold(self._gone)
                    return
                self.wfile.write(content)
            except OSError:
                return  # who asked is gone

        def _gone(self) -> bool:
            self.connection.settimeout(0.01)
            try:
                return not self.connection.recv(1)
            except TimeoutError:
                return False
            except OSError:
                return True

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _encoded(piece: JSON | bytes, *, streamed: bool) -> bytes:
    if isinstance(piece, bytes):
        return piece
    return f"data: {json.dumps(piece)}\r\n\r\n".encode() if streamed else json.dumps(piece).encode()
