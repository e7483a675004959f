"""A served workspace, and the real SDKs against it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient

from demo.workspace.server import WorkspaceServer

from .running import Control


@pytest.fixture
def server() -> Iterator[WorkspaceServer]:
    """A workspace as patient as Slack, so that a busy machine makes no test fail, which redelivers at once."""
    with WorkspaceServer(retry_delays=(0.0, 0.05, 0.05)) as running:
        yield running


@pytest.fixture
def impatient() -> Iterator[WorkspaceServer]:
    """A workspace that takes half a second without an acknowledgement for none."""
    with WorkspaceServer(ack_seconds=0.5, retry_delays=(0.0, 0.05, 0.05)) as running:
        yield running


@pytest.fixture
def client(server: WorkspaceServer) -> WebClient:
    return WebClient(server.bot_token, base_url=server.api_url, timeout=5)


@pytest.fixture
def control(server: WorkspaceServer) -> Iterator[Control]:
    with httpx.Client(base_url=f"{server.page_url}/control", timeout=10, trust_env=False) as http:

        def call(verb: str, path: str, **arguments: Any) -> dict[str, Any]:
            reading = verb == "GET"
            answer = http.request(
                verb, path, params=arguments if reading else None, json=None if reading else arguments
            )
            result: dict[str, Any] = answer.json()
            return result

        yield call
