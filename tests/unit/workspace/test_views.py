"""What the app may do with modals, and what it is refused."""

from typing import Any

import pytest

from demo.workspace.model import Change, View
from demo.workspace.workspace import Workspace

from .samples import CallApi, Clock, modal, plain, question


def opened(api: CallApi, workspace: Workspace, **view: Any) -> View:
    """A modal on Alice's screen."""
    answer = api("views.open", trigger_id=workspace.triggers.issue("U0ALICE"), view=modal(**view))
    assert answer["ok"], answer
    return workspace.views_of("alice")[-1]


def test_an_opened_view_is_answered_as_slack_answers_it(api: CallApi, workspace: Workspace) -> None:
    trigger = workspace.triggers.issue("U0ALICE")
    shown = api("views.open", trigger_id=trigger, view=modal(private_metadata="P-1"))["view"]
    (view,) = workspace.views_of("alice")
    assert shown["id"] == shown["root_view_id"] == view.id
    assert (shown["type"], shown["team_id"], shown["app_id"], shown["bot_id"]) == (
        "modal",
        "T0LOCAL",
        "A0TRAINMSTR",
        "B0TRAINMSTR",
    )
    assert (shown["callback_id"], shown["private_metadata"], shown["external_id"]) == ("reject", "P-1", "")
    assert (shown["previous_view_id"], shown["close"], shown["state"]) == (None, None, {"values": {}})
    assert shown["hash"].startswith("1700000000.")
    assert workspace.views_of("bob") == ()


def test_a_trigger_lasts_three_seconds(api: CallApi, workspace: Workspace, clock: Clock) -> None:
    in_time, late = (workspace.triggers.issue("U0ALICE") for _ in range(2))
    clock.passes(3)
    assert api("views.open", trigger_id=in_time, view=modal())["ok"]
    clock.passes(0.1)
    assert api("views.open", trigger_id=late, view=modal())["error"] == "expired_trigger_id"


def test_a_trigger_opens_one_modal(api: CallApi, workspace: Workspace, clock: Clock) -> None:
    trigger = workspace.triggers.issue("U0ALICE")
    assert api("views.open", trigger_id=trigger, view=modal())["ok"]
    assert api("views.open", trigger_id=trigger, view=modal())["error"] == "exchanged_trigger_id"
    clock.passes(60)
    assert api("views.open", trigger_id=trigger, view=modal())["error"] == "exchanged_trigger_id"


def test_a_trigger_nobody_made_is_invalid(api: CallApi) -> None:
    assert api("views.open", trigger_id="1.2.abc", view=modal())["error"] == "invalid_trigger_id"


def test_a_refused_view_leaves_its_trigger_good(api: CallApi, workspace: Workspace) -> None:
    trigger = workspace.triggers.issue("U0ALICE")
    refused = api("views.open", trigger_id=trigger, view=modal(title=plain("x" * 25)))
    assert refused["error"] == "invalid_arguments"
    assert refused["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    assert api("views.open", trigger_id=trigger, view=modal())["ok"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"view": modal()}, "[ERROR] missing required field: trigger_id"),
        ({"trigger_id": "1.2.abc"}, "[ERROR] missing required field: view"),
    ],
)
def test_what_is_missing_is_named(api: CallApi, arguments: dict[str, Any], message: str) -> None:
    answer = api("views.open", **arguments)
    assert (answer["error"], answer["response_metadata"]["messages"]) == ("invalid_arguments", [message])


def test_a_view_of_more_than_250_kb_is_too_large(api: CallApi, workspace: Workspace) -> None:
    huge = modal(*[{"type": "section", "text": {"type": "mrkdwn", "text": "é" * 3000}}] * 50)
    answer = api("views.open", trigger_id=workspace.triggers.issue("U0ALICE"), view=huge)
    assert answer["error"] == "view_too_large"


def test_two_views_are_pushed_and_no_third(api: CallApi, workspace: Workspace) -> None:
    view = opened(api, workspace)
    for number in (1, 2):
        trigger = workspace.triggers.issue("U0ALICE", workspace.views_of("alice")[-1].id)
        pushed = api("views.push", trigger_id=trigger, view=modal(title=plain(f"Step {number}")))["view"]
        assert (pushed["root_view_id"], pushed["previous_view_id"]) == (view.id, workspace.views_of("alice")[-2].id)
    trigger = workspace.triggers.issue("U0ALICE", view.id)
    assert api("views.push", trigger_id=trigger, view=modal())["error"] == "push_limit_reached"
    assert [v.title for v in workspace.views_of("alice")] == ["Reject", "Step 1", "Step 2"]


def test_a_push_needs_a_trigger_from_the_modal(api: CallApi, workspace: Workspace) -> None:
    opened(api, workspace)
    trigger = workspace.triggers.issue("U0ALICE")
    assert api("views.push", trigger_id=trigger, view=modal())["error"] == "not_found"


def test_another_modal_takes_the_place_of_the_first(api: CallApi, workspace: Workspace) -> None:
    first = opened(api, workspace)
    opened(api, workspace, title=plain("Other"))
    assert [view.title for view in workspace.views_of("alice")] == ["Other"]
    assert api("views.update", view_id=first.id, view=modal())["error"] == "not_found"


def test_an_update_keeps_what_stands_in_fields_that_stay(api: CallApi, workspace: Workspace) -> None:
    view = opened(api, workspace)
    workspace.enter("alice", view, {"Reason": "too slow"})
    later = modal(question("reason", "Why?"), question("more", "More", optional=True))
    answer = api("views.update", view_id=view.id, view=later)["view"]
    (now,) = workspace.views_of("alice")
    assert (answer["id"], answer["hash"] != view.hash) == (view.id, True)
    assert now.state["reason"]["reason"]["value"] == "too slow"
    assert now.state["more"]["more"]["value"] is None
    replaced = modal(question("reason", "Why?", {"type": "plain_text_input", "action_id": "other"}))
    api("views.update", view_id=view.id, view=replaced)
    assert workspace.views_of("alice")[0].state == {"reason": {"other": {"type": "plain_text_input", "value": None}}}


def test_an_update_by_an_old_hash_is_refused(api: CallApi, workspace: Workspace) -> None:
    view = opened(api, workspace)
    assert api("views.update", view_id=view.id, hash=view.hash, view=modal())["ok"]
    assert api("views.update", view_id=view.id, hash=view.hash, view=modal())["error"] == "hash_conflict"


def test_a_view_is_found_by_its_external_id_which_is_its_alone(api: CallApi, workspace: Workspace) -> None:
    opened(api, workspace, external_id="reject:P-1")
    changed = api("views.update", external_id="reject:P-1", view=modal(title=plain("Now"), external_id="reject:P-1"))
    assert changed["view"]["title"]["text"] == "Now"
    trigger = workspace.triggers.issue("U0BOB")
    taken = api("views.open", trigger_id=trigger, view=modal(external_id="reject:P-1"))
    assert taken["error"] == "duplicate_external_id"
    assert api("views.update", external_id="unknown", view=modal())["error"] == "not_found"
    assert api("views.update", view=modal())["error"] == "invalid_arguments"


def test_subscribers_hear_whose_modal_changed(api: CallApi, workspace: Workspace) -> None:
    heard: list[Change] = []
    workspace.subscribe(heard.append)
    view = opened(api, workspace)
    workspace.enter("alice", view, {"reason": "x"})
    workspace.enter("alice", view, {"reason": "x"})  # changes nothing
    workspace.close_view("alice", view)
    assert [(change.kind, change.user) for change in heard] == [("view", "U0ALICE")] * 3
