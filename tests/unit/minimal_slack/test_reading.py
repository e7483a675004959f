"""Reading messages and files back through the real client."""

import urllib.request

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fakes.minimal_slack import MinimalSlack

CHANNEL = "C0MLOPS"
METADATA = {"event_type": "card", "event_payload": {"id": "7"}}


def download(url: str, token: str | None) -> tuple[int, str, bytes]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
        return answer.status, answer.headers["Content-Type"], answer.read()


def test_a_thread_reads_from_its_root_on(slack: MinimalSlack, client: WebClient) -> None:
    root = slack.person_says("U0ADA", CHANNEL, "root")
    slack.person_says("U0BOB", CHANNEL, "elsewhere")
    client.chat_postMessage(channel=CHANNEL, thread_ts=root.ts, text="reply")

    messages = client.conversations_replies(channel=CHANNEL, ts=root.ts)["messages"]
    assert [one["text"] for one in messages] == ["root", "reply"]
    assert messages[0]["reply_count"] == 1
    assert messages[1]["bot_id"] == slack.identity.bot_id
    assert messages[1]["parent_user_id"] == "U0ADA"


def test_metadata_is_shown_only_to_those_who_ask(slack: MinimalSlack, client: WebClient) -> None:
    slack.person_says("U0ADA", CHANNEL, "root")
    ts = client.chat_postMessage(channel=CHANNEL, text="card", metadata=METADATA)["ts"]

    silent = client.conversations_replies(channel=CHANNEL, ts=ts)["messages"][0]
    asked = client.conversations_replies(channel=CHANNEL, ts=ts, include_all_metadata=True)["messages"][0]
    assert "metadata" not in silent
    assert asked["metadata"] == METADATA


def test_one_reply_is_found_by_its_own_ts_with_its_files(slack: MinimalSlack, client: WebClient) -> None:
    root = slack.person_says("U0ADA", CHANNEL, "root")
    reply = slack.person_says("U0ADA", CHANNEL, "file", thread_ts=root.ts, files=[("a.py", b"x = 1\n")])

    messages = client.conversations_replies(channel=CHANNEL, ts=reply.ts)["messages"]
    assert [(one["ts"], one["thread_ts"]) for one in messages] == [(reply.ts, root.ts)]
    assert messages[0]["files"][0]["name"] == "a.py"


def test_history_shows_roots_newest_first_and_no_replies(slack: MinimalSlack, client: WebClient) -> None:
    first = slack.person_says("U0ADA", CHANNEL, "first")
    slack.person_says("U0ADA", CHANNEL, "reply", thread_ts=first.ts)
    second = slack.person_says("U0ADA", CHANNEL, "second")

    everything = client.conversations_history(channel=CHANNEL)["messages"]
    just_one = client.conversations_history(channel=CHANNEL, latest=second.ts, inclusive=True, limit=1)["messages"]
    before = client.conversations_history(channel=CHANNEL, latest=second.ts)["messages"]
    assert [one["text"] for one in everything] == ["second", "first"]
    assert [one["text"] for one in just_one] == ["second"]
    assert [one["text"] for one in before] == ["first"]


def test_a_long_thread_comes_in_pages(slack: MinimalSlack, client: WebClient) -> None:
    root = slack.person_says("U0ADA", CHANNEL, "0")
    for number in range(1, 5):
        slack.person_says("U0ADA", CHANNEL, str(number), thread_ts=root.ts)

    pages = [page["messages"] for page in client.conversations_replies(channel=CHANNEL, ts=root.ts, limit=2)]
    assert [[one["text"] for one in page] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]


def test_an_unknown_thread_is_refused(slack: MinimalSlack, client: WebClient) -> None:
    slack.person_says("U0ADA", CHANNEL, "hello")

    with pytest.raises(SlackApiError, match="thread_not_found"):
        client.conversations_replies(channel=CHANNEL, ts="1000000000.000001")


def test_a_file_is_described_and_served_to_the_bot(slack: MinimalSlack, client: WebClient) -> None:
    content = b"print('\xc3\xa4')\n"
    message = slack.person_says("U0ADA", CHANNEL, "look", files=[("größe 1.py", content)])

    info = client.files_info(file=message.files[0].id)["file"]
    assert (info["name"], info["filetype"], info["size"]) == ("größe 1.py", "python", len(content))
    assert info["shares"]["public"] == {CHANNEL: [{"ts": message.ts}]}
    for url in (info["url_private"], info["url_private_download"]):
        assert download(url, slack.bot_token)[::2] == (200, content)


def test_everybody_with_a_users_id_is_a_full_member(slack: MinimalSlack, client: WebClient) -> None:
    user = client.users_info(user="U0ADA")["user"]
    assert (user["team_id"], user["is_restricted"], user["is_bot"]) == (slack.identity.team_id, False, False)
    with pytest.raises(SlackApiError, match="user_not_found"):
        client.users_info(user="B0BOT")


@pytest.mark.parametrize("token", [None, "xoxb-stolen"])
def test_a_stranger_gets_the_login_page_with_status_200(slack: MinimalSlack, client: WebClient, token: str) -> None:
    message = slack.person_says("U0ADA", CHANNEL, "look", files=[("a.py", b"secret")])
    url = client.files_info(file=message.files[0].id)["file"]["url_private_download"]

    status, content_type, body = download(url, token)
    assert (status, content_type) == (200, "text/html; charset=utf-8")
    assert body.startswith(b"<!DOCTYPE html>")


def test_a_deleted_file_leads_to_the_login_page_and_leaves_a_tombstone(slack: MinimalSlack, client: WebClient) -> None:
    message = slack.person_says("U0ADA", CHANNEL, "look", files=[("a.py", b"secret")])
    file_id = message.files[0].id
    url = client.files_info(file=file_id)["file"]["url_private_download"]
    slack.delete_file(message.files[0])

    assert download(url, slack.bot_token)[1] == "text/html; charset=utf-8"
    with pytest.raises(SlackApiError, match="file_deleted"):
        client.files_info(file=file_id)
    shown = client.conversations_history(channel=CHANNEL)["messages"][0]["files"]
    assert shown == [{"id": file_id, "mode": "tombstone"}]
