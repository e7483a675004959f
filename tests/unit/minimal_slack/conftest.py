"""A running workspace without the rest between posts, and a client that retries nothing."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from tests.fakes.minimal_slack import MinimalSlack


@pytest.fixture
def slack() -> Iterator[MinimalSlack]:
    with MinimalSlack(seconds_between_posts=0) as slack:
        yield slack


@pytest.fixture
def client(slack: MinimalSlack) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url)
