"""What the way of a turn meets outside."""

from collections.abc import Iterator

import pytest

from tests.fakes.gemini_server import GeminiServer


@pytest.fixture
def gemini() -> Iterator[GeminiServer]:
    """A local Gemini that says what a test has told it to."""
    server = GeminiServer()
    yield server
    server.close()
