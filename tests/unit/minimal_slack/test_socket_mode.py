"""A bot built with slack_bolt, in Socket Mode against the stand-in."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from tests.fakes.minimal_slack import MinimalSlack, Patience
from tests.unit.minimal_slack.clock import Clock
from tests.unit.minimal_slack.toy_bot import ToyBot

CHANNEL = "C0MLOPS"
HASTY = Patience(ack_seconds=0.3, again_after=(0.0, 0.05, 0.05))
BRISK = Patience(ack_seconds=1.0, again_after=(0.0, 0.05, 0.05))


@pytest.fixture
def bot(slack: MinimalSlack) -> Iterator[ToyBot]:
    with ToyBot(slack) as bot:
        yield bot


def all_acknowledged(slack: MinimalSlack) -> bool:
    return slack.wait_until(lambda: not slack.unacknowledged)


def test_a_mention_reaches_the_bot_as_mention_and_as_message_and_is_answered_in_the_thread(
    slack: MinimalSlack, bot: ToyBot
) -> None:
    asked = slack.person_says("U0ADA", CHANNEL, f"{slack.mention} run churn", files=[("a.py", b"12345")])

    answer = slack.wait_for(lambda one: bool(one.buttons))
    assert (answer.thread_ts, answer.visible_text) == (asked.ts, "Shall I?\nGo")
    assert slack.wait_for(lambda one: one.ephemeral_to == "U0ADA").text == "a.py: 5 bytes"
    assert all_acknowledged(slack)
    mention, message = bot.events("app_mention")[0], bot.events("message")[0]
    assert "files" not in mention["event"]
    assert (message["event"]["subtype"], message["event"]["files"][0]["name"]) == ("file_share", "a.py")
    assert mention["event"]["ts"] == message["event"]["ts"] == asked.ts
    assert mention["event_id"] != message["event_id"]


def test_a_message_that_names_nobody_and_a_direct_message_are_no_mentions(slack: MinimalSlack, bot: ToyBot) -> None:
    slack.person_says("U0ADA", CHANNEL, "lunch?")
    slack.person_says("U0ADA", slack.direct_message("U0ADA"), f"{slack.mention} hi")

    assert slack.wait_until(lambda: len(bot.events("message")) == 2)
    assert all_acknowledged(slack)
    kinds = {body["event"]["text"]: body["event"]["channel_type"] for body in bot.events("message")}
    assert kinds == {"lunch?": "channel", f"{slack.mention} hi": "im"}
    assert bot.events("app_mention") == []


def test_a_click_edits_the_message_and_whispers_to_the_person(slack: MinimalSlack, bot: ToyBot) -> None:
    slack.person_says("U0ADA", CHANNEL, f"{slack.mention} run churn")
    card = slack.wait_for(lambda one: bool(one.buttons))
    click = slack.person_clicks("U0BOB", card, "go")

    done = slack.wait_for(lambda one: one.text == "Done for U0BOB")
    assert (done.ts, done.blocks, done.edits) == (card.ts, [], 1)
    assert slack.wait_for(lambda one: one.ephemeral_to == "U0BOB").text == "Only you see this"
    assert slack.wait_until(lambda: click.acknowledged)
    with pytest.raises(LookupError, match="there is nothing"):
        slack.person_clicks("U0BOB", card, "go")


def test_a_button_that_is_not_there_cannot_be_pressed(slack: MinimalSlack, bot: ToyBot) -> None:
    slack.person_says("U0ADA", CHANNEL, f"{slack.mention} run churn")
    card = slack.wait_for(lambda one: bool(one.buttons))

    with pytest.raises(LookupError, match="there is go=1"):
        slack.person_clicks("U0BOB", card, "stop")


def test_a_command_is_answered_by_its_acknowledgement_and_by_its_response_url(slack: MinimalSlack, bot: ToyBot) -> None:
    command = slack.person_commands("U0ADA", CHANNEL, "/toy", "one two")

    assert slack.wait_for(lambda one: one.text == "You typed one two").ephemeral_to == "U0ADA"
    assert slack.wait_for(lambda one: one.text == "/toy was used").ephemeral_to is None
    assert command.acknowledged
    assert "thread_ts" not in command.body


def test_the_bots_own_posts_and_edits_come_back_as_events_without_waking_it(slack: MinimalSlack, bot: ToyBot) -> None:
    slack.person_says("U0ADA", CHANNEL, f"{slack.mention} run churn")
    slack.person_clicks("U0BOB", slack.wait_for(lambda one: bool(one.buttons)), "go")
    slack.wait_for(lambda one: one.text == "Done for U0BOB")

    own = [one.body["event"] for one in slack.deliveries if one.kind == "events_api"]
    assert [event.get("subtype") for event in own if "bot_id" in event or "message" in event] == [
        None,
        "message_changed",
    ]
    assert all_acknowledged(slack)


def test_an_event_without_acknowledgement_comes_again_with_the_same_event_id() -> None:
    with ExitStack() as stack:
        slack = stack.enter_context(MinimalSlack(patience=BRISK))
        bot = stack.enter_context(ToyBot(slack, deaf_for=2))
        slack.person_says("U0ADA", CHANNEL, "hello")

        assert all_acknowledged(slack)
        assert len({body["event_id"] for body in bot.received}) == 1
        assert bot.retries == ["0", "1", "2"]
        assert len(set(slack.deliveries[0].envelope_ids)) == 3


def test_slack_gives_up_after_three_more_tries() -> None:
    with ExitStack() as stack:
        slack = stack.enter_context(MinimalSlack(patience=HASTY))
        bot = stack.enter_context(ToyBot(slack, deaf_for=99))
        slack.person_says("U0ADA", CHANNEL, "hello")

        assert slack.wait_until(lambda: slack.deliveries[0].given_up)
        assert len(bot.received) == slack.deliveries[0].tries == 4


def test_a_click_without_acknowledgement_fails_once_and_for_all() -> None:
    with ExitStack() as stack:
        slack = stack.enter_context(MinimalSlack(patience=BRISK))
        bot = stack.enter_context(ToyBot(slack))
        slack.person_says("U0ADA", CHANNEL, f"{slack.mention} run churn")
        card = slack.wait_for(lambda one: bool(one.buttons))
        assert all_acknowledged(slack)
        bot.play_deaf(99)
        click = slack.person_clicks("U0BOB", card, "go")

        assert slack.wait_until(lambda: click.given_up)
        assert click.tries == 1


def test_what_was_said_while_the_bot_was_away_arrives_as_a_retry(slack: MinimalSlack) -> None:
    slack.person_says("U0ADA", CHANNEL, "anybody there?")
    lost = slack.person_commands("U0ADA", CHANNEL, "/toy")
    assert slack.wait_until(lambda: lost.given_up)

    with ToyBot(slack) as bot:
        assert slack.wait_until(lambda: slack.deliveries[0].acknowledged)
        assert bot.retries == ["1"]


def test_a_bot_that_is_asked_to_reconnect_misses_nothing(slack: MinimalSlack, bot: ToyBot) -> None:
    slack.refresh_connections()
    slack.person_says("U0ADA", CHANNEL, "still there?")

    assert all_acknowledged(slack)
    assert [body["event"]["text"] for body in bot.events("message")] == ["still there?"]


def test_a_connection_needs_the_app_token(slack: MinimalSlack, bot: ToyBot) -> None:
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        bot.client.apps_connections_open(app_token=slack.bot_token)


def test_each_delivery_goes_to_one_of_several_connections(slack: MinimalSlack, bot: ToyBot) -> None:
    with ToyBot(slack) as second:
        for number in range(12):
            slack.person_says("U0ADA", CHANNEL, str(number))

        assert all_acknowledged(slack)
        assert len(bot.received) + len(second.received) == 12
        assert bot.received
        assert second.received


def test_a_response_url_takes_five_answers_within_thirty_minutes() -> None:
    clock = Clock()
    with MinimalSlack(now=clock, patience=HASTY) as slack:
        urls = [slack.person_commands("U0ADA", CHANNEL, "/toy").body["response_url"] for _ in range(2)]
        used, late = (WebhookClient(url) for url in urls)
        statuses = [used.send(text=str(number)).status_code for number in range(6)]
        clock.seconds = 30 * 60.0

        assert statuses == [200] * 5 + [404]
        assert late.send(text="too late").status_code == 404
        assert [one.text for one in slack.ephemerals] == ["0", "1", "2", "3", "4"]


def test_a_response_url_replaces_and_deletes_the_message_with_the_button(slack: MinimalSlack, bot: ToyBot) -> None:
    slack.person_says("U0ADA", CHANNEL, "hello")
    bot.client.chat_postEphemeral(
        channel=CHANNEL,
        user="U0ADA",
        text="pick",
        blocks=[
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "unheard",
                        "text": {"type": "plain_text", "text": "Pick"},
                    }
                ],
            }
        ],
    )
    whisper = slack.ephemerals[0]
    with pytest.raises(LookupError, match="U0BOB sees no message"):
        slack.person_clicks("U0BOB", whisper, "unheard")
    click = slack.person_clicks("U0ADA", whisper, "unheard")
    webhook = WebhookClient(click.body["response_url"])

    assert "message" not in click.body
    assert webhook.send(text="picked", replace_original=True).status_code == 200
    assert [(one.text, one.blocks) for one in slack.ephemerals] == [("picked", [])]
    assert webhook.send(delete_original=True).status_code == 200
    assert slack.ephemerals == []
