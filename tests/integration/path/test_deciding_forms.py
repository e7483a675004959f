"""From a press on a proposal's card, by its form, to the proposal's box: signed requests to the real Bolt."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
import redis
from slack_bolt import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot import settings as configuration
from bot.app import create_app
from bot.events import ITEMS, AnyItem, Click, Submission
from bot.mailbox import MAX_DECISIONS, proposal_box
from bot.proposals import Verdict
from bot.serving import build
from bot.views import actions
from bot.views.modals import FIELD
from demo.services.ports import free_port
from tests.fakes.proposals import ALICE, BOB, proposal, said
from tests.fakes.recording_slack import RecordingSlack

JSON = dict[str, Any]
BOX = "tm:T1:mailbox:v1:T1:proposal:P-1"
ABOUT = json.dumps({"proposal": "P-1", "channel": "C1", "root": "100.1"})


class Desk:
    """A bot that takes decisions in, and a proposal to promote churn for which a name has to be typed."""

    def __init__(self, slack: RecordingSlack, redis_url: str) -> None:
        self.slack = slack
        loaded = configuration.load(
            {
                "slack_bot_token": slack.bot_token,
                "slack_signing_secret": slack.signing_secret,
                "slack_api_url": f"{slack.url}/api/",
                "port": free_port(),
                "redis_url": redis_url,
            }
        )
        self.services = build(loaded)
        self.app = create_app(loaded, self.services)

    def has_a_proposal(self) -> None:
        self.services.proposals.add(proposal(id="P-1", confirmation="churn"))

    def sends(self, body: JSON, *, age: float = 0.0, secret: str = RecordingSlack.signing_secret) -> BoltResponse:
        """A request as Slack makes it."""
        return self._sends(urlencode({"payload": json.dumps(body)}), age=age, secret=secret)

    def types(self, text: str, *, team: str) -> BoltResponse:
        """A slash command as Slack brings it."""
        fields = {"team_id": team, "user_id": BOB, "channel_id": "C1", "trigger_id": text, "text": text}
        return self._sends(urlencode({**fields, "command": "/mlops", "response_url": f"{self.slack.url}/respond"}))

    def _sends(self, raw: str, *, age: float = 0.0, secret: str = RecordingSlack.signing_secret) -> BoltResponse:
        sent = str(int(time.time() - age))
        signature = SignatureVerifier(secret).generate_signature(timestamp=sent, body=raw)
        headers: dict[str, str | Sequence[str]] = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": sent,
            "X-Slack-Signature": str(signature),
        }
        return self.app.dispatch(BoltRequest(body=raw, headers=headers))

    def press(self, action: str, *, by: str = BOB, team: str = "T1", value: str = "P-1", at: str = "9.0") -> JSON:
        return {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": by, "team_id": team},
            "trigger_id": "1.2.abc",
            "channel": {"id": "C1"},
            "container": {"channel_id": "C1", "message_ts": "101.1", "thread_ts": "100.1"},
            "message": {"ts": "101.1", "thread_ts": "100.1"},
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": at}],
            "response_url": f"{self.slack.url}/respond",
        }

    def form(
        self, action: str, typed: str | None, *, by: str = BOB, team: str = "T1", about: str = ABOUT, view: str = "V1"
    ) -> JSON:
        element = {"type": "plain_text_input", "value": typed}
        return {
            "type": "view_submission",
            "team": {"id": "T1"},
            "user": {"id": by, "team_id": team},
            "view": {
                "id": view,
                "type": "modal",
                "callback_id": action,
                "private_metadata": about,
                "state": {"values": {FIELD: {FIELD: element}}},
            },
        }

    @property
    def told(self) -> list[str]:
        """What people were told alone."""
        assert all(each["response_type"] == "ephemeral" for each in self.slack.asked("respond"))
        return [each["text"] for each in self.slack.asked("respond")]


def fault(answer: BoltResponse) -> str:
    """What the form shows under its field."""
    body = json.loads(answer.body)
    assert body["response_action"] == "errors"
    return str(body["errors"][FIELD])


def taken(connection: redis.Redis, box: str = BOX) -> list[AnyItem]:
    return [ITEMS.validate_json(item) for item in connection.lrange(box, 0, -1)]


@contextmanager
def desk_on(redis_url: str) -> Iterator[Desk]:
    with RecordingSlack() as slack:
        made = Desk(slack, redis_url)
        yield made
        made.services.presence.close()


@pytest.fixture
def desk(connection: redis.Redis, valkey_url: str) -> Iterator[Desk]:
    with desk_on(valkey_url) as made:
        made.has_a_proposal()
        yield made


@pytest.fixture
def cut_off() -> Iterator[Desk]:
    """A bot whose Redis is away."""
    with desk_on(f"redis://127.0.0.1:{free_port()}/0") as made:
        yield made


def test_approve_and_withdraw_go_into_the_proposals_own_box(desk: Desk, connection: redis.Redis) -> None:
    assert desk.sends(desk.press(actions.PROPOSAL_APPROVE, at="9.0")).status == 200
    assert desk.sends(desk.press(actions.PROPOSAL_WITHDRAW, by=ALICE, at="9.1")).status == 200
    assert [(item.action, item.actor.user) for item in taken(connection) if isinstance(item, Click)] == [
        (actions.PROPOSAL_APPROVE, BOB),
        (actions.PROPOSAL_WITHDRAW, ALICE),
    ]


def test_reject_opens_a_form_that_knows_where_it_came_from_and_decides_nothing_yet(
    desk: Desk, connection: redis.Redis
) -> None:
    assert desk.sends(desk.press(actions.PROPOSAL_REJECT)).status == 200
    [opened] = desk.slack.asked("views.open")
    assert opened["trigger_id"] == "1.2.abc"
    assert opened["view"]["callback_id"] == actions.PROPOSAL_REJECT
    assert json.loads(opened["view"]["private_metadata"]) == json.loads(ABOUT)
    assert "Promote churn v4" in opened["view"]["blocks"][0]["text"]["text"]
    assert taken(connection) == []


def test_an_approval_that_must_be_typed_shows_what_to_type(desk: Desk) -> None:
    desk.sends(desk.press(actions.PROPOSAL_CONFIRM))
    [opened] = desk.slack.asked("views.open")
    assert "*To approve, type* `churn`" in opened["view"]["blocks"][0]["text"]["text"]


def test_a_form_that_was_sent_twice_is_one_decision(desk: Desk, connection: redis.Redis) -> None:
    answers = [desk.sends(desk.form(actions.PROPOSAL_REJECT, "Not on a Friday.")) for _ in range(2)]
    assert [(answer.status, answer.body) for answer in answers] == [(200, "")] * 2
    [item] = taken(connection)
    assert isinstance(item, Submission)
    assert (item.action, item.text, item.actor.user, item.thread.ref) == (
        actions.PROPOSAL_REJECT,
        "Not on a Friday.",
        BOB,
        "T1:C1:100.1",
    )


@pytest.mark.parametrize("typed", [None, "", "  \n"])
def test_a_rejection_needs_a_reason(desk: Desk, connection: redis.Redis, typed: str | None) -> None:
    assert fault(desk.sends(desk.form(actions.PROPOSAL_REJECT, typed))) == "Please say why: who asked for it is told."
    assert taken(connection) == []


def test_who_types_something_else_is_told_what_to_type_and_may_do_so_in_the_same_form(
    desk: Desk, connection: redis.Redis
) -> None:
    assert fault(desk.sends(desk.form(actions.PROPOSAL_CONFIRM, "yes"))).endswith("Please type exactly: churn")
    assert taken(connection) == []
    assert desk.sends(desk.form(actions.PROPOSAL_CONFIRM, " churn ")).body == ""
    assert len(taken(connection)) == 1


@pytest.mark.parametrize("action", [actions.PROPOSAL_REJECT, actions.PROPOSAL_CONFIRM])
def test_who_comes_too_late_is_told_what_became_of_it_before_and_after_filling_in(
    desk: Desk, connection: redis.Redis, action: str
) -> None:
    kept = desk.services.proposals.load("P-1")
    assert kept is not None
    desk.services.proposals.change(kept, kept.proposal.decided(said(ALICE, Verdict.REJECT)))
    late = "P-1 can no longer be decided: it was rejected."
    desk.sends(desk.press(action))
    assert (desk.told, desk.slack.asked("views.open")) == ([late], [])
    assert fault(desk.sends(desk.form(action, "churn"))) == late
    assert taken(connection) == []


@pytest.mark.parametrize("value", ["P-2", "", "x" * 2_000, "P-1:P-1", "*"])
def test_a_value_that_no_card_of_ours_has_opens_nothing_and_goes_where_it_is_written_down(
    desk: Desk, connection: redis.Redis, value: str
) -> None:
    desk.sends(desk.press(actions.PROPOSAL_REJECT, value=value))
    assert (desk.slack.asked("views.open"), desk.told) == ([], [])
    [pressed] = taken(connection, f"tm:T1:mailbox:v1:{proposal_box('T1', value)}")
    assert isinstance(pressed, Click)
    assert (pressed.actor.user, pressed.value) == (BOB, value)


def test_a_form_about_a_proposal_that_is_gone_goes_where_it_is_written_down(
    desk: Desk, connection: redis.Redis
) -> None:
    about = ABOUT.replace("P-1", "P-2")
    answer = desk.sends(desk.form(actions.PROPOSAL_REJECT, "no", about=about))
    assert (answer.status, answer.body) == (200, "")
    assert len(taken(connection, BOX.replace("P-1", "P-2"))) == 1


def test_people_of_another_workspace_get_no_form_and_their_presses_go_where_refusals_are_written_down(
    desk: Desk, connection: redis.Redis
) -> None:
    for action in sorted(actions.DECISIONS):
        desk.sends(desk.press(action, team="T2", at=action))
    desk.sends(desk.press(actions.RUN_CANCEL, team="T2", at="other"))
    assert desk.told == ["Only members of this workspace can use these buttons."]
    with_form = sorted(actions.WITH_MODAL & actions.DECISIONS)
    forms = [desk.form(action, "churn", team="T2", view=action) for action in with_form]
    assert [desk.sends(form).body for form in forms] == ["", ""]
    assert desk.slack.asked("views.open") == []
    said = taken(connection)
    assert all(isinstance(one, Click | Submission) and one.actor.team == "T2" for one in said)
    pressed = [one.action for one in said if isinstance(one, Click)]
    filled_in = [one.action for one in said if isinstance(one, Submission)]
    assert (pressed, filled_in) == (sorted(actions.DECISIONS), with_form)
    asked = "tm:T1:mailbox:v1:T1:C1:100.1"
    for action in sorted(actions.ASKS):
        desk.sends(desk.press(action, team="T2", at=action))
    assert [one.action for one in taken(connection, asked) if isinstance(one, Click)] == sorted(actions.ASKS)


def test_what_another_workspace_types_is_turned_away_but_for_what_would_decide(
    desk: Desk, connection: redis.Redis
) -> None:
    assert "Only members" in desk.types("approvals", team="T2").body
    decisions = ["approve P-1", "Reject P-1 no", "withdraw P-1"]
    assert [desk.types(text, team="T2").body for text in decisions] == ["", "", ""]
    assert len(taken(connection, f"tm:T2:mailbox:v1:T2:C1:@{BOB}")) == 3


@pytest.mark.parametrize("forged", [{"secret": "guessed"}, {"age": 330.0}, {"age": -330.0}])
def test_a_request_that_slack_did_not_sign_just_now_does_nothing(
    desk: Desk, connection: redis.Redis, forged: dict[str, Any]
) -> None:
    bodies = [desk.press(actions.PROPOSAL_APPROVE), desk.form(actions.PROPOSAL_REJECT, "no")]
    assert [desk.sends(body, **forged).status for body in bodies] == [401, 401]
    assert taken(connection) == []


def test_the_same_request_sent_again_within_its_time_is_taken_once(desk: Desk, connection: redis.Redis) -> None:
    for _ in range(3):
        assert desk.sends(desk.press(actions.PROPOSAL_APPROVE)).status == 200
    assert len(taken(connection)) == 1


@pytest.mark.parametrize("about", ["", "{}", "{", ABOUT.replace('"C1"', "1"), ABOUT.replace("}", ', "more": 1}')])
def test_a_form_that_says_not_what_it_is_about_decides_nothing(desk: Desk, connection: redis.Redis, about: str) -> None:
    assert "no longer have" in fault(desk.sends(desk.form(actions.PROPOSAL_REJECT, "no", about=about)))
    assert connection.keys("tm:*:mailbox:v1:*") == []


@pytest.mark.parametrize("about", [ABOUT, ""])
def test_a_form_that_is_not_ours_is_acknowledged_and_forgotten(desk: Desk, connection: redis.Redis, about: str) -> None:
    answer = desk.sends(desk.form("survey", "hello", about=about))
    assert (answer.status, answer.body) == (200, "")
    assert connection.keys("tm:*:mailbox:v1:*") == []


def test_a_form_that_was_closed_is_acknowledged(desk: Desk) -> None:
    body = {**desk.form(actions.PROPOSAL_REJECT, None), "type": "view_closed", "is_cleared": False}
    assert desk.sends(body).status == 200


def test_when_slack_opens_no_form_the_person_is_given_the_command(desk: Desk) -> None:
    desk.slack.refuses["views.open"] = "expired_trigger_id"
    for action in (actions.PROPOSAL_REJECT, actions.PROPOSAL_CONFIRM):
        assert desk.sends(desk.press(action)).status == 200
    assert ["`/mlops reject P-1 REASON`" in desk.told[0], "`/mlops approve P-1 NAME`" in desk.told[1]] == [True, True]
    assert "expired_trigger_id" in desk.told[0]
    assert "Nothing was changed" in desk.told[0]


def test_the_two_hundred_and_first_decision_that_waits_is_turned_away_in_words(
    desk: Desk, connection: redis.Redis
) -> None:
    for number in range(MAX_DECISIONS):
        desk.sends(desk.press(actions.PROPOSAL_APPROVE, at=str(number)))
    desk.sends(desk.press(actions.PROPOSAL_APPROVE, at="last"))
    assert "Nothing was changed" in desk.told[0]
    assert "Too many decisions wait" in fault(desk.sends(desk.form(actions.PROPOSAL_REJECT, "no")))
    assert len(taken(connection)) == MAX_DECISIONS


def test_without_redis_a_press_opens_nothing_and_a_form_stays_open_and_both_say_so(cut_off: Desk) -> None:
    for action in sorted(actions.DECISIONS):
        assert cut_off.sends(cut_off.press(action)).status == 200
    assert len(cut_off.told) == len(actions.DECISIONS)
    assert all("cannot take this now" in told and "Nothing was changed" in told for told in cut_off.told)
    assert cut_off.slack.asked("views.open") == []
    assert "cannot take this now" in fault(cut_off.sends(cut_off.form(actions.PROPOSAL_REJECT, "no")))
