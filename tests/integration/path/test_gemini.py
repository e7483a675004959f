"""Gemini behind the same seam: the real client against a local server that speaks its protocol."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from bot import settings as configuration
from tools.catalogue import CATALOGUE
from worker.agent.limits import ModelAway
from worker.agent.model import Thinker, thinker

USAGE = {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}


class Gemini:
    """Answers `generateContent` with what a test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.answer: tuple[int, dict[str, Any]] = (200, {})
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                outer.keys.append(self.headers.get("x-goog-api-key", ""))
                status, body = outer.answer
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def says(self, *parts: dict[str, Any], finish: str = "STOP") -> None:
        content = {"role": "model", "parts": list(parts)}
        candidate = {"content": content, "finishReason": finish, "index": 0}
        self.answer = (200, {"candidates": [candidate], "usageMetadata": USAGE, "modelVersion": "gemini"})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    server = Gemini()
    yield server
    server.close()


@pytest.fixture
def model(gemini: Gemini) -> Thinker:
    return thinker(
        configuration.load(
            {
                "slack_bot_token": "xoxb-1",
                "slack_app_token": "xapp-1",
                "google_api_key": "key-1",
                "gemini_api_endpoint": gemini.url,
                "model": "gemini-flash-latest",
            }
        )
    )


def test_words_and_tool_calls_come_back_and_every_tool_is_offered(gemini: Gemini, model: Thinker) -> None:
    gemini.says({"functionCall": {"name": "run_pipeline", "args": {"pipeline": "churn"}}})
    message = model.think([SystemMessage("rules"), HumanMessage("run churn")], CATALOGUE)
    [call] = message.tool_calls
    assert (call["name"], call["args"]) == ("run_pipeline", {"pipeline": "churn"})
    offered = [one["name"] for tool in gemini.asked[0]["tools"] for one in tool["functionDeclarations"]]
    assert sorted(offered) == [tool.name for tool in CATALOGUE]
    assert gemini.keys == ["key-1"]


@pytest.mark.parametrize("finish", ["SAFETY", "MAX_TOKENS", "MALFORMED_FUNCTION_CALL"])
def test_an_empty_answer_is_told_with_its_reason(gemini: Gemini, model: Thinker, finish: str) -> None:
    gemini.says(finish=finish)
    with pytest.raises(ModelAway, match=finish):
        model.think([HumanMessage("hello")], CATALOGUE)


def test_an_error_of_the_service_is_told_without_its_text(gemini: Gemini, model: Thinker) -> None:
    gemini.answer = (400, {"error": {"code": 400, "message": "key-1 is bad", "status": "INVALID_ARGUMENT"}})
    with pytest.raises(ModelAway) as away:
        model.think([HumanMessage("hello")], CATALOGUE)
    assert "did not answer" in str(away.value)
    assert "key-1" not in str(away.value)
