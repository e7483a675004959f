"""The Web API as `slack_sdk.WebClient` calls it."""

import urllib.request
from pathlib import Path

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.webhook import WebhookClient

from demo.workspace.server import PortInUse, WorkspaceServer


def test_every_method_is_reached_the_way_the_sdk_calls_it(server: WorkspaceServer, client: WebClient) -> None:
    root = server.workspace.post("alice", "#ml-pipelines", "hello")
    where = {"channel": "C0MLPIPE", "timestamp": root.ts}

    assert client.auth_test()["user_id"] == "U0TRAINMSTR"
    assert client.api_test()["ok"]
    assert client.apps_connections_open(app_token=server.app_token)["url"].startswith("ws://127.0.0.1:")
    posted = client.chat_postMessage(channel="C0MLPIPE", thread_ts=root.ts, text="one", unfurl_links=False)
    assert client.chat_update(channel="C0MLPIPE", ts=posted["ts"], text="two", blocks=[])["text"] == "two"
    assert client.chat_getPermalink(channel="C0MLPIPE", message_ts=posted["ts"])["permalink"]
    assert client.chat_postEphemeral(channel="C0MLPIPE", user="U0BOB", text="psst")["message_ts"]
    replies = client.conversations_replies(channel="C0MLPIPE", ts=root.ts, limit=10, include_all_metadata=True)
    assert [m["text"] for m in replies["messages"]] == ["hello", "two"]
    assert len(client.conversations_history(channel="C0MLPIPE", inclusive=True, latest=root.ts)["messages"]) == 1
    assert client.conversations_info(channel="C0MLPIPE", include_num_members=True)["channel"]["num_members"] == 4
    assert len(client.conversations_list(types="public_channel,im")["channels"]) == 5
    assert client.conversations_members(channel="C0MLPIPE")["members"]
    assert client.conversations_open(users=["U0BOB"])["channel"]["id"] == "D0BOB"
    assert client.users_info(user="U0BOB")["user"]["name"] == "bob"
    assert client.users_list()["members"]
    assert client.bots_info(bot="B0TRAINMSTR")["bot"]["app_id"] == "A0TRAINMSTR"
    assert client.team_info()["team"]["name"] == "Local workspace"
    assert client.reactions_add(name="eyes", **where)["ok"]
    assert client.reactions_get(channel="C0MLPIPE", timestamp=root.ts)["message"]["reactions"]
    assert client.reactions_remove(name="eyes", **where)["ok"]
    assert client.assistant_threads_setStatus(channel_id="C0MLPIPE", thread_ts=root.ts, status="is thinking…")["ok"]
    assert client.agents_sessions_setStatus(channel_id="C0MLPIPE", thread_ts=root.ts, status="active")["ok"]
    assert client.chat_delete(channel="C0MLPIPE", ts=posted["ts"])["ok"]


def test_everything_else_is_an_unknown_method(client: WebClient) -> None:
    for method in ("views.publish", "chat.meMessage", "usergroups.update", "nonsense"):
        with pytest.raises(SlackApiError, match="unknown_method"):
            client.api_call(method)


def test_a_token_in_the_form_is_as_good_as_one_in_the_header(server: WorkspaceServer) -> None:
    request = urllib.request.Request(
        f"{server.api_url}auth.test", data=f"token={server.bot_token}".encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert b'"user_id":"U0TRAINMSTR"' in answer.read()


def test_scopes_are_told_in_a_header(client: WebClient) -> None:
    headers = client.auth_test().headers
    assert "chat:write" in {k.lower(): v for k, v in headers.items()}["x-oauth-scopes"].split(",")


def test_a_file_goes_up_and_comes_down_with_the_token(server: WorkspaceServer, client: WebClient) -> None:
    root = server.workspace.post("alice", "#ml-pipelines", "hello")
    content = bytes(range(256)) * 400
    client.files_upload_v2(
        channel="C0MLPIPE", thread_ts=root.ts, content=content, filename="a.bin", initial_comment="here"
    )
    message = server.workspace.thread("C0MLPIPE", root.ts)[-1]
    assert (message.text, message.files[0].size) == ("here", len(content))

    url = client.files_info(file=message.files[0].id)["file"]["url_private"]
    assert downloaded(url, server.bot_token) == content


def test_a_download_without_token_scope_or_file_is_a_login_page(server: WorkspaceServer, client: WebClient) -> None:
    message = server.workspace.upload("alice", "#ml-pipelines", "churn.py", b"x = 1")
    url = client.files_info(file=message.files[0].id)["file"]["url_private_download"]
    assert downloaded(url, server.bot_token) == b"x = 1"
    assert b"<!DOCTYPE html>" in downloaded(url, "xoxb-wrong")
    server.faults.login_page = 1
    assert b"<!DOCTYPE html>" in downloaded(url, server.bot_token)
    server.workspace.delete_file("alice", message.files[0].id)
    assert b"<!DOCTYPE html>" in downloaded(url, server.bot_token)


def downloaded(url: str, token: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200
        content: bytes = answer.read()
    return content


def test_too_many_calls_bring_429_with_retry_after(client: WebClient) -> None:
    for _ in range(20):
        client.users_list()
    with pytest.raises(SlackApiError) as refused:
        client.users_list()
    assert refused.value.response.status_code == 429
    assert int(refused.value.response.headers["Retry-After"]) >= 1


def test_the_sdks_retry_handler_gets_through_a_429(server: WorkspaceServer, client: WebClient) -> None:
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    server.faults.on("chat.postMessage", "rate_limited", retry_after=1)
    assert client.chat_postMessage(channel="C0MLPIPE", text="x")["ok"]
    assert server.calls.counts["chat.postMessage"] == 2


def test_a_post_that_is_done_and_then_reset_is_sent_twice_by_the_sdks_default(
    server: WorkspaceServer, client: WebClient
) -> None:
    server.faults.on("chat.postMessage", "reset_after")
    assert client.chat_postMessage(channel="C0MLPIPE", text="x")["ok"]
    assert [m.text for m in server.workspace.messages("C0MLPIPE")] == ["x", "x"]


def test_a_reset_reaches_a_client_without_retries_as_an_os_error(server: WorkspaceServer) -> None:
    careful = WebClient(server.bot_token, base_url=server.api_url, retry_handlers=[])
    server.faults.on("chat.postMessage", "reset_after")
    with pytest.raises(OSError, match=r"[Rr]eset|closed|urlopen"):
        careful.chat_postMessage(channel="C0MLPIPE", text="x")
    assert [m.text for m in server.workspace.messages("C0MLPIPE")] == ["x"]


def test_a_call_left_hanging_times_out_although_it_was_done(server: WorkspaceServer) -> None:
    hasty = WebClient(server.bot_token, base_url=server.api_url, timeout=1, retry_handlers=[])
    server.faults.on("chat.postMessage", "timeout_after")
    with pytest.raises(TimeoutError):
        hasty.chat_postMessage(channel="C0MLPIPE", text="x")
    assert [m.text for m in server.workspace.messages("C0MLPIPE")] == ["x"]


def test_a_500_is_an_error_without_effect(server: WorkspaceServer, client: WebClient) -> None:
    server.faults.on("chat.postMessage", "server_error")
    with pytest.raises(SlackApiError) as failed:
        client.chat_postMessage(channel="C0MLPIPE", text="x")
    assert failed.value.response.status_code == 500
    assert server.workspace.messages("C0MLPIPE") == []


def test_a_response_url_that_never_was_is_404(server: WorkspaceServer) -> None:
    answer = WebhookClient(f"{server.page_url}/actions/T0LOCAL/1/nothing").send(text="x")
    assert (answer.status_code, "expired_url" in answer.body) == (404, True)


def test_a_permalink_opens_the_thread_on_the_page(server: WorkspaceServer, client: WebClient) -> None:
    root = server.workspace.post("alice", "#ml-pipelines", "hello")
    reply = server.workspace.post("bob", "#ml-pipelines", "hi", root.ts)
    for ts in (root.ts, reply.ts):
        link = client.chat_getPermalink(channel="C0MLPIPE", message_ts=ts)["permalink"]
        answer = httpx.get(link, trust_env=False)
        assert answer.headers["location"] == f"/?channel=C0MLPIPE&thread={root.ts}"


def test_a_restart_keeps_messages_files_and_tokens(tmp_path: Path) -> None:
    with WorkspaceServer(tmp_path) as first:
        message = first.workspace.upload("alice", "#ml-pipelines", "a.py", b"x = 1")
        token = first.bot_token
    with WorkspaceServer(tmp_path) as second:
        client = WebClient(token, base_url=second.api_url)
        (kept,) = client.conversations_history(channel="C0MLPIPE")["messages"]
        assert kept["ts"] == message.ts
        assert downloaded(kept["files"][0]["url_private"], token) == b"x = 1"


def test_a_port_in_use_is_told_by_its_number(server: WorkspaceServer) -> None:
    port = int(server.page_url.rpartition(":")[2])
    with pytest.raises(PortInUse, match=str(port)):
        WorkspaceServer(port=port)


def test_a_stopped_workspace_leaves_no_thread_and_frees_its_port() -> None:
    first = WorkspaceServer()
    port = int(first.page_url.rpartition(":")[2])
    first.start()
    first.stop()
    with WorkspaceServer(port=port) as second:
        assert WebClient(second.bot_token, base_url=second.api_url).auth_test()["ok"]
