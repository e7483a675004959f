"""The app asks Slack for what its code uses, for all of it, and for nothing more."""

import ast
import json
from pathlib import Path

import pytest

from bot import budgets, manifest
from bot.listeners import commands, messages, stops

BOT = Path(manifest.__file__).parent
ADDRESS = "https://bot.example/slack/events"


def test_every_method_that_the_gateway_calls_is_in_the_table_and_every_one_in_the_table_is_called() -> None:
    assert methods_called() == set(manifest.METHODS)


def test_every_method_that_is_called_again_and_again_has_a_limit() -> None:
    at_a_start = {"auth.test", "apps.connections.open"}
    timed_by_the_courier = {"chat.postMessage", "chat.update"}
    assert methods_called() - at_a_start - timed_by_the_courier <= set(budgets.METHODS)


def test_every_event_asked_for_has_a_listener_and_every_listener_an_event() -> None:
    assert {event.split(".")[0] for event in manifest.EVENTS} == {*messages.EVENTS, stops.STOPPED}


def test_every_kind_of_conversation_is_heard_and_can_be_read_again() -> None:
    heard = {scope for event, scope in manifest.EVENTS.items() if event.startswith("message.")}
    assert set(manifest.METHODS["conversations.replies"]) == heard


def test_the_scopes_are_those_of_the_tables() -> None:
    assert manifest.scopes() == (
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "im:history",
        "mpim:history",
        "reactions:write",
        "usergroups:read",
        "users:read",
    )
    assert manifest.manifest()["oauth_config"]["scopes"]["bot"] == list(manifest.scopes())


def test_the_command_is_the_one_that_is_listened_to() -> None:
    [command] = manifest.manifest()["features"]["slash_commands"]
    assert command["command"] == commands.COMMAND


def test_without_an_address_slack_is_asked_for_socket_mode() -> None:
    made = manifest.manifest()
    assert made["settings"]["socket_mode_enabled"] is True
    assert "url" not in json.dumps(made)


def test_with_an_address_everything_is_sent_there() -> None:
    made = manifest.manifest(request_url=ADDRESS)
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"]["request_url"] == ADDRESS
    assert made["settings"]["interactivity"] == {"is_enabled": True, "request_url": ADDRESS}
    assert made["features"]["slash_commands"][0]["url"] == ADDRESS


def test_people_can_write_to_the_app_directly() -> None:
    features = manifest.manifest()["features"]
    assert "message.im" in manifest.EVENTS
    assert features["app_home"]["messages_tab_enabled"] is True
    assert features["app_home"]["messages_tab_read_only_enabled"] is False
    assert "assistant_view" not in features


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (manifest.NAME, 35),
        (manifest.DESCRIPTION, 120),
        (manifest.AGENT_DESCRIPTION, 300),
        *((title, 75) for title, _ in manifest.SUGGESTED_PROMPTS),
    ],
)
def test_texts_are_no_longer_than_slack_allows(text: str, limit: int) -> None:
    assert 0 < len(text) <= limit


def test_slack_shows_no_more_than_four_prompts() -> None:
    assert len(manifest.SUGGESTED_PROMPTS) <= 4


def test_the_text_is_json() -> None:
    assert json.loads(manifest.as_json(request_url=ADDRESS)) == manifest.manifest(request_url=ADDRESS)


def methods_called() -> set[str]:
    """The Web API methods named in the source of the gateway and its part, as first arguments or in assignments."""
    nodes = [
        node
        for name in ("slack", "people")
        for node in ast.walk(ast.parse((BOT / f"{name}.py").read_text(encoding="utf-8")))
    ]
    words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    families = (
        "agents",
        "apps",
        "assistant",
        "auth",
        "chat",
        "conversations",
        "files",
        "reactions",
        "usergroups",
        "users",
        "views",
    )
    named = {word for word in words if word.split(".")[0] in families and "." in word}
    return {word for word in named if word.replace(".", "").isalpha() and word[-1] != "."}
