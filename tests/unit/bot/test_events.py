"""Slack's JSON in, what a person did out."""

from typing import Any

import pytest

from bot import events
from bot.changes import change_from

BOT = "U0BOT"


def message(**changes: Any) -> dict[str, Any]:
    event = {"type": "message", "user": "U1", "text": "hi", "ts": "2.0", "channel": "C1", "channel_type": "channel"}
    return {"team_id": "T1", "event": {**event, **changes}}


def test_one_message_is_one_turn_whichever_event_tells_of_it() -> None:
    told = [
        events.turn_from(message(type=kind, text=f"<@{BOT}> go"), bot_user=BOT) for kind in ("message", "app_mention")
    ]
    assert told[0].id == told[1].id == "T1-C1-2.0"
    assert [turn.files_known for turn in told] == [True, False]


def test_a_reply_belongs_to_its_roots_thread_and_a_root_to_its_own() -> None:
    assert events.turn_from(message(thread_ts="1.0"), bot_user=BOT).thread.ref == "T1:C1:1.0"
    assert events.turn_from(message(), bot_user=BOT).thread.ref == "T1:C1:2.0"


def test_the_mention_of_us_and_slacks_escapes_are_not_part_of_what_was_said() -> None:
    turn = events.turn_from(message(text=f"<@{BOT}> a &lt; b &amp; c <@U2>"), bot_user=BOT)
    assert turn.text == "a < b & c <@U2>"


@pytest.mark.parametrize(
    "changes",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"subtype": "bot_message"},
        {"user": None},
        {"subtype": "channel_join"},
    ],
)
def test_what_no_person_said_is_nobodys_turn(changes: dict[str, Any]) -> None:
    assert not events.from_a_person(message(**changes)["event"])


def test_a_file_that_slack_only_names_is_kept_by_its_id() -> None:
    stub = {"id": "F1", "mode": "file_access", "file_access": "check_file_info"}
    [file] = events.turn_from(message(subtype="file_share", files=[stub]), bot_user=BOT).files
    assert (file.id, file.url) == ("F1", "")


def test_a_person_of_another_workspace_is_known_as_such() -> None:
    assert events.turn_from(message(user_team="T2"), bot_user=BOT).actor.team == "T2"


def test_two_presses_of_one_button_are_two_clicks_and_one_press_told_twice_is_one() -> None:
    def press(at: str) -> events.Click:
        return events.click_from(
            {
                "team": {"id": "T1"},
                "user": {"id": "U1", "team_id": "T1"},
                "channel": {"id": "C1"},
                "message": {"ts": "3.0", "thread_ts": "1.0"},
                "actions": [{"action_id": "run.logs", "value": "r1", "action_ts": at}],
                "response_url": "https://hooks.slack.com/x",
            }
        )

    assert press("9.0").id == press("9.0").id != press("9.1").id
    assert press("9.0").thread.ref == "T1:C1:1.0"


def submission(**changes: Any) -> dict[str, Any]:
    """A modal as Slack sends it when it is filled in."""
    about = events.ModalOf(proposal="P-1", channel="C1", root="1.0").model_dump_json()
    view = {
        "id": "V1",
        "callback_id": "proposal.reject",
        "private_metadata": about,
        "state": {"values": {"typed": {"typed": {"type": "plain_text_input", "value": " a < b & c "}}}},
    }
    return {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": "U1", "team_id": "T1"},
        "view": {**view, **changes},
    }


def test_a_filled_in_modal_says_what_it_is_about_where_its_card_stands_and_what_was_typed() -> None:
    assert events.submission_from(submission()) == events.Submission(
        id="T1-V1-U1",
        thread=events.Thread(team="T1", channel="C1", root="1.0"),
        actor=events.Actor(user="U1", team="T1"),
        action="proposal.reject",
        value="P-1",
        text=" a < b & c ",
    )


def test_one_modal_sent_twice_is_one_submission_and_the_next_modal_another() -> None:
    first = events.submission_from(submission())
    assert first.id == events.submission_from(submission()).id
    assert first.id != events.submission_from(submission(id="V2")).id


@pytest.mark.parametrize("values", [{}, {"typed": {}}, {"typed": {"typed": {"value": None}}}])
def test_a_field_that_was_left_empty_is_an_empty_text(values: dict[str, Any]) -> None:
    assert events.submission_from(submission(state={"values": values})).text == ""


def test_what_is_typed_into_a_modal_is_kept_up_to_the_length_of_a_message() -> None:
    values = {"typed": {"typed": {"value": "x" * 20_000}}}
    assert len(events.submission_from(submission(state={"values": values})).text) == events.LONGEST_KEPT_TEXT


def test_who_fills_in_a_modal_in_another_workspace_is_known_as_such() -> None:
    body = {**submission(), "user": {"id": "U1", "team_id": "T2"}}
    assert events.submission_from(body).actor.team == "T2"


@pytest.mark.parametrize("about", ["", "[]", "{}", '{"proposal": "P-1", "channel": "C1", "root": "1.0", "more": 1}'])
def test_a_modal_that_is_not_ours_is_no_submission(about: str) -> None:
    with pytest.raises(ValueError, match="ModalOf"):
        events.submission_from(submission(private_metadata=about))


@pytest.mark.parametrize("missing", ["view", "team", "user"])
def test_a_payload_that_is_no_submission_is_refused(missing: str) -> None:
    body = submission()
    del body[missing]
    with pytest.raises(KeyError, match=missing):
        events.submission_from(body)


def changed(now: dict[str, Any] | None, *, subtype: str = "message_changed", **before: Any) -> dict[str, Any]:
    said = {"type": "message", "user": "U1", "text": f"<@{BOT}> run churn", "ts": "2.0", "thread_ts": "1.0", **before}
    event = {"type": "message", "subtype": subtype, "channel": "C1", "ts": "3.0", "previous_message": said}
    return {"team_id": "T1", "event": {**event, **({"message": {**said, **now}} if now is not None else {})}}


def test_an_edited_message_is_the_same_turn_with_other_words() -> None:
    change = change_from(changed({"text": f"<@{BOT}> run sentiment"}), bot_user=BOT)
    assert change is not None
    assert (change.turn.id, change.turn.thread.ref, change.turn.text) == ("T1-C1-2.0", "T1:C1:1.0", "run sentiment")
    assert not change.gone


@pytest.mark.parametrize(
    "told",
    [
        changed(None, subtype="message_deleted"),
        changed({"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT"}),
        changed({"text": "<@U2> run churn"}),
    ],
)
def test_a_message_that_is_deleted_or_turned_to_somebody_else_asks_nothing_any_more(told: dict[str, Any]) -> None:
    change = change_from(told, bot_user=BOT)
    assert change is not None
    assert change.gone
    assert change.turn.id == "T1-C1-2.0"


def edited(before: str, now: str, at: str, ts: str = "1706785424.099119") -> str:
    """When an edit calls us in; empty when it does not."""
    told = changed({"text": now, "edited": {"user": "U1", "ts": at}}, text=before, ts=ts)
    change = change_from(told, bot_user=BOT)
    assert change is not None
    return change.called


def test_a_mention_that_is_added_calls_us_in_at_the_time_of_the_edit() -> None:
    assert edited("run churn", f"<@{BOT}> run churn", at="1706785427.000000") == "1706785427.000000"


def test_an_edit_of_which_slack_tells_the_second_alone_is_not_before_its_message() -> None:
    assert edited("run churn", f"<@{BOT}> run churn", at="1706785424.000000") == "1706785424.099119"


@pytest.mark.parametrize(
    ("before", "now", "at"),
    [
        (f"<@{BOT}> run churn", f"<@{BOT}> run sentiment", "1706785427.000000"),
        ("run churn", "run sentiment", "1706785427.000000"),
        ("run churn", "<@U2> run churn", "1706785427.000000"),
        (f"<@{BOT}> run churn", "run churn", "1706785427.000000"),
        ("run churn", f"<@{BOT}> run churn", "1706786025.000000"),
        ("run churn", f"<@{BOT}> run churn", ""),
    ],
)
def test_no_other_edit_and_none_after_ten_minutes_calls_us_in(before: str, now: str, at: str) -> None:
    assert edited(before, now, at) == ""


def test_a_deleted_mention_calls_nobody_in() -> None:
    change = change_from(changed(None, subtype="message_deleted"), bot_user=BOT)
    assert change is not None
    assert change.called == ""


def test_a_mention_that_slack_tells_of_again_because_of_an_edit_is_known_as_such() -> None:
    again = {"type": "app_mention", "edited": {"user": "U1", "ts": "1706785427.000000"}}
    assert events.tells_of_an_edit(again)
    assert not events.tells_of_an_edit({"type": "app_mention"})
    assert not events.tells_of_an_edit({**again, "type": "message"})


@pytest.mark.parametrize(
    "told",
    [
        changed({"attachments": [{"from_url": "https://example.com"}]}),
        changed({"text": "new"}, bot_id="B1"),
        message(),
        changed(None, subtype="message_replied"),
    ],
)
def test_a_preview_or_a_change_of_a_bots_message_is_no_change_of_a_persons(told: dict[str, Any]) -> None:
    assert change_from(told, bot_user=BOT) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("<@U2> look", True),
        ("ask <@W2|bob>", True),
        ("<!subteam^S1|@ml>", True),
        ("<!here> done", True),
        (f"<@{BOT}> go", False),
        ("see <#C1|general> and <https://x.example|it>", False),
    ],
)
def test_who_mentions_another_person_or_a_group_names_others(text: str, named: bool) -> None:  # noqa: FBT001 - the table's
    assert events.names_others(events.turn_from(message(text=text), bot_user=BOT)) is named
