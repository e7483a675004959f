"""Modals with the real Bolt, by Socket Mode and by signed HTTP."""

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from demo.workspace.app_config import AppConfig
from demo.workspace.modals import TROUBLE
from demo.workspace.model import Acknowledgement, View
from demo.workspace.server import WorkspaceServer
from tests.fixtures.waiting import until

from .running import Control, free_listener, over_http, over_sockets

JSON = dict[str, Any]
Serve = Callable[[App], contextlib.AbstractContextManager[Any]]

REASON: JSON = {
    "type": "input",
    "block_id": "reason",
    "label": {"type": "plain_text", "text": "Reason"},
    "element": {"type": "plain_text_input", "action_id": "text"},
}
CARD: list[JSON] = [
    {
        "type": "actions",
        "elements": [{"type": "button", "action_id": "ask", "text": {"type": "plain_text", "text": "Ask"}}],
    }
]


def modal(title: str = "Reject", *blocks: JSON, **more: Any) -> JSON:
    return {
        "type": "modal",
        "callback_id": "reject",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": list(blocks) or [REASON],
        **more,
    }


class Asking:
    """A Bolt app whose button and command open a modal, and which writes down what it is sent.

    Attributes:
        view: The modal that it opens.
        answer: How it acknowledges a submission: the arguments of `ack`.
        refused: Slack's words for modals that could not be opened.
    """

    def __init__(self, server: WorkspaceServer, **options: Any) -> None:
        self.server = server
        self.app = App(client=WebClient(server.bot_token, base_url=server.api_url), **options)
        self.view = modal()
        self.answer: JSON = {}
        self.submissions: list[JSON] = []
        self.closings: list[JSON] = []
        self.actions: list[JSON] = []
        self.refused: list[str] = []
        self.app.action("ask")(self._asked)
        self.app.command("/mlops")(self._asked)
        self.app.view("reject")(self._submitted)
        self.app.view_closed("reject")(self._closed)
        self.app.action("text")(self._acted)

    def card(self) -> str:
        """Post a card with a button; its ts."""
        return str(self.app.client.chat_postMessage(channel="C0MLPIPE", text="card", blocks=CARD)["ts"])

    def opens(self, person: str = "bob") -> View:
        """Have somebody press the button; the modal that it opens."""
        people = self.server.workspace
        assert people.click(person, people.message("C0MLPIPE", self.card()), "ask").result(5).ok
        return people.views_of(person)[-1]

    def _asked(self, ack: Any, body: JSON, client: WebClient) -> None:
        try:
            client.views_open(trigger_id=body["trigger_id"], view=self.view)
        except SlackApiError as refused:
            self.refused.append(refused.response["error"])
        ack()

    def _submitted(self, ack: Any, body: JSON) -> None:
        self.submissions.append(body)
        ack(**self.answer)

    def _closed(self, ack: Any, body: JSON) -> None:
        self.closings.append(body)
        ack()

    def _acted(self, ack: Any, body: JSON) -> None:
        self.actions.append(body)
        ack()


@pytest.fixture(params=["sockets", "http"])
def asking(request: pytest.FixtureRequest) -> Iterator[Asking]:
    """The app, reached either way."""
    if request.param == "sockets":
        with WorkspaceServer() as server:
            asking = Asking(server)
            with over_sockets(server, asking.app):
                yield asking
        return
    listener = free_listener()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    with WorkspaceServer(app=AppConfig(request_url=url)) as server:
        asking = Asking(server, signing_secret=server.signing_secret)
        with over_http(listener, asking.app):
            yield asking


def test_a_reason_is_asked_for_refused_and_given(asking: Asking) -> None:
    asking.view = modal(private_metadata="P-1")
    view = asking.opens()
    people = asking.server.workspace
    asking.answer = {"response_action": "errors", "errors": {"reason": "Say a little more."}}
    assert people.submit("bob", view, {"Reason": "no"}).result(5).ok
    assert people.views_of("bob")[0].errors == {"reason": "Say a little more."}
    asking.answer = {}
    assert people.submit("bob", view, {"Reason": "it is worse on recall"}).result(5).ok
    assert people.views_of("bob") == ()
    refused, taken = asking.submissions
    assert (taken["user"]["id"], taken["user"]["team_id"], taken["team"]["id"]) == ("U0BOB", "T0LOCAL", "T0LOCAL")
    assert taken["view"]["state"]["values"] == {
        "reason": {"text": {"type": "plain_text_input", "value": "it is worse on recall"}}
    }
    assert (taken["view"]["id"], taken["view"]["root_view_id"]) == (view.id, view.id)
    assert (taken["view"]["callback_id"], taken["view"]["private_metadata"]) == ("reject", "P-1")
    assert (taken["view"]["hash"], taken["response_urls"]) == (view.hash, [])
    assert taken["trigger_id"] != refused["trigger_id"]


def test_views_are_updated_pushed_and_cleared_by_answers(asking: Asking) -> None:
    view, people = asking.opens(), asking.server.workspace
    asking.answer = {"response_action": "update", "view": modal("Sure?")}
    assert people.submit("bob", view, {"Reason": "x"}).result(5).ok
    assert [v.title for v in people.views_of("bob")] == ["Sure?"]
    asking.answer = {"response_action": "push", "view": modal("Really?")}
    assert people.submit("bob", view).result(5).ok
    assert [v.title for v in people.views_of("bob")] == ["Sure?", "Really?"]
    asking.answer = {"response_action": "clear"}
    assert people.submit("bob", people.views_of("bob")[-1], {"Reason": "x"}).result(5).ok
    assert people.views_of("bob") == ()


def test_a_closing_is_told_where_it_was_asked_for(asking: Asking) -> None:
    asking.view = modal(notify_on_close=True)
    people = asking.server.workspace
    assert people.close_view("bob", asking.opens()).result(5).ok
    assert people.close_view("bob", asking.opens(), whole=True).result(5).ok
    assert [closing["is_cleared"] for closing in asking.closings] == [False, True]
    assert asking.closings[0]["view"]["callback_id"] == "reject"


def test_a_choice_in_a_modal_is_told_with_all_that_stands_there_and_may_push_a_view(asking: Asking) -> None:
    kind = {
        "type": "static_select",
        "action_id": "kind",
        "options": [{"text": {"type": "plain_text", "text": "Other"}, "value": "other"}],
    }
    asking.view = modal("Why?", REASON, {"type": "actions", "block_id": "row", "elements": [kind]})
    told: list[JSON] = []

    @asking.app.action("kind")
    def chosen(ack: Any, body: JSON, client: WebClient) -> None:
        told.append(body)
        client.views_push(trigger_id=body["trigger_id"], view=modal("Other"))
        ack()

    view, people = asking.opens(), asking.server.workspace
    people.enter("bob", view, {"Reason": "half"})
    assert people.choose("bob", view, "kind", "other").result(5).ok
    (body,) = told
    assert body["container"] == {"type": "view", "view_id": view.id}
    assert body["actions"][0]["selected_option"]["value"] == "other"
    assert body["view"]["state"]["values"]["reason"]["text"]["value"] == "half"
    assert body["view"]["state"]["values"]["row"]["kind"]["selected_option"]["value"] == "other"
    assert not {"message", "channel", "response_url"} & set(body)
    assert [v.title for v in people.views_of("bob")] == ["Why?", "Other"]


def test_a_command_opens_a_modal_and_the_app_changes_it_by_its_id(asking: Asking) -> None:
    people = asking.server.workspace
    assert people.command("alice", "#ml-pipelines", "/mlops reject P-1").result(5).ok
    view = people.views_of("alice")[0]
    client = asking.app.client
    client.views_update(view_id=view.id, hash=view.hash, view=modal("Loaded"))
    assert people.views_of("alice")[0].title == "Loaded"
    with pytest.raises(SlackApiError, match="hash_conflict"):
        client.views_update(view_id=view.id, hash=view.hash, view=modal("Late"))


def test_a_menu_for_a_conversation_brings_a_url_to_answer_there(asking: Asking) -> None:
    where = {"type": "conversations_select", "action_id": "where", "response_url_enabled": True}
    label = {"type": "plain_text", "text": "Where"}
    asking.view = modal("Tell", {"type": "input", "block_id": "w", "label": label, "element": where})
    people = asking.server.workspace

    @asking.app.view("tell")
    def told(ack: Any, body: JSON, respond: Any) -> None:
        ack()
        respond("told", response_type="in_channel")

    asking.view["callback_id"] = "tell"
    view = asking.opens()
    assert people.submit("bob", view, {"Where": "C0RANDOM"}).result(5).ok
    until(lambda: [m.text for m in people.messages("C0RANDOM")] == ["told"], "the answer stands in #random")


def test_a_trigger_that_waited_too_long_opens_nothing() -> None:
    ahead = 0.0
    with WorkspaceServer(clock=lambda: time.time() + ahead) as server:
        asking = Asking(server)

        @asking.app.action("late")
        def late(ack: Any, body: JSON, client: WebClient) -> None:
            nonlocal ahead
            ahead = 3.1
            asking._asked(ack, body, client)

        blocks = [{**CARD[0], "elements": [{**CARD[0]["elements"][0], "action_id": "late"}]}]
        ts = asking.app.client.chat_postMessage(channel="C0MLPIPE", text="card", blocks=blocks)["ts"]
        with over_sockets(server, asking.app):
            assert server.workspace.click("bob", server.workspace.message("C0MLPIPE", ts), "late").result(5).ok
        assert asking.refused == ["expired_trigger_id"]
        assert server.workspace.views_of("bob") == ()


def test_a_submission_that_nobody_takes_leaves_the_modal_with_slacks_regret(impatient: WorkspaceServer) -> None:
    asking = Asking(impatient)
    hold: Future[None] = Future()

    @asking.app.view("slow")
    def slow(ack: Any) -> None:
        hold.result(10)
        ack()

    asking.view = {**modal(), "callback_id": "slow"}
    people = impatient.workspace
    with over_sockets(impatient, asking.app):
        view = asking.opens()
        outcome: Acknowledgement = people.submit("bob", view, {"Reason": "x"}).result(5)
        hold.set_result(None)
    assert (outcome.ok, outcome.error) == (False, "operation_timeout")
    assert people.views_of("bob")[0].trouble == TROUBLE


def test_the_control_api_sees_fills_in_and_closes_modals(server: WorkspaceServer, control: Control) -> None:
    asking = Asking(server)
    asking.view = modal(notify_on_close=True)
    with over_sockets(server, asking.app):
        asking.opens()
        (seen,) = control("GET", "/views", user="bob")["views"]
        where = {"user": "bob", "view_id": seen["id"]}
        assert control("POST", "/views/submit", **where)["error"] == "incomplete"
        (seen,) = control("GET", "/views", user="bob")["views"]
        assert seen["errors"] == {"reason": "Please complete this required field."}
        assert control("POST", "/views/click", **where, action_id="text", option="because")["ok"]
        assert control("POST", "/views/submit", **where, values={})["ok"]
        assert control("GET", "/views", user="bob")["views"] == []
        where["view_id"] = asking.opens().id
        assert control("POST", "/views/close", **where, whole=True)["ok"]
        assert control("POST", "/views/close", **where)["error"] == "not_found"
    assert len(asking.closings) == 1
    assert asking.submissions[0]["view"]["state"]["values"]["reason"]["text"]["value"] == "because"
