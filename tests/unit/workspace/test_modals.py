"""What people do in a modal, and what the app's answer makes of it."""

from concurrent.futures import Future
from typing import Any

import pytest

from demo.workspace.modals import TROUBLE
from demo.workspace.model import JSON, Acknowledgement, View
from demo.workspace.workspace import NotAllowed, Workspace
from tests.fakes.page_app import PageApp

from .samples import modal, plain, question


def option(value: str) -> JSON:
    return {"text": plain(value.upper()), "value": value}


CHOICE = {"type": "static_select", "action_id": "kind", "options": [option("a"), option("b")]}
CHECKS = {"type": "checkboxes", "action_id": "checks", "options": [option("x"), option("y")]}


@pytest.fixture
def app(workspace: Workspace) -> PageApp:
    app = PageApp(workspace)
    workspace.connect(app)
    return app


def answers(app: PageApp, body: JSON, *, ok: bool = True) -> None:
    app.acknowledgement = Acknowledgement(ok=ok, error="" if ok else "operation_timeout", body=body)


def now(workspace: Workspace) -> View:
    return workspace.views_of("alice")[-1]


def test_an_empty_answer_closes_the_view(workspace: Workspace, app: PageApp) -> None:
    view = app.opens("alice", modal())
    assert workspace.submit("alice", view, {"Reason": "too slow"}).result(0).ok
    (sent,) = app.submissions
    assert sent.state == {"reason": {"reason": {"type": "plain_text_input", "value": "too slow"}}}
    assert workspace.views_of("alice") == ()


def test_closing_a_pushed_view_shows_the_one_below_as_it_was(workspace: Workspace, app: PageApp) -> None:
    first = app.opens("alice", modal())
    workspace.enter("alice", first, {"reason": "half a sent"})
    second = workspace.modals.views.push("U0ALICE", modal())
    workspace.submit("alice", second, {"reason": "x"})
    (left,) = workspace.views_of("alice")
    assert (left.id, left.state["reason"]["reason"]["value"]) == (first.id, "half a sent")


def test_errors_stand_under_their_fields_until_these_change(workspace: Workspace, app: PageApp) -> None:
    view = app.opens("alice", modal(question("reason", "Reason"), question("more", "More", optional=True)))
    answers(app, {"response_action": "errors", "errors": {"reason": "Too short.", "more": "Say more."}})
    assert workspace.submit("alice", view, {"Reason": "no"}).result(0).ok
    assert now(workspace).errors == {"reason": "Too short.", "more": "Say more."}
    workspace.enter("alice", view, {"Reason": "no, because"})
    assert now(workspace).errors == {"more": "Say more."}
    answers(app, {})
    workspace.submit("alice", view)
    assert workspace.views_of("alice") == ()


def test_an_answer_may_show_another_view_push_one_or_close_all(workspace: Workspace, app: PageApp) -> None:
    view = app.opens("alice", modal())
    answers(app, {"response_action": "update", "view": modal(title=plain("Sure?"))})
    workspace.submit("alice", view, {"reason": "x"})
    assert [(v.id, v.title, v.busy) for v in workspace.views_of("alice")] == [(view.id, "Sure?", False)]
    answers(app, {"response_action": "push", "view": modal(title=plain("Really?"))})
    workspace.submit("alice", view)
    assert [v.title for v in workspace.views_of("alice")] == ["Sure?", "Really?"]
    answers(app, {"response_action": "clear"})
    workspace.submit("alice", now(workspace), {"reason": "x"})
    assert workspace.views_of("alice") == ()


@pytest.mark.parametrize(
    "body",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors"},
        {"response_action": "errors", "errors": {"reason": 3}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "push"},
        {"response_action": "dance"},
        {"text": "thanks"},
    ],
)
def test_an_answer_that_slack_does_not_understand_is_trouble(workspace: Workspace, app: PageApp, body: Any) -> None:
    view = app.opens("alice", modal())
    answers(app, body)
    outcome = workspace.submit("alice", view, {"reason": "x"}).result(0)
    assert (outcome.ok, outcome.error) == (False, "invalid_response")
    assert (now(workspace).trouble, now(workspace).busy) == (TROUBLE, False)


def test_a_third_push_in_an_answer_is_trouble(workspace: Workspace, app: PageApp) -> None:
    app.opens("alice", modal())
    for _ in range(2):
        workspace.modals.views.push("U0ALICE", modal())
    answers(app, {"response_action": "push", "view": modal()})
    assert not workspace.submit("alice", now(workspace), {"reason": "x"}).result(0).ok
    assert now(workspace).trouble == TROUBLE
    assert len(workspace.views_of("alice")) == 3


def test_no_answer_in_time_is_trouble_and_the_modal_stays_with_what_was_typed(
    workspace: Workspace, app: PageApp
) -> None:
    view = app.opens("alice", modal())
    answers(app, {}, ok=False)
    assert workspace.submit("alice", view, {"reason": "too slow"}).result(0).error == "operation_timeout"
    assert now(workspace).trouble == TROUBLE
    assert now(workspace).state["reason"]["reason"]["value"] == "too slow"
    answers(app, {})
    assert workspace.submit("alice", view).result(0).ok
    assert workspace.views_of("alice") == ()


def test_without_an_app_a_submission_is_trouble(workspace: Workspace) -> None:
    view = workspace.modals.views.open("U0ALICE", modal())
    assert workspace.submit("alice", view, {"reason": "x"}).result(0).error == "dispatch_failed"
    assert now(workspace).trouble == TROUBLE


def test_a_modal_is_busy_until_the_answer_and_is_not_sent_twice(workspace: Workspace, app: PageApp) -> None:
    view = app.opens("alice", modal())
    app.pending = Future()
    outcome = workspace.submit("alice", view, {"reason": "x"})
    assert now(workspace).busy
    with pytest.raises(NotAllowed, match="already"):
        workspace.submit("alice", view)
    app.pending.set_result(Acknowledgement(ok=True))
    assert outcome.result(0).ok
    assert len(app.submissions) == 1
    assert workspace.views_of("alice") == ()


def test_an_answer_for_a_modal_that_was_closed_meanwhile_opens_nothing(workspace: Workspace, app: PageApp) -> None:
    view = app.opens("alice", modal())
    app.pending = Future()
    outcome = workspace.submit("alice", view, {"reason": "x"})
    workspace.close_view("alice", view)
    app.pending.set_result(Acknowledgement(ok=True, body={"response_action": "update", "view": modal()}))
    assert outcome.result(0).ok
    assert workspace.views_of("alice") == ()


@pytest.mark.parametrize(
    ("element", "value", "fault"),
    [
        ({"type": "plain_text_input"}, "", "Please complete this required field."),
        ({"type": "plain_text_input", "min_length": 3}, "ab", "Please enter at least 3 characters."),
        ({"type": "plain_text_input", "max_length": 3}, "abcd", "Please enter no more than 3 characters."),
        ({"type": "plain_text_input"}, "x" * 3001, "Please enter no more than 3000 characters."),
        ({"type": "email_text_input"}, "alice", "Please enter a valid email address."),
        ({"type": "url_text_input"}, "nowhere", "Please enter a valid URL."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a whole number."),
        ({"type": "number_input", "is_decimal_allowed": True}, "many", "Please enter a number."),
        (
            {"type": "number_input", "is_decimal_allowed": True, "min_value": "2"},
            "1.5",
            "Please enter a number of 2 or",
        ),
        ({"type": "number_input", "is_decimal_allowed": False, "max_value": "2"}, "3", "Please enter a number of 2 or"),
        (CHECKS, [], "Please complete this required field."),
        (CHOICE, "", "Please complete this required field."),
    ],
)
def test_what_slacks_client_refuses_never_reaches_the_app(
    workspace: Workspace, app: PageApp, element: JSON, value: str | list[str], fault: str
) -> None:
    view = app.opens("alice", modal(question("b", "Field", {"action_id": "a", **element})))
    assert workspace.submit("alice", view, {"Field": value}).result(0).error == "incomplete"
    assert now(workspace).errors["b"].startswith(fault)
    assert app.submissions == []


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "plain_text_input", "min_length": 3, "max_length": 3}, "abc"),
        ({"type": "email_text_input"}, "alice@example.org"),
        ({"type": "url_text_input"}, "https://example.org"),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "0", "max_value": "1"}, "0.5"),
    ],
)
def test_what_fits_is_sent(workspace: Workspace, app: PageApp, element: JSON, value: str) -> None:
    view = app.opens("alice", modal(question("b", "Field", {"action_id": "a", **element})))
    assert workspace.submit("alice", view, {"Field": value}).result(0).ok
    assert app.submissions[0].state["b"]["a"]["value"] == value


def test_every_kind_of_field_is_told_as_slack_tells_it(workspace: Workspace, app: PageApp) -> None:
    kinds: list[tuple[JSON, Any, JSON]] = [
        (CHOICE, "b", {"selected_option": option("b")}),
        ({**CHOICE, "type": "radio_buttons"}, "a", {"selected_option": option("a")}),
        ({**CHOICE, "type": "multi_static_select"}, ["a", "b"], {"selected_options": [option("a"), option("b")]}),
        (CHECKS, ["y"], {"selected_options": [option("y")]}),
        ({"type": "users_select"}, "U0BOB", {"selected_user": "U0BOB"}),
        ({"type": "multi_users_select"}, ["U0BOB"], {"selected_users": ["U0BOB"]}),
        ({"type": "channels_select"}, "C0RANDOM", {"selected_channel": "C0RANDOM"}),
        ({"type": "conversations_select"}, "C0RANDOM", {"selected_conversation": "C0RANDOM"}),
        ({"type": "datepicker"}, "2026-05-01", {"selected_date": "2026-05-01"}),
        ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
        ({"type": "datetimepicker"}, "1700000000", {"selected_date_time": 1700000000}),
    ]
    blocks = [question(f"b{n}", f"Q{n}", {**kind[0], "action_id": "a"}) for n, kind in enumerate(kinds)]
    view = app.opens("alice", modal(*blocks))
    assert workspace.submit("alice", view, {f"Q{n}": kind[1] for n, kind in enumerate(kinds)}).result(0).ok
    for number, (element, _, told) in enumerate(kinds):
        assert app.submissions[0].state[f"b{number}"]["a"] == {"type": element["type"], **told}


def test_initial_values_are_sent_and_fields_outside_inputs_too(workspace: Workspace, app: PageApp) -> None:
    text = {"type": "plain_text_input", "action_id": "t", "initial_value": "as before"}
    loose = {"type": "actions", "block_id": "row", "elements": [{**CHOICE, "initial_option": option("a")}, CHECKS]}
    view = app.opens("alice", modal(question("text", "Text", text), loose))
    assert workspace.submit("alice", view).result(0).ok
    assert app.submissions[0].state == {
        "text": {"t": {"type": "plain_text_input", "value": "as before"}},
        "row": {
            "kind": {"type": "static_select", "selected_option": option("a")},
            "checks": {"type": "checkboxes", "selected_options": []},
        },
    }


def test_a_field_goes_by_label_action_id_or_block_id_and_never_by_a_guess(workspace: Workspace, app: PageApp) -> None:
    one = {"type": "plain_text_input", "action_id": "same"}
    view = app.opens("alice", modal(question("b1", "First", one), question("b2", "Second", one)))
    workspace.enter("alice", view, {"First": "1", "b2": "2"})
    assert [held["same"]["value"] for held in now(workspace).state.values()] == ["1", "2"]
    workspace.enter("alice", view, {("b1", "same"): "3"})
    assert now(workspace).state["b1"]["same"]["value"] == "3"
    for unknown in ("same", "Third"):
        with pytest.raises(NotAllowed, match="“First”, “Second”"):
            workspace.enter("alice", view, {unknown: "x"})


def test_an_option_that_is_not_there_cannot_be_chosen(workspace: Workspace, app: PageApp) -> None:
    view = app.opens("alice", modal(question("b", "Kind", CHOICE)))
    with pytest.raises(NotAllowed, match="no such option"):
        workspace.submit("alice", view, {"Kind": "c"})


def test_the_app_is_told_of_a_choice_only_where_it_asked_to_be(workspace: Workspace, app: PageApp) -> None:
    quiet, loud = question("q", "Quiet", CHOICE), question("l", "Loud", CHOICE, dispatch_action=True)
    row = {"type": "section", "block_id": "s", "text": plain("x"), "accessory": CHECKS}
    view = app.opens("alice", modal(quiet, loud, row))
    workspace.choose("alice", view, "kind", "a", "q")
    assert app.clicks == []
    workspace.choose("alice", view, "kind", "b", "l")
    workspace.choose("alice", view, "checks", ["x"])
    assert [(action["block_id"], action["action_id"]) for _, action in app.clicks] == [("l", "kind"), ("s", "checks")]
    assert app.clicks[0][1]["selected_option"] == option("b")


def test_a_button_in_a_modal_is_pressed_like_any_other(workspace: Workspace, app: PageApp) -> None:
    button = {"type": "button", "action_id": "test", "value": "1", "text": plain("Test")}
    view = app.opens("alice", modal({"type": "actions", "elements": [button]}))
    assert workspace.click("alice", view, "test").result(0).ok
    assert app.clicks[0][1]["value"] == "1"
    answers(app, {}, ok=False)
    assert not workspace.click("alice", view, "test").result(0).ok
    assert now(workspace).trouble == TROUBLE
    with pytest.raises(NotAllowed, match="no such button"):
        workspace.click("alice", view, "other")


def test_only_who_has_the_modal_can_use_it(workspace: Workspace, app: PageApp) -> None:
    view = app.opens("alice", modal())
    for act in (
        lambda: workspace.submit("bob", view, {"reason": "x"}),
        lambda: workspace.enter("bob", view, {"reason": "x"}),
        lambda: workspace.close_view("bob", view),
    ):
        with pytest.raises(NotAllowed, match="not open"):
            act()
    workspace.close_view("alice", view)
    with pytest.raises(NotAllowed, match="not open"):
        workspace.submit("alice", view, {"reason": "x"})


def test_a_modal_without_a_button_cannot_be_submitted(workspace: Workspace, app: PageApp) -> None:
    view = app.opens("alice", {"type": "modal", "title": plain("Look"), "blocks": [{"type": "divider"}]})
    with pytest.raises(NotAllowed, match="no button"):
        workspace.submit("alice", view)


def test_the_app_hears_of_a_closing_only_where_it_asked_to(workspace: Workspace, app: PageApp) -> None:
    view = app.opens("alice", modal())
    workspace.close_view("alice", view)
    assert app.closings == []
    view = app.opens("alice", modal(notify_on_close=True))
    workspace.close_view("alice", view)
    assert app.closings == [(view, False)]


def test_the_cross_closes_the_whole_stack_and_the_button_one_view(workspace: Workspace, app: PageApp) -> None:
    first = app.opens("alice", modal(notify_on_close=True))
    second = workspace.modals.views.push("U0ALICE", modal(notify_on_close=True))
    workspace.close_view("alice", second)
    assert workspace.views_of("alice") == (first,)
    third = workspace.modals.views.push("U0ALICE", modal(notify_on_close=True))
    workspace.close_view("alice", third, whole=True)
    assert workspace.views_of("alice") == ()
    assert app.closings == [(second, False), (third, True), (first, True)]


def test_a_view_that_clears_on_close_takes_the_others_with_it(workspace: Workspace, app: PageApp) -> None:
    app.opens("alice", modal())
    second = workspace.modals.views.push("U0ALICE", modal(clear_on_close=True, notify_on_close=True))
    workspace.close_view("alice", second)
    assert workspace.views_of("alice") == ()
    assert app.closings == [(second, True)]
