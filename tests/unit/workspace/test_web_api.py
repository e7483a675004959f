"""Who may call what."""

import dataclasses

import pytest

from demo.workspace.faults import Faults
from demo.workspace.web_api import METHODS, WebApi
from demo.workspace.workspace import Workspace

from .samples import APP_TOKEN, BOT_TOKEN, CallApi


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-wrong", "invalid_auth"),
        ("chat.postMessage", APP_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", BOT_TOKEN, "not_allowed_token_type"),
        ("views.publish", BOT_TOKEN, "unknown_method"),
        ("assistant.search.context", BOT_TOKEN, "unknown_method"),
    ],
)
def test_a_call_without_the_right_token_is_refused(web_api: WebApi, method: str, token: str, error: str) -> None:
    assert web_api.answer(method, {}, token).body["error"] == error


def test_auth_test_names_bot_and_team_and_lists_scopes(web_api: WebApi) -> None:
    answer = web_api.answer("auth.test", {}, BOT_TOKEN)
    assert answer.body["user_id"] == "U0TRAINMSTR"
    assert answer.body["team_id"] == "T0LOCAL"
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


def test_a_method_whose_scope_was_not_granted_says_which(workspace: Workspace, api: CallApi) -> None:
    workspace.app = dataclasses.replace(workspace.app, scopes=workspace.app.scopes - {"reactions:write"})
    answer = api("reactions.add", channel="C0MLPIPE", timestamp="1.1", name="eyes")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "reactions:write")
    assert "chat:write" in answer["provided"]


def test_history_needs_the_scope_of_the_kind_of_channel(workspace: Workspace, api: CallApi) -> None:
    workspace.app = dataclasses.replace(workspace.app, scopes=workspace.app.scopes - {"im:history"})
    assert api("conversations.history", channel="C0MLPIPE")["ok"]
    assert api("conversations.history", channel="D0ALICE")["needed"] == "im:history"


def test_every_method_needs_only_scopes_that_slack_knows() -> None:
    scopes = {scope for method in METHODS.values() for scope in method.scopes}
    assert scopes <= Workspace().app.scopes | {"mpim:write"}


def test_a_method_faulted_once_fails_once(api: CallApi, faults: Faults) -> None:
    faults.on("auth.test", "error", error="fatal_error")
    assert api("auth.test")["error"] == "fatal_error"
    assert api("auth.test")["ok"]


def test_a_hidden_method_stays_unknown_until_shown(api: CallApi, faults: Faults) -> None:
    faults.on("auth.test", "hidden", times=None)
    assert [api("auth.test")["error"] for _ in range(3)] == ["unknown_method"] * 3
    faults.clear()
    assert api("auth.test")["ok"]


def test_a_429_carries_its_retry_after(web_api: WebApi, faults: Faults) -> None:
    faults.on("chat.update", "rate_limited", retry_after=7)
    answer = web_api.answer("chat.update", {}, BOT_TOKEN)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


def test_a_429_is_counted_by_method(web_api: WebApi, faults: Faults) -> None:
    faults.on("chat.update", "rate_limited")
    for _ in range(2):
        web_api.answer("chat.update", {}, BOT_TOKEN)
    assert web_api.calls.limited == {"chat.update": 1}
    assert web_api.calls.counts == {"chat.update": 2}


def test_a_call_that_is_cut_off_afterwards_was_done(web_api: WebApi, workspace: Workspace, faults: Faults) -> None:
    faults.on("chat.postMessage", "reset_after")
    answer = web_api.answer("chat.postMessage", {"channel": "C0MLPIPE", "text": "x"}, BOT_TOKEN)
    assert answer.fault is not None
    assert [m.text for m in workspace.messages("C0MLPIPE")] == ["x"]


def test_a_call_that_is_cut_off_before_was_not_done(web_api: WebApi, workspace: Workspace, faults: Faults) -> None:
    faults.on("chat.postMessage", "reset")
    assert web_api.answer("chat.postMessage", {"channel": "C0MLPIPE", "text": "x"}, BOT_TOKEN).fault is not None
    assert workspace.messages("C0MLPIPE") == []


def test_calls_are_logged_without_the_token(web_api: WebApi) -> None:
    web_api.answer("chat.postMessage", {"channel": "C0MLPIPE", "text": "x", "token": BOT_TOKEN}, BOT_TOKEN)
    web_api.answer("auth.test", {}, BOT_TOKEN)
    assert web_api.calls.counts == {"chat.postMessage": 1, "auth.test": 1}
    (called,) = web_api.calls.of("chat.postMessage")
    assert called.args == {"channel": "C0MLPIPE", "text": "x"}
    assert called.status == 200
