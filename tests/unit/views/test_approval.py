"""What a proposal's card decides by itself: when it can be pressed, who is named, what is cut.

How the cards read is in `test_cards.py`.
"""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings

from bot.events import ModalOf
from bot.views import actions, modals
from bot.views.approval import Approval, Said, State, approval, outcome, reminder, selector
from bot.views.evidence import Difference, Evidence, Fact, Metric
from bot.views.final import ModelVersion, final, version_of
from bot.views.limits import SECTION, size, violations
from bot.views.view import Block, View
from tests.unit.views.approvals import EVIDENCE, NO, PENDING, YES
from tests.unit.views.examples import COMPLETED, NOON
from tests.unit.views.hostile import foreign

CARD = "✅ *Approved and done:* everything\n\n*Who decides:* anybody.\n<!channel> ```"
STATES: tuple[State, ...] = get_args(State)
ENDED = tuple(state for state in STATES if state not in {"pending", "approved", "applying"})


def texts(view: View) -> list[str]:
    return [block["text"]["text"] for block in view.blocks if block["type"] == "section"]


def elements(view: View) -> list[Block]:
    return [element for block in view.blocks if block["type"] == "actions" for element in block["elements"]]


def ids(view: View) -> list[str]:
    return [element["action_id"] for element in elements(view)]


@pytest.mark.parametrize("state", [state for state in STATES if state != "pending"])
def test_once_it_is_decided_nobody_can_decide_it_with_a_press(state: State) -> None:
    assert not set(ids(approval(replace(PENDING, state=state, ended=NOON)))) & actions.DECISIONS


def test_while_it_waits_there_is_one_primary_button_and_each_button_names_the_proposal() -> None:
    pressable = elements(approval(PENDING))
    assert [one["action_id"] for one in pressable] == [
        actions.PROPOSAL_APPROVE,
        actions.PROPOSAL_REJECT,
        actions.PROPOSAL_WITHDRAW,
    ]
    assert [one.get("style") for one in pressable] == ["primary", "danger", None]
    assert {one["value"] for one in pressable} == {PENDING.reference}


def test_what_is_to_be_typed_is_asked_for_by_another_button() -> None:
    card = approval(replace(PENDING, confirmation="churn"))
    assert ids(card)[0] == actions.PROPOSAL_CONFIRM
    assert actions.PROPOSAL_APPROVE not in ids(card)
    assert "*To approve, type* `churn`" in str(card.blocks)


@pytest.mark.parametrize("state", ENDED)
def test_what_came_to_nothing_without_a_no_can_be_proposed_again_once(state: State) -> None:
    ended = replace(PENDING, state=state, ended=NOON)
    again = state in {"failed", "expired", "superseded", "void"}
    assert (actions.PROPOSAL_AGAIN in ids(approval(ended))) == again
    assert actions.PROPOSAL_AGAIN not in ids(approval(replace(ended, successor="P-2")))


@pytest.mark.parametrize("state", STATES)
def test_only_what_was_done_can_be_rolled_back(state: State) -> None:
    assert (actions.MODEL_ROLL_BACK in ids(approval(replace(PENDING, state=state, rolls_back=True)))) == (
        state == "applied"
    )


@pytest.mark.parametrize("state", STATES)
def test_the_first_words_and_the_notification_tell_the_state(state: State) -> None:
    views = [approval(replace(PENDING, state=state)), outcome(replace(PENDING, state=state), told="So it is.")]
    for view in views:
        assert texts(view)[0].startswith(view.text)
    others = {approval(replace(PENDING, state=other)).text for other in STATES if other != state}
    assert views[0].text not in others


def test_what_speaks_against_it_is_read_before_what_speaks_for_it() -> None:
    shown = texts(approval(PENDING))
    order = [shown.index(next(text for text in shown if text.startswith(start))) for start in ("⚠️", "❔", "*Metrics*")]
    assert order == sorted(order)
    assert order[0] == 1


def who(**changes: Any) -> str:
    text = reminder(replace(PENDING, **changes)).text
    return text[text.index("*Who decides:*") :]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "any member but <@U0ALICE>. One approval is enough."),
        ({"self_approval": True}, "any member. One approval is enough."),
        ({"approvers": ("U0BOB",)}, "<@U0BOB>, but not <@U0ALICE>. One"),
        ({"approvers": ("U0BOB", "S0ML"), "self_approval": True}, "<@U0BOB> or <!subteam^S0ML>. One"),
        (
            {"approvers": ("role:leads", "U0BOB", "U0CAROL"), "quorum": 2},
            "the role `leads`, <@U0BOB> or <@U0CAROL>, but not <@U0ALICE>. 2 people must approve. Expires",
        ),
        ({"approvers": ()}, "nobody, but not"),
        ({"approvers": tuple(f"U0P{n}" for n in range(9)), "self_approval": True}, "<@U0P4>, <@U0P5> or 3 more. One"),
        ({"quorum": 3, "said": (YES, Said("U0DAVE", approves=True, at=NOON))}, "; so far <@U0BOB> and <@U0DAVE>. Exp"),
    ],
)
def test_who_decides_is_said_in_words(changes: dict[str, Any], words: str) -> None:
    assert words in who(**changes)


@pytest.mark.parametrize(
    ("selected", "words"),
    [
        ("*", "any member"),
        ("role:ml-leads", "the role `ml-leads`"),
        ("role:`a`", "the role `'a'`"),
        ("S0ML", "<!subteam^S0ML>"),
        ("W0BOB", "<@W0BOB>"),
        ("Sven <!here>", "Sven @\u2060here"),
        ("<!channel>", "@\u2060channel"),
    ],
)
def test_a_selector_notifies_only_whom_the_policy_names(selected: str, words: str) -> None:
    assert selector(selected) == words


def test_a_name_that_imitates_a_card_stays_one_line_behind_our_own_words() -> None:
    found = Evidence(
        warnings=(CARD,),
        facts=(Fact("Model", CARD), Fact(CARD, "x")),
        metrics=(Metric(CARD, 1.0, 2.0),),
        differences=(Difference("depth", CARD, "```\n```"),),
        diff=CARD,
    )
    card = approval(replace(PENDING, summary=CARD, rule=CARD, rollback=CARD, evidence=found, confirmation=CARD))
    starts = [line for text in texts(card) for line in text.split("```")[0].splitlines()]
    assert [line for line in starts if line.startswith(("✅", "*Who decides:*"))] == [
        line for line in starts if line.startswith("*Who decides:* any member but")
    ]
    assert len([line for line in starts if line.startswith("*Who decides:*")]) == 1
    assert card.text.startswith("✋ *Approval needed:*")
    assert violations(card) == []


def test_cells_with_line_breaks_make_no_rows() -> None:
    card = approval(
        replace(PENDING, evidence=Evidence(metrics=(Metric("a\n```\nb\x00", 1.0, 2.0), Metric("c", 3.0, 4.0))))
    )
    [table] = [text for text in texts(card) if text.startswith("*Metrics*")]
    assert table == (
        "*Metrics*\n```\nmetric   now  after  change\na ''' b  1    2      +1\nc        3    4      +1\n```"
    )


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        (1.0, 1.0, "same"),
        (None, 1.0, "-    1"),
        (1.0, None, "1    -"),
        (0.5, float("nan"), "0.5  nan"),
        (float("inf"), float("inf"), "inf  inf"),
        (0.9, 0.85, "-0.05"),
    ],
)
def test_a_change_is_shown_where_there_is_one(before: float | None, after: float | None, row: str) -> None:
    card = approval(replace(PENDING, evidence=Evidence(metrics=(Metric("x", before, after),))))
    [table] = [text for text in texts(card) if text.startswith("*Metrics*")]
    assert table.splitlines()[3].endswith(row)


def test_of_very_many_metrics_and_remarks_the_first_are_shown_and_the_rest_counted() -> None:
    found = Evidence(
        warnings=tuple(f"warning {n}" for n in range(100)),
        facts=tuple(Fact(f"fact {n}", "x") for n in range(100)),
        metrics=tuple(Metric(f"metric_{n}", n, n + 1) for n in range(500)),
        differences=tuple(Difference(f"parameter_{n}", "x" * 300, "y" * 300) for n in range(500)),
    )
    shown = str(approval(replace(PENDING, evidence=found)).blocks)
    for left_out in ("92 more remarks", "88 more facts", "485 more metrics", "488 more differences"):
        assert f"… and {left_out}" in shown
    assert "metric_14" in shown
    assert "metric_15" not in shown


def test_a_card_full_to_the_brim_is_taken_by_slack_and_keeps_who_decides_and_its_buttons() -> None:
    many = "& < > " * 1_000
    found = Evidence(
        warnings=(many,) * 100,
        unread=(many,) * 100,
        facts=(Fact(many, many),) * 100,
        metrics=(Metric(many, 1e-300, -1e300),) * 500,
        differences=(Difference(many, many, many),) * 500,
        diff=many,
        diff_note=many,
    )
    full = Approval("P-1", many, "pending", many, many, (many, "role:" + many) * 50, NOON, evidence=found)
    card = approval(replace(full, rollback=many, confirmation=many, said=(replace(YES, by=many, reason=many),) * 60))
    assert violations(card) == []
    assert "*Who decides:*" in str(card.blocks)
    assert len(elements(card)) == 3


def test_many_decisions_are_counted_and_the_reason_is_never_cut_for_them() -> None:
    said = tuple(Said(f"U0P{n}", approves=True, at=NOON, reason="r" * 500) for n in range(60))
    card = approval(replace(PENDING, state="void", said=said, reason="U0P1 left the group."))
    assert violations(card) == []
    assert "U0P1 left the group." in texts(card)
    assert "more decisions" in str(card.blocks)


def test_an_outcome_that_is_cut_inside_code_leaves_no_fence_open() -> None:
    view = outcome(replace(PENDING, state="applied"), told="It is done:\n```\n" + "x = 1\n" * 2_000 + "```")
    [text] = texts(view)
    assert size(text) <= SECTION
    assert text.count("```") == 2
    assert text.endswith("…\n```")


def test_why_it_was_rejected_is_told_in_the_outcome_and_who_approved_before() -> None:
    view = outcome(replace(PENDING, state="rejected", said=(YES, NO)), told="")
    assert "“Not on a Friday.”" in texts(view)[0]
    assert "approved by <@U0BOB>" in str(view.blocks[-1])
    assert "Approved by" not in texts(view)[0]


def test_what_was_changed_again_since_offers_no_roll_back_and_says_by_what() -> None:
    applied = replace(PENDING, state="applied", ended=NOON, rolls_back=True)
    assert actions.MODEL_ROLL_BACK in str(approval(applied).blocks)
    after = str(approval(replace(applied, outdone="P-2 <!channel>")).blocks)
    assert actions.MODEL_ROLL_BACK not in after
    assert "Changed again since, by P-2 @" in after
    assert "<!channel>" not in after


def test_what_was_seen_is_kept_in_short_after_the_decision() -> None:
    card = approval(replace(PENDING, state="applied", said=(YES,), ended=NOON))
    assert EVIDENCE.facts[0].value in str(card.blocks)
    assert "*Metrics*" not in str(card.blocks)


def modal_faults(modal: Block) -> list[str]:
    """What of a modal Slack would refuse, by docs.slack.dev/reference/views/modal-views."""
    words = {name: modal[name]["text"] for name in ("title", "submit", "close")}
    [section, field] = modal["blocks"]
    found = [f"{name}: {text}" for name, text in words.items() if not 1 <= len(text) <= 24]
    found += ["private_metadata"] * (len(modal["private_metadata"]) > 3_000)
    found += ["section"] * (not 1 <= size(section["text"]["text"]) <= 3_000)
    found += ["label"] * (not 1 <= len(field["label"]["text"]) <= 2_000)
    found += ["max_length"] * (not 1 <= field["element"]["max_length"] <= 3_000)
    return found + ["id"] * (len(field["block_id"]) > 255 or len(modal["callback_id"]) > 255)


def test_a_rejection_asks_why_and_says_what_it_does() -> None:
    about = ModalOf(proposal="P-1", channel="C1", root="1.0").model_dump_json()
    assert modals.reject(modals.Asked("P-1", "Promote churn v4.", about)) == {
        "type": "modal",
        "callback_id": actions.PROPOSAL_REJECT,
        "private_metadata": about,
        "title": {"type": "plain_text", "text": "Reject proposal"},
        "submit": {"type": "plain_text", "text": "Reject"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "verbatim": True,
                    "text": "`P-1`: Promote churn v4.\n"
                    "One no ends it, whoever else approved it. The person who asked is told why.",
                },
            },
            {
                "type": "input",
                "block_id": modals.FIELD,
                "label": {"type": "plain_text", "text": "Reason"},
                "element": {
                    "type": "plain_text_input",
                    "action_id": modals.FIELD,
                    "multiline": True,
                    "max_length": modals.LONGEST_REASON,
                    "focus_on_load": True,
                },
            },
        ],
    }


def test_who_approves_is_shown_what_to_type() -> None:
    form = modals.confirm(modals.Asked("P-1", "Promote churn v4.", "{}"), "churn")
    assert form["callback_id"] == actions.PROPOSAL_CONFIRM
    assert form["blocks"][0]["text"]["text"] == "`P-1`: Promote churn v4.\n*To approve, type* `churn`"
    assert form["submit"]["text"] == "Approve"


@settings(max_examples=50, deadline=None)
@given(reference=foreign, summary=foreign, typed=foreign)
def test_whatever_a_proposal_says_slack_takes_its_modals(reference: str, summary: str, typed: str) -> None:
    asked = modals.Asked(reference, summary, "{}")
    for form in (modals.reject(asked), modals.confirm(asked, typed)):
        assert modal_faults(form) == []
        assert "<" not in form["blocks"][0]["text"]["text"]


def test_a_run_that_registered_a_version_offers_to_promote_it() -> None:
    [promote, _chart, _] = elements(final(COMPLETED))
    assert (promote["text"]["text"], promote["action_id"]) == ("Promote churn v3", actions.MODEL_PROMOTE)
    assert version_of(promote["value"]) == ("churn", "3")


def test_a_long_name_leaves_the_version_on_the_button_and_comes_back_whole() -> None:
    name = "team:churn " + "x" * 240
    [promote, _chart, _] = elements(final(replace(COMPLETED, versions=(ModelVersion(name, "12"),))))
    assert promote["text"]["text"].endswith("… v12")
    assert version_of(promote["value"]) == (name, "12")


@pytest.mark.parametrize(
    "version",
    [ModelVersion("", "1"), ModelVersion("churn", ""), ModelVersion("churn", "a:1"), ModelVersion("x" * 2_000, "1")],
)
def test_what_a_button_could_not_name_is_not_offered(version: ModelVersion) -> None:
    assert ids(final(replace(COMPLETED, versions=(version,)))) == [actions.RUN_CHART, actions.RUN_LOGS]


@pytest.mark.parametrize("value", ["", "churn", "churn:", ":3", "churn:x", "churn:3:", "churn:-1", "churn:٣"])
def test_a_version_that_no_button_gave_out_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a model version"):
        version_of(value)
