"""Posting and editing through the real client."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fakes.minimal_slack import MinimalSlack
from tests.unit.minimal_slack.clock import Clock

CHANNEL = "C0MLOPS"
DIVIDER = {"type": "divider"}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.fixture(autouse=True)
def root(slack: MinimalSlack) -> str:
    return slack.person_says("U0ADA", CHANNEL, "hello").ts


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def paced(clock: Clock) -> Iterator[MinimalSlack]:
    with MinimalSlack(now=clock) as slack:
        slack.person_says("U0ADA", CHANNEL, "hello")
        slack.person_says("U0ADA", "C0OTHER", "hello")
        yield slack


def error_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return str(caught.value.response["error"])


def test_a_post_stands_in_its_thread_with_the_flags_it_was_sent_with(
    slack: MinimalSlack, client: WebClient, root: str
) -> None:
    sent = client.chat_postMessage(
        channel=CHANNEL, thread_ts=root, text="hi", blocks=[section("hi")], unfurl_links=False, unfurl_media=False
    )

    message = slack.messages(CHANNEL, root)[-1]
    assert (message.ts, message.text, message.thread_ts) == (sent["ts"], "hi", root)
    assert (message.unfurl_links, message.unfurl_media) == (False, False)
    assert message.by_bot


def test_flags_that_were_not_sent_are_not_made_up(slack: MinimalSlack, client: WebClient) -> None:
    client.chat_postMessage(channel=CHANNEL, text="hi")

    message = slack.messages(CHANNEL)[-1]
    assert (message.unfurl_links, message.unfurl_media) == (None, None)


def test_a_post_to_a_person_lands_in_the_direct_message(slack: MinimalSlack, client: WebClient) -> None:
    sent = client.chat_postMessage(channel="U0ADA", text="psst")

    assert sent["channel"] == slack.direct_message("U0ADA") == "D0ADA"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "hi"}, "channel_not_found"),
        ({"channel": CHANNEL}, "no_text"),
        ({"channel": CHANNEL, "text": "  "}, "no_text"),
        ({"channel": CHANNEL, "text": "hi", "blocks": [DIVIDER] * 51}, "invalid_blocks"),
        ({"channel": CHANNEL, "text": "hi", "blocks": [section("x" * 3001)]}, "invalid_blocks"),
        ({"channel": CHANNEL, "text": "hi", "blocks": "[oops"}, "invalid_blocks_format"),
        ({"channel": CHANNEL, "text": "hi", "thread_ts": "1000000000.000001"}, "thread_not_found"),
        ({"channel": CHANNEL, "text": "hi", "thread_ts": "yesterday"}, "invalid_arguments"),
        ({"channel": CHANNEL, "markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"channel": CHANNEL, "markdown_text": "x", "text": "x"}, "markdown_text_conflict"),
        ({"channel": CHANNEL, "text": "hi", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"channel": CHANNEL, "text": "hi", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
    ],
)
def test_a_bad_post_is_refused_and_nothing_is_posted(
    slack: MinimalSlack, client: WebClient, arguments: dict[str, Any], error: str
) -> None:
    assert error_of(client.chat_postMessage, **arguments) == error
    assert not [message for message in slack.messages() if message.by_bot]


def test_a_refused_block_is_named_in_the_answer(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=CHANNEL, text="hi", blocks=[section("x" * 3001)])

    details = caught.value.response["response_metadata"]["messages"]
    assert details == ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]


def test_a_thread_cannot_hang_from_a_reply(client: WebClient, root: str) -> None:
    reply = client.chat_postMessage(channel=CHANNEL, thread_ts=root, text="hi")

    error = error_of(client.chat_postMessage, channel=CHANNEL, thread_ts=reply["ts"], text="hi")
    assert error == "cannot_reply_to_message"


def test_a_long_text_is_cut_at_forty_thousand_characters(slack: MinimalSlack, client: WebClient) -> None:
    client.chat_postMessage(channel=CHANNEL, text="x" * 40_001)

    assert len(slack.messages(CHANNEL)[-1].text) == 40_000


def test_an_edit_refuses_more_than_four_thousand_characters(slack: MinimalSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=CHANNEL, text="before")["ts"]

    assert error_of(client.chat_update, channel=CHANNEL, ts=ts, text="x" * 4001) == "msg_too_long"
    assert slack.messages(CHANNEL)[-1].text == "before"
    client.chat_update(channel=CHANNEL, ts=ts, text="x" * 4000)
    assert len(slack.messages(CHANNEL)[-1].text) == 4000


def test_an_edit_with_text_alone_takes_the_blocks_away(slack: MinimalSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=CHANNEL, text="a", blocks=[section("a")])["ts"]
    client.chat_update(channel=CHANNEL, ts=ts, text="b")

    assert slack.messages(CHANNEL)[-1].blocks == []


def test_an_edit_without_text_and_blocks_keeps_both(slack: MinimalSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=CHANNEL, text="a", blocks=[section("a")])["ts"]
    client.chat_update(channel=CHANNEL, ts=ts, attachments=[{"text": "more"}])

    message = slack.messages(CHANNEL)[-1]
    assert (message.text, len(message.blocks), len(message.attachments)) == ("a", 1, 1)


def test_an_edit_keeps_metadata_that_it_does_not_name(slack: MinimalSlack, client: WebClient) -> None:
    metadata = {"event_type": "card", "event_payload": {"id": "7"}}
    ts = client.chat_postMessage(channel=CHANNEL, text="a", metadata=metadata)["ts"]
    client.chat_update(channel=CHANNEL, ts=ts, text="b")

    assert slack.messages(CHANNEL)[-1].metadata == metadata


def test_only_own_messages_can_be_edited_and_only_by_channel_id(client: WebClient, root: str) -> None:
    assert error_of(client.chat_update, channel=CHANNEL, ts=root, text="mine") == "cant_update_message"
    assert error_of(client.chat_update, channel="U0ADA", ts=root, text="mine") == "channel_not_found"
    gone = "1000000000.000001"
    assert error_of(client.chat_update, channel=CHANNEL, ts=gone, text="mine") == "message_not_found"


def test_an_ephemeral_message_is_seen_by_one_person_and_cannot_be_edited(
    slack: MinimalSlack, client: WebClient
) -> None:
    ts = client.chat_postEphemeral(channel=CHANNEL, user="U0ADA", text="psst")["message_ts"]

    assert [(one.ephemeral_to, one.text) for one in slack.ephemerals] == [("U0ADA", "psst")]
    assert [one for one in slack.messages(CHANNEL) if one.by_bot] == []
    assert error_of(client.chat_update, channel=CHANNEL, ts=ts, text="x") == "message_not_found"


def test_a_channel_takes_one_message_a_second_and_says_how_long_to_wait(paced: MinimalSlack, clock: Clock) -> None:
    client = WebClient(token=paced.bot_token, base_url=paced.api_url)
    client.chat_postMessage(channel=CHANNEL, text="one")
    client.chat_postMessage(channel="C0OTHER", text="another channel")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=CHANNEL, text="two")

    response = caught.value.response
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "1")
    clock.seconds = 1.0
    client.chat_postMessage(channel=CHANNEL, text="two")
    assert [one.text for one in paced.messages(CHANNEL) if one.by_bot] == ["one", "two"]


def test_fifty_edits_a_minute_are_taken_and_no_more(paced: MinimalSlack, clock: Clock) -> None:
    client = WebClient(token=paced.bot_token, base_url=paced.api_url)
    ts = client.chat_postMessage(channel=CHANNEL, text="0")["ts"]
    for number in range(50):
        client.chat_update(channel=CHANNEL, ts=ts, text=str(number))

    assert error_of(client.chat_update, channel=CHANNEL, ts=ts, text="51") == "ratelimited"
    clock.seconds = 60.0
    client.chat_update(channel=CHANNEL, ts=ts, text="51")


def test_every_other_method_is_unknown(slack: MinimalSlack, client: WebClient) -> None:
    assert error_of(client.views_open, trigger_id="1", view={"type": "modal"}) == "unknown_method"
    assert error_of(client.users_list) == "unknown_method"
    assert error_of(client.assistant_threads_setStatus, channel_id="C", thread_ts="1", status="x") == "unknown_method"
    assert [call.error for call in slack.calls] == ["unknown_method"] * 3


def test_a_workspace_can_lack_a_method() -> None:
    with MinimalSlack(without_methods=["chat.postEphemeral"]) as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        assert error_of(client.chat_postEphemeral, channel=CHANNEL, user="U", text="x") == "unknown_method"


@pytest.mark.parametrize(
    ("token", "error"), [("xoxb-stolen", "invalid_auth"), ("xapp-1-minimal-app", "not_allowed_token_type")]
)
def test_a_wrong_token_is_turned_away(slack: MinimalSlack, token: str, error: str) -> None:
    assert error_of(WebClient(token=token, base_url=slack.api_url).auth_test) == error


def test_the_bot_learns_who_it_is(slack: MinimalSlack, client: WebClient) -> None:
    answer = client.auth_test()

    assert (answer["user_id"], answer["bot_id"]) == (slack.identity.bot_user_id, slack.identity.bot_id)
