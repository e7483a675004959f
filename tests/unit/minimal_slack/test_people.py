"""What tests can do as people, and how the stand-in tells them that they asked for something impossible."""

import json

import pytest
from slack_sdk import WebClient
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.fakes.minimal_slack import MinimalSlack

CHANNEL = "C0MLOPS"


def menu(*values: str) -> list[dict[str, object]]:
    options = [{"text": {"type": "plain_text", "text": value.upper()}, "value": value} for value in values]
    return [{"type": "actions", "elements": [{"type": "static_select", "action_id": "pick", "options": options}]}]


def test_a_channel_is_named_by_its_id(slack: MinimalSlack) -> None:
    with pytest.raises(ValueError, match="'#mlops' is no channel id"):
        slack.person_says("U0ADA", "#mlops", "hello")


def test_nobody_replies_to_a_thread_that_is_not_there(slack: MinimalSlack) -> None:
    root = slack.person_says("U0ADA", CHANNEL, "root")
    reply = slack.person_says("U0ADA", CHANNEL, "reply", thread_ts=root.ts)

    for ts in ("1000000000.000001", reply.ts):
        with pytest.raises(LookupError, match="no thread"):
            slack.person_says("U0ADA", CHANNEL, "hello", thread_ts=ts)


def test_a_command_starts_with_a_slash(slack: MinimalSlack) -> None:
    with pytest.raises(ValueError, match="starts with a slash"):
        slack.person_commands("U0ADA", CHANNEL, "mlops")


def test_a_menu_sends_the_option_that_was_picked(slack: MinimalSlack, client: WebClient) -> None:
    slack.person_says("U0ADA", CHANNEL, "hello")
    client.chat_postMessage(channel=CHANNEL, text="pick", blocks=menu("a", "b"))
    picked = slack.person_clicks("U0ADA", slack.messages(CHANNEL)[-1], "pick", value="b")

    action = picked.body["actions"][0]
    assert (action["block_id"], action["selected_option"]["value"]) == ("b0", "b")


def test_a_message_that_does_not_come_fails_with_what_is_there(slack: MinimalSlack) -> None:
    slack.person_says("U0ADA", CHANNEL, "the only one")

    with pytest.raises(AssertionError, match="U0ADA: the only one"):
        slack.wait_for(lambda one: one.by_bot, timeout=0.05)


def test_the_environment_names_the_three_variables_of_the_app(slack: MinimalSlack) -> None:
    assert slack.environment == {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
    }


def test_nothing_has_an_address_before_the_start() -> None:
    with pytest.raises(RuntimeError, match="start"):
        MinimalSlack().api_url  # noqa: B018 - reading it is the claim


def test_an_invitation_opens_one_connection(slack: MinimalSlack, client: WebClient) -> None:
    url = client.apps_connections_open(app_token=slack.app_token)["url"]
    with connect(url) as first:
        assert json.loads(first.recv())["type"] == "hello"
        with pytest.raises(InvalidStatus, match="403"):
            connect(url)


def test_the_eleventh_connection_is_turned_away(slack: MinimalSlack, client: WebClient) -> None:
    def joined() -> str:
        websocket = connect(client.apps_connections_open(app_token=slack.app_token)["url"])
        opened.append(websocket)
        said = json.loads(websocket.recv())
        return str(said.get("reason") or said["type"])

    opened: list[object] = []
    assert [joined() for _ in range(11)] == ["hello"] * 10 + ["too_many_websockets"]
