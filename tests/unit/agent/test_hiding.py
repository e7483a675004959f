"""What is hidden of what is said."""

import pytest

from bot import settings as configuration
from bot.hiding import hiding

SETTINGS = {
    "slack_bot_token": "plain-bot-secret",
    "slack_app_token": "plain-app-secret",
    "prefect_api_auth_string": "admin:correct-horse",
    "audit_key": "first-audit-key,second-audit-key",
    "mlflow_tracking_password": "abc",
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the token plain-bot-secret!", "the token [hidden]!"),
        ("admin:correct-horse", "[hidden]"),
        ("it is correct-horse", "it is [hidden]"),
        ("first-audit-key second-audit-key", "[hidden] [hidden]"),
        ("abc is too short to be looked for", "abc is too short to be looked for"),
        ("AIza" + "x" * 35, "[hidden]"),
        ("admin said so", "admin said so"),
    ],
)
def test_what_we_hold_is_hidden_however_it_looks_and_what_looks_like_a_secret_too(text: str, shown: str) -> None:
    assert hiding(configuration.load(SETTINGS))(text) == shown
